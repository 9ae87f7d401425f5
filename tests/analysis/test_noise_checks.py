"""A right layer passes every check, and each way of being wrong fails the check that is meant for it."""

from dataclasses import replace

import numpy as np
import pytest

from regctl.analysis.convergence import check_convergence, constant_loss
from regctl.analysis.noise_checks import alpha_affine, check_noise
from regctl.analysis.noise_histograms import histogram
from regctl.types import NoiseObservation

RATE, LIMIT = 0.3, -1.7580993408473766
SHAPES = {"spatial_dropout": (400, 9, 12)}


def observed(kind: str, normal: bool = False, seed: int = 0, rate: float = RATE) -> NoiseObservation:
    """What a right layer would show, written down from its definition, in float32."""
    generator = np.random.default_rng(seed)
    shape = SHAPES.get(kind, (2000, 1, 30))
    x = generator.normal(size=shape).astype(np.float32)
    if not normal:
        x = np.maximum(x, 0)
    upstream = generator.normal(size=shape).astype(np.float32)
    factor, shift = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    if kind in ("dropout", "spatial_dropout"):
        drawn = generator.random((shape[0], 1, shape[2]) if kind == "spatial_dropout" else shape)
        factor = (drawn >= rate).astype(np.float32) / np.float32(1 - rate) * np.ones(shape, np.float32)
    elif kind == "alpha_dropout":
        scale, offset = alpha_affine(rate)
        kept = generator.random(shape) >= rate
        factor, shift = np.where(kept, scale, 0), np.where(kept, offset, scale * LIMIT + offset)
    elif kind == "gaussian_dropout":
        factor = 1 + generator.normal(size=shape) * np.sqrt(rate / (1 - rate))
    else:
        shift = generator.normal(size=shape) * rate
    factor, shift = factor.astype(np.float32), shift.astype(np.float32)
    return NoiseObservation(
        "d", kind, rate, x, x * factor + shift, x, upstream, upstream * factor, normal=normal
    )


def failing(observation: NoiseObservation) -> set[str]:
    return {check.name for check in check_noise([observation]) if not check.passed}


KINDS = ["dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_right_layer_passes(kind, seed):
    assert failing(observed(kind, seed=seed)) == set()
    if kind == "alpha_dropout":
        checks = check_noise([observed(kind, normal=True, seed=seed)])
        assert [check.name for check in checks] == ["mean 0 is kept", "variance 1 is kept"]
        assert all(check.passed for check in checks)


def unscaled(seen):
    return replace(seen, outputs=seen.outputs * np.float32(1 - RATE))


def another_rate(seen):
    return replace(seen, rate=RATE + 0.02)


def active_at_inference(seen):
    return replace(seen, inference=seen.outputs)


def leaking(seen):
    return replace(seen, gradient=seen.upstream / np.float32(1 - RATE))


def unscaled_gradient(seen):
    return replace(seen, gradient=seen.gradient * np.float32(1 - RATE))


def one_mask_for_all_rows(seen):
    kept = (np.random.default_rng(5).random((1, 1, 30)) >= RATE).astype(np.float32) / np.float32(1 - RATE)
    return replace(seen, outputs=seen.inputs * kept, gradient=seen.upstream * kept)


def whole_rows(seen):
    kept = (np.random.default_rng(5).random((2000, 1, 1)) >= RATE).astype(np.float32) / np.float32(1 - RATE)
    x = seen.upstream  # without zeros, so that a row has enough units for its share to be judged
    return replace(seen, inputs=x, inference=x, outputs=x * kept, gradient=seen.upstream * kept)


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (unscaled, {"scale of what is kept", "expectation", "NumPy reference"}),
        (another_rate, {"share of zeros", "scale of what is kept"}),
        (active_at_inference, {"identity at inference"}),
        (leaking, {"gradient where dropped", "NumPy reference"}),
        (unscaled_gradient, {"gradient where kept", "NumPy reference"}),
        (one_mask_for_all_rows, {"zeros of each unit"}),
        (whole_rows, {"zeros of each row"}),
    ],
)
def test_a_wrong_dropout_is_caught(broken, caught_by):
    assert caught_by <= failing(broken(observed("dropout")))


def test_only_the_gradient_is_blamed_for_the_gradient():
    assert failing(unscaled_gradient(observed("dropout"))) == {"gradient where kept", "NumPy reference"}
    assert failing(active_at_inference(observed("dropout"))) == {"identity at inference"}


def test_spatial_dropout_drops_whole_channels():
    single = replace(observed("dropout"), kind="spatial_dropout")
    seen = observed("spatial_dropout")
    torn = seen.outputs.copy()
    torn[:, 0] = 0
    assert "whole channels" in failing(replace(seen, outputs=torn))
    assert failing(single) == set()  # with one place, a channel is a unit


@pytest.mark.parametrize("kind", ["gaussian_dropout", "gaussian_noise"])
def test_noise_of_another_strength_is_caught(kind):
    seen = observed(kind)
    wider = (seen.outputs - seen.inputs) * np.float32(1.05) + seen.inputs
    assert any(name.startswith("sd of") for name in failing(replace(seen, outputs=wider)))
    shifted = seen.outputs + np.float32(0.05) * np.where(kind == "gaussian_noise", 1, seen.inputs)
    assert any(
        name.startswith("mean of") for name in failing(replace(seen, outputs=shifted.astype(np.float32)))
    )
    assert "gradient" in failing(replace(seen, gradient=seen.gradient * np.float32(1.001)))


def test_alpha_dropout_that_drops_to_zero_loses_mean_and_variance():
    right = observed("alpha_dropout", normal=True)
    plain = replace(observed("dropout"), kind="alpha_dropout")
    assert {"share of zeros", "scale of what is kept"} <= failing(plain)
    lost = replace(right, outputs=np.where(right.gradient == 0, 0, right.outputs))
    assert failing(lost) == {"mean 0 is kept", "variance 1 is kept"}


def test_a_layer_that_sees_only_zeros_is_no_pass():
    seen = observed("dropout")
    blank = np.zeros_like(seen.inputs)
    assert failing(replace(seen, inputs=blank, outputs=blank, inference=blank)) == {"activations"}


def test_right_layers_fail_no_more_often_than_the_level_says():
    """Of 40 inspections of a right layer at level 0.001, two or more failures have probability 0.0008."""
    failures = sum(bool(failing(observed("dropout", seed=seed))) for seed in range(40))
    assert failures <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_histograms_hold_what_their_definition_promises(kind):
    seen = observed(kind, normal=kind == "alpha_dropout")
    found = histogram(seen)
    assert found.expected.sum() == pytest.approx(1, abs=2e-3)
    assert found.observed.sum() == pytest.approx(1, abs=2e-3)
    assert np.abs(found.observed - found.expected).max() < 0.02


# ---- convergence ---------------------------------------------------------------------------------------------

EPOCHS = np.arange(1, 61)


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        (0.1 + 0.9 * np.exp(-EPOCHS / 8), (True, True)),
        (1.0 - 0.0001 * EPOCHS**2, (True, False)),  # still falling faster and faster
        (0.1 + 0.9 * np.exp(-EPOCHS / 8) + np.where(EPOCHS > 50, 0.2, 0), (True, False)),  # rises again
        (1.0 + 0.01 * EPOCHS, (False, False)),
        (np.where(EPOCHS > 30, np.inf, 0.5), (False, False)),
    ],
    ids=["settles", "accelerates", "rises", "worse than nothing", "diverges"],
)
def test_training_without_noise_must_fall_and_settle(losses, verdict):
    assert tuple(check.passed for check in check_convergence(losses, 1.0)) == verdict


def test_epochs_without_a_measurement_are_skipped_and_one_epoch_settles_nothing():
    losses = np.where(EPOCHS % 6 == 0, 0.1 + 0.9 * np.exp(-EPOCHS / 8), np.nan)
    assert all(check.passed for check in check_convergence(losses, 1.0))
    assert [check.passed for check in check_convergence(np.array([0.5]), 1.0)] == [True, False]


def test_the_best_constant_has_the_least_loss():
    truth = np.array([0.0, 1, 1, 1])
    assert constant_loss("mean_squared_error", truth, 0) == pytest.approx(truth.var())
    logits = np.linspace(-3, 5, 4001)
    by_grid = np.min([np.mean(np.logaddexp(0, np.where(truth == 1, -z, z))) for z in logits])
    assert constant_loss("binary_crossentropy", truth, 2) == pytest.approx(by_grid, rel=1e-5)
    assert constant_loss("categorical_crossentropy", np.array([0.0, 1, 2, 2]), 3) == pytest.approx(
        1.5 * np.log(2)
    )
