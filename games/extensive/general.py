"""Games of any number of players and any utilities in sequence form: what is needed to value a policy.

As in ``games.extensive``, a terminal history is reached with probability *chance × the product of the players'
realisation weights* of their sequences there. With more than two players, or utilities that have no constant sum, there
is no payoff matrix; the terminal histories themselves are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.extensive.assemble import Collected, canonical_player
from games.extensive.game import Floats, Integers, Names, Treeplex


@dataclass(frozen=True, eq=False)
class GeneralGame:
    """A game with perfect recall of ``n`` players; ``Z`` terminal histories."""

    name: str
    treeplexes: tuple[Treeplex, ...]
    names: tuple[Names, ...]
    at_end: Integers
    """[n, Z] each player's sequence."""
    chances: Floats
    """[Z] the product of the chance probabilities."""
    utilities: Floats
    """[n, Z]"""
    histories: int
    chance_nodes: int

    @property
    def players(self) -> int:
        """The number of players, n."""
        return len(self.treeplexes)

    @property
    def infosets(self) -> tuple[int, ...]:
        """The number of infosets of each player."""
        return tuple(len(tree.parent) for tree in self.treeplexes)

    def __repr__(self) -> str:
        infosets = " + ".join(f"{count:,}" for count in self.infosets)
        return f"<GeneralGame {self.name}: {self.players} players, {self.histories:,} histories, infosets {infosets}>"


def assemble_general(
    name: str,
    players: Sequence[Collected],
    at_end: Integers,
    chances: Floats,
    utilities: Floats,
    histories: int,
    chance_nodes: int,
) -> GeneralGame:
    """Return the game that a walk has collected; ``at_end`` and ``utilities`` are [Z, n]."""
    treeplexes, names, numbers = zip(*map(canonical_player, players), strict=True)
    sequences = np.array([number[column] for number, column in zip(numbers, at_end.T, strict=True)])
    return GeneralGame(
        name, treeplexes, names, sequences, chances, np.ascontiguousarray(utilities.T), histories, chance_nodes
    )
