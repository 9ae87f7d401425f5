"""What a trial's bits depend on, as a key: a state on disk goes on under the same key, and under no other."""

import hashlib
from functools import cached_property

import numpy as np
import tensorflow as tf

import regctl
from regctl.engine.device import on_gpu
from regctl.engine.fused.narrow import Networks
from regctl.engine.fused.program import Program
from regctl.engine.fused.states import Shapes
from regctl.engine.masking import with_widths
from regctl.spec.training import Training
from regctl.types import Folds, Prepared, Trial


class Work:
    """The trials of a cohort. Nothing is computed before a key is asked for: most cohorts end before that.

    A key is the sha256 of the versions of regctl, TensorFlow and NumPy, the device, the training section, the rows and
    columns of every fold, the trial's own layers, setting, seed and fold. Neither its company nor the piece of epochs
    enters: bits do not depend on them.
    """

    def __init__(self, training: Training, program: Program, folds: Folds, networks: Networks) -> None:
        self._training, self._program, self._folds, self._networks = training, program, folds, networks

    def shapes(self, trial: Trial) -> Shapes:
        """What its state consists of."""
        weights = self._networks.weights(self._networks.widths_of(trial))
        return Shapes(
            [weight.shape for weight in weights],
            self._program.optimizer.slots,
            self._program.rules.patience is not None,
        )

    def key(self, trial: Trial) -> bytes:
        """32 bytes."""
        own = with_widths(self._program.stack.layers, self._networks.widths_of(trial))
        told = (self._common, own, trial.setting, trial.seed, trial.fold)
        return hashlib.sha256(repr(told).encode()).digest()

    @cached_property
    def _common(self) -> str:
        versions = regctl.__version__, tf.__version__, np.__version__
        data = [(fold, _digest(data)) for fold, data in self._folds.items()]
        return repr((versions, on_gpu(), self._program.rules, self._training.model_dump(), data))


def _digest(data: Prepared) -> str:
    found = hashlib.sha256(repr(data.names).encode())
    for array in (data.x_train, data.y_train, data.x_validation, data.y_validation, data.row_weights):
        if array is None:
            found.update(b"none")
        else:
            found.update(f"{array.dtype.str}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
