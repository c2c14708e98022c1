"""Preference games of several judges: annotators, reward models, or tables that one log of votes allows.

Each judge k has a table P_k of their own over the same alternatives; the axis of the judges comes first. From votes,
each judge's table is estimated as if the log held their votes alone, with the same prior: a pair that a judge never
compared is 1/2 in their table, and counts as that wherever judges are put together. It draws the mean of the judges
towards 1/2, and to the worst of them it is an even chance both ways. ``compared`` says which pairs these are.

The mean gives every judge the same weight, however many votes they cast; all votes in one table give every vote the
same weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.labelled import is_labelled, square
from games.preference.read import kind_of
from games.preference.rewards import read_reward_rows, reward_preferences
from games.preference.validation import as_floats, checked_labels, checked_matrices, checked_reference
from games.preference.vote_lists import read_vote_log
from games.preference.votes import Votes

JUDGES = "judge"
"""The column that says who judged, if nobody names another."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JudgedGame:
    """The tables of K judges, at least two, over n alternatives; arrays are read-only.

    Attributes
    ----------
    matrices
        Probability that i beats j in the eyes of judge k, validated and made exact as in ``PreferenceGame``. A list of
        tables with an index, pandas', is lined up by the labels of the first. [judges, n, n]
    judges
        What the judges are called; ``"0", "1", …`` by default. [judges]
    labels, reference
        As in ``PreferenceGame``. [n], [n]
    votes
        The votes of each judge over all alternatives, where they are known. [judges]
    together
        All votes in one count, with what was left out of the file.
    compared
        True where a judge has compared two alternatives; taken from the votes, if there are any. [judges, n, n]

    Raises
    ------
    ValueError
        One sentence that names the first fault, and the place of the judge.

    Examples
    --------
    >>> judged = JudgedGame([[[0.5, 0.9], [0.1, 0.5]], [[0.5, 0.3], [0.7, 0.5]]], ("ann", "ben"), ("a", "b"))
    >>> judged.mean.matrix.round(6).tolist()
    [[0.5, 0.6], [0.4, 0.5]]
    """

    matrices: FloatArray
    judges: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    reference: FloatArray = None  # type: ignore[assignment]
    votes: tuple[Votes, ...] = ()
    together: Votes | None = None
    compared: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        tables, called = _stacked(self.matrices, self.labels)
        labels = checked_labels(called, tables.shape[1])
        if len(tables) < 2:
            raise ValueError("judges that differ are at least two, and this is the table of one")
        exact = checked_matrices(tables, labels=labels, name="judge")
        reference = checked_reference(self.reference, labels)
        for array in (exact, reference):
            array.setflags(write=False)
        object.__setattr__(self, "matrices", exact)
        object.__setattr__(self, "judges", checked_labels(self.judges, len(exact), "judges"))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "reference", reference)
        if len(self.votes) not in (0, len(exact)):
            raise ValueError(f"there are votes of {len(self.votes)} judges, and {len(exact)} judges")
        if self.votes and self.compared is None:
            object.__setattr__(self, "compared", np.stack([own.compared for own in self.votes]))
        if self.compared is not None and np.shape(self.compared) != exact.shape:
            raise ValueError(f"the pairs compared have shape {np.shape(self.compared)}, the tables {exact.shape}")

    @classmethod
    def from_votes(cls, votes: Mapping[str, Votes], together: Votes | None = None) -> JudgedGame:
        """Return the game of each judge's votes, over the alternatives of all of them.

        ``together``: all votes in one count; its order of labels is taken, if it is given.
        """
        labels = (
            together.labels if together is not None else tuple(sorted({x for v in votes.values() for x in v.labels}))
        )
        own = tuple(_over(one, labels) for one in votes.values())
        return cls(
            np.stack([one.probabilities for one in own]) if own else np.empty((0, 1, 1)),
            tuple(votes),
            labels,
            votes=own,
            together=together,
        )

    @classmethod
    def from_batch(cls, batch: PreferenceBatch) -> JudgedGame:
        """Return the games of a batch as judges; raises ``ValueError`` unless they are over the same alternatives."""
        labels = batch.labels[0] if batch.labels else ()
        if not batch.mask.all() or any(own != labels for own in batch.labels):
            raise ValueError("judges judge the same alternatives: all games need the same labels in the same order")
        reference = batch.references[0]
        if (batch.references != reference).any():
            raise ValueError("judges share one reference policy, and these games have several")
        return cls(batch.matrices, batch.names, labels, reference)

    @classmethod
    def from_rewards(
        cls, rewards: ArrayLike, judges: Sequence[str] = (), labels: Sequence[str] = (), temperature: float = 1.0
    ) -> JudgedGame:
        """Return the Bradley-Terry model of each row of rewards [judges, n] as a judge: an ensemble of reward models.

        ``temperature`` is in units of the rewards (``reward_preferences``, with its errors).
        """
        rows = as_floats(rewards, "rewards")
        if rows.ndim != 2:
            raise ValueError(f"rewards of judges must have the shape (judges, alternatives), not {rows.shape}")
        tables = [reward_preferences(row[None], temperature=temperature) for row in rows]
        return cls(np.stack(tables) if tables else np.empty((0, 1, 1)), tuple(judges), tuple(labels))

    def with_reference(self, reference: ArrayLike | Mapping[str, float] | None) -> JudgedGame:
        """Return the same judges around another reference policy (``PreferenceGame.with_reference``)."""
        return replace(self, reference=checked_reference(reference, self.labels))

    def __len__(self) -> int:
        return len(self.matrices)

    def __getitem__(self, judge: int) -> PreferenceGame:
        """Return the game of one judge."""
        compared = None if self.compared is None else self.compared[judge]
        votes = self.votes[judge] if self.votes else None
        return PreferenceGame(self.matrices[judge], self.labels, self.reference, votes, compared)

    @property
    def alternatives(self) -> int:
        """Number of alternatives, n."""
        return len(self.labels)

    @property
    def mean(self) -> PreferenceGame:
        """The game of the judges' mean, each counting alike; a pair was compared if one of them compared it."""
        compared = None if self.compared is None else np.asarray(self.compared.any(axis=0))
        return PreferenceGame(self.matrices.mean(axis=0), self.labels, self.reference, compared=compared)

    @property
    def variance(self) -> FloatArray:
        """Mean over the judges of (P_k − mean)², the same for (i, j) and (j, i). [n, n]"""
        return np.asarray(self.matrices.var(axis=0))

    @property
    def disagreement(self) -> FloatArray:
        """Standard deviation of P_k over the judges who compared a pair; NaN where they are fewer than two. [n, n]"""
        if self.compared is None:
            return np.asarray(np.sqrt(self.variance))
        count = self.compared.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = np.where(self.compared, self.matrices, 0.0).sum(axis=0) / count
            squares = np.where(self.compared, (self.matrices - middle) ** 2, 0.0).sum(axis=0) / count
        return np.where(count > 1, np.sqrt(squares), np.nan)


def read_judged_game(
    source: Any,
    judges: str = JUDGES,
    *,
    prior: float = 1.0,
    where: Mapping[str, str] | None = None,
    skip_invalid: bool = False,
    reference: ArrayLike | Mapping[str, float] | None = None,
) -> JudgedGame:
    """Return the game of the judges whom a column of a vote log names.

    Parameters
    ----------
    source : path of a list of votes, or a table of them in memory, as ``read_vote_log`` takes.
    judges : the column; votes in which it is empty are those of one more judge.
    prior, where, skip_invalid : as in ``read_vote_log``; the prior is that of each judge.
    reference : reference policy in place of the uniform one.

    Returns
    -------
    JudgedGame
        One table a judge, over the same alternatives.

    Raises
    ------
    ValueError
        One sentence: for a file that is no list of votes, a column that is not there, or one that names one judge.

    Examples
    --------
    >>> import pathlib, tamaya, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "votes.csv"
    >>> _ = path.write_text("judge,winner,loser\\nanna,a,b\\nben,b,a\\nben,b,a\\n")
    >>> type(tamaya.read_judged_game(path)).__name__
    'JudgedGame'
    """
    if isinstance(source, str | Path) and kind_of(Path(source)) != "votes":
        raise ValueError(f"{source} holds no list of votes, of which a column could name the judges")
    try:
        log = read_vote_log(source, prior, by=judges, where=where, skip_invalid=skip_invalid)
    except ValueError as error:
        if str(error).startswith(f"no vote has a column {judges.lower()!r}"):
            raise ValueError(f"{error} (the column that names the judges)") from None
        raise
    if len(log.groups) < 2:
        only = next(iter(log.groups))
        raise ValueError(f"the column {judges!r} names one judge, {only!r}, and judges that differ are at least two")
    game = JudgedGame.from_votes(log.groups, log.votes)
    return game if reference is None else game.with_reference(reference)


def read_judged_rewards(path: Path, temperature: float = 1.0) -> JudgedGame:
    """Return the game of a file of rewards, one judge a row: a reward model each, named by a first column of names.

    Raises ``ValueError`` that names the file.
    """
    values, judges, labels = read_reward_rows(path)
    try:
        return JudgedGame.from_rewards(values, judges, labels, temperature)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _stacked(matrices: Any, labels: Sequence[str]) -> tuple[FloatArray, Sequence[str]]:
    """Return the tables [judges, n, n], and the labels: those of the first table with an index, if none are given."""
    if isinstance(matrices, list | tuple) and any(map(is_labelled, matrices)):
        tables = []
        for place, one in enumerate(matrices):
            table, labels = square(one, labels, f"the table of judge {place}")
            tables.append(table)
        matrices = tables
    array = as_floats(matrices, "the tables of judges")
    if array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise ValueError(f"the tables of judges must have the shape (judges, n, n), not {array.shape}")
    if array.shape[1] == 0:
        raise ValueError("judges need at least one alternative, and these tables are empty")
    return array, labels


def _over(votes: Votes, labels: Sequence[str]) -> Votes:
    """Return votes over more alternatives than they compare."""
    if votes.labels == tuple(labels):
        return votes
    places = [labels.index(label) for label in votes.labels]
    counts = np.zeros((2, len(labels), len(labels)))
    counts[:, np.array(places)[:, None], places] = votes.wins, votes.ties
    return Votes(counts[0], counts[1], tuple(labels), votes.prior)
