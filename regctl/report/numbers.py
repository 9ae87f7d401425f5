"""Numbers as people read them: no more digits than their uncertainty leaves meaning in."""

import math

UNKNOWN = "n/a"
_DIGITS = 4  # of a number whose uncertainty is not known
_MOST_DECIMALS = 8


def decimals_of(uncertainty: float | None) -> int | None:
    """Decimals that show two digits of an uncertainty (negative: tens, hundreds); None when unknown or 0."""
    if uncertainty is None or not math.isfinite(uncertainty) or uncertainty <= 0:
        return None
    return 1 - _exponent(uncertainty, 2)


def number(value: float | None, decimals: int | None = None) -> str:
    """A number to so many decimals, with thousands separators; to four digits when `decimals` is None."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 and decimals is None:
        return "0"
    digits = _DIGITS - 1 - _exponent(value, _DIGITS) if decimals is None else decimals
    if digits > _MOST_DECIMALS or abs(value) >= 1e15:
        return _signed(short(value, _DIGITS))
    return _signed(f"{round(value, digits) + 0.0:,.{max(digits, 0)}f}")


def with_error(value: float, error: float | None) -> str:
    """`0.1213 ± 0.0089`, rounded to two digits of the error; without one, four digits of the value."""
    decimals = decimals_of(error)
    if decimals is None or not math.isfinite(value):
        return number(value)
    return f"{number(value, decimals)} ± {number(error, decimals)}"


def with_interval(value: float, low: float | None, high: float | None) -> str:
    """`0.1213 [0.1045, 0.1402]`: a quarter of the interval's width is about one standard error."""
    if low is None or high is None:
        return number(value)
    decimals = decimals_of((high - low) / 4)
    return f"{number(value, decimals)} [{number(low, decimals)}, {number(high, decimals)}]"


def short(value: float, digits: int = 3) -> str:
    """A hyperparameter's value: `0.00562`, `1e-6`, `5.62e-7`, `250`."""
    if value == 0:
        return "0"
    exponent = _exponent(value, digits)
    if -4 <= exponent < 5:
        return _trimmed(f"{value:.{max(digits - 1 - exponent, 0)}f}")
    return f"{_trimmed(f'{value:.{digits - 1}e}'.partition('e')[0])}e{exponent}"  # 10.0**-324 would be 0


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number_of: int, noun: str) -> str:
    """`1 trial`, `1,758 rows`."""
    return f"{number_of:,} {noun if number_of == 1 else noun + 's'}"


def _exponent(value: float, digits: int) -> int:
    """The power of ten of `value` once rounded to so many digits: 0.0996 to two digits is 0.10, so −1."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def _signed(text: str) -> str:
    return text.replace("-", "−") if text.startswith("-") else text
