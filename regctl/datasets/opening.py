"""What training may see of a data set."""

from regctl.datasets.dividing import divide
from regctl.datasets.registered import known_units
from regctl.datasets.sources import read_source
from regctl.spec.schema import Spec
from regctl.types import OpenData, Target


def open_rows(spec: Spec) -> OpenData:
    """The train and validation rows of a spec's data set; of the test rows, only positions and hashes.

    Parameters:
        spec: `dataset.source` is a registered name or an absolute path.

    Raises:
        DataError: the data cannot be used as the spec says.
    """
    source = read_source(spec.dataset)
    divided = divide(source, spec)
    name = spec.dataset.target
    return OpenData(
        train=divided.part("train"),
        validation=divided.part("validation"),
        split=divided.record,
        target=Target(name, known_units(spec.dataset).get(name), divided.classes),
        notes=divided.notes,
        findings=divided.division.findings,
        folds=divided.division.fold_rows(spec),
        image_shape=source.image_shape,
    )
