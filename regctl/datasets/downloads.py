"""Files that are downloaded once, into the folder where Keras keeps its data sets, and checked by hash at every use."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regctl.errors import DataError, MachineError

KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""Where `keras.datasets` downloads from."""


@dataclass(frozen=True)
class Download:
    """A file by its `url`; `digest` is `sha256:…` or `md5:…`; `folder` lies in that of Keras's data sets."""

    url: str
    digest: str
    folder: str = ""

    @property
    def path(self) -> Path:
        """Where Keras keeps it too: `$KERAS_HOME/datasets`, by default `~/.keras/datasets`."""
        home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        return Path(home).absolute() / "datasets" / self.folder / self.url.rpartition("/")[2]


def fetched(downloads: Sequence[Download]) -> list[Path]:
    """The files' paths, once they are there and are those that their hashes say.

    Raises:
        DataError: a file that is there already is another one.
        MachineError: a file cannot be downloaded; the message says what to put where.
    """
    for download in downloads:
        if download.path.exists():
            _check(download)
    for download in (missing := [each for each in downloads if not each.path.exists()]):
        _download(download, missing)
    return [download.path for download in downloads]


def _check(download: Download) -> None:
    algorithm, _, expected = download.digest.partition(":")
    try:
        with download.path.open("rb") as file:
            received = hashlib.file_digest(file, algorithm).hexdigest()
    except OSError as error:
        raise DataError(
            f"{download.path}: cannot be read ({error.strerror}).", "Check its permissions."
        ) from None
    if received != expected:
        raise DataError(
            f"{download.path}: expected {algorithm} {expected}, that of {download.url}. Received: {received}.",
            "Remove the file, and it is downloaded again.",
        )


def _download(download: Download, missing: Sequence[Download]) -> None:
    import pooch  # imports requests, which nothing else needs

    path = download.path
    try:
        pooch.retrieve(
            download.url, known_hash=download.digest, fname=path.name, path=path.parent, progressbar=False
        )
    except OSError as error:  # requests' own errors are of this kind too
        raise MachineError(
            f"{path} is not there and cannot be downloaded ({_reason(error)}).", _by_hand(missing)
        ) from error
    except ValueError as error:  # the hash is not the expected one; pooch has removed the file
        raise MachineError(
            f"{download.url}: the download has not the {download.digest.partition(':')[0]} that is expected, "
            f"{download.digest.partition(':')[2]}.",
            _by_hand(missing),
        ) from error


def _by_hand(missing: Sequence[Download]) -> str:
    urls = ", ".join(each.url for each in missing)
    what = "it" if len(missing) == 1 else "them"
    return f"Download {urls} on another machine, and put {what} into {missing[0].path.parent}."


def _reason(error: OSError) -> str:
    return f"no connection: {type(error).__name__}" if error.strerror is None else error.strerror
