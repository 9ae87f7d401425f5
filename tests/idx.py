"""Small images as IDX and NPZ files, written without regctl."""

import gzip
import struct
from pathlib import Path

import numpy as np


def idx_bytes(array) -> bytes:
    return (
        struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        + array.astype(np.uint8).tobytes()
    )


def write_idx(path: Path, array) -> Path:
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content, mtime=0) if path.name.endswith(".gz") else content)
    return path


def write_folder(folder: Path, train=40, test=20, size=(6, 5), suffix=".gz", seed=0):
    """A folder as MNIST's; returns its images `[n, h, w]` and labels `[n]`, train before test."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    images = random.integers(0, 256, (train + test, *size), dtype=np.uint8)
    labels = np.arange(train + test, dtype=np.uint8) % 3
    for name, rows in (("train", slice(0, train)), ("t10k", slice(train, None))):
        write_idx(folder / f"{name}-images-idx3-ubyte{suffix}", images[rows])
        write_idx(folder / f"{name}-labels-idx1-ubyte{suffix}", labels[rows])
    return images, labels
