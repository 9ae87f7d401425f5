"""What a spec of a polynomial may say."""

import pytest
from spec_makers import SMALLEST, problems_of

from regctl.spec.loading import load_spec
from regctl.spec.solvers import is_solved


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (
            "model: {name: polynomial, degree: 0}\n",
            "3:27 model.degree",
            "expected a number of at least 1. Received: 0.",
        ),
        (
            "model: {name: polynomial, degree: -3}\n",
            "3:27 model.degree",
            "expected a number of at least 1. Received: -3.",
        ),
        (
            "model: {name: polynomial, degree: 2.5}\n",
            "3:27 model.degree",
            "expected a whole number. Received: 2.5.",
        ),
        (
            "model: {name: linear, degree: 2}\n",
            "3:23 model.degree",
            "goes with model polynomial. Received: 2 with model linear.",
        ),
        (
            "model: {degree: 2}\n",
            "3:9 model.degree",
            "goes with model polynomial. Received: 2 with model mlp.",
        ),
        (
            "model: {interactions: false}\n",
            "3:9 model.interactions",
            "goes with model polynomial. Received: false with model mlp.",
        ),
        (
            "model: {name: polynomial}\nregularization: {dropout: 0.5}\n",
            "4:18 regularization.dropout",
            "acts after hidden layers, and model polynomial has none. Received: 0.5. Use input_dropout.",
        ),
    ],
)
def test_what_does_not_go_with_a_polynomial_is_told_with_its_place(write, text, place, sentence):
    path = write(SMALLEST + text)
    assert problems_of(path) == [f"{path}:{place}: {sentence}"]


def test_a_polynomial_is_solved_exactly_and_may_have_an_automatic_grid(write):
    path = write(SMALLEST + "model: {name: polynomial, degree: 3}\nsweep: {lambda: auto}\n")
    assert is_solved(load_spec(path).spec)
    assert problems_of(path, "training.solver=exact") == []
    assert not is_solved(load_spec(path, ["training.solver=gradient"]).spec)
