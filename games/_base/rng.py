"""Counter-based random numbers for compiled code.

Every random number of the project is a hash of *where it is used*: ``(seed, game, decision, sample)`` folded into one
64-bit key, and a counter under that key. Nothing is stored between calls, so results do not depend on the number of
threads or workers, on the order of work, or on how often a run was interrupted; and two actions that are rolled out
under the same key meet the same chance events (common random numbers).

The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
Generators", OOPSLA 2014): a bijection of 64-bit words in which every input bit flips each output bit with probability
close to one half.
"""

from __future__ import annotations

import numpy as np

from games._base.jit import jitable

_GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_30 = np.uint64(30)
_SHIFT_27 = np.uint64(27)
_SHIFT_31 = np.uint64(31)
_SHIFT_32 = np.uint64(32)
_SHIFT_11 = np.uint64(11)


@jitable
def mix(word):
    """Return SplitMix64's finaliser of a 64-bit word (uint64 -> uint64)."""
    word = (word ^ (word >> _SHIFT_30)) * _MULTIPLIER_1
    word = (word ^ (word >> _SHIFT_27)) * _MULTIPLIER_2
    return word ^ (word >> _SHIFT_31)


@jitable
def fold(key, part):
    """Return a new key from a key and an integer: ``fold(fold(seed, game), decision)`` (uint64, int -> uint64)."""
    return mix(key ^ mix(np.uint64(part) + _GOLDEN_GAMMA))


@jitable
def draw(key, counter):
    """Return the ``counter``-th 64-bit random word under ``key`` (uint64, int -> uint64)."""
    return mix(key + (np.uint64(counter) + np.uint64(1)) * _GOLDEN_GAMMA)


@jitable
def below(word, bound):
    """Map a random word to ``{0 .. bound-1}`` by multiply-and-shift; the bias is under ``bound / 2**32``."""
    return np.int64(((word >> _SHIFT_32) * np.uint64(bound)) >> _SHIFT_32)


@jitable
def uniform(word):
    """Map a random word to ``[0, 1)`` with 53 random bits."""
    return np.float64(word >> _SHIFT_11) * (1.0 / 9007199254740992.0)


@jitable
def shuffle(key, items, start, stop):
    """Fisher-Yates shuffle of ``items[start:stop]`` in place, from the counters ``0, 1, ...`` under ``key``."""
    for i in range(stop - 1, start, -1):
        j = start + below(draw(key, i - start), i - start + 1)
        held = items[i]
        items[i] = items[j]
        items[j] = held
