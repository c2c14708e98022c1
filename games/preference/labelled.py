"""Values that come with labels: a table with ``index``, ``columns`` and ``to_numpy``, or a column with an ``index``.

Such objects – those of pandas, whose name is never asked for – are lined up by their labels, never by their order. An
index that only counts, ``0, 1, 2, …``, says nothing: it is what a table gets whose maker gave none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Names = tuple[str, ...]


class Labelled(NamedTuple):
    """An array, and the labels of its first two axes; ``None`` where nothing is said."""

    values: NDArray[Any]
    rows: Names | None = None
    columns: Names | None = None


def is_labelled(values: Any) -> bool:
    """Return whether an object has labels (a list has a method called ``index``, and no array to give)."""
    axes = (getattr(values, name, None) for name in ("index", "columns"))
    return hasattr(values, "to_numpy") and any(axis is not None and not callable(axis) for axis in axes)


def labelled(values: Any, what: str) -> Labelled:
    """Return an object's array and labels; anything without labels is returned as it is.

    Raises ``ValueError`` if a label occurs twice; ``what`` names the object in errors.
    """
    if not is_labelled(values):
        return Labelled(values)
    rows, columns = (
        None if (axis := getattr(values, name, None)) is None else _names(axis, f"the {name} of {what}")
        for name in ("index", "columns")
    )
    return Labelled(np.asarray(values.to_numpy()), rows, columns)


def _names(axis: Iterable[Any], what: str) -> Names | None:
    names = tuple(str(label) for label in axis)
    if names == tuple(str(place) for place in range(len(names))):
        return None
    if len(set(names)) != len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"the label {twice!r} occurs twice in {what}")
    return names


def in_order(values: NDArray[Any], names: Names | None, labels: Sequence[Any], axis: int, what: str) -> NDArray[Any]:
    """Return an array with an axis, whose labels are ``names``, in the order of ``labels``; as it is without names.

    Raises ``ValueError`` unless names and labels are the same but for their order.
    """
    if names is None or values.ndim <= axis:
        return values
    wanted = [str(label) for label in labels]
    for one, other, fault in ((wanted, names, "lacks the label"), (names, wanted, "has the unknown label")):
        if strange := [name for name in one if name not in other]:
            raise ValueError(f"{what} {fault} {strange[0]!r}")
    place = {name: position for position, name in enumerate(names)}
    return np.take(values, [place[label] for label in wanted], axis)


def square(values: Any, labels: Sequence[Any], what: str) -> tuple[Any, Sequence[Any]]:
    """Return a square table in the order of the labels, and these: its own ones if none are given.

    Raises ``ValueError`` if rows and columns, or table and labels, are not called the same.
    """
    array, rows, columns = labelled(values, what)
    names = rows or columns
    if names is None:
        return array, labels
    wanted = labels if len(labels) else names
    return in_order(in_order(array, rows, wanted, 0, what), columns, wanted, 1, what), wanted


def weights_by_label(values: Any, what: str) -> Any:
    """Return a column with labels as a mapping from label to value; anything else without its wrapping."""
    array, names, _ = labelled(values, what)
    return array if names is None else dict(zip(names, array.tolist(), strict=True))
