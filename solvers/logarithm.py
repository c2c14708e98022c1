r"""The natural logarithm for compiled loops, which the compiler does four or eight at a time.

With ``x = 2^k m``, ``m`` in ``[sqrt(1/2), sqrt(2))`` and ``z = (m - 1) / (m + 1)``, ``log x = k log 2 + 2 (z + z^3 / 3
+ z^5 / 5 + ...)``; ``|z| < 0.172``, so that the terms up to ``z^21`` leave less than ``2e-17`` of ``z``. There is no
branch: a select and one division a number.
"""

from __future__ import annotations

from games._base.jit import jitable
from solvers.exponential import _bits_of, _float_of

_LOG_2_HIGH = 6.93147180369123816490e-01
_LOG_2_LOW = 1.90821492927058770002e-10
_ABOVE_ROOT = 0x95F6400000000  # what carries a mantissa of sqrt(2) or more into the exponent
_MANTISSA = 0x000FFFFFFFFFFFFF
_LOWEST = 0x3FE6A09C00000000  # the bits of about sqrt(1/2): 1 less what is above
_MAGIC_BITS = 0x4330000000000000  # 2^52: a small integer added to its bits is added to its value
_MAGIC = 4503599627370496.0 + 1023.0
_C = tuple(2.0 / power for power in range(1, 22, 2))


@jitable(fastmath={"contract"}, error_model="numpy")
def logarithm(x):
    """Return ``log(x)`` of a positive normal number."""
    shifted = _bits_of(x) + _ABOVE_ROOT
    k = _float_of((shifted >> 52) | _MAGIC_BITS) - _MAGIC
    m = _float_of((shifted & _MANTISSA) + _LOWEST)
    z = (m - 1.0) / (m + 1.0)
    w = z * z
    p = _C[10] * w + _C[9]
    p = p * w + _C[8]
    p = p * w + _C[7]
    p = p * w + _C[6]
    p = p * w + _C[5]
    p = p * w + _C[4]
    p = p * w + _C[3]
    p = p * w + _C[2]
    p = p * w + _C[1]
    return k * _LOG_2_HIGH + (z * 2.0 + (z * w * p + k * _LOG_2_LOW))
