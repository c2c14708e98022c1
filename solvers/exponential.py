r"""The exponential function for compiled loops: one unit in the last place, several times faster than the library's.

Mirror descent spends its time in ``exp``, and a call of the C library cannot be vectorised. This one is arithmetic
only: with ``k = round(x / log 2)`` and ``r = x - k log 2``, ``log 2`` split in two so that the difference is exact
(Cody and Waite 1980), ``exp(x) = 2^k p(r)``, ``p`` the Taylor polynomial of degree 13, whose error on ``|r| <= log(2)
/ 2`` is below ``5e-18``; ``2^k`` is an addition to the exponent bits.

``exponential`` is for one number and for long loops, where the compiler does four or eight at a time. It does not do so
in loops of a dozen, which is what policies are: ``exponentials`` does eight at a time by itself.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from games._base.jit import jitable

_ROUNDING = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, which then sits in the low bits
_PER_LOG_2 = 1.4426950408889634
_LOG_2_HIGH = 6.93147180369123816490e-01
_LOG_2_LOW = 1.90821492927058770002e-10
_C = tuple(1.0 / math.factorial(power) for power in range(14))
_SMALLEST, _LARGEST = -708.0, 709.0

_LANES = 8
_FLOATS = ir.VectorType(ir.DoubleType(), _LANES)
_INTEGERS = ir.VectorType(ir.IntType(64), _LANES)
_FUSED = ("contract",)  # multiply and add in one instruction


@intrinsic
def _bits_of(context: Any, number: Any) -> Any:
    """Return the 64 bits of a float as an integer."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    """Return the float that has these 64 bits."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@jitable(fastmath={"contract"})
def exponential(x):
    """Return ``exp(x)``: 0 below -708 (``-inf`` included), ``inf`` above 709; ``x`` must not be NaN."""
    shifted = x * _PER_LOG_2 + _ROUNDING
    k = shifted - _ROUNDING
    r = (x - k * _LOG_2_HIGH) - k * _LOG_2_LOW
    p = _C[13] * r + _C[12]
    p = p * r + _C[11]
    p = p * r + _C[10]
    p = p * r + _C[9]
    p = p * r + _C[8]
    p = p * r + _C[7]
    p = p * r + _C[6]
    p = p * r + _C[5]
    p = p * r + _C[4]
    p = p * r + _C[3]
    p = p * r + _C[2]
    p = p * r + 1.0
    p = p * r + 1.0
    result = _float_of(_bits_of(p) + (_bits_of(shifted) << 52))
    result = result if x > _SMALLEST else 0.0
    return result if x < _LARGEST else math.inf


def _lanes(value: float) -> ir.Constant:
    return ir.Constant(_FLOATS, [float(value)] * _LANES)


def _exponential_of_lanes(builder: Any, x: Any) -> Any:
    """Emit what ``exponential`` does for a vector of numbers."""

    def fused(a: Any, b: Any, c: Any) -> Any:
        return builder.fadd(builder.fmul(a, b, flags=_FUSED), c, flags=_FUSED)

    shifted = fused(x, _lanes(_PER_LOG_2), _lanes(_ROUNDING))
    k = builder.fsub(shifted, _lanes(_ROUNDING))
    r = fused(k, _lanes(-_LOG_2_HIGH), x)
    r = fused(k, _lanes(-_LOG_2_LOW), r)
    p = _lanes(_C[13])
    for coefficient in reversed(_C[:13]):
        p = fused(p, r, _lanes(coefficient))
    exponent = builder.shl(builder.bitcast(shifted, _INTEGERS), ir.Constant(_INTEGERS, [52] * _LANES))
    result = builder.bitcast(builder.add(builder.bitcast(p, _INTEGERS), exponent), _FLOATS)
    result = builder.select(builder.fcmp_ordered(">", x, _lanes(_SMALLEST)), result, _lanes(0.0))
    return builder.select(builder.fcmp_ordered("<", x, _lanes(_LARGEST)), result, _lanes(math.inf))


@intrinsic
def _eight_exponentials(context: Any, logits: Any, start: Any, top: Any, out: Any) -> Any:
    """Write ``exp(logits[start:start + 8] - top)`` to the same places of ``out``."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def place(position: int) -> Any:
            array = target.make_array(signature.args[position])(target, builder, value=arguments[position])
            return builder.bitcast(builder.gep(array.data, [arguments[1]]), _FLOATS.as_pointer())

        x = builder.load(place(0))
        x.align = 8
        undefined = ir.Constant(_FLOATS, ir.Undefined)
        tops = builder.insert_element(undefined, arguments[2], ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
        tops = builder.shuffle_vector(tops, undefined, zeros)
        result = _exponential_of_lanes(builder, builder.fsub(x, tops))
        builder.store(result, place(3)).align = 8
        return target.get_dummy_value()

    return types.void(logits, types.int64, types.float64, out), generate


@jitable
def exponentials(logits, top, out):
    """Write ``exp(logits - top)`` to ``out``, another array than ``logits``; both contiguous float64, without NaN."""
    count = logits.shape[0]
    if count < _LANES:
        for a in range(count):
            out[a] = exponential(logits[a] - top)
        return
    a = 0
    while a + _LANES <= count:
        _eight_exponentials(logits, a, top, out)
        a += _LANES
    if a < count:
        _eight_exponentials(logits, count - _LANES, top, out)  # some of them once more
