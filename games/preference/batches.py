"""Many games in one file: NPY, NPZ or JSONL.

- NPY: an array [games, n, n].
- NPZ: ``matrices`` [games, n, n]; if wanted ``mask`` [games, n], ``references`` [games, n], ``labels`` [games, n]
  (text; only what the mask keeps is used) or [n] for all games alike, and ``names`` [games] (text).
- JSONL: one game a line, ``{"matrix": [[…]], "labels": […], "reference": […], "id": …}``; only the matrix is required,
  and games may differ in size.

A diagonal entry that is empty (null) or NaN is read as 1/2.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.arrays import check_size, load_arrays
from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.sources import TEXT_COPIES, at, json_lines
from games.preference.tables import fill_diagonal
from games.preference.validation import as_floats, checked_labels, checked_reference

_NAMES = {"matrices", "mask", "references", "labels", "names"}


def batch_of(matrices: NDArray[Any], symmetrise: bool = False, **others: Any) -> PreferenceBatch:
    """Return the batch of an array [games, n, n] as it was read; ``others`` are fields of ``PreferenceBatch``."""
    values = np.array(as_floats(matrices, "the matrices of a batch"))
    if values.ndim == 3 and values.shape[1] == values.shape[2]:
        fill_diagonal(values)
    return PreferenceBatch.symmetrised(values, **others) if symmetrise else PreferenceBatch(values, **others)


def read_npz(path: Path, symmetrise: bool = False) -> PreferenceBatch:
    """Return the batch of an NPZ file."""
    arrays = load_arrays(path, _NAMES, ("matrices",))
    others: dict[str, Any] = {name: arrays[name] for name in ("mask", "references") if name in arrays}
    if "names" in arrays:
        others["names"] = tuple(str(name) for name in arrays["names"].ravel())
    try:
        if "labels" in arrays:
            others["labels"] = _labels(arrays["labels"], arrays["matrices"].shape, arrays.get("mask"))
        return batch_of(arrays["matrices"], symmetrise, **others)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _labels(labels: NDArray[Any], shape: tuple[int, ...], mask: NDArray[Any] | None) -> tuple[tuple[str, ...], ...]:
    """Return the labels that exist of each game, from an array [games, n] or [n]."""
    if labels.ndim == 1:
        labels = np.broadcast_to(labels, (shape[0], len(labels)))
    if labels.ndim != 2 or labels.shape != shape[:2] or (mask is not None and mask.shape != labels.shape):
        raise ValueError(f"the labels have shape {labels.shape}: it must be (games, n) or (n,)")
    if mask is None:
        return tuple(tuple(row) for row in labels.astype(str).tolist())
    return tuple(tuple(row[keep].astype(str).tolist()) for row, keep in zip(labels, mask.astype(bool), strict=True))


def read_json_games(path: Path, symmetrise: bool = False) -> PreferenceBatch:
    """Return the batch of a JSONL file, padded at the end of each game to the largest."""
    check_size(path, copies=TEXT_COPIES)
    lines: list[int] = []
    matrices: list[NDArray[np.float64]] = []
    labels: list[tuple[str, ...]] = []
    references: list[NDArray[np.float64]] = []
    names: list[str] = []
    for line, value in json_lines(path):
        try:
            matrix, called, reference = _parts(value)
        except ValueError as error:
            raise ValueError(f"{at(path, line)}: {error}") from None
        lines.append(line)
        matrices.append(matrix)
        labels.append(called)
        references.append(reference)
        names.append(str(value.get("id", len(names))))
    n = max(len(matrix) for matrix in matrices)
    padded = np.full((len(matrices), n, n), 0.5)
    shares = np.zeros((len(matrices), n))
    mask = np.zeros((len(matrices), n), dtype=bool)
    for index, (matrix, reference) in enumerate(zip(matrices, references, strict=True)):
        size = len(matrix)
        padded[index, :size, :size], shares[index, :size], mask[index, :size] = matrix, reference, True
    others = {"mask": mask, "references": shares, "labels": tuple(labels), "names": tuple(names)}
    try:
        return batch_of(padded, symmetrise, **others)
    except ValueError as error:
        found = re.match(r"game (\d+): ", str(error))
        where = at(path, lines[int(found[1])]) if found else str(path)
        raise ValueError(f"{where}: {str(error)[found.end() if found else 0 :]}") from None


def _parts(value: Any) -> tuple[NDArray[np.float64], tuple[str, ...], NDArray[np.float64]]:
    """Return matrix, labels and reference of one game as JSON has it."""
    if not isinstance(value, dict) or "matrix" not in value:
        raise ValueError('an object with the key "matrix" is expected')
    try:
        matrix = np.array(value["matrix"], dtype=np.float64)  # null becomes NaN
    except (TypeError, ValueError):
        raise ValueError("the matrix must be rows of numbers, all of one length") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ValueError(f"a preference matrix must be square and not empty, and this one has shape {matrix.shape}")
    given = value.get("labels") or ()
    if not isinstance(given, list | tuple):
        raise ValueError("the labels must be a list")
    labels = checked_labels([str(label) for label in given], len(matrix))
    return matrix, labels, checked_reference(value.get("reference"), labels)


def game_of(value: Any, symmetrise: bool = False) -> PreferenceGame:
    """Return the game of one JSON object, with the keys of a line of JSONL."""
    matrix, labels, reference = _parts(value)
    fill_diagonal(matrix)
    if symmetrise:
        return PreferenceGame.symmetrised(matrix, labels, reference)
    return PreferenceGame(matrix, labels, reference)
