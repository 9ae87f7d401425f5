"""The same bits on one processor and on two: every layer and loss, in processes of their own."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrow_networks import inside
from problems import classed, grid, outputs_of, problem, train, trials_of
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

TRAINING = Training(epochs=3, seeds=2, batch_size=32)
LOSSES = ("mean_squared_error", "huber", "binary_crossentropy", "categorical_crossentropy")
MODELS = (
    (Model(units=[11, 6], activation="relu", normalization="batch"), "dropout"),
    (Model(units=[11, 6], activation="selu"), "alpha_dropout"),
    (Model(units=[11, 6], activation="sigmoid", normalization="layer"), "gaussian_dropout"),
    (Model(units=[11, 6], activation="elu"), "gaussian_noise"),
)


def digest() -> str:
    """One hash over the predictions and weights of every model with every loss, and of networks inside a wider one."""
    found = hashlib.sha256()
    for loss, (model, noise) in zip(LOSSES, MODELS, strict=True):
        layers = presets.mlp(model, outputs_of(loss), noise)
        trials = trials_of(grid([1e-4, 1e-3, 1e-2], dropout=0.3), TRAINING)
        results = train(layers, trials, classed(loss), TRAINING, loss)
        for array in (
            array for result in results for array in (result.validation_prediction, *result.weights)
        ):
            found.update(array.tobytes())
    networks = {id_: presets.mlp(Model(units=[5 + id_], activation="sigmoid")) for id_ in range(6)}
    for _, result in sorted(inside(networks, trials, {None: problem()}, TRAINING).items()):
        found.update(result.validation_prediction.tobytes())
    return found.hexdigest()


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be chosen here")
def test_one_processor_and_all_of_them_give_the_same_bits():
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from regctl.models.quiet import load_tensorflow; load_tensorflow()\n"
        "from regctl.engine.plan import workers; assert workers() == 1\n"
        "from test_processors import digest; print(digest())"
    )
    here = Path(__file__).parent
    paths = os.pathsep.join(map(str, (here.parents[1], here, here.parent)))
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == digest()
