"""How much a compressed file of data may unpack to, so that a few bytes cannot take all memory.

A file holds at most a hundred times its own size, and any file 64 MiB: tables and images of pixels are far below that
(MNIST packs 5 : 1, a text of numbers rarely 20 : 1), while a file that was made to burst is at 1000 : 1.
"""

import gzip
import io
import zlib
from pathlib import Path

from regctl.errors import DataError

_ANY_FILE = 2**26
_TIMES = 100
_STEP = 2**20
_UNPACK = "If it is meant so, store it unpacked."


def most_unpacked(packed: int) -> int:
    """Bytes, or cells of a table, that `packed` bytes may unpack to."""
    return max(_ANY_FILE, _TIMES * packed)


def check_unpacked(path: Path, unpacked: int, packed: int, unit: str = "bytes") -> None:
    """Refuse what unpacks to more than it may, once that is known.

    Raises:
        DataError: it does.
    """
    if unpacked > (most := most_unpacked(packed)):
        message = (
            f"{path}: expected at most {most:,} {unit} in a compressed file of {packed:,} bytes. Received: "
            f"{unpacked:,} or more."
        )
        raise DataError(message, _UNPACK)


def gunzipped(path: Path, content: bytes, again: str) -> bytes:
    """What a gzip file holds; `again` is the advice for one that is not whole.

    Raises:
        DataError: it is not whole, or unpacks to more than it may.
    """
    parts: list[bytes] = []
    held = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while part := file.read(_STEP):
                held += len(part)
                check_unpacked(path, held, len(content))
                parts.append(part)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}).", again) from None
    return b"".join(parts)
