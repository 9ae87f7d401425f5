"""What training may see of a data set."""

import numpy as np

from regctl.datasets.dividing import divide
from regctl.datasets.findings import class_imbalance
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
    name, train = spec.dataset.target, divided.part("train")
    balanced = spec.training.class_weight is not None
    unbalanced = (
        class_imbalance(train.table.target.astype(np.int64), divided.classes, balanced)
        if divided.classes
        else ()
    )
    return OpenData(
        train=train,
        validation=divided.part("validation"),
        split=divided.record,
        target=Target(name, known_units(spec.dataset).get(name), divided.classes),
        notes=divided.notes,
        findings=(*divided.division.findings, *unbalanced),
        folds=divided.division.fold_rows(spec),
        image_shape=source.image_shape,
    )
