"""One door to every file of preferences that people have: the suffix and the content say which reader opens it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.arrays import load_array
from games.preference import preflib
from games.preference.batches import batch_of, game_of, read_json_games, read_npz
from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.labelled import weights_by_label
from games.preference.rewards import read_rewards
from games.preference.sources import PACKED, json_lines, json_of, json_texts, json_value, suffix_of
from games.preference.tables import delimited, fill_diagonal, is_text, read_square
from games.preference.validation import TOLERANCE, as_floats, checked_reference
from games.preference.vote_forms import nearly
from games.preference.vote_lists import is_vote_header, read_vote_log, read_votes
from games.preference.votes import Votes

KINDS = ("auto", "matrix", "counts", "votes", "preflib", "rewards", "batch")
SUFFIXES = (".csv", ".tsv", ".npy", ".npz", ".json", ".jsonl", ".ndjson", *preflib.SUFFIXES)

_FIRST = 20  # lines of a JSONL file that may tell what it holds

_ACCEPTED = {
    "matrix": (".csv", ".tsv", ".npy", ".json"),
    "counts": (".csv", ".tsv", ".npy", ".json"),
    "votes": (".csv", ".tsv", ".jsonl", ".ndjson", ".json"),
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
    unseen: bool = False,
    skip_invalid: bool = False,
    where: Mapping[str, str] | None = None,
) -> PreferenceGame | PreferenceBatch:
    """Return the preference game, or the batch of games, that a file holds.

    Parameters
    ----------
    path : a square table of win rates or of counts of wins (.csv, .tsv, .npy, .json), a list of votes (.csv, .tsv,
        .jsonl, .json; forms in ``vote_forms``), a PrefLib file (.soc, .soi, .toc, .toi, .wmd), reward samples (.csv,
        .tsv, .npy, .jsonl), or many games (.npy, .npz, .jsonl; ``batches``). Packed text (.csv.gz), too; at most 8 GiB.
    kind : one of ``KINDS``. ``"auto"`` decides by suffix and content; only tables of rewards and counts must be named.
    prior : votes added to both sides of every pair, where the file holds votes (``Votes``).
    symmetrise : take (P + 1 − Pᵀ)/2 where the file holds probabilities, whatever P + Pᵀ is.
    reference : reference policy in place of the file's own or the uniform one: an array, or weights by label. For a
        batch an array [games, n], one [n] for games that are all of size n, or weights by label.
    unranked : ``"ignored"`` or ``"last"``: alternatives that a PrefLib ranking leaves out.
    temperature : of the Bradley–Terry model, where the file holds rewards.
    unseen : take two empty cells in a table of win rates as never compared, 1/2; a single one follows from the other.
    skip_invalid, where : of votes: leave out lines that are none, and those without these values in these columns.

    Returns
    -------
    PreferenceGame or PreferenceBatch

    Raises
    ------
    ValueError
        One sentence that names the file, and the line where there is one.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import pathlib, tamaya, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "votes.csv"
    >>> _ = path.write_text("winner,loser\\na,b\\na,b\\nb,c\\n")
    >>> tamaya.read_preference_game(path, prior=0).matrix[0].tolist()
    [0.5, 1.0, 0.5]
    """
    path = Path(path)
    suffix = suffix_of(path)
    if kind not in KINDS:
        raise ValueError(f"the kind of a file must be one of {', '.join(KINDS)}, not {kind!r}")
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: the suffix must be one of {', '.join(SUFFIXES)}, not {path.suffix or 'none'!r}")
    if path.suffix.lower() == PACKED and suffix in (".npy", ".npz"):
        raise ValueError(f"{path}: only text is read packed: unpack it, or save it as .npz")
    if kind == "auto":
        kind = kind_of(path)
    if suffix not in _ACCEPTED[kind]:
        raise ValueError(f"{path}: a file of the kind {kind!r} must end in {', '.join(_ACCEPTED[kind])}")
    if kind != "votes" and (skip_invalid or where):
        raise ValueError(f"{path} holds no list of votes, of which lines could be chosen or skipped")
    if kind != "matrix" and unseen:
        raise ValueError(f"{path}: unseen is for empty cells in a table of win rates, and it holds none")
    game: PreferenceGame | PreferenceBatch
    if kind == "matrix":
        game = _read_matrix(path, symmetrise, unseen)
    elif kind == "counts":
        game = PreferenceGame.from_votes(_read_counts(path, prior))
    elif kind == "votes":
        game = PreferenceGame.from_votes(read_votes(path, prior, skip_invalid=skip_invalid, where=where))
    elif kind == "preflib":
        game = PreferenceGame.from_votes(preflib.read_preflib(path, prior, unranked))
    elif kind == "rewards":
        game = read_rewards(path, temperature)
    else:
        game = _read_batch(path, symmetrise)
    return game if reference is None else _with_reference(game, reference)


def read_preference_groups(
    path: str | Path,
    by: str,
    *,
    prior: float = 1.0,
    skip_invalid: bool = False,
    where: Mapping[str, str] | None = None,
    reference: Mapping[str, float] | None = None,
) -> tuple[PreferenceGame, dict[str, PreferenceGame]]:
    """Return the game of all votes of a log, and the games of the groups that a column parts them into.

    A group has the alternatives that it compared; a reference is cut to them. Otherwise as ``read_preference_game``,
    with the same errors.
    """
    path = Path(path)
    if suffix_of(path) not in _ACCEPTED["votes"] or kind_of(path) != "votes":
        raise ValueError(f"{path} holds no list of votes, which a column could part")
    log = read_vote_log(path, prior, by=by, where=where, skip_invalid=skip_invalid)
    games = {"": log.votes, **{f"={name}": votes for name, votes in log.groups.items()}}
    found = {name: PreferenceGame.from_votes(votes) for name, votes in games.items()}
    if reference is not None:
        for name, game in found.items():
            own = reference if not name else {key: value for key, value in reference.items() if key in game.labels}
            found[name] = game.with_reference(own)
    return found.pop(""), {name[1:]: game for name, game in found.items()}


def kind_of(path: Path) -> str:
    """Return the kind of a file by its suffix, and by its first lines where the suffix leaves a choice.

    Raises as ``read_preference_game`` does.
    """
    suffix = suffix_of(path)
    if suffix in preflib.SUFFIXES:
        return "preflib"
    if suffix == ".npz":
        return "batch"
    if suffix == ".json":
        value = json_value(path)
        votes = isinstance(value, list) and (not value or any(isinstance(entry, dict) for entry in value))
        return "votes" if votes else "matrix"
    if suffix == ".npy":
        return "batch" if load_array(path, mapped=True).ndim == 3 else "matrix"
    if suffix in (".csv", ".tsv"):
        return "votes" if _holds_votes(path) else "matrix"
    if _votes_by_line(path):
        return "votes"
    _, value = next(json_lines(path))
    return "rewards" if isinstance(value, list) or (isinstance(value, dict) and "rewards" in value) else "batch"


def _votes_by_line(path: Path) -> bool:
    """Return whether one of the first lines of a JSONL file is a vote, or nearly one: the very first may be damaged."""
    for _, text in itertools.islice(json_texts(path), _FIRST):
        with contextlib.suppress(ValueError):
            value = json_of(text, "the line")
            names = [str(key).lower() for key in value] if isinstance(value, dict) else []
            if "matrix" in names or isinstance(value, list):
                return False
            if is_vote_header(names) or nearly(names):
                return True
    return False


def _holds_votes(path: Path) -> bool:
    """Return whether a table is a list of votes: by its header, or by two columns of words and at most one more.

    A line of words is one, too, so that whoever reads hears of the columns of a log: a table of numbers has one word,
    the name of a row, which is that of a column.
    """
    rows = [cells for _, cells in itertools.islice(delimited(path), 2)]
    if rows and is_vote_header(rows[0]):
        return True
    words = [len(cells) in (2, 3) and all(is_text(cell) for cell in cells[:2]) for cells in rows]
    if len(words) < 2:
        return False
    return all(words) or (rows[1][0] not in rows[0] and sum(is_text(cell) for cell in rows[1]) > 2)


def _read_matrix(path: Path, symmetrise: bool, unseen: bool) -> PreferenceGame:
    try:
        if suffix_of(path) == ".json" and not unseen:
            return game_of(json_value(path), symmetrise)
        matrix, labels, reference = _square(path, empty=np.nan if unseen else None)
        compared = _fill_unseen(matrix) if unseen else None
        game = PreferenceGame.symmetrised(matrix, labels) if symmetrise else PreferenceGame(matrix, labels)
        return replace(game.with_reference(reference), compared=compared)
    except ValueError as error:
        sentence = _near_votes(path)
        raise _in_file(path, ValueError(sentence) if sentence else error) from None


def _near_votes(path: Path) -> str:
    """Return what a table that is no matrix lacks to be a list of votes; nothing if it is not nearly one."""
    if suffix_of(path) not in (".csv", ".tsv"):
        return ""
    first = next(delimited(path), None)
    return "" if first is None else nearly([cell.lower() for cell in first[1]])


def _square(
    path: Path, diagonal: float = 0.5, empty: float | None = None, key: str = "matrix"
) -> tuple[NDArray[np.float64], tuple[str, ...], ArrayLike | Mapping[str, float] | None]:
    """Return the numbers of a square table in any file, its labels, and its reference if it has one."""
    if suffix_of(path) in (".csv", ".tsv"):
        return *read_square(path, diagonal, empty), None
    labels: tuple[str, ...] = ()
    reference = None
    if suffix_of(path) == ".npy":
        matrix = np.array(load_array(path))
    else:
        value = json_value(path)
        if not isinstance(value, dict) or not (key in value or "matrix" in value):
            raise ValueError(f'an object with the key "{key}" is expected')
        labels, reference = tuple(str(label) for label in value.get("labels") or ()), value.get("reference")
        try:
            matrix = np.array(value[key if key in value else "matrix"], dtype=np.float64)  # null becomes NaN
        except (TypeError, ValueError):
            raise ValueError("the matrix must be rows of numbers, all of one length") from None
    if matrix.ndim == 2 and matrix.dtype.kind == "f":
        fill_diagonal(matrix, diagonal)
    return matrix, labels, reference


def _fill_unseen(matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Fill what is NaN from the mirrored entry, or with 1/2, in place; return which pairs were compared. [n, n]"""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype.kind != "f":
        return np.ones(matrix.shape, dtype=bool)  # whoever looks at the matrix next says what is wrong
    hollow = np.isnan(matrix)
    if (matrix[~hollow] > 1.0 + TOLERANCE).any():
        return ~hollow  # likewise
    mirrored = 1.0 - matrix.T
    matrix[hollow] = np.where(np.isnan(mirrored), 0.5, mirrored)[hollow]
    return np.asarray(~(hollow & hollow.T))


def _read_counts(path: Path, prior: float) -> Votes:
    """Return the votes of a square table of counts: the row's wins over the column; what is empty is 0."""
    try:
        wins, labels, _ = _square(path, diagonal=0.0, empty=0.0, key="wins")
        wins = as_floats(wins, "counts of wins")
        return Votes(np.where(np.isnan(wins), 0.0, wins), labels=labels, prior=prior)
    except ValueError as error:
        raise _in_file(path, error) from None


def _read_batch(path: Path, symmetrise: bool) -> PreferenceBatch:
    if suffix_of(path) == ".npz":
        return read_npz(path, symmetrise)
    if suffix_of(path) != ".npy":
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
