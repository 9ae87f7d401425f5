"""What training may see of a data set."""

import numpy as np

from regctl.datasets.dividing import divide
from regctl.datasets.findings import class_imbalance
from regctl.datasets.registered import known_units
from regctl.datasets.sources import read_source
from regctl.spec.schema import Spec
from regctl.types import Finding, OpenData, Part, Target


def open_rows(spec: Spec) -> OpenData:
    """The train and validation rows of a spec's data set; of the test rows, only positions and hashes.

    Parameters:
        spec: `dataset.source` is a registered name or an absolute path.

    Raises:
        DataError: the data cannot be used as the spec says.
    """
    source = read_source(spec.dataset)
    divided = divide(source, spec)
    name, train = spec.dataset.target, divided.part("train")
    unbalanced = _unbalanced(train, divided.classes, spec)
    return OpenData(
        train=train,
        validation=divided.part("validation"),
        split=divided.record,
        target=Target(name, known_units(spec.dataset).get(name), divided.classes),
        notes=divided.notes,
        findings=(*divided.findings, *unbalanced),
        folds=divided.division.fold_rows(spec),
        image_shape=source.image_shape,
    )


def _unbalanced(train: Part, classes: tuple[str, ...], spec: Spec) -> tuple[Finding, ...]:
    if not classes:
        return ()
    return class_imbalance(
        train.table.target.astype(np.int64), classes, spec.training.class_weight is not None
    )
