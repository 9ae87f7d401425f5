import math

import pytest

from regctl.report.numbers import count, number, short, with_error, with_interval


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.121345, 0.00893, "0.1213 ± 0.0089"),
        (0.0999, 0.00996, "0.100 ± 0.010"),
        (21504.33, 1234.5, "21,500 ± 1,200"),
        (21504.33, 3.21, "21,504.3 ± 3.2"),
        (1234567.0, 95000.0, "1,235,000 ± 95,000"),
        (-0.5, 0.02, "−0.500 ± 0.020"),
        (0.121345, None, "0.1213"),
        (0.121345, 0.0, "0.1213"),
        (0.121345, math.nan, "0.1213"),
        (math.nan, 0.1, "n/a"),
    ],
)
def test_numbers_have_the_digits_their_error_leaves_meaning_in(value, error, expected):
    assert with_error(value, error) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (21504.33, "21,500"), (0.00123456, "0.001235"), (0.0, "0"), (-0.0, "0"), (1.0, "1.000"),
        (9999.6, "10,000"), (1e-12, "1e-12"), (3e20, "3e20"), (math.inf, "∞"), (-math.inf, "−∞"),
        (None, "n/a"), (-2.5, "−2.500"),
    ],
)  # fmt: skip
def test_without_an_error_four_digits_are_shown(value, expected):
    assert number(value) == expected


def test_what_rounds_to_zero_has_no_sign():
    assert number(-0.0001, 2) == "0.00"


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0.12134, 0.1045, 0.1402), "0.1213 [0.1045, 0.1402]"),
        ((-0.0132, -0.02, -0.006), "−0.0132 [−0.0200, −0.0060]"),
        ((14355.6, 12646.8, 16429.3), "14,360 [12,650, 16,430]"),
        ((0.5, None, None), "0.5000"),
        ((3.0, 3.0, 3.0), "3.000 [3.000, 3.000]"),
    ],
)
def test_intervals_are_rounded_by_their_width(interval, expected):
    assert with_interval(*interval) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.005623413, "0.00562"), (0.0, "0"), (1.0, "1"), (250.0, "250"), (0.1, "0.1"), (1e-4, "0.0001"),
        (1e-6, "1e-6"), (5.62e-7, "5.62e-7"), (99999.7, "1e5"), (12345.0, "12345"), (0.9996, "1"),
        (1234567.0, "1.23e6"), (1e-320, "1e-320"), (5e-324, "4.94e-324"), (-1e-320, "-1e-320"),
        (1.7976931348623157e308, "1.8e308"),
    ],
)  # fmt: skip
def test_hyperparameters_are_short(value, expected):
    assert short(value) == expected


def test_counts_agree_with_their_noun():
    assert (count(1, "seed"), count(2930, "row"), count(0, "trial")) == ("1 seed", "2,930 rows", "0 trials")
