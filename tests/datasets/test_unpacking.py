"""Files that were made to burst: a few bytes that claim, or unpack to, more than memory holds."""

import gzip
import io
import struct
import zipfile

import numpy as np
import polars as pl
import pytest

from regctl.datasets import unpacking
from regctl.datasets.sources import read_file
from regctl.errors import DataError

MIB = 2**20


@pytest.fixture
def grown():
    """Looks how much memory Python took at most, in bytes."""
    import tracemalloc

    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def refusal(path):
    with pytest.raises(DataError, match="expected at most") as caught:
        read_file(path)
    assert "store it unpacked" in str(caught.value)
    return str(caught.value)


def bomb(start: bytes) -> bytes:
    """A gzip file of two MiB that unpacks to 2 GiB."""
    return gzip.compress(start) + gzip.compress(bytes(16 * MIB)) * 128


def test_a_csv_file_that_bursts_is_refused_in_time(tmp_path, grown):
    (tmp_path / "x.csv.gz").write_bytes(bomb(b"a,y\n"))
    assert f"{tmp_path / 'x.csv.gz'}: expected at most" in refusal(tmp_path / "x.csv.gz")
    assert grown() < 400 * MIB


def test_an_idx_file_that_bursts_is_refused_in_time(tmp_path, grown):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(
        bomb(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**27, 4, 4))
    )
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 0)))
    refusal(tmp_path)
    assert grown() < 400 * MIB


def test_an_npz_file_that_bursts_is_refused_before_it_is_unpacked(tmp_path, grown):
    with (
        zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as file,
    ):
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (200, MIB)}
        )
        for _ in range(200):
            file.write(bytes(MIB))
    refusal(tmp_path / "x.npz")
    assert grown() < 40 * MIB


@pytest.mark.parametrize("column", [pl.repeat(1, 10**8, dtype=pl.Int8), pl.repeat("x" * 2**17, 1000)])
def test_a_parquet_file_that_bursts_is_refused(tmp_path, column):
    pl.select(column.alias("a")).write_parquet(tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < MIB
    refusal(tmp_path / "x.parquet")


def test_what_unpacks_to_a_hundred_times_its_size_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_ANY_FILE", 0)
    packed = gzip.compress(b"a,y\n" + b"1,2\n" * 3000)
    most = unpacking.most_unpacked(len(packed))
    rows = (most - 4) // 4
    while True:  # more rows pack into a few more bytes
        packed = gzip.compress(b"a,y\n" + b"1,2\n" * rows)
        if 4 + 4 * rows <= unpacking.most_unpacked(len(packed)):
            break
        rows -= 100
    (tmp_path / "x.csv.gz").write_bytes(packed)
    assert read_file(tmp_path / "x.csv.gz").rows == rows
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,y\n" + b"1,2\n" * (rows + 2000)))
    refusal(tmp_path / "x.csv.gz")


def test_a_damaged_member_is_told_as_one(tmp_path):
    whole = io.BytesIO()
    np.savez_compressed(whole, x=np.arange(600.0).reshape(200, 3), y=np.arange(200))
    content = bytearray(whole.getvalue())
    content[200:260] = bytes(60)
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"not a whole NPZ file|cannot be read"):
        read_file(tmp_path / "x.npz")
