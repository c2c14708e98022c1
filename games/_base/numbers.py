"""Whole numbers that are handed in from outside – moves, seats, rows, counts – and nothing that only looks like one."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_MANY = 2**30  # a bound that nobody meets need not be named


def whole(value: Any, what: str, low: int = _SMALLEST, high: int = _LARGEST) -> int:
    """Return a whole number; raises ``ValueError`` for fractions, truth values, words, and what is out of range.

    ``what`` names the number in the sentence.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_):
        raise ValueError(f"{what} must be a whole number, not {_shown(value)}")
    if not low <= number <= high:
        if (low, high) == (_SMALLEST, _LARGEST):
            raise ValueError(f"{what} must fit in 64 bits, and {_shown(value)} does not")
        wanted = f"{low} to {high}" if high < _MANY or number > high else f"at least {low}"
        raise ValueError(f"{what} must be {wanted}, not {_shown(number)}")
    return number


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, int | float | str | None) else f"a {type(value).__name__}"
    return text if len(text) <= 40 else f"{text[:37]}..."
