"""From what a walk over a tree has collected, in the order it was met, to the sequence form in its canonical order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from games.extensive.game import ExtensiveGame, GameError, Integers, Names, Payoffs, Statistics, Texts, Treeplex

_LARGEST = np.iinfo(np.int32).max


@dataclass
class Collected:
    """The infosets of one player in the order they were met.

    ``known`` maps an information-state string to (parent sequence, first sequence, actions); the sequences of a new
    infoset get the next free numbers.
    """

    player: int
    known: dict[str, tuple[int, int, list[int]]] = field(default_factory=dict)
    sequences: int = 1
    texts: dict[str, int] = field(default_factory=dict)
    action_text: array[int] = field(default_factory=lambda: array("i", [-1]))

    def add(self, text: str, parent: int, actions: list[int], action_texts: Sequence[str]) -> int:
        """Enter a new infoset and return its first sequence.

        Actions that are called alike, or nothing, are told apart by their places: ``1 raise``, ``2 raise``.
        """
        first = self.sequences
        self.known[text] = (parent, first, actions)
        self.sequences = first + len(actions)
        if len(set(action_texts)) < len(action_texts) or not all(action_texts):
            action_texts = [f"{place} {name}".strip() for place, name in enumerate(action_texts, start=1)]
        self.action_text.extend([self.texts.setdefault(name, len(self.texts)) for name in action_texts])
        return first

    def check(self, text: str, parent: int, actions: list[int]) -> int:
        """Return the first sequence of an infoset that was met before; raise ``GameError`` if it was another one."""
        known_parent, first, known_actions = self.known[text]
        if known_actions != actions:
            raise GameError(
                f"player {self.player} has different legal actions at two histories of the infoset {text!r}: "
                f"{known_actions} and {actions}"
            )
        if known_parent != parent:
            raise GameError(
                f"player {self.player} has imperfect recall: the infoset {text!r} is reached with two different "
                "sequences of the player's own actions"
            )
        return first


@dataclass
class Terminals:
    """The terminal histories: each player's sequence there, chance × utility of player 0, and chance (or nothing)."""

    rows: array[int] = field(default_factory=lambda: array("i"))
    columns: array[int] = field(default_factory=lambda: array("i"))
    values: array[float] = field(default_factory=lambda: array("d"))
    utilities: set[float] = field(default_factory=set)
    chances: array[float] = field(default_factory=lambda: array("d"))


def _levels(parent: Integers, owner: Integers) -> Integers:
    """Return how many own decisions precede each infoset [I].

    Each is told of an infoset above and the number of steps to it; asking that one in turn, the steps double.
    """
    above = owner[parent]
    level = (above >= 0).astype(np.int32)
    while (going := np.flatnonzero(above >= 0)).size:
        level[going] += level[above[going]]
        above[going] = above[above[going]]
    return level


def _level_starts(level: Integers) -> Integers:
    """Return where each level begins, if infosets stand in the order of their levels."""
    return np.concatenate([[0], np.cumsum(np.bincount(level))]).astype(np.int32)


def _canonical(parent: Integers, counts: Integers) -> tuple[Treeplex, Integers, Integers]:
    """Return the treeplex in canonical order, each new infoset's old number [I], each old sequence's new one [S].

    ``parent`` [I] and ``counts`` [I] (numbers of actions) are in an order with parents before children, and sequences
    are numbered in the order of the infosets.
    """
    first = np.concatenate([[1], 1 + np.cumsum(counts)]).astype(np.int32)
    owner = np.concatenate([[-1], np.repeat(np.arange(len(parent)), counts)]).astype(np.int32)
    level = _levels(parent, owner)
    level_start = _level_starts(level)
    order = np.argsort(level, kind="stable")
    new_sequence = np.zeros(first[-1], np.int32)
    new_first = np.ones(len(parent) + 1, np.int32)
    for start, stop in pairwise(level_start.tolist()):
        members = order[start:stop]
        members = members[np.argsort(new_sequence[parent[members]], kind="stable")]
        order[start:stop] = members
        new_first[start + 1 : stop + 1] = new_first[start] + np.cumsum(counts[members])
        shift = np.repeat(new_first[start:stop] - first[members], counts[members])
        old = np.repeat(first[members], counts[members]) + _offsets(counts[members])
        new_sequence[old] = old + shift
    new_owner = np.concatenate([[-1], np.repeat(np.arange(len(order)), counts[order])]).astype(np.int32)
    treeplex = Treeplex(new_sequence[parent[order]], new_first, new_owner, level_start)
    return treeplex, order.astype(np.int32), new_sequence


def _offsets(counts: Integers) -> npt.NDArray[np.int64]:
    """Return ``0 .. counts[0]-1, 0 .. counts[1]-1, ...``."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def payoff_matrices(
    rows: Integers, columns: Integers, values: npt.NDArray[np.float64], shape: tuple[int, int]
) -> tuple[Payoffs, Payoffs]:
    """Return the payoff matrix by player 0's sequences and, negated, by player 1's; duplicates are added up."""
    from scipy.sparse import coo_matrix

    matrix = coo_matrix((values, (rows, columns)), shape=shape).tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    transposed = matrix.T.tocsr()

    def packed(part: coo_matrix, sign: float) -> Payoffs:
        return Payoffs(part.indptr.astype(np.int32), part.indices.astype(np.int32), sign * part.data)

    return packed(matrix, 1.0), packed(transposed, -1.0)


def canonical_player(collected: Collected) -> tuple[Treeplex, Names, Integers]:
    """Return a player's treeplex and names in canonical order, and the new number of each collected sequence [S].

    Raises ``GameError`` if there are more than 2³¹−1 sequences.
    """
    if collected.sequences > _LARGEST:
        raise GameError(f"player {collected.player} has more than {_LARGEST:,} sequences")
    known = collected.known.values()
    parent = np.fromiter((entry[0] for entry in known), np.int32, len(known))
    counts = np.fromiter((len(entry[2]) for entry in known), np.int32, len(known))
    treeplex, order, number = _canonical(parent, counts)
    strings = list(collected.known)
    actions = np.full(len(number), -1, np.int64)
    actions[number[1:]] = np.fromiter((a for entry in known for a in entry[2]), np.int64, len(number) - 1)
    action_text = np.full(len(number), -1, np.int32)
    action_text[number] = np.frombuffer(collected.action_text, np.int32)
    return treeplex, Names(Texts.of(strings[i] for i in order), actions, Texts.of(collected.texts), action_text), number


def assemble(
    name: str,
    players: tuple[Collected, Collected],
    terminals: Terminals,
    histories: int,
    chance_nodes: int,
    constant: float = 0.0,
    offset: float = 0.0,
) -> ExtensiveGame:
    """Return the game that a walk has collected; ``constant`` and ``offset`` as in ``Statistics``.

    Raises ``GameError`` if it has more than 2³¹−1 sequences or terminal histories.
    """
    if len(terminals.values) > _LARGEST:
        raise GameError(f"{name} has more than {_LARGEST:,} terminal histories")
    treeplexes, names, numbers = zip(*map(canonical_player, players), strict=True)
    rows = numbers[0][np.frombuffer(terminals.rows, np.int32)]
    columns = numbers[1][np.frombuffer(terminals.columns, np.int32)]
    payoffs = payoff_matrices(rows, columns, np.frombuffer(terminals.values), (len(numbers[0]), len(numbers[1])))
    chances = None
    if len(terminals.chances) == len(rows):
        chances = payoff_matrices(rows, columns, np.frombuffer(terminals.chances), (len(numbers[0]), len(numbers[1])))[
            0
        ]
    utilities = terminals.utilities
    statistics = Statistics(histories, chance_nodes, len(rows), min(utilities), max(utilities), constant, offset)
    return ExtensiveGame(name, treeplexes, payoffs, names, statistics, chances)


def check_player(tree: Treeplex, payoffs: Payoffs, names: Names, opponent_sequences: int) -> None:
    """Raise ``ValueError`` unless the arrays of a player are those of a game: compiled code trusts them blindly."""
    if not (_is_tree(tree) and _are_payoffs(payoffs, len(tree.owner), opponent_sequences) and _are_names(names, tree)):
        raise ValueError("these arrays are not those of a compiled game")


def _is_tree(tree: Treeplex) -> bool:
    infosets, counts = len(tree.parent), np.diff(tree.first)
    return (
        all(part.dtype == np.int32 and part.ndim == 1 for part in tree)
        and _are_bounds(tree.first - 1, infosets, len(tree.owner) - 1)
        and bool((counts > 0).all())
        and tree.owner[0] == -1
        and np.array_equal(tree.owner[1:], np.repeat(np.arange(infosets), counts))
        and bool(((tree.parent >= 0) & (tree.parent < tree.first[:-1])).all())
        and bool((np.diff(tree.parent) >= 0).all())
        and np.array_equal(tree.level, _level_starts(_levels(tree.parent, tree.owner)))
    )


def _are_payoffs(payoffs: Payoffs, sequences: int, opponent_sequences: int) -> bool:
    start, column, value = payoffs
    return (
        all(part.ndim == 1 for part in payoffs)
        and start.dtype == column.dtype == np.int32
        and value.dtype == np.float64
        and _are_bounds(start, sequences, len(column))
        and len(value) == len(column)
        and bool(((column >= 0) & (column < opponent_sequences)).all())
        and bool(np.isfinite(value).all())
    )


def _are_names(names: Names, tree: Treeplex) -> bool:
    texts, numbers = (names.information_states, names.action_texts), names.action_text
    return (
        all(part.data.dtype == np.uint8 and part.stop.dtype == np.int64 for part in texts)
        and all(_are_bounds(np.append(0, part.stop), len(part), len(part.data)) for part in texts)
        and len(texts[0]) == len(tree.parent)
        and names.actions.dtype == np.int64
        and numbers.dtype == np.int32
        and names.actions.shape == numbers.shape == tree.owner.shape
        and bool(((numbers[1:] >= 0) & (numbers[1:] < len(texts[1]))).all())
    )


def _are_bounds(bounds: npt.NDArray[np.signedinteger], count: int, end: int) -> bool:
    """Return whether ``bounds`` cut ``0 .. end - 1`` into ``count`` pieces."""
    return len(bounds) == count + 1 and bounds[0] == 0 and bounds[-1] == end and bool((np.diff(bounds) >= 0).all())


def from_arrays(
    parents: tuple[npt.ArrayLike, npt.ArrayLike],
    action_counts: tuple[npt.ArrayLike, npt.ArrayLike],
    payoffs: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    information_states: tuple[Sequence[str], Sequence[str]] | None = None,
    name: str = "a game from arrays",
    chances: npt.ArrayLike | None = None,
) -> ExtensiveGame:
    """Return the game given by sequence-form arrays.

    For each player ``parents[p]`` [I] is the parent sequence of every infoset and ``action_counts[p]`` [I] its number
    of actions. Sequence 0 is the empty one, those of infoset ``i`` follow those of infoset ``i-1``, and a parent is
    smaller than the infoset's own sequences. ``payoffs`` is (player 0's sequence, player 1's sequence, chance × utility
    of player 0) for every terminal history; repeated pairs are added up. Infosets are called ``"0", "1", ...`` unless
    ``information_states`` names them. ``chances``: the chance probability of each terminal history, which only solvers
    need that divide by the reach of an infoset (``games.extensive.reach``).

    The game's own order is the canonical one of the package, so look infosets up by name (``game.index``). Of its
    statistics the number of histories is 0 (unknown) and the utilities are those of the entries, chance included.
    Raises ``GameError`` with the array and the place for what is not such a form.
    """
    collected = (Collected(0), Collected(1))
    for player, target in enumerate(collected):
        parent = _whole_numbers(parents[player], f"parents[{player}]")
        counts = _whole_numbers(action_counts[player], f"action_counts[{player}]")
        if len(parent) != len(counts):
            raise GameError(f"player {player} has {len(parent)} parents but {len(counts)} action counts")
        texts = [str(i) for i in range(len(parent))] if information_states is None else information_states[player]
        if len(texts) != len(parent) or len(set(texts)) != len(texts):
            raise GameError(f"information_states[{player}] must be {len(parent)} different strings")
        for i, (text, before, count) in enumerate(zip(texts, parent.tolist(), counts.tolist(), strict=True)):
            if count < 1:
                raise GameError(f"action_counts[{player}][{i}] is {count}, but an infoset has at least one action")
            if not 0 <= before < target.sequences:
                raise GameError(
                    f"parents[{player}][{i}] is {before}, but must be a sequence of an earlier infoset "
                    f"(0 .. {target.sequences - 1})"
                )
            target.add(text, before, list(range(count)), [str(action) for action in range(count)])
    terminals = _checked_terminals(payoffs, (collected[0].sequences, collected[1].sequences))
    if chances is not None:
        probabilities = _numbers(chances, "chances")
        if probabilities.shape != (len(terminals.values),) or not ((probabilities >= 0) & (probabilities <= 1)).all():
            raise GameError(f"chances must be {len(terminals.values)} probabilities, one for each entry of payoffs")
        terminals.chances.frombytes(probabilities.tobytes())
    return assemble(name, collected, terminals, 0, 0)


def _whole_numbers(values: npt.ArrayLike, name: str) -> npt.NDArray[np.int64]:
    checked = np.asarray(values)
    if checked.ndim != 1 or (checked.size and checked.dtype.kind not in "iu"):
        raise GameError(f"{name} must be a list of whole numbers, not {checked.dtype} of shape {checked.shape}")
    return checked.astype(np.int64)


def _numbers(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    checked = np.asarray(values)
    if checked.ndim != 1 or (checked.size and checked.dtype.kind not in "iuf"):
        raise GameError(f"{name} must be a list of numbers, not {checked.dtype} of shape {checked.shape}")
    return checked.astype(np.float64)


def _checked_terminals(
    payoffs: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike], sequences: tuple[int, int]
) -> Terminals:
    rows, columns = (_whole_numbers(payoffs[p], f"payoffs[{p}]") for p in (0, 1))
    values = _numbers(payoffs[2], "payoffs[2]")
    if not rows.shape == columns.shape == values.shape:
        raise GameError(
            f"payoffs must be three lists of one length, not {rows.shape}, {columns.shape} and {values.shape}"
        )
    if not len(values):
        raise GameError("payoffs must have at least one terminal history")
    for p, found in enumerate((rows, columns)):
        wrong = np.flatnonzero((found < 0) | (found >= sequences[p]))
        if len(wrong):
            raise GameError(
                f"payoffs[{p}][{wrong[0]}] is {found[wrong[0]]}, but the sequences of player {p} are "
                f"0 .. {sequences[p] - 1}"
            )
    if not np.isfinite(values).all():
        raise GameError(f"payoffs[2][{np.flatnonzero(~np.isfinite(values))[0]}] is not a finite number")
    packed = (array("i", rows.astype(np.int32).tobytes()), array("i", columns.astype(np.int32).tobytes()))
    return Terminals(*packed, array("d", values.tobytes()), set(np.unique(values).tolist()))
