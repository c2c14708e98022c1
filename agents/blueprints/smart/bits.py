"""Bit tricks on possibility masks: bit ``t`` of a mask says that a card may be of type ``t``."""

from __future__ import annotations

import numpy as np

from games._jit import jitable

_PAIRS = np.uint64(0x5555555555555555)
_QUADS = np.uint64(0x3333333333333333)
_BYTES = np.uint64(0x0F0F0F0F0F0F0F0F)
_ONES = np.uint64(0x0101010101010101)
_SHIFT_1 = np.uint64(1)
_SHIFT_2 = np.uint64(2)
_SHIFT_4 = np.uint64(4)
_SHIFT_56 = np.uint64(56)


@jitable
def popcount(mask):
    """Return the number of ones of a non-negative 64-bit integer (the compiler makes one instruction of it)."""
    word = np.uint64(mask)
    word = word - ((word >> _SHIFT_1) & _PAIRS)
    word = (word & _QUADS) + ((word >> _SHIFT_2) & _QUADS)
    word = (word + (word >> _SHIFT_4)) & _BYTES
    return np.int64((word * _ONES) >> _SHIFT_56)


@jitable
def is_single(mask):
    """Return True if a non-empty mask has exactly one bit: the card is identified."""
    return mask & (mask - 1) == 0
