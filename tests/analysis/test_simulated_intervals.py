"""How often 95 % BCa intervals of a mean loss hold the truth, and whether REG403 is there where they do not.

Losses are squared errors; 2,000 samples of each kind, so that a coverage of 95 % is known to ± 0.5 % (one standard
error). All samples share 1,999 resamples: drawn once, they serve every sample, since the samples are independent.
"""

import numpy as np
import pytest

from regctl.analysis.tails import doubtful_interval
from regctl.analysis.uncertainty import Draws, interval, resampled_sums
from simulated import squared_errors

SAMPLES = 2_000


def samples(name: str, rows: int) -> tuple[np.ndarray, float]:
    return squared_errors(name, (rows, SAMPLES), np.random.default_rng(rows))


def coverage(name: str, rows: int) -> float:
    losses, truth = samples(name, rows)
    total = losses.sum(axis=0)
    drawn = resampled_sums(losses, 1_999, seed=1) / rows
    left_out = (total - losses) / (rows - 1)
    found = [
        interval(Draws(value, own, each))
        for value, own, each in zip(total / rows, drawn.T, left_out.T, strict=True)
    ]
    return float(np.mean([each.low is not None and each.low <= truth <= each.high for each in found]))


def told(name: str, rows: int) -> float:
    """In what share of the samples the finding is there, and is about tails."""
    losses, _ = samples(name, rows)
    found = [doubtful_interval(each) for each in losses.T[:500]]
    return float(np.mean([each is not None and "make up" in each.message for each in found]))


@pytest.mark.parametrize(
    ("name", "low", "high"), [("normal", 0.93, 0.97), ("laplace", 0.91, 0.95), ("t4", 0.87, 0.92)]
)
def test_intervals_of_600_rows_cover_as_stated(name, low, high):
    """Normal errors 93 to 97 %. Laplace errors about 93.5 %, t₄ errors about 90 %: less than they promise."""
    assert low <= coverage(name, 600) <= high


def test_where_tails_cost_coverage_the_finding_is_there():
    assert coverage("t4", 50) < 0.88
    assert told("t4", 50) >= 0.95
    assert told("normal", 600) <= 0.01
    assert told("t4", 600) >= 0.85


def test_few_rows_are_told_as_such():
    losses, _ = samples("normal", 50)
    assert coverage("normal", 50) < 0.93
    assert all("there are 50 test rows" in doubtful_interval(each).message for each in losses.T[:50])
