"""Games written down as trees in Python: ``from_tree(Chance(...))``, for examples, tests and games of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Union

from games.extensive.assemble import Collected, Terminals, assemble
from games.extensive.game import ExtensiveGame, GameError


class Terminal(NamedTuple):
    """The end of the game."""

    utility: float
    """Of player 0; player 1 has the negative."""


class Decision(NamedTuple):
    """A player's move."""

    player: int
    """0 or 1."""
    information_state: str
    """All decisions of the player with this string are one infoset and must have the same actions, in one order."""
    actions: Mapping[str, Node]
    """What each action leads to."""


class Chance(NamedTuple):
    """A random event."""

    outcomes: Sequence[tuple[float, Node]]
    """(probability, what it leads to); the probabilities sum to 1."""


Node = Union[Terminal, Decision, Chance]  # noqa: UP007  (the classes above refer to it)


def from_tree(root: Node, name: str = "a game from a tree") -> ExtensiveGame:
    """Return the game of a tree; actions get the numbers ``0, 1, ...`` in the order of the mapping.

    Raises ``GameError`` if a player is not 0 or 1, a probability is negative or they do not sum to 1, a decision has no
    action, a utility is not finite, an infoset has different actions at two histories, or recall is imperfect.

    >>> penny = {"heads": 1.0, "tails": -1.0}
    >>> def guess(sign: float) -> Decision:
    ...     return Decision(1, "guess", {side: Terminal(sign * value) for side, value in penny.items()})
    >>> from_tree(Decision(0, "hide", {side: guess(value) for side, value in penny.items()}), "matching pennies")
    <ExtensiveGame matching pennies: 7 histories, infosets 1 + 1, sequences 3 × 3, 4 payoffs>
    """
    players = (Collected(0), Collected(1))
    action_names: dict[tuple[int, str], list[str]] = {}
    terminals = Terminals()
    histories = chance_nodes = 0
    stack: list[tuple[Node, tuple[int, int], float]] = [(root, (0, 0), 1.0)]
    while stack:
        node, sequences, reach = stack.pop()
        histories += 1
        if isinstance(node, Terminal):
            if not math.isfinite(node.utility):
                raise GameError(f"a terminal history has the utility {node.utility}")
            terminals.rows.append(sequences[0])
            terminals.columns.append(sequences[1])
            terminals.values.append(reach * node.utility)
            terminals.chances.append(reach)
            terminals.utilities.add(float(node.utility))
        elif isinstance(node, Chance):
            chance_nodes += 1
            _check_chance(node)
            stack += [(child, sequences, reach * probability) for probability, child in reversed(node.outcomes)]
        else:
            first = _enter(node, sequences, players, action_names)
            moves = [(first + k, child) for k, child in enumerate(node.actions.values())]
            other = sequences[1 - node.player]
            stack += [
                (child, (other, mine) if node.player else (mine, other), reach) for mine, child in reversed(moves)
            ]
    return assemble(name, players, terminals, histories, chance_nodes)


def _check_chance(node: Chance) -> None:
    probabilities = [probability for probability, _ in node.outcomes]
    if any(not probability >= 0 for probability in probabilities) or abs(sum(probabilities) - 1) > 1e-9:
        raise GameError(f"the probabilities of a chance node must be at least 0 and sum to 1, not {probabilities}")


def _enter(
    node: Decision,
    sequences: tuple[int, int],
    players: tuple[Collected, Collected],
    action_names: dict[tuple[int, str], list[str]],
) -> int:
    """Return the first sequence of the decision's infoset, entered or checked."""
    if node.player not in (0, 1):
        raise GameError(f"the players are 0 and 1, not {node.player} (infoset {node.information_state!r})")
    if not node.actions:
        raise GameError(f"player {node.player} has no action at the infoset {node.information_state!r}")
    names = list(node.actions)
    known = action_names.setdefault((node.player, node.information_state), names)
    if known != names:
        raise GameError(
            f"player {node.player} has different legal actions at two histories of the infoset "
            f"{node.information_state!r}: {known} and {names}"
        )
    collected, numbers = players[node.player], list(range(len(names)))
    if node.information_state in collected.known:
        return collected.check(node.information_state, sequences[node.player], numbers)
    return collected.add(node.information_state, sequences[node.player], numbers, names)
