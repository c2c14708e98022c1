"""Policies as tables with labels, in the order of a leaderboard: what is printed, written as CSV, and given to pandas.

A leaderboard puts the most probable first and, among the equally probable – most have probability 0 –, who scores most
against the policy; equal ones share a rank. A table is a dictionary of columns, which ``pandas.DataFrame(table)``
takes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.files import write_whole

FloatArray = NDArray[np.float64]
Columns = dict[str, list[Any]]

ROWS = 20
"""Actions shown of a policy, if nobody asks for more."""
_DIGITS = 12  # to which probabilities and scores are equal


def most_probable(policy: FloatArray, rows: int | None = ROWS, scores: FloatArray | None = None) -> NDArray[np.intp]:
    """Return the indices of the most probable actions, most probable first; ties by score, then in their order."""
    second = np.zeros(len(policy)) if scores is None else np.round(scores, _DIGITS)
    return np.lexsort((-second, -np.round(policy, _DIGITS)))[:rows]


def left_out(count: int, policy: FloatArray, order: NDArray[np.intp]) -> str | None:
    """Return what a table of the most probable of ``count`` actions leaves out, or nothing."""
    if len(order) >= count:
        return None
    rest = 1.0 - float(policy[order].sum())
    return f"{count - len(order):,} more, with probability {max(rest, 0.0):.3g} together"


def ranks(policy: FloatArray, scores: FloatArray, order: NDArray[np.intp]) -> list[int]:
    """Return the rank of each action in an order; 1, 1, 3 where the first two are equal."""
    found: list[int] = []
    for place, index in enumerate(order):
        before = order[place - 1]
        equal = place and all(
            np.round(values[index], _DIGITS) == np.round(values[before], _DIGITS) for values in (policy, scores)
        )
        found.append(found[-1] if equal else place + 1)
    return found


def leaderboard(labels: Sequence[str], policy: FloatArray, scores: FloatArray, **others: Any) -> Columns:
    """Return the columns rank, label, probability, score and ``others``, each [n], in the order of the leaderboard.

    An interval [2, n] among the others becomes the columns ``name_low`` and ``name_high``; ``None`` is left out.
    """
    order = most_probable(policy, None, scores)
    table: Columns = {
        "rank": ranks(policy, scores, order),
        "label": [labels[index] for index in order],
        "probability": policy[order].tolist(),
        "score": scores[order].tolist(),
    }
    for name, values in others.items():
        if values is None:
            continue
        array = np.asarray(values)
        parts = {name: array} if array.ndim == 1 else {f"{name}_low": array[0], f"{name}_high": array[1]}
        table |= {part: column[order].tolist() for part, column in parts.items()}
    return table


def stacked(tables: Mapping[str, Columns], column: str) -> Columns:
    """Return tables of the same columns below each other, with their names in a column in front."""
    found: Columns = {column: [name for name, table in tables.items() for _ in table["label"]]}
    for table in tables.values():
        for name, values in table.items():
            found.setdefault(name, []).extend(values)
    return found


def write_csv(path: Path, table: Columns) -> None:
    """Write a table as CSV, whole or not at all; numbers with all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    write_whole(path, text.getvalue())
