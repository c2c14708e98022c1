"""The tree of a game as a few arrays: what a compiled walk needs, some forty bytes a history.

The sequence form (``games.extensive``) has summed histories away, and whoever samples single histories cannot use it.
Here every history is a node with its children, its infoset and, at the end, its utilities; infosets of all players
share one numbering, and so do their actions, the *slots*: infoset ``i`` has the slots ``first[i] .. first[i+1]-1``.

**Public chance events.** A chance event is *public* if whoever moves after it knows its outcome: no infoset below has
histories after two outcomes of the same event. A deal is private, a card that is turned up is public.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from games.extensive.compile import estimate_histories, turn_based
from games.extensive.game import Floats, GameError, Integers
from games.extensive.game_tree import GameTree
from games.extensive.histories import (
    CHANCE,
    TERMINAL,
    chance_outcomes,
    checked_returns,
    legal_actions,
    sum_tolerance,
)

LARGEST = 10_000_000
"""Histories up to which a tree is made."""


class Nodes(NamedTuple):
    """The histories of a game: ``N`` nodes of ``P`` players, ``I`` infosets, ``S`` slots; node 0 is the root."""

    mover: npt.NDArray[np.int8]
    """[N] the player to move, ``CHANCE`` or ``TERMINAL``."""
    start: Integers
    """[N+1] a node's children are ``child[start[n]] .. child[start[n+1] - 1]``, in the order of its actions."""
    child: Integers
    """[N-1]"""
    infoset: Integers
    """[N] of a decision; -1 elsewhere."""
    probability: Floats
    """[N] by which chance moves to the node; 1 where a player does."""
    public: npt.NDArray[np.bool_]
    """[N] whether a chance event is public."""
    utility: Floats
    """[P, N] at terminal nodes, 0 elsewhere; half of a constant sum of two players is taken from each."""
    first: Integers
    """[I+1] the first slot of an infoset."""


@dataclass(frozen=True, eq=False)
class CompactTree:
    """A game tree in arrays, and what its infosets and actions are called."""

    name: str
    nodes: Nodes
    players: int
    owner: npt.NDArray[np.int8]
    """[I] whose infoset it is."""
    texts: list[str]
    """[I] information-state strings."""
    actions: npt.NDArray[np.int64]
    """[S] the number of each slot's action in the original game."""
    depth: int
    """The largest number of nodes on a path."""
    constant: float
    """What the utilities of two players sum to, 0 for other numbers or sums that vary."""

    @property
    def histories(self) -> int:
        return len(self.nodes.mover)

    @property
    def max_actions(self) -> int:
        """The largest number of actions of an infoset."""
        return int(np.diff(self.nodes.first).max(initial=0))

    def __repr__(self) -> str:
        return f"<CompactTree {self.name}: {self.histories:,} histories, {len(self.texts):,} infosets>"


class _Walk:
    """One walk over a game, depth first; the children of a node are entered from first to last."""

    def __init__(self, game: Any, limit: int) -> None:
        self.game, self.limit = turn_based(game), limit
        self.players = int(self.game.num_players())
        self.mover, self.parent, self.infoset = array("b"), array("i"), array("i")
        self.probability, self.utility = array("d"), array("d")
        self.known: dict[tuple[int, str], int] = {}
        self.actions: list[list[int]] = []
        self.nothing = [0.0] * self.players

    def run(self) -> None:
        """Fill the lists; raises ``GameError`` for what walks refuse, and for a tree that is too large."""
        stack = [(self.game.new_initial_state(), -1, 1.0)]
        while stack:
            state, parent, probability = stack.pop()
            node, mover = len(self.mover), state.current_player()
            if node >= self.limit:
                raise GameError(f"{self.game} has more than {self.limit:,} histories, too many for a tree in memory")
            self.mover.append(mover)
            self.parent.append(parent)
            self.probability.append(probability)
            self.utility.extend(checked_returns(state, self.players) if mover == TERMINAL else self.nothing)
            self.infoset.append(self._infoset(state, mover) if mover >= 0 else -1)
            if mover == CHANCE:
                outcomes = chance_outcomes(state)
                stack += [(state.child(action), node, chance) for action, chance in reversed(outcomes)]
            elif mover >= 0:
                stack += [(state.child(action), node, 1.0) for action in reversed(self.actions[self.infoset[-1]])]
            elif mover != TERMINAL:
                raise GameError(f"{self.game} has neither a player nor chance to move, and is not over")

    def _infoset(self, state: Any, mover: int) -> int:
        key = mover, state.information_state_string()
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.actions)
            self.actions.append(legal_actions(state))
        elif self.actions[number] != state.legal_actions():
            raise GameError(f"player {mover} has different legal actions at two histories of the infoset {key[1]!r}")
        return number


def compact_tree(game: Any, limit: int = LARGEST) -> CompactTree:
    """Return the tree of a ``pyspiel`` game, or of what has the face of one, of any number of players.

    Raises ``GameError`` for what walks refuse (``games.extensive.histories``), or more histories than ``limit``, before
    the walk if the estimate of their number says so.
    """
    if estimate_histories(turn_based(game)) > 4 * limit:
        raise GameError(f"{game} has many more than {limit:,} histories, too many for a tree in memory")
    walk = _Walk(game, limit)
    walk.run()
    parent = np.frombuffer(walk.parent, np.int32)
    utility = np.frombuffer(walk.utility).reshape(-1, walk.players).T.copy()
    mover = np.frombuffer(walk.mover, np.int8)
    infoset = np.frombuffer(walk.infoset, np.int32)
    counts = np.bincount(parent[1:], minlength=len(parent))
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    child = (1 + np.argsort(parent[1:], kind="stable")).astype(np.int32)
    widths = [len(actions) for actions in walk.actions]
    constant = _take_constant(utility, mover, isinstance(game, GameTree))
    depth = _depths(parent)
    public = _public(parent, mover, infoset, depth)
    nodes = Nodes(
        mover,
        start,
        child,
        infoset,
        np.frombuffer(walk.probability),
        public,
        utility,
        np.concatenate([[0], np.cumsum(widths)]).astype(np.int32),
    )
    return CompactTree(
        str(game),
        nodes,
        walk.players,
        np.array([player for player, _ in walk.known], np.int8),
        [text for _, text in walk.known],
        np.array([action for actions in walk.actions for action in actions], np.int64),
        int(depth.max()) + 1,
        constant,
    )


def _take_constant(utility: Floats, mover: npt.NDArray[np.int8], exact: bool) -> float:
    """Take half of a constant sum of two players from each, and return the sum; 0 if there is none.

    ``exact``: utilities are no sums of rewards (``sum_tolerance``).
    """
    if len(utility) != 2:
        return 0.0
    ends = mover == TERMINAL
    sums, sizes = utility[:, ends].sum(axis=0), np.abs(utility[:, ends]).max(axis=0)
    tolerance = np.broadcast_to(sum_tolerance(sizes, float(sizes.max()), exact=exact), sums.shape)
    low, high = (sums - tolerance).max(), (sums + tolerance).min()
    if low > high or low <= 0.0 <= high:
        return 0.0
    middle = float(sums[tolerance.argmin()])
    utility[:, ends] -= 0.5 * middle
    return middle


def _depths(parent: Integers) -> Integers:
    """Return how many nodes are above each [N]."""
    depth = [0] * len(parent)
    for node, above in enumerate(parent.tolist()):
        if above >= 0:
            depth[node] = depth[above] + 1
    return np.array(depth, np.int32)


def _public(parent: Integers, mover: npt.NDArray[np.int8], infoset: Integers, depth: Integers) -> npt.NDArray[np.bool_]:
    """Return which chance events are public [N].

    Of two histories of one infoset the last common node is where they part; if that is a chance event, it is private.
    Nodes are numbered depth first, so that the last common nodes of neighbours are those of all pairs.
    """
    members = np.flatnonzero(infoset >= 0)
    members = members[np.argsort(infoset[members], kind="stable")]
    together = infoset[members[1:]] == infoset[members[:-1]]
    one, other = members[:-1][together].copy(), members[1:][together].copy()
    while True:
        differ = one != other
        if not differ.any():
            break
        higher = differ & (depth[one] >= depth[other])
        lower = differ & (depth[one] < depth[other])
        both = differ & (depth[one] == depth[other])
        moved = other.copy()
        moved[lower | both] = parent[other[lower | both]]
        one[higher] = parent[one[higher]]
        other = moved
    public = np.array(mover == CHANCE)
    public[one] = False
    return public
