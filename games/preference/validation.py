"""What every preference matrix, reference and list of labels must satisfy, said in one sentence where it does not.

One game is checked as a batch of one, so that a game and a batch are judged by the same rules. Work goes block by
block, so that a block and its transpose stay in the processor's cache; three reductions tell whether all is well, and
only if not is the first fault looked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.labelled import weights_by_label

TOLERANCE = 1e-6
"""How far P + Pᵀ may be from 1, an entry from [0, 1] and a reference's sum from 1; what is left is then removed."""

UNSEEN = "(--unseen takes pairs with empty cells as never compared)"
"""What errors say of a cell that is empty and need not be a mistake."""
COUNTS = "; these look like counts of wins, which --kind counts reads"

_BLOCK_ENTRIES = 1 << 17  # entries of a block of small games
_TILE = 256  # rows and columns of a block of a large one


def _plain(value: object) -> str:
    return format(float(value), ".10g")  # type: ignore[arg-type]


def as_floats(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Return values as a float64 array, not copied where it is one; ``what`` names them in the error."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "OUSV":
            array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a rectangular array of numbers") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{what} must be an array of real numbers, not of type {array.dtype}")
    return array.astype(np.float64, copy=False)


def checked_labels(labels: Sequence[str], count: int, what: str = "alternatives") -> tuple[str, ...]:
    """Return labels as a tuple, ``"0", "1", …`` where there are none; raise ``ValueError`` unless unique, one each."""
    if len(labels) == 0:
        return tuple(str(index) for index in range(count))
    names = tuple(str(label) for label in labels)
    if len(names) != count:
        raise ValueError(
            f"there {'is 1 label' if len(names) == 1 else f'are {len(names)} labels'} for {count} {what}: give one each"
        )
    if len(set(names)) != count:
        seen: set[str] = set()
        twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the label {twice!r} occurs twice: the labels of the {what} must differ")
    return names


def nearest(word: str, words: Sequence[str]) -> str:
    """Return the word most like the one given, for an error that suggests it."""
    return difflib.get_close_matches(word, words, n=1, cutoff=0.0)[0]


def label_index(label: str, labels: Sequence[str], what: str = "alternative") -> int:
    """Return where a label stands; raise ``ValueError`` that names the nearest label if it is unknown."""
    try:
        return labels.index(label)
    except ValueError:
        raise ValueError(f"there is no {what} {label!r}: did you mean {nearest(label, labels)!r}?") from None


def checked_reference(
    reference: ArrayLike | Mapping[str, float] | None, labels: Sequence[str], what: str = "alternative"
) -> NDArray[np.float64]:
    """Return a reference policy [n]: strictly positive, summing to 1; uniform where it is ``None``.

    A mapping, or a column with an index of labels, gives a weight to each label and is divided by its sum; an array
    must sum to 1 within ``TOLERANCE``. Every alternative needs a positive weight, for a regularised policy has no
    support where its reference has none.
    """
    count = len(labels)
    if reference is None:
        return np.full(count, 1.0 / count)
    reference = weights_by_label(reference, "the reference")
    if isinstance(reference, Mapping):
        weights = np.zeros(count)
        for label, weight in reference.items():
            place = label_index(str(label), labels, what)
            try:
                weights[place] = float(weight)
            except (TypeError, ValueError):
                raise ValueError(f"the reference gives {weight!r} to {what} {label!r}: a number is needed") from None
    else:
        weights = as_floats(reference, "the reference")
    if weights.shape != (count,):
        raise ValueError(f"the reference has shape {weights.shape}: it must give one weight to each of {count} {what}s")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if wrong.size:
        raise ValueError(
            f"the reference gives {_plain(weights[wrong[0]])} to {what} {labels[wrong[0]]!r}: "
            "every weight must be finite and above 0"
        )
    total = weights.sum()
    if not isinstance(reference, Mapping) and abs(total - 1.0) > TOLERANCE:
        raise ValueError(f"the reference sums to {_plain(total)}: its weights must sum to 1")
    return np.asarray(weights / total)


def checked_matrices(
    matrices: NDArray[np.float64],
    mask: NDArray[np.bool_] | None = None,
    symmetrise: bool = False,
    labels: Sequence[str] = (),
    name: str = "",
) -> NDArray[np.float64]:
    """Return preference matrices made exact, a new array.

    Parameters
    ----------
    matrices
        Probabilities P[g, i, j] that i beats j in game g. [games, n, n]
    mask
        True where an alternative exists; whatever stands elsewhere is ignored and becomes 1/2. [games, n]
    symmetrise
        Accept any P in [0, 1]; otherwise |P + Pᵀ − 1| ≤ ``TOLERANCE`` is required.
    labels, name
        What the alternatives are called, and the games ("game"; empty for a single one), in an error.

    Returns
    -------
    (P + 1 − Pᵀ)/2 with 1/2 on the diagonal; then P + Pᵀ = 1 up to the rounding of the last bit. [games, n, n]

    Raises
    ------
    ValueError
        For the first game at fault: an entry not finite, outside [0, 1], or without its complement.
    """
    games, n = matrices.shape[:2]
    result = np.empty((games, n, n))
    if n > 2 * _TILE:
        for index in range(games):
            matrix = matrices[index]
            if mask is not None and not mask[index].all():
                matrix = np.where(mask[index][:, None] & mask[index], matrix, 0.5)
            if not _tiled(matrix, result[index], symmetrise):
                _raise_first_fault(matrix[None], index, symmetrise, labels, name)
        return result
    step = max(1, _BLOCK_ENTRIES // (n * n))
    for start in range(0, games, step):
        block = matrices[start : start + step]
        exists = None if mask is None else mask[start : start + step]
        if exists is not None and not exists.all():
            block = np.where(exists[:, :, None] & exists[:, None, :], block, 0.5)
        if not _complement(block, np.swapaxes(block, 1, 2), result[start : start + step], symmetrise, diagonal=True):
            _raise_first_fault(block, start, symmetrise, labels, name)
    return result


def _tiled(matrix: NDArray[np.float64], out: NDArray[np.float64], symmetrise: bool) -> bool:
    """Fill ``out`` tile by tile, each beside its mirror image; return whether all is within the tolerance."""
    tiles = [slice(start, start + _TILE) for start in range(0, len(matrix), _TILE)]
    for index, rows in enumerate(tiles):
        for columns in tiles[index:]:
            here, there = matrix[rows, columns], matrix[columns, rows].T
            if not _complement(here, there, out[rows, columns], symmetrise, diagonal=rows == columns):
                return False
            if rows != columns and not _complement(there, here, out[columns, rows].T, symmetrise, diagonal=False):
                return False
    return True


def _complement(
    block: NDArray[np.float64],
    transposed: NDArray[np.float64],
    out: NDArray[np.float64],
    symmetrise: bool,
    diagonal: bool,
) -> bool:
    """Set ``out`` to (P + 1 − Pᵀ)/2; return whether P is within the tolerance, its diagonal aside if symmetrised."""
    if symmetrise and diagonal:
        block = block.copy()
        index = np.arange(block.shape[-1])
        block[..., index, index] = 0.5
        transposed = np.swapaxes(block, -1, -2)
    with np.errstate(invalid="ignore"):
        gap = 0.0 if symmetrise else np.abs(block + transposed - 1.0).max()
        if not (gap <= TOLERANCE and block.min() >= -TOLERANCE and block.max() <= 1.0 + TOLERANCE):
            return False
        np.subtract(block, transposed, out=out)
    out += 1.0
    out *= 0.5
    np.clip(out, 0.0, 1.0, out=out)
    return True


def _advice(matrix: NDArray[np.float64]) -> str:
    """Return what a table that is one of percentages, or of counts of wins, may need; NaN is an empty cell. [n, n]"""
    known = np.isfinite(matrix) & ~np.eye(len(matrix), dtype=bool)
    with np.errstate(invalid="ignore"):
        complements = np.abs(matrix + matrix.T - 100.0)[known & known.T]
    if complements.size and (complements <= 1e-3).all():
        return ", so divide percentages by 100, or write them with %"
    return COUNTS if looks_like_counts(matrix[known]) else ""


def looks_like_counts(values: NDArray[np.float64]) -> bool:
    """Return whether numbers may be counts of wins, a tie half a win each: whole and half numbers from 0 on."""
    return bool(values.size) and bool((values >= 0.0).all() and (2.0 * values == np.rint(2.0 * values)).all())


def _raise_first_fault(
    block: NDArray[np.float64], start: int, symmetrise: bool, labels: Sequence[str], name: str
) -> None:
    """Raise for the first game of a block that is at fault; ``start`` is the index of the block's first game."""
    for index, given in enumerate(block):
        matrix = given.copy()
        if symmetrise:
            np.fill_diagonal(matrix, 0.5)
        where = f"{name} {start + index}: " if name else ""
        called = labels or [str(i) for i in range(len(matrix))]
        finite = np.isfinite(matrix)
        with np.errstate(invalid="ignore"):
            outside = (matrix < -TOLERANCE) | (matrix > 1.0 + TOLERANCE)
            unpaired = np.abs(matrix + matrix.T - 1.0) > TOLERANCE
            apart = unpaired & ~np.eye(len(matrix), dtype=bool)
        odd = np.isinf(matrix) if (outside & finite).any() else ~finite
        if odd.any():
            i, j = np.argwhere(odd)[0]
            empty = f" {UNSEEN}" if np.isnan(matrix[i, j]) and not name else ""
            raise ValueError(
                f"{where}the entry of {called[i]!r} against {called[j]!r} is {matrix[i, j]}, "
                f"not a number in [0, 1]{empty}"
            )
        if outside.any():
            i, j = np.argwhere(outside & finite)[0]
            raise ValueError(
                f"{where}the entry of {called[i]!r} against {called[j]!r} is {_plain(matrix[i, j])}: "
                f"a probability lies in [0, 1]{_advice(matrix)}"
            )
        if symmetrise or not unpaired.any():
            continue
        i, j = np.argwhere(apart if apart.any() else unpaired)[0]
        if i == j:
            raise ValueError(
                f"{where}the diagonal entry of {called[i]!r} is {_plain(matrix[i, i])}: an alternative beats itself "
                "with probability 1/2 (symmetrise ignores the diagonal)"
            )
        raise ValueError(
            f"{where}P({called[i]!r} beats {called[j]!r}) + P({called[j]!r} beats {called[i]!r}) = "
            f"{_plain(matrix[i, j])} + {_plain(matrix[j, i])}, not 1 within {TOLERANCE:g} "
            f"(symmetrise takes (P + 1 − Pᵀ)/2{_advice(matrix)})"
        )
