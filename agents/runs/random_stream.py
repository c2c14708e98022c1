"""Random numbers for agents and chance that Python draws one at a time: ``games._base.rng`` in Python integers.

The words are those of ``games._base.rng``, bit for bit (a test compares them), without the microseconds that numpy's
scalars cost outside compiled code.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_GOLDEN_GAMMA = 0x9E3779B97F4A7C15


def mix(word: int) -> int:
    """Return SplitMix64's finaliser of a 64-bit word."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def fold(*parts: int) -> int:
    """Return the 64-bit key of some integers, as ``fold(fold(fold(0, a), b), ...)`` of ``games._base.rng``."""
    key = 0
    for part in parts:
        key = mix(key ^ mix((part + _GOLDEN_GAMMA) & _MASK))
    return key


def text_key(text: str) -> int:
    """Return a 64-bit key of a text, the same in every process."""
    return fold(*text.encode())


class RandomStream:
    """The random words ``draw(key, 0), draw(key, 1), ...``."""

    __slots__ = ("_place",)

    def __init__(self, key: int) -> None:
        self._place = key & _MASK

    def word(self) -> int:
        """Return the next 64 random bits."""
        self._place = word = (self._place + _GOLDEN_GAMMA) & _MASK
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK  # mix, without the call
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        return word ^ (word >> 31)

    def below(self, bound: int) -> int:
        """Return one of ``0 .. bound-1``; the bias is under ``bound / 2**32``."""
        return ((self.word() >> 32) * bound) >> 32

    def uniform(self) -> float:
        """Return a number of ``[0, 1)`` with 53 random bits."""
        return (self.word() >> 11) / 9007199254740992.0
