"""What trials train on: the open rows prepared once for each degree, share of rows and seed that a plan asks for."""

from collections import OrderedDict
from collections.abc import Iterable

from regctl.datasets.folds import PreparedData, padded, prepare_folds
from regctl.datasets.sampling import sampled
from regctl.spec.schema import Spec
from regctl.types import DataKey, OpenData, Prepared, Trial

KEPT_BYTES = 2**30  # what was prepared longest ago is let go beyond this, and made again when it is wanted


class Inputs:
    """Prepared rows by what a setting changes about them.

    Every part is prepared by its own training rows, as a pipeline of its own would be. A share of the rows may lack
    levels that all of them have; `padded` then fills its design with columns of zeros, which have no effect, up to the
    width of all rows', so that one compiled program serves every share.
    """

    def __init__(self, data: OpenData, spec: Spec, padded: bool = True) -> None:
        self._data, self._spec, self._padded = data, spec, padded
        self._rows: dict[DataKey, OpenData] = {}
        self._made: OrderedDict[DataKey, PreparedData] = OrderedDict()

    def of(self, key: DataKey) -> PreparedData:
        """The rows as a trial of that key sees them.

        Raises:
            DataError: they cannot be prepared so.
        """
        if key not in self._made:
            model = self._spec.model.model_copy(update={"degree": key.degree})
            spec = self._spec.model_copy(update={"model": model})
            made = prepare_folds(self.rows(key), spec)
            if self._padded and key.seed is not None:
                made = padded(made, _width(self.of(DataKey(key.degree))))
            self._made[key] = made
        self._made.move_to_end(key)
        while len(self._made) > 1 and sum(map(_size, self._made.values())) > KEPT_BYTES:
            old, _ = self._made.popitem(last=False)
            self._rows.pop(old, None)
        return self._made[key]

    def of_other(self, data: OpenData, spec: Spec) -> "Inputs":
        """Other rows, padded or not as these are."""
        return Inputs(data, spec, self._padded)

    def rows(self, key: DataKey) -> OpenData:
        """The open rows of a key, not yet prepared."""
        if key.seed is None:
            return self._data
        if key not in self._rows:
            self._rows[key] = sampled(self._data, key.samples, key.seed)
        return self._rows[key]


def by_key(trials: Iterable[Trial]) -> dict[DataKey, list[Trial]]:
    """The trials that train on the same rows, prepared alike."""
    found: dict[DataKey, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.key, []).append(trial)
    return found


def _width(data: PreparedData) -> int:
    return len(next(iter(data.folds.values())).names)


def _size(data: PreparedData) -> int:
    return sum(_bytes(each) for each in data.folds.values())


def _bytes(data: Prepared) -> int:
    return data.x_train.nbytes + data.x_validation.nbytes
