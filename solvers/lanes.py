r"""Vectors of eight numbers, one of each of eight games: what entropic steps on eight games at once are made of.

In one small game every operation waits for the one before: a product for its opponent, a logarithm for its sum. Eight
games that are stepped together wait no longer, and their numbers fill the registers: arrays are ``[actions, 8]``,
flattened, and a sum over actions is eight sums without a word between lanes. Each lane is computed as if it were alone,
so that a game's result does not depend on its neighbours.

These are intrinsics, because the compiler does not vectorise loops of eight. All arrays are contiguous float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from solvers import logarithm as scalar
from solvers.exponential import _FLOATS, _FUSED, _INTEGERS, _LANES, _exponential_of_lanes

LANES = _LANES
"""Games that are stepped together."""
_ROWS = 4  # of a product, which share the loads of the opponent


def _constant(value: float) -> ir.Constant:
    return ir.Constant(_FLOATS, [float(value)] * LANES)


def _everywhere(builder: Any, scalar: Any) -> Any:
    """Return a vector that has the number in all lanes."""
    undefined = ir.Constant(_FLOATS, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, zeros)


def _fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ``a b + c``."""
    return builder.fadd(builder.fmul(a, b, flags=_FUSED), c, flags=_FUSED)


class _Vector:
    """An array as the compiler sees it, read and written eight numbers at a time."""

    def __init__(self, target: Any, builder: Any, kind: Any, value: Any) -> None:
        self.builder, self.data = builder, target.make_array(kind)(target, builder, value=value).data

    def _place(self, index: Any) -> Any:
        eighth = self.builder.mul(index, ir.Constant(index.type, LANES))
        return self.builder.bitcast(self.builder.gep(self.data, [eighth]), _FLOATS.as_pointer())

    def load(self, index: Any) -> Any:
        found = self.builder.load(self._place(index))
        found.align = 8
        return found

    def store(self, value: Any, index: Any) -> None:
        self.builder.store(value, self._place(index)).align = 8


def _vectors(target: Any, builder: Any, signature: Any, arguments: Sequence[Any], places: Sequence[int]) -> list[Any]:
    return [_Vector(target, builder, signature.args[k], arguments[k]) for k in places]


@intrinsic
def products(context: Any, payoffs: Any, opponent: Any, actions: Any, out: Any) -> Any:
    """Write ``out[a] = sum_b payoffs[a, b] opponent[b]`` in every lane.

    ``payoffs`` [actions * actions * 8], ``opponent`` and ``out`` [actions * 8], other arrays than each other.
    """

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table, played, found = _vectors(target, builder, signature, arguments, (0, 1, 3))
        n = arguments[2]
        rows = ir.Constant(n.type, _ROWS)
        whole = builder.sub(n, builder.urem(n, rows))

        def some(start: Any, count: int) -> None:
            """Write ``count`` rows."""
            totals = [cgutils.alloca_once_value(builder, _constant(0.0)) for _ in range(count)]
            places = [builder.mul(builder.add(start, ir.Constant(n.type, k)), n) for k in range(count)]
            with cgutils.for_range(builder, n) as loop:
                other = played.load(loop.index)
                for total, place in zip(totals, places, strict=True):
                    entry = table.load(builder.add(place, loop.index))
                    builder.store(_fused(builder, entry, other, builder.load(total)), total)
            for k, total in enumerate(totals):
                found.store(builder.load(total), builder.add(start, ir.Constant(n.type, k)))

        with cgutils.for_range_slice(builder, ir.Constant(n.type, 0), whole, rows) as (index, _):
            some(index, _ROWS)
        with cgutils.for_range_slice(builder, whole, n, ir.Constant(n.type, 1)) as (index, _):
            some(index, 1)
        return target.get_dummy_value()

    return types.void(payoffs, opponent, types.int64, out), generate


@intrinsic
def tilted(
    context: Any, logs: Any, values: Any, magnet: Any, actions: Any, step: Any, pull: Any, out: Any, top: Any
) -> Any:
    """Write ``(1 - pull) logs + pull magnet + step values`` to ``out`` and the largest of each lane to ``top`` [8].

    ``-inf`` where ``logs`` has it, whatever the magnet is there. ``out`` may be ``logs``.
    """

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own, seen, drawn, found, largest = _vectors(target, builder, signature, arguments, (0, 1, 2, 6, 7))
        keep = _everywhere(builder, builder.fsub(ir.Constant(ir.DoubleType(), 1.0), arguments[5]))
        step_, pull_ = _everywhere(builder, arguments[4]), _everywhere(builder, arguments[5])
        absent = _constant(-math.inf)
        most = cgutils.alloca_once_value(builder, absent)
        with cgutils.for_range(builder, arguments[3]) as loop:
            logit = own.load(loop.index)
            moved = _fused(builder, step_, seen.load(loop.index), builder.fmul(keep, logit))
            moved = _fused(builder, pull_, drawn.load(loop.index), moved)
            moved = builder.select(builder.fcmp_ordered(">", logit, absent), moved, absent)
            found.store(moved, loop.index)
            before = builder.load(most)
            builder.store(builder.select(builder.fcmp_ordered(">", moved, before), moved, before), most)
        largest.store(builder.load(most), ir.Constant(arguments[3].type, 0))
        return target.get_dummy_value()

    parameters = (logs, values, magnet, types.int64, types.float64, types.float64, out, top)
    return types.void(*parameters), generate


@intrinsic
def weighed(context: Any, logs: Any, top: Any, actions: Any, out: Any, total: Any) -> Any:
    """Write ``exp(logs - top)`` to ``out``, another array, and its sum over the actions to ``total`` [8]."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own, largest, found, sums = _vectors(target, builder, signature, arguments, (0, 1, 3, 4))
        first = ir.Constant(arguments[2].type, 0)
        above = largest.load(first)
        added = cgutils.alloca_once_value(builder, _constant(0.0))
        with cgutils.for_range(builder, arguments[2]) as loop:
            weight = _exponential_of_lanes(builder, builder.fsub(own.load(loop.index), above))
            found.store(weight, loop.index)
            builder.store(builder.fadd(builder.load(added), weight), added)
        sums.store(builder.load(added), first)
        return target.get_dummy_value()

    return types.void(logs, top, types.int64, out, total), generate


def _integers(value: int) -> ir.Constant:
    return ir.Constant(_INTEGERS, [value] * LANES)


def _logarithm_of_lanes(builder: Any, x: Any) -> Any:
    """Emit what ``solvers.logarithm`` does for a vector of numbers."""
    shifted = builder.add(builder.bitcast(x, _INTEGERS), _integers(scalar._ABOVE_ROOT))
    exponent = builder.or_(builder.ashr(shifted, _integers(52)), _integers(scalar._MAGIC_BITS))
    k = builder.fsub(builder.bitcast(exponent, _FLOATS), _constant(scalar._MAGIC))
    mantissa = builder.add(builder.and_(shifted, _integers(scalar._MANTISSA)), _integers(scalar._LOWEST))
    m = builder.bitcast(mantissa, _FLOATS)
    z = builder.fdiv(builder.fsub(m, _constant(1.0)), builder.fadd(m, _constant(1.0)))
    w = builder.fmul(z, z)
    p = _constant(scalar._C[10])
    for coefficient in reversed(scalar._C[1:10]):
        p = _fused(builder, p, w, _constant(coefficient))
    low = _fused(builder, builder.fmul(z, w), p, builder.fmul(k, _constant(scalar._LOG_2_LOW)))
    low = _fused(builder, z, _constant(2.0), low)
    return _fused(builder, k, _constant(scalar._LOG_2_HIGH), low)


@intrinsic
def normalisers(context: Any, top: Any, total: Any, shift: Any, scale: Any) -> Any:
    """Write ``top + log total`` to ``shift`` and ``1 / total`` to ``scale``, [8] each; totals are 1 or more."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        largest, sums, less, factor = _vectors(target, builder, signature, arguments, (0, 1, 2, 3))
        first = ir.Constant(ir.IntType(64), 0)
        added = sums.load(first)
        less.store(builder.fadd(largest.load(first), _logarithm_of_lanes(builder, added)), first)
        factor.store(builder.fdiv(_constant(1.0), added), first)
        return target.get_dummy_value()

    return types.void(top, total, shift, scale), generate


@intrinsic
def scaled(context: Any, logs: Any, probabilities: Any, actions: Any, shift: Any, scale: Any) -> Any:
    """Subtract ``shift`` [8] from ``logs`` and multiply ``probabilities`` by ``scale`` [8], in place."""

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own, weights, less, factor = _vectors(target, builder, signature, arguments, (0, 1, 3, 4))
        first = ir.Constant(arguments[2].type, 0)
        shift_, scale_ = less.load(first), factor.load(first)
        with cgutils.for_range(builder, arguments[2]) as loop:
            own.store(builder.fsub(own.load(loop.index), shift_), loop.index)
            weights.store(builder.fmul(weights.load(loop.index), scale_), loop.index)
        return target.get_dummy_value()

    return types.void(logs, probabilities, types.int64, shift, scale), generate
