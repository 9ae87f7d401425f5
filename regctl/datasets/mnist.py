"""MNIST and Fashion-MNIST: 70,000 images of 28 × 28 pixels in ten classes each, as Keras downloads them."""

from collections.abc import Sequence

from regctl.datasets.downloads import KERAS_URL, Download, fetched
from regctl.datasets.idx_folders import read_idx_files
from regctl.datasets.npz_files import read_npz
from regctl.datasets.raw import Source
from regctl.datasets.registered import Card, RegisteredDataset

DIGITS_FILE = Download(
    f"{KERAS_URL}mnist.npz", "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
)
FASHION_FILES = tuple(
    Download(f"{KERAS_URL}{name}-ubyte.gz", f"md5:{digest}", "fashion-mnist")
    for name, digest in {
        "train-images-idx3": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1": "bb300cfdad3c16e7a12a480ee83cd310",
    }.items()
)
"""Keras gives no hashes for these: the md5 are those that Zalando, the owner, publishes."""

ARTICLES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_UNITS = {f"pixel_{row}_{column}": "grey level, 0 to 255" for row in range(28) for column in range(28)}


def load_digits() -> Source:
    """60,000 rows of `part` train, then 10,000 of test; the target is `digit`, 0 to 9; raises as `read_digits`."""
    return read_digits(DIGITS_FILE)


def load_articles() -> Source:
    """60,000 rows of `part` train, then 10,000 of test; the target is `article`; raises as `read_articles`."""
    return read_articles(FASHION_FILES)


def read_digits(file: Download) -> Source:
    """An NPZ file with the target called `digit`.

    Raises:
        DataError, MachineError: the file is not there and cannot be downloaded, or is another one.
    """
    (path,) = fetched([file])
    return read_npz(path, path.read_bytes(), "digit")


def read_articles(files: Sequence[Download]) -> Source:
    """Images and labels to train on, then those to test on; the target is `article`, by its name.

    Raises:
        DataError, MachineError: a file is not there and cannot be downloaded, or is another one.
    """
    train_images, train_labels, test_images, test_labels = fetched(files)
    pairs = [(train_images, train_labels), (test_images, test_labels)]
    return read_idx_files(train_images.parent, pairs, "article", ARTICLES)


MNIST = RegisteredDataset(
    load_digits,
    Card(
        title="MNIST: handwritten digits as images of 28 × 28 pixels",
        target="digit",
        good_for="Classification of images: mlp and cnn. Its own test rows: split: {column: part}.",
        rows=70_000,
        columns=786,
        source=f"LeCun, Cortes and Burges (1998), from NIST's; the file of keras.datasets, {DIGITS_FILE.url}",
        licence="CC BY-SA 3.0",
        sha256=DIGITS_FILE.digest.partition(":")[2],
    ),
    units=_UNITS,
    downloads=(DIGITS_FILE,),
)

FASHION_MNIST = RegisteredDataset(
    load_articles,
    Card(
        title="Fashion-MNIST: articles of clothing as images of 28 × 28 pixels",
        target="article",
        good_for="As mnist, and harder: dropout and λ make more of a difference.",
        rows=70_000,
        columns=786,
        source='Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST", Zalando; the files of keras.datasets',
        licence="MIT, Zalando SE",
    ),
    units=_UNITS,
    downloads=FASHION_FILES,
)
