"""One door to every file of preferences that people have: the suffix and the content say which reader opens it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from games.arrays import load_array
from games.preference import preflib
from games.preference.batches import batch_of, game_of, read_json_games, read_npz
from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.labelled import weights_by_label
from games.preference.rewards import read_rewards
from games.preference.sources import json_lines, json_value
from games.preference.tables import delimited, fill_diagonal, read_square
from games.preference.validation import checked_reference
from games.preference.vote_lists import is_vote_header, read_votes

KINDS = ("auto", "matrix", "votes", "preflib", "rewards", "batch")
SUFFIXES = (".csv", ".tsv", ".npy", ".npz", ".json", ".jsonl", ".ndjson", *preflib.SUFFIXES)

_ACCEPTED = {
    "matrix": (".csv", ".tsv", ".npy", ".json"),
    "votes": (".csv", ".tsv", ".jsonl", ".ndjson"),
    "preflib": preflib.SUFFIXES,
    "rewards": (".csv", ".tsv", ".npy", ".jsonl", ".ndjson"),
    "batch": (".npy", ".npz", ".jsonl", ".ndjson"),
}


def read_preference_game(
    path: str | Path,
    *,
    kind: str = "auto",
    prior: float = 1.0,
    symmetrise: bool = False,
    reference: ArrayLike | Mapping[str, float] | None = None,
    unranked: str = "ignored",
    temperature: float = 1.0,
) -> PreferenceGame | PreferenceBatch:
    """Return the preference game, or the batch of games, that a file holds.

    Parameters
    ----------
    path
        A square table of win rates (.csv, .tsv, .npy, .json), a list of votes (.csv, .tsv, .jsonl; forms in
        ``vote_lists``), a PrefLib file (.soc, .soi, .toc, .toi, .wmd), reward samples (.csv, .tsv, .npy, .jsonl), or
        many games (.npy, .npz, .jsonl; ``batches``). At most 8 GiB.
    kind
        One of ``KINDS``. ``"auto"`` decides by suffix and content; only a table of rewards must be named.
    prior
        Votes added to both sides of every pair, where the file holds votes (``Votes``).
    symmetrise
        Take (P + 1 − Pᵀ)/2 where the file holds probabilities, whatever P + Pᵀ is.
    reference
        Reference policy in place of the file's own or the uniform one: an array, or weights by label. For a batch an
        array [games, n], one [n] for games that are all of size n, or weights by label.
    unranked
        ``"ignored"`` or ``"last"``: alternatives that a PrefLib ranking leaves out.
    temperature
        Of the Bradley–Terry model, where the file holds rewards.

    Raises
    ------
    ValueError
        One sentence that names the file, and the line where there is one.
    OSError
        If the file cannot be opened.
    """
    path = Path(path)
    if path.suffix.lower() != path.suffix and path.suffix.lower() in SUFFIXES:
        raise ValueError(f"{path}: write the suffix in small letters ({path.suffix.lower()})")
    if kind not in KINDS:
        raise ValueError(f"the kind of a file must be one of {', '.join(KINDS)}, not {kind!r}")
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path}: the suffix must be one of {', '.join(SUFFIXES)}, not {path.suffix or 'none'!r}")
    if kind == "auto":
        kind = kind_of(path)
    if path.suffix not in _ACCEPTED[kind]:
        raise ValueError(f"{path}: a file of the kind {kind!r} must end in {', '.join(_ACCEPTED[kind])}")
    game: PreferenceGame | PreferenceBatch
    if kind == "matrix":
        game = _read_matrix(path, symmetrise)
    elif kind == "votes":
        game = PreferenceGame.from_votes(read_votes(path, prior))
    elif kind == "preflib":
        game = PreferenceGame.from_votes(preflib.read_preflib(path, prior, unranked))
    elif kind == "rewards":
        game = read_rewards(path, temperature)
    else:
        game = _read_batch(path, symmetrise)
    return game if reference is None else _with_reference(game, reference)


def kind_of(path: Path) -> str:
    """Return the kind of a file by its suffix, and by its first lines where the suffix leaves a choice.

    Raises as ``read_preference_game`` does.
    """
    if path.suffix in preflib.SUFFIXES:
        return "preflib"
    if path.suffix == ".npz":
        return "batch"
    if path.suffix == ".json":
        return "matrix"
    if path.suffix == ".npy":
        return "batch" if load_array(path, mapped=True).ndim == 3 else "matrix"
    if path.suffix in (".csv", ".tsv"):
        return "votes" if _holds_votes(path) else "matrix"
    _, value = next(json_lines(path))
    if isinstance(value, dict) and is_vote_header([str(key) for key in value]):
        return "votes"
    return "rewards" if isinstance(value, list) or (isinstance(value, dict) and "rewards" in value) else "batch"


def _holds_votes(path: Path) -> bool:
    """Return whether a table is a list of votes: by its header, or by two columns of words and at most one more."""
    rows = [cells for _, cells in itertools.islice(delimited(path), 2)]
    if rows and is_vote_header(rows[0]):
        return True
    words = [len(cells) in (2, 3) and not any(_number(cell) for cell in cells[:2]) for cells in rows]
    return len(words) == 2 and all(words)


def _number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def _read_matrix(path: Path, symmetrise: bool) -> PreferenceGame:
    labels: tuple[str, ...] = ()
    if path.suffix in (".csv", ".tsv"):
        matrix, labels = read_square(path)
    try:
        if path.suffix == ".json":
            return game_of(json_value(path), symmetrise)
        if path.suffix == ".npy":
            matrix = np.array(load_array(path))
            if matrix.ndim == 2 and matrix.dtype.kind == "f":
                fill_diagonal(matrix)
        return PreferenceGame.symmetrised(matrix, labels) if symmetrise else PreferenceGame(matrix, labels)
    except ValueError as error:
        raise _in_file(path, error) from None


def _read_batch(path: Path, symmetrise: bool) -> PreferenceBatch:
    if path.suffix == ".npz":
        return read_npz(path, symmetrise)
    if path.suffix != ".npy":
        return read_json_games(path, symmetrise)
    try:
        return batch_of(load_array(path), symmetrise)
    except ValueError as error:
        raise _in_file(path, error) from None


def _in_file(path: Path, error: ValueError) -> ValueError:
    return error if str(error).startswith(str(path)) else ValueError(f"{path}: {error}")


def _with_reference(
    game: PreferenceGame | PreferenceBatch, reference: ArrayLike | Mapping[str, float]
) -> PreferenceGame | PreferenceBatch:
    if isinstance(game, PreferenceGame):
        return game.with_reference(reference)
    shares: ArrayLike
    reference = weights_by_label(reference, "the reference")
    if isinstance(reference, Mapping):
        shares = np.zeros(game.mask.shape)
        for index, single in enumerate(game):
            try:
                shares[index, game.mask[index]] = checked_reference(reference, single.labels)
            except ValueError as error:
                raise ValueError(f"game {index}: {error}") from None
    else:
        shares = np.asarray(reference)
        if shares.ndim == 1 and len(shares) == game.mask.shape[1]:
            shares = np.broadcast_to(shares, game.mask.shape)
    return PreferenceBatch(game.matrices, game.mask, shares, game.labels, game.names)
