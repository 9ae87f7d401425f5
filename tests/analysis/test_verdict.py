"""The verdict: on data made to overfit, to underfit and to fit, and the boundaries of its rules.

Data: ridge regression in closed form on normal columns, 300 validation rows, 200 runs of each kind.
Overfit: 40 columns, 50 rows, noise 1. Underfit: a wave of one column that lines cannot follow, 5 columns, 300 rows,
noise 0.1. Fits: 5 columns, 600 rows, noise 0.3.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from regctl.analysis.verdict import Fit, verdict
from regctl.analysis.verdict_findings import fit_finding, sentence
from simulated import ridge

LAMBDAS = np.array([0.0, *np.logspace(-4, 2, 13)])
RUNS = 200


def verdicts(kind: str, lambdas: np.ndarray, seed: int = 0):
    generator = np.random.default_rng(seed)
    made = {
        "overfit": {"columns": 40, "rows": 50, "noise": 1.0},
        "underfit": {"columns": 5, "rows": 300, "noise": 0.1, "bend": True},
        "fits": {"columns": 5, "rows": 600, "noise": 0.3},
    }[kind]
    for _ in range(RUNS):
        found = ridge(generator, lambdas=lambdas, **made)
        selected = int(found.rows.mean(axis=1).argmin())
        reference, strongest = found.fit(0, selected), found.fit(len(lambdas) - 1, selected)
        constant = 1.0 + made["noise"] ** 2
        yield verdict(found.fit(selected, selected), reference, strongest, constant, regularized=selected > 0)


def share(kind: str, lambdas: np.ndarray, wanted) -> float:
    return float(np.mean([wanted(each) for each in verdicts(kind, lambdas)]))


def test_data_made_to_overfit_are_told_to_overfit_without_regularization():
    """The selected λ may cure it; what is asked of the run is whether the model overfits by itself."""
    assert share("overfit", LAMBDAS, lambda found: found.reference_overfits) >= 0.95
    assert share("overfit", LAMBDAS[:1], lambda found: found.kind == "overfit") >= 0.95
    assert (
        share("overfit", LAMBDAS[:4], lambda found: found.kind == "overfit") >= 0.95
    )  # λ too small to cure it


def test_data_made_to_underfit_are_told_to_underfit():
    assert share("underfit", LAMBDAS, lambda found: found.kind == "underfit") >= 0.95
    assert share("underfit", LAMBDAS[:1], lambda found: found.kind == "underfit") >= 0.95


def test_a_penalty_far_too_strong_underfits():
    strong = np.array([0.0, 30.0])
    generator = np.random.default_rng(1)
    for _ in range(50):
        found = ridge(generator, columns=5, rows=600, noise=0.3, lambdas=strong)
        told = verdict(found.fit(1, 1), found.fit(0, 1), found.fit(1, 1), 1.09)
        assert (told.kind, told.why) == ("underfit", "too strong")


def test_data_that_the_model_can_learn_fit():
    assert share("fits", LAMBDAS, lambda found: found.kind == "fits") >= 0.95


GOOD = Fit(train=0.30, validation=0.33, se=0.02)
BAD = Fit(train=0.05, validation=0.60, se=0.05, apart=0.04)
WEAK = Fit(train=0.90, validation=0.95, se=0.05, apart=0.04)


def test_between_an_overfit_reference_and_an_underfit_strongest_it_fits():
    found = verdict(GOOD, BAD, WEAK, 1.0)
    assert (found.kind, found.why, found.reference_overfits) == ("fits", "between", True)
    assert fit_finding(found) is None
    assert "Without regularization it overfits (training 0.05, validation 0.6)" in sentence(found)


def test_differences_within_two_standard_errors_show_nothing():
    unsure = replace(BAD, apart=0.14)
    assert not verdict(GOOD, unsure, WEAK, 1.0).reference_overfits
    assert verdict(GOOD, replace(BAD, apart=0.13), WEAK, 1.0).reference_overfits
    assert not verdict(GOOD, replace(BAD, apart=None), WEAK, 1.0).reference_overfits


def test_differences_of_less_than_a_twentieth_of_the_loss_count_for_nothing():
    near = Fit(train=0.25, validation=0.345, se=0.02, apart=0.001)
    assert not verdict(GOOD, near, WEAK, 1.0).reference_overfits
    assert verdict(GOOD, replace(near, validation=0.348), WEAK, 1.0).reference_overfits
    assert verdict(near, replace(GOOD, apart=0.001), None, 1.0).why != "too strong"
    assert verdict(replace(near, validation=0.348), replace(GOOD, apart=0.001), None, 1.0).why == "too strong"


@pytest.mark.parametrize(
    ("selected", "kind", "why"),
    [
        (Fit(0.1, 0.3, 0.02), "overfit", "gap"),
        (Fit(0.1, 0.3, 0.1), "cannot tell", "gap not shown"),
        (Fit(0.29, 0.3, 0.08), "cannot tell", "noisy"),
        (Fit(0.58, 0.6, 0.05), "underfit", "poor"),
        (Fit(0.29, 0.3, 0.02), "fits", "no gap"),
        (Fit(0.24, 0.3, 0.01), "fits", "small gap"),
        (Fit(0.29, 0.3, None), "cannot tell", "unknown"),
        (Fit(math.nan, 0.3, 0.02), "cannot tell", "unknown"),
    ],
)
def test_alone_the_gap_and_the_constants_loss_decide(selected, kind, why):
    found = verdict(selected, selected, None, 1.0, regularized=False)
    assert (found.kind, found.why) == (kind, why)
    assert sentence(found).endswith(".")


@pytest.mark.parametrize(
    ("validation", "says"), [(0.89, None), (0.95, "hardly better than"), (1.2, "worse than")]
)
def test_beside_a_constant_it_says_on_which_side_the_model_is(validation, says):
    found = verdict(Fit(0.1, validation, 0.05), Fit(0.1, validation, 0.05), None, 1.0, regularized=False)
    told = sentence(found)
    assert found.why == "gap"
    assert ("a constant" in told) == (says is not None)
    assert says is None or f"It is {says} a constant, which would have 1." in told


def test_findings_name_the_kind():
    def code(*given, regularized):
        return fit_finding(verdict(*given, None, 1.0, regularized=regularized)).code

    overfit, poor = Fit(0.1, 0.3, 0.02), Fit(0.58, 0.6, 0.05)
    worse, better = Fit(0.5, 0.7, 0.05, 0.2), Fit(0.5, 0.55, 0.05, 0.2)
    assert code(overfit, overfit, regularized=False) == "REG702"
    assert code(poor, poor, regularized=False) == "REG701"
    assert code(poor, worse, regularized=True) == "REG701"
    assert code(poor, better, regularized=True) == "REG703"
    assert code(poor, replace(better, apart=0.01), regularized=True) == "REG703"
