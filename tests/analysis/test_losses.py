"""Losses by row against Keras's, and their stability where Keras's float32 has none."""

import keras
import numpy as np
import pytest

from regctl.analysis.losses import per_row, probabilities

GENERATOR = np.random.default_rng(0)
LOGITS, NUMBERS = GENERATOR.normal(0, 3, (50, 4)), GENERATOR.integers(0, 4, 50)
SCORES, TRUTHS = GENERATOR.normal(0, 3, 50), GENERATOR.normal(0, 1, 50)


def test_a_row_of_each_loss_is_keras_s():
    yes = (NUMBERS > 1).astype(np.float64)
    oracles = {
        "mean_squared_error": (SCORES, TRUTHS, keras.losses.MeanSquaredError(reduction=None)),
        "huber": (SCORES, TRUTHS, keras.losses.Huber(reduction=None)),
        "binary_crossentropy": (
            SCORES,
            yes,
            keras.losses.BinaryCrossentropy(from_logits=True, reduction=None),
        ),
    }
    for loss, (score, truth, oracle) in oracles.items():
        expected = oracle(truth[:, None], score[:, None])
        np.testing.assert_allclose(per_row(loss, score, truth), expected, rtol=1e-5, err_msg=loss)
    oracle = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    found = per_row("categorical_crossentropy", LOGITS, NUMBERS.astype(np.float32))
    np.testing.assert_allclose(found, oracle(NUMBERS, LOGITS), rtol=1e-4)  # Keras in float32


def test_cross_entropies_neither_overflow_nor_lose_their_digits():
    score, truth = np.array([1000.0, -1000.0, 50.0]), np.array([0.0, 0.0, 1.0])
    expected = [1000.0, 0.0, np.exp(-50.0)]
    np.testing.assert_allclose(per_row("binary_crossentropy", score, truth), expected, rtol=1e-12)
    two = np.stack([np.zeros(3), score], axis=1)
    np.testing.assert_allclose(
        per_row("categorical_crossentropy", two, truth), expected, rtol=1e-12, atol=1e-16
    )


def test_probabilities_are_those_of_the_losses():
    for loss, score, truth in (
        ("binary_crossentropy", SCORES, (NUMBERS > 1).astype(np.float64)),
        ("categorical_crossentropy", LOGITS, NUMBERS.astype(np.float64)),
    ):
        found = probabilities(loss, score)
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
        own = found[np.arange(50), truth.astype(int)]
        np.testing.assert_allclose(-np.log(own), per_row(loss, score, truth), rtol=1e-9)


def test_losses_are_in_double_precision_whatever_came():
    found = per_row("huber", np.array([16_777_217.0]), np.array([16_777_216.0], dtype=np.float32))
    assert found.dtype == np.float64
    assert found.tolist() == [0.5]


@pytest.mark.parametrize("loss", ["mean_squared_error", "huber", "binary_crossentropy"])
def test_a_column_is_no_vector(loss):
    with pytest.raises(ValueError, match="vectors of one length"):
        per_row(loss, np.zeros((4, 1)), np.zeros(4))


def test_logits_of_other_rows_are_refused():
    with pytest.raises(ValueError, match=r"\[n, classes\]"):
        per_row("categorical_crossentropy", np.zeros((3, 2)), np.zeros(4))
