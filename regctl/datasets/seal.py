"""The seal: the one place that yields test rows. Only `pipeline.py` calls it, for `regctl report`."""

from regctl.datasets.dividing import divide
from regctl.datasets.raw import Source
from regctl.datasets.sources import read_source
from regctl.errors import DataError
from regctl.spec.schema import Spec
from regctl.types import PART_NAMES, Part, SplitRecord

_HINT = "The test rows stay sealed. Restore the file as it was, or start a new run."


def open_test_rows(spec: Spec, split: SplitRecord) -> Part:
    """Read the source again and return the test rows, once they are proved to be those that were put aside.

    Parameters:
        spec: the run's resolved spec.
        split: the run's split as recorded when it started.

    Raises:
        DataError: the file, or a row of any part, is not the recorded one.
    """
    source = read_source(spec.dataset)
    if source.sha256 != split.data_hash:
        raise DataError(
            f"{source.path}: expected the file this run was trained on, sha256 {split.data_hash}. Received: "
            f"{source.sha256}.",
            _HINT,
        )
    divided = divide(source, spec)
    for name in PART_NAMES:
        _check_part(source, split, divided.record, name)
    return divided.part("test")


def _check_part(source: Source, recorded: SplitRecord, found: SplitRecord, name: str) -> None:
    if recorded.parts[name] != found.parts[name]:
        raise DataError(
            f"{source.path}: the {name} rows are not those recorded in split.json "
            f"({len(recorded.parts[name])} rows recorded, {len(found.parts[name])} found, or other hashes).",
            _HINT,
        )
