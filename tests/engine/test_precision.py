"""Products of matrices in bfloat16 beside everything in float32."""

import numpy as np

from problems import grid, problem, train, trials_of
from regctl.models import presets
from regctl.spec.model import Model
from regctl.spec.training import Training

LAYERS = presets.mlp(Model(units=[11, 6]))


def test_mixed_precision_is_near_float32_and_not_the_same():
    data = problem()
    found = {}
    for precision in ("float32", "mixed_bfloat16"):
        training = Training(epochs=10, seeds=2, batch_size=16, precision=precision)
        results = train(LAYERS, trials_of(grid([0.001], dropout=0.2), training), data, training)
        found[precision] = [result.history.validation_loss[-1] for result in results]
        assert all(weight.dtype == np.float32 for result in results for weight in result.weights)
    exact, mixed = found["float32"], found["mixed_bfloat16"]
    np.testing.assert_allclose(mixed, exact, rtol=0.03)
    assert mixed != exact
