r"""Public states of a compiled game, and the subgames that begin there.

A game in OpenSpiel or in a file does not say what is public. What two players *commonly know* does: ``g ~ h`` if some
player cannot tell the histories ``g`` and ``h`` apart, and the classes of the transitive closure of ``~`` are the
*public states* (the common-knowledge partition of Šustr, Kovařík and Lisý, "Monte Carlo continual resolving for online
strategy computation in imperfect information games", AAMAS 2019, definition 2.2). The player to move knows the infoset.
What the other one knows then is an *augmented* information set (Burch, Johanson and Bowling, "Solving imperfect
information games using decomposition", AAAI 2014), for which there are two sources:

- ``"strings"``: what the game's ``information_state_string`` says of a player who is not to move. In poker that is the
  hand and the public cards, and public states are the betting with the public cards.
- ``"sequences"``: the player's own last decision, which is all that a bare game tree tells. Public states are then
  larger – a card that is dealt to everybody is not public before both players have acted on it – but never wrong.

Only histories at which a player moves count. A public state is therefore a set of infosets of both players, and the
public states of all are a partition of the infosets.

A *subgame* is a set of histories that is closed under what follows, and with a history contains its whole infoset
(Burch et al., the same): a public state and all public states that can follow it. In the sequence form it is a set of
infosets of each player, with an infoset all that are below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from games._base.numbers import whole
from games.extensive.compile import turn_based
from games.extensive.game import ExtensiveGame, GameError, Integers, Treeplex
from games.extensive.histories import CHANCE, TERMINAL
from games.extensive.open_spiel import load_open_spiel

Knowledge = Literal["strings", "sequences"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Subgame:
    """A subgame: for each player whether an infoset is in it."""

    game: ExtensiveGame
    infosets: tuple[Mask, Mask]
    """[I] of each player."""

    def __post_init__(self) -> None:
        for player, (tree, inside) in enumerate(zip(self.game.treeplexes, self.infosets, strict=True)):
            if inside.shape != tree.parent.shape or inside.dtype != np.bool_:
                raise GameError(
                    f"a subgame of {self.game.name} has {len(tree.parent)} truth values for player {player}"
                )
            above = tree.owner[tree.parent]
            open_ends = np.flatnonzero((above >= 0) & inside[above] & ~inside)
            if len(open_ends):
                text = self.game.names[player].information_states[int(open_ends[0])]
                raise GameError(f"what follows in a subgame is in it, but player {player}'s infoset {text!r} is not")

    @property
    def sequences(self) -> tuple[Mask, Mask]:
        """[S] of each player: whether the last action of a sequence is in the subgame."""
        first, second = (_of_sequences(*pair) for pair in zip(self.game.treeplexes, self.infosets, strict=True))
        return first, second

    def __repr__(self) -> str:
        first, second = (int(inside.sum()) for inside in self.infosets)
        return f"<Subgame of {self.game.name}: infosets {first:,} + {second:,}>"


def _of_sequences(tree: Treeplex, inside: Mask) -> Mask:
    return np.concatenate([[False], inside[tree.owner[1:]]])


@dataclass(frozen=True, eq=False)
class PublicStates:
    """The public states of a game, numbered ``0 .. K-1``; where they are a tree, a parent before its children."""

    game: ExtensiveGame
    of_infoset: tuple[Integers, Integers]
    """[I] of each player: the public state of every infoset; -1 for one that no history of the walk had."""
    following: tuple[tuple[int, ...], ...]
    """[K] the public states that can come next."""
    histories: Integers
    """[K] how many histories each has at which a player moves."""

    def __len__(self) -> int:
        return len(self.following)

    def players(self, state: int) -> tuple[int, ...]:
        """Return who can be to move in a public state."""
        state = self._checked(state)
        return tuple(player for player in (0, 1) if (self.of_infoset[player] == state).any())

    def reachable(self, state: int) -> frozenset[int]:
        """Return a public state and all that can follow."""
        found, pending = set[int](), [self._checked(state)]
        while pending:
            if (now := pending.pop()) not in found:
                found.add(now)
                pending += self.following[now]
        return frozenset(found)

    def subgame(self, state: int) -> Subgame:
        """Return the subgame that begins at a public state."""
        numbers = np.array(sorted(self.reachable(state)), np.int32)
        first, second = (np.isin(numbers_of, numbers) for numbers_of in self.of_infoset)
        return Subgame(self.game, (first, second))

    def _checked(self, state: int) -> int:
        return whole(state, "the number of a public state", 0, len(self) - 1)

    def __repr__(self) -> str:
        return f"<PublicStates of {self.game.name}: {len(self):,}>"


def public_states(game: ExtensiveGame, source: Any = None, *, knowledge: Knowledge = "strings") -> PublicStates:
    """Return the public states of a compiled game, by one walk over its histories.

    Parameters
    ----------
    game : the compiled game, which has lost the order of the players' moves.
    source : the game that it was compiled from; by default the one of its name, an OpenSpiel string or a file.
    knowledge : what tells histories apart for a player who is not to move; see the module.

    Raises
    ------
    GameError
        There is no game of that name, as for games made in Python, or it is another one.

    Examples
    --------
    >>> from games.extensive import compile_game
    >>> kuhn = compile_game("kuhn_poker")
    >>> states = public_states(kuhn)  # before any bet, after a pass, after a bet, after a pass and a bet
    >>> len(states), [states.players(k) for k in range(4)]
    (4, [(0,), (1,), (0,), (1,)])
    >>> states.subgame(2)
    <Subgame of kuhn_poker(): infosets 3 + 0>
    """
    if knowledge not in get_args(Knowledge):
        raise ValueError(f"knowledge must be one of {', '.join(get_args(Knowledge))}, not {knowledge!r}")
    walk = _Walk(game, knowledge)
    walk.run(turn_based(load_open_spiel(game.name) if source is None else source))
    return walk.found()


class _Walk:
    """The walk: what is known to some player at each history, joined to classes."""

    def __init__(self, game: ExtensiveGame, knowledge: Knowledge) -> None:
        self.game, self.strings = game, knowledge == "strings"
        self.offsets = 0, game.infosets[0]
        self.joined = list(range(sum(game.infosets)))
        """Disjoint sets: the nodes are infosets, then what is known by players who are not to move."""
        self.known: dict[tuple[int, str | int], int] = {}
        self.order = list[int]()
        """A node of each history that is met, without repetition, in the order of the walk."""
        self.counts = [0] * len(self.joined)
        self.edges = set[tuple[int, int]]()

    def run(self, source: Any) -> None:
        stack: list[tuple[Any, int, tuple[int, int]]] = [(source.new_initial_state(), -1, (0, 0))]
        while stack:
            stack += self._expand(*stack.pop())

    def _expand(self, state: Any, last: int, own: tuple[int, int]) -> list[tuple[Any, int, tuple[int, int]]]:
        """Enter a history; ``last`` is the node of the decision before it, ``own`` are the players' sequences."""
        mover = state.current_player()
        if mover == TERMINAL:
            return []
        if mover == CHANCE:
            return [(state.child(action), last, own) for action, _ in reversed(state.chance_outcomes())]
        actions = state.legal_actions()
        infoset, first = self._infoset(state, mover, actions)
        node = self.offsets[mover] + infoset
        if not self.counts[node]:
            self.order.append(node)
        self.counts[node] += 1
        self._join(node, self._other(state, 1 - mover, own))
        if last >= 0:
            self.edges.add((last, node))
        following = []
        for sequence, action in enumerate(actions, start=first):
            after = (sequence, own[1]) if mover == 0 else (own[0], sequence)
            following.append((state.child(action), node, after))
        return following[::-1]

    def _infoset(self, state: Any, player: int, actions: Sequence[int]) -> tuple[int, int]:
        """Return the number of the infoset, and its first sequence."""
        game, text = self.game, state.information_state_string()
        found = game.index[player].get(text) if player in (0, 1) else None
        if found is not None:
            first, stop = game.treeplexes[player].first[found : found + 2].tolist()
            if game.names[player].actions[first:stop].tolist() == actions:
                return found, first
        raise GameError(f"{game.name} has no infoset {text!r} of player {player} with the actions {list(actions)}")

    def _other(self, state: Any, player: int, own: tuple[int, int]) -> int:
        """Return the node of what the player who is not to move knows."""
        key = player, (state.information_state_string(player) if self.strings else own[player])
        if isinstance(key[1], str) and (infoset := self.game.index[player].get(key[1])) is not None:
            return self.offsets[player] + infoset
        if key not in self.known:
            self.known[key] = len(self.joined)
            self.joined.append(len(self.joined))
        return self.known[key]

    def _root(self, node: int) -> int:
        joined = self.joined
        while joined[node] != node:
            joined[node] = node = joined[joined[node]]
        return node

    def _join(self, one: int, other: int) -> None:
        self.joined[self._root(other)] = self._root(one)

    def found(self) -> PublicStates:
        """Return the classes, in the order in which the walk has met them."""
        numbers: dict[int, int] = {}
        for node in self.order:
            numbers.setdefault(self._root(node), len(numbers))
        state_of = np.array([numbers.get(self._root(node), -1) for node in range(sum(self.game.infosets))], np.int32)
        following: list[set[int]] = [set() for _ in numbers]
        for before, after in self.edges:
            if (one := int(state_of[before])) != (other := int(state_of[after])):
                following[one].add(other)
        met = state_of >= 0
        weights = np.array(self.counts[: len(state_of)])[met]
        histories = np.bincount(state_of[met], weights, len(numbers)).astype(np.int32)
        split = np.split(state_of, [self.offsets[1]])
        return PublicStates(self.game, (split[0], split[1]), tuple(tuple(sorted(s)) for s in following), histories)
