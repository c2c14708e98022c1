"""Preference games: one table of pairwise preferences, or a batch of many small ones.

A preference model P[i, j], the probability that alternative i beats j, has P + Pᵀ = 1 and 1/2 on its diagonal. It is a
symmetric two-player zero-sum game with payoffs P − 1/2, of value 0. With a reference policy mu and a temperature beta
the regularised game is P_beta(pi > pi') = P(pi > pi') − beta KL(pi‖mu) + beta KL(pi'‖mu) (Munos et al. 2023,
arXiv:2312.00886).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.preference.labelled import in_order, is_labelled, labelled, square, weights_by_label
from games.preference.rankings import RankingModel
from games.preference.validation import (
    TOLERANCE,
    as_floats,
    checked_labels,
    checked_matrices,
    checked_reference,
)
from games.preference.votes import Votes


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class PreferenceGame:
    """One preference game over n alternatives; arrays are read-only.

    Tables and columns with an index (those of pandas) are put in the order of the labels.

    Attributes
    ----------
    matrix
        Probability that i beats j. Given square, finite, in [0, 1] and with |P + Pᵀ − 1| ≤ ``TOLERANCE`` = 1e-6; kept
        as (P + 1 − Pᵀ)/2, so that the identity is exact and the diagonal is 1/2. [n, n]
    labels
        One for each alternative, all different; those of the matrix if it has an index, else ``"0", "1", …``. [n]
    reference
        Reference policy mu: strictly positive, sums to 1 within ``TOLERANCE``; uniform by default. [n]

    votes
        The counts behind the probabilities, where they are known.
    compared
        True where two alternatives have met, symmetric; taken from the votes, if there are any. [n, n]
    rankings
        The model of rankings behind the probabilities, where there is one.

    Raises
    ------
    ValueError
        One sentence that names the first fault of the matrix, the labels or the reference.

    Examples
    --------
    >>> import tamaya
    >>> game = tamaya.PreferenceGame([[0.5, 0.7], [0.3, 0.5]], ("a", "b"))
    >>> game.alternatives, game.reference.tolist()
    (2, [0.5, 0.5])
    """

    matrix: NDArray[np.float64]
    labels: tuple[str, ...] = ()
    reference: NDArray[np.float64] = None  # type: ignore[assignment]
    votes: Votes | None = None
    compared: NDArray[np.bool_] | None = None
    rankings: RankingModel | None = None

    def __post_init__(self) -> None:
        matrix, called = _square(self.matrix, self.labels)
        labels = checked_labels(called, len(matrix))
        exact = checked_matrices(matrix[None], labels=labels)[0]
        object.__setattr__(self, "matrix", _frozen(exact))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "reference", _frozen(checked_reference(self.reference, labels)))
        if self.votes is not None and self.votes.wins.shape != exact.shape:
            raise ValueError(f"the votes are over {len(self.votes.wins)} alternatives, the matrix over {len(exact)}")
        if self.votes is not None and self.compared is None:
            object.__setattr__(self, "compared", self.votes.compared)
        if self.compared is not None and np.shape(self.compared) != exact.shape:
            raise ValueError(f"the pairs compared have shape {np.shape(self.compared)}, the matrix has {exact.shape}")
        if self.rankings is not None and self.rankings.alternatives != len(exact):
            raise ValueError(f"rankings are of {self.rankings.alternatives} alternatives, the matrix of {len(exact)}")

    @classmethod
    def from_votes(cls, votes: Votes, prior: float | None = None) -> PreferenceGame:
        """Return the preference game of smoothed votes; ``prior`` replaces their own."""
        kept = votes if prior is None else replace(votes, prior=prior)
        return cls(kept.probabilities, kept.labels, votes=kept)

    @classmethod
    def from_rankings(cls, model: RankingModel) -> PreferenceGame:
        """Return the preference game of a model of rankings, which can then be asked for them."""
        return cls(model.probabilities, model.labels, rankings=model)

    def ranking_model(self) -> RankingModel:
        """Return what ranks: the model behind the probabilities, or the rankings that the votes were counted from.

        Raises ``ValueError`` where there is neither.
        """
        if self.rankings is not None:
            return self.rankings
        if self.votes is not None and self.votes.ballots is not None:
            return RankingModel.from_votes(self.votes)
        raise ValueError(
            "a table of pairs cannot be asked for rankings, which say more: give recorded rankings or a model of them"
        )

    @classmethod
    def symmetrised(
        cls,
        matrix: ArrayLike,
        labels: Sequence[str] = (),
        reference: ArrayLike | Mapping[str, float] | None = None,
    ) -> PreferenceGame:
        """Return the game of (P + 1 − Pᵀ)/2 for any square P in [0, 1]; the diagonal is ignored."""
        array, called = _square(matrix, labels)
        names = checked_labels(called, len(array))
        exact = checked_matrices(array[None], symmetrise=True, labels=names)[0]
        return cls(exact, names, checked_reference(reference, names))

    def with_reference(self, reference: ArrayLike | Mapping[str, float] | None) -> PreferenceGame:
        """Return the same game around another reference policy.

        An array [n] in the order of the labels must sum to 1; a mapping, or a column with an index, gives a positive
        weight to every label and is divided by its sum; ``None`` is the uniform policy.
        """
        return replace(self, reference=checked_reference(reference, self.labels))

    @property
    def alternatives(self) -> int:
        """Number of alternatives, n."""
        return len(self.labels)

    @property
    def pairs(self) -> int:
        """Number of pairs of different alternatives, n (n − 1)/2."""
        return self.alternatives * (self.alternatives - 1) // 2

    @property
    def pairs_never_compared(self) -> int | None:
        """How many of them never met, or ``None`` where nothing is known of that."""
        return None if self.compared is None else int((~np.asarray(self.compared)).sum()) // 2

    @property
    def payoffs(self) -> NDArray[np.float64]:
        """Payoffs P − 1/2 of the row player, antisymmetric. [n, n]"""
        return self.matrix - 0.5


def _square(matrix: ArrayLike, labels: Sequence[str]) -> tuple[NDArray[np.float64], Sequence[str]]:
    values, called = square(matrix, labels, "the preference matrix")
    array = as_floats(values, "a preference matrix")
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"a preference matrix must be square, not of shape {array.shape}")
    if len(array) == 0:
        raise ValueError("a preference matrix needs at least one alternative, and this one is empty")
    return array, called


@dataclass(frozen=True, eq=False)
class PreferenceBatch:
    """Many preference games at once, of n alternatives or fewer; arrays are read-only.

    ``batch[3]`` is a ``PreferenceGame`` over the alternatives that exist, ``batch[2:5]`` a batch.

    Attributes
    ----------
    matrices
        Probability that i beats j in game g, validated and made exact as in ``PreferenceGame``. [games, n, n] May be
        a list of tables with an index, whose labels are then the games'; so may the references.
    mask
        True where an alternative exists; all by default. Entries of alternatives that do not exist are ignored on the
        way in and kept as 1/2. [games, n]
    references
        Reference policies: strictly positive where an alternative exists, 0 where not, each summing to 1 within
        ``TOLERANCE``; uniform over what exists by default. [games, n]
    labels
        Labels of the alternatives that exist, for each game, or nothing.
    names
        What the games are called (an identifier of the prompt, say); ``"0", "1", …`` by default. [games]

    Raises
    ------
    ValueError
        One sentence that names the first game at fault.

    Examples
    --------
    >>> import tamaya
    >>> batch = tamaya.PreferenceBatch([[[0.5, 0.7], [0.3, 0.5]], [[0.5, 0.2], [0.8, 0.5]]])
    >>> len(batch), batch[1].matrix.round(6).tolist()
    (2, [[0.5, 0.2], [0.8, 0.5]])
    """

    matrices: NDArray[np.float64]
    mask: NDArray[np.bool_] = None  # type: ignore[assignment]
    references: NDArray[np.float64] = None  # type: ignore[assignment]
    labels: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        matrices, called = _stacked(self.matrices, self.labels, self.mask)
        games, n = matrices.shape[:2]
        mask = _checked_mask(self.mask, games, n)
        names = checked_labels(self.names, games, "games")
        labels = _checked_batch_labels(called, mask) if len(called) else ()
        object.__setattr__(self, "matrices", _frozen(checked_matrices(matrices, mask, name="game")))
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "references", _frozen(_checked_references(self.references, mask, labels, names)))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "labels", labels)

    @classmethod
    def symmetrised(
        cls,
        matrices: ArrayLike,
        mask: ArrayLike | None = None,
        references: ArrayLike | None = None,
        labels: Sequence[Sequence[str]] = (),
        names: Sequence[str] = (),
    ) -> PreferenceBatch:
        """Return the batch of (P + 1 − Pᵀ)/2 for any P in [0, 1] of shape [games, n, n]; diagonals are ignored."""
        stacked, called = _stacked(matrices, labels, mask)
        exists = _checked_mask(mask, *stacked.shape[:2])
        exact = checked_matrices(stacked, exists, symmetrise=True, name="game")
        return cls(exact, exists, references, tuple(tuple(one) for one in called), tuple(names))  # type: ignore[arg-type]

    @classmethod
    def from_games(cls, games: Sequence[PreferenceGame], names: Sequence[str] = ()) -> PreferenceBatch:
        """Return the batch of these games, padded at the end to the largest."""
        if len(games) == 0:
            raise ValueError("a batch needs at least one game, and the list is empty")
        n = max(game.alternatives for game in games)
        matrices = np.full((len(games), n, n), 0.5)
        mask = np.zeros((len(games), n), dtype=bool)
        references = np.zeros((len(games), n))
        for index, game in enumerate(games):
            size = game.alternatives
            matrices[index, :size, :size] = game.matrix
            mask[index, :size] = True
            references[index, :size] = game.reference
        return cls(matrices, mask, references, tuple(game.labels for game in games), tuple(names))

    def __len__(self) -> int:
        return len(self.matrices)

    def __iter__(self) -> Iterator[PreferenceGame]:
        return (self[index] for index in range(len(self)))

    @overload
    def __getitem__(self, index: int | np.integer) -> PreferenceGame: ...

    @overload
    def __getitem__(self, index: slice) -> PreferenceBatch: ...

    def __getitem__(self, index: int | np.integer | slice) -> PreferenceGame | PreferenceBatch:
        if isinstance(index, slice):
            return PreferenceBatch(
                self.matrices[index], self.mask[index], self.references[index], self.labels[index], self.names[index]
            )
        exists = np.flatnonzero(self.mask[index])
        labels = self.labels[index] if self.labels else tuple(str(i) for i in exists)
        return PreferenceGame(self.matrices[index][np.ix_(exists, exists)], labels, self.references[index][exists])

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of alternatives of each game. [games]"""
        return np.asarray(self.mask.sum(axis=1, dtype=np.int64))


Labels = Sequence[Sequence[str]]


def _stacked(matrices: ArrayLike, labels: Labels, mask: ArrayLike | None) -> tuple[NDArray[np.float64], Labels]:
    """Return the matrices [games, n, n], and the labels that exist: those of tables with an index if none are given."""
    if isinstance(matrices, list | tuple) and any(map(is_labelled, matrices)):
        if mask is not None:
            raise ValueError("tables with labels in a batch with a mask are ambiguous: give arrays")
        given = labels if len(labels) else [()] * len(matrices)
        if len(given) != len(matrices):
            raise ValueError(f"there are labels for {len(given)} games, and {len(matrices)} games")
        pairs = [square(one, called, f"game {g}") for g, (one, called) in enumerate(zip(matrices, given, strict=True))]
        matrices, labels = [pair[0] for pair in pairs], [checked_labels(pair[1], len(pair[0])) for pair in pairs]
    array = as_floats(matrices, "the matrices of a batch")
    if array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise ValueError(f"a batch must have the shape (games, n, n), not {array.shape}")
    if 0 in array.shape:
        raise ValueError("a batch needs at least one game of at least one alternative, and this one is empty")
    return array, labels


def _checked_mask(mask: ArrayLike | None, games: int, n: int) -> NDArray[np.bool_]:
    if mask is None:
        exists = np.ones((games, n), dtype=bool)
    else:
        if is_labelled(mask):
            raise ValueError("the mask of a batch has labels, which nothing lines up: give an array")
        exists = np.array(mask)
        if exists.dtype.kind not in "bui" or not np.isin(exists, (0, 1)).all():
            raise ValueError("the mask of a batch must be true or false (1 or 0) throughout")
        exists = exists.astype(bool)
    if exists.shape != (games, n):
        raise ValueError(f"the mask has shape {exists.shape}: for these matrices it must have {(games, n)}")
    empty = np.flatnonzero(~exists.any(axis=1))
    if empty.size:
        raise ValueError(f"game {empty[0]}: the mask leaves it no alternative, and a game needs at least one")
    exists.setflags(write=False)
    return exists


def _by_label(references: Any, mask: NDArray[np.bool_], labels: Labels, names: Sequence[str]) -> Any:
    """Return references with labels of their own in the order of the batch; others as they are."""
    table = labelled(references, "the references")
    rows: list[Any] = []
    if table.columns is not None:
        values = in_order(table.values, table.rows, names, 0, "the references")
        rows = [dict(zip(table.columns, row, strict=True)) for row in values.tolist()]
    elif table.rows is not None:
        return in_order(table.values, table.rows, names, 0, "the references")
    elif isinstance(references, list | tuple) and any(map(is_labelled, references)):
        rows = [weights_by_label(one, f"the reference of game {g}") for g, one in enumerate(references)]
    if not any(isinstance(row, Mapping) for row in rows):
        return table.values
    weights = np.zeros(mask.shape)
    for g, (row, exists) in enumerate(zip(rows, mask, strict=True)):
        called = labels[g] if len(labels) else [str(i) for i in np.flatnonzero(exists)]
        try:
            weights[g, exists] = checked_reference(row, called)
        except ValueError as error:
            raise ValueError(f"game {g}: {error}") from None
    return weights


def _checked_references(
    references: ArrayLike | None, mask: NDArray[np.bool_], labels: Labels, names: Sequence[str]
) -> NDArray[np.float64]:
    """Return reference policies that are 0 outside the mask and sum to 1. [games, n]"""
    if references is None:
        return np.asarray(mask / mask.sum(axis=1, keepdims=True))
    references = _by_label(references, mask, labels, names)
    weights = as_floats(references, "the references of a batch")
    if weights.shape != mask.shape:
        raise ValueError(f"the references have shape {weights.shape}: for these matrices it must be {mask.shape}")
    weights = np.where(mask, weights, 0.0)
    wrong = mask & ~(np.isfinite(weights) & (weights > 0))
    if wrong.any():
        game, alternative = np.argwhere(wrong)[0]
        raise ValueError(
            f"game {game}: the reference gives {weights[game, alternative]:.10g} to alternative {alternative}: "
            "every weight must be finite and above 0"
        )
    totals = weights.sum(axis=1, keepdims=True)
    off = np.flatnonzero(np.abs(totals - 1.0) > TOLERANCE)
    if off.size:
        raise ValueError(f"game {off[0]}: the reference sums to {totals[off[0], 0]:.10g}: its weights must sum to 1")
    return np.asarray(weights / totals)


def _checked_batch_labels(labels: Sequence[Sequence[str]], mask: NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    if len(labels) != len(mask):
        raise ValueError(f"there are labels for {len(labels)} games, and {len(mask)} games")
    sizes = mask.sum(axis=1)
    checked = []
    for index, (names, size) in enumerate(zip(labels, sizes, strict=True)):
        try:
            checked.append(checked_labels(names, int(size)))
        except ValueError as error:
            raise ValueError(f"game {index}: {error}") from None
    return tuple(checked)
