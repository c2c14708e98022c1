"""What a compiled game is: two treeplexes, the payoff matrix both ways, and the names for the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from games._base.numbers import whole

Integers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Policy = tuple[Floats, Floats]
"""A behavioural policy: for each player the probability of each sequence's action, given its infoset ([S]; entry 0,
the empty sequence, is 1)."""


class GameError(ValueError):
    """The game is not one that can be compiled; the message says which property fails and where."""


class NotTwoPlayerZeroSum(GameError):
    """The game has not two players whose utilities sum to zero: it has a NashConv, but no payoff matrix."""


class Treeplex(NamedTuple):
    """The decisions of one player: ``I`` infosets, ``S`` sequences, ``L`` levels; all int32.

    Infoset ``i`` has the sequences ``first[i] .. first[i+1]-1``, one for each action. ``parent`` never decreases, and
    ``parent[i] < first[i]``. Level ``l`` (after ``l`` own decisions) is the infosets ``level[l] .. level[l+1]-1``.
    """

    parent: Integers
    """[I] the sequence that leads to the infoset."""
    first: Integers
    """[I+1] its first sequence; ``first[0] = 1`` and ``first[I] = S``."""
    owner: Integers
    """[S] the infoset of each sequence; -1 for the empty sequence."""
    level: Integers
    """[L+1] where each level begins."""


class Payoffs(NamedTuple):
    """The payoff matrix by rows of one player's sequences (compressed sparse rows), in that player's utility.

    Row ``s`` has the entries ``start[s] .. start[s+1]-1``: the opponent's sequence (``column``, ascending) and the sum
    of *chance × utility* over the terminal histories of the pair (``value``). No pair occurs twice; zeros are left out.
    """

    start: Integers
    """[S+1]"""
    column: Integers
    """[entries]"""
    value: Floats
    """[entries] in units of utility."""


class Texts:
    """A read-only sequence of strings kept as one run of bytes, decoded when asked for."""

    def __init__(self, data: npt.NDArray[np.uint8], stop: npt.NDArray[np.int64]) -> None:
        self.data = data
        self.stop = stop

    @classmethod
    def of(cls, strings: Iterable[str]) -> Texts:
        """Return the strings, packed."""
        encoded = [string.encode() for string in strings]
        lengths = np.fromiter((len(part) for part in encoded), np.int64, len(encoded))
        return cls(np.frombuffer(b"".join(encoded), np.uint8), np.cumsum(lengths))

    def __len__(self) -> int:
        return len(self.stop)

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(f"text {index} of {len(self)}")
        start = self.stop[index - 1] if index else 0
        return self.data[start : self.stop[index]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        data, start = self.data.tobytes(), 0
        for stop in self.stop.tolist():
            yield data[start:stop].decode()
            start = stop


@dataclass(frozen=True)
class Names:
    """What the infosets and actions of one player are called in the game that was compiled."""

    information_states: Texts
    """[I]"""
    actions: npt.NDArray[np.int64]
    """[S] the action's number in the original game; -1 for the empty sequence."""
    action_texts: Texts
    """The different action strings of the player."""
    action_text: Integers
    """[S] index into ``action_texts``; -1 for the empty sequence."""

    def action_string(self, sequence: int) -> str:
        """Return what the last action of a sequence is called (the empty sequence has none: ``IndexError``)."""
        return self.action_texts[int(self.action_text[sequence])]


@dataclass(frozen=True)
class Statistics:
    """What was counted while compiling."""

    histories: int
    """All nodes of the tree: decisions, chance nodes and terminal histories."""
    chance_nodes: int
    terminal_histories: int
    minimum_utility: float
    """Of player 0, over the terminal histories, as it is in the payoffs; so is the maximum."""
    maximum_utility: float
    constant: float = 0.0
    """What the players' utilities sum to. Half of it has been taken from each, so that the payoffs sum to zero."""
    offset: float = 0.0
    """What has been taken from player 0's utilities besides, and given to player 1, because all were far from 0
    (``games.arrays.far_middle``): differences between them are then what the payoffs show."""

    @property
    def taken(self) -> tuple[float, float]:
        """What the utilities of each player have lost: to be added to every value."""
        return 0.5 * self.constant + self.offset, 0.5 * self.constant - self.offset


@dataclass(frozen=True, eq=False)
class ExtensiveGame:
    """A two-player zero-sum game with perfect recall in sequence form; see the package for the form and the layout.

    ``compile_game`` makes one. Integers are int32, utilities float64.

    Attributes
    ----------
    name : the OpenSpiel string of the game, or what its maker called it.
    treeplexes : the decisions of each player: infosets, sequences, levels.
    payoffs : utilities times chance probabilities by pairs of sequences, sparse, for each player.
    names : what infosets and actions are called, for each player.
    statistics : histories, terminal and chance nodes, as they were counted on the way.
    chances : like ``payoffs[0]`` with the chance probabilities of the terminal histories alone; ``None`` if not known.

    References
    ----------
    B. von Stengel (1996), Efficient computation of behavior strategies, Games and Economic Behavior 14 (the
    sequence form). S. Hoda, A. Gilpin, J. Peña and T. Sandholm (2010), Mathematics of Operations Research 35
    (treeplexes).

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> kuhn.infosets, kuhn.sequences
    ((6, 6), (13, 13))
    """

    name: str
    """The OpenSpiel string of the game, or what its maker called it."""
    treeplexes: tuple[Treeplex, Treeplex]
    payoffs: tuple[Payoffs, Payoffs]
    names: tuple[Names, Names]
    statistics: Statistics
    chances: Payoffs | None
    """Like ``payoffs[0]`` with the chance probabilities of the terminal histories alone: what a game with the utility 1
    everywhere would have. None if they are not known."""

    @property
    def sequences(self) -> tuple[int, int]:
        """The number of sequences of each player, the empty one included."""
        return len(self.treeplexes[0].owner), len(self.treeplexes[1].owner)

    @property
    def infosets(self) -> tuple[int, int]:
        """The number of infosets of each player."""
        return len(self.treeplexes[0].parent), len(self.treeplexes[1].parent)

    @property
    def utility_range(self) -> float:
        """The largest utility less the smallest."""
        return self.statistics.maximum_utility - self.statistics.minimum_utility

    @cached_property
    def max_actions(self) -> int:
        """The largest number of actions at an infoset (0 if nobody ever moves)."""
        return max((int(np.diff(tree.first).max()) for tree in self.treeplexes if len(tree.parent)), default=0)

    @cached_property
    def index(self) -> tuple[dict[str, int], dict[str, int]]:
        """For each player the infoset of every information-state string (made on first use)."""
        first, second = ({text: i for i, text in enumerate(names.information_states)} for names in self.names)
        return first, second

    def action_string(self, player: int, sequence: int) -> str:
        """Return what the last action of a sequence is called (the empty sequence has none: ``IndexError``)."""
        names = self.names[whole(player, "player", 0, 1)]
        if sequence == 0:
            raise IndexError("the empty sequence has no last action")
        return names.action_string(whole(sequence, "a sequence", 0, len(names.action_text) - 1))

    def nbytes(self) -> int:
        """Return the bytes that the numeric arrays hold."""
        groups = (*self.treeplexes, *self.payoffs, *([self.chances] if self.chances is not None else []))
        return sum(array.nbytes for group in groups for array in group)

    def __repr__(self) -> str:
        return (
            f"<ExtensiveGame {self.name}: {self.statistics.histories:,} histories, infosets {self.infosets[0]:,} + "
            f"{self.infosets[1]:,}, sequences {self.sequences[0]:,} × {self.sequences[1]:,}, "
            f"{len(self.payoffs[0].column):,} payoffs>"
        )
