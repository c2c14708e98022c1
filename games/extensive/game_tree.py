"""A game tree read from a file, with the face of an OpenSpiel game: what walks, samplers, searches and tables use.

An action's number is its position among the actions of its node, whatever it is called. A state is a node; nothing is
copied for a child. Payoffs are kept exact (``fractions.Fraction``), and are numbers of floating point only where they
are asked for as returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from games._base.numbers import whole
from games.extensive.histories import CHANCE, TERMINAL

Exact = tuple[Fraction, ...]


@dataclass(frozen=True)
class TreeInfoset:
    """An information set, or a chance event that may stand at several nodes."""

    player: int
    """From 0; ``CHANCE`` for a chance event."""
    name: str
    """Information-state string, the player's alone."""
    actions: tuple[str, ...]
    """Labels; they may be empty, and the same one may stand for several actions."""
    probabilities: Exact = ()
    """Of a chance event: one for each action."""
    number: int = 0
    """What a file calls it among those of its player."""
    label: str = ""
    """Its label in a file."""
    numbers: tuple[int, ...] = ()
    """Of the actions in the game that the tree was made from; their positions if there are none."""

    @cached_property
    def outcomes(self) -> list[tuple[int, float]]:
        """Actions and probabilities of a chance event."""
        return [(action, float(probability)) for action, probability in enumerate(self.probabilities)]


@dataclass(eq=False)
class GameTree:
    """Nodes in the order in which a file lists them: a parent before its children, and these from first to last.

    Lists have one entry for each node.
    """

    name: str
    title: str
    players: tuple[str, ...]
    infosets: list[TreeInfoset] = field(default_factory=list)
    infoset: list[int] = field(default_factory=list)
    """Index into ``infosets``; -1 at terminal nodes."""
    mover: list[int] = field(default_factory=list)
    """A player, ``CHANCE`` or ``TERMINAL``."""
    parent: list[int] = field(default_factory=list)
    """-1 for the root."""
    children: list[list[int]] = field(default_factory=list)
    payoffs: list[Exact] = field(default_factory=list)
    """What each player has got on the way to the node, the node's own outcome included."""

    def __post_init__(self) -> None:
        self._kind: Any = None

    def add(self, parent: int, infoset: int, payoffs: Exact) -> None:
        """Enter the next node; ``infoset`` is -1 for a terminal one."""
        if parent >= 0:
            self.children[parent].append(len(self.parent))
        self.infoset.append(infoset)
        self.mover.append(TERMINAL if infoset < 0 else self.infosets[infoset].player)
        self.parent.append(parent)
        self.children.append([])
        self.payoffs.append(payoffs)

    @property
    def histories(self) -> int:
        """The number of nodes."""
        return len(self.parent)

    def new_initial_state(self) -> TreeState:
        """Return the root."""
        return TreeState(self, 0)

    def num_players(self) -> int:
        return len(self.players)

    def num_distinct_actions(self) -> int:
        return max((len(i.actions) for i in self.infosets if i.player != CHANCE), default=0)

    def max_chance_outcomes(self) -> int:
        return max((len(i.actions) for i in self.infosets if i.player == CHANCE), default=0)

    def max_game_length(self) -> int:
        """Return the largest number of decisions on a path, chance events left out."""
        depth = [0] * self.histories
        for node in range(1, self.histories):
            above = self.parent[node]
            depth[node] = depth[above] + (self.mover[above] != CHANCE)
        return max(depth)

    def ends(self) -> list[Exact]:
        """Return the exact utilities of every terminal node."""
        return [payoff for payoff, infoset in zip(self.payoffs, self.infoset, strict=True) if infoset < 0]

    def min_utility(self) -> float:
        return float(min(min(end) for end in self.ends()))

    def max_utility(self) -> float:
        return float(max(max(end) for end in self.ends()))

    def utility_sum(self) -> float | None:
        """Return what the utilities sum to, if that is the same at every terminal node."""
        sums = {sum(end) for end in self.ends()}
        return float(sums.pop()) if len(sums) == 1 else None

    def get_parameters(self) -> dict[str, Any]:
        return {}

    def get_type(self) -> Any:
        """Return a ``pyspiel.GameType`` that says what the tree is."""
        if self._kind is None:
            self._kind = _game_type(self)
        return self._kind

    def __str__(self) -> str:
        return self.name

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kind": None}  # a pyspiel object cannot be pickled


def _game_type(tree: GameTree) -> Any:
    from pyspiel import GameType

    total, players = tree.utility_sum(), tree.num_players()
    utility = GameType.Utility.GENERAL_SUM
    if total is not None and players > 1:
        utility = GameType.Utility.CONSTANT_SUM if total else GameType.Utility.ZERO_SUM
    chance = any(infoset.player == CHANCE for infoset in tree.infosets)
    nodes: dict[int, int] = {}
    for infoset in tree.infoset:
        nodes[infoset] = nodes.get(infoset, 0) + 1
    alone = all(nodes[i] == 1 for i, infoset in enumerate(tree.infosets) if infoset.player != CHANCE and i in nodes)
    return GameType(
        short_name="gambit_file",
        long_name=tree.title or tree.name,
        dynamics=GameType.Dynamics.SEQUENTIAL,
        chance_mode=GameType.ChanceMode.EXPLICIT_STOCHASTIC if chance else GameType.ChanceMode.DETERMINISTIC,
        information=GameType.Information.PERFECT_INFORMATION if alone else GameType.Information.IMPERFECT_INFORMATION,
        utility=utility,
        reward_model=GameType.RewardModel.TERMINAL,
        max_num_players=players,
        min_num_players=players,
        provides_information_state_string=True,
        provides_information_state_tensor=False,
        provides_observation_string=False,
        provides_observation_tensor=False,
        parameter_specification={},
    )


class TreeState:
    """A node of a ``GameTree`` as an OpenSpiel state; ``apply_action`` moves on to a child."""

    __slots__ = ("_node", "_tree")

    def __init__(self, tree: GameTree, node: int) -> None:
        self._tree, self._node = tree, node

    def _infoset(self) -> TreeInfoset:
        return self._tree.infosets[self._tree.infoset[self._node]]

    def current_player(self) -> int:
        return self._tree.mover[self._node]

    def is_terminal(self) -> bool:
        return self._tree.infoset[self._node] < 0

    def is_chance_node(self) -> bool:
        return self.current_player() == CHANCE

    def is_simultaneous_node(self) -> bool:
        return False

    def num_players(self) -> int:
        return len(self._tree.players)

    def legal_actions(self, player: int | None = None) -> list[int]:
        """Return ``0, 1, ...``; none for a player who is not to move."""
        if player is not None and player != self.current_player():
            self._seat(player)
            return []
        return list(range(len(self._tree.children[self._node])))

    def legal_actions_mask(self, player: int | None = None) -> list[int]:
        legal = len(self.legal_actions(player))
        return [1] * legal + [0] * (self._tree.num_distinct_actions() - legal)

    def chance_outcomes(self) -> list[tuple[int, float]]:
        return list(self._infoset().outcomes)

    def action_to_string(self, *player_and_action: int) -> str:
        """Return an action's label."""
        labels = self._infoset().actions
        return labels[whole(player_and_action[-1], "an action", 0, len(labels) - 1)]

    def information_state_string(self, player: int | None = None) -> str:
        """Return the name of the information set; for a player who is not to move, the last own one and the action."""
        if player is None or self._seat(player) == self.current_player():
            return self._infoset().name
        tree, node = self._tree, self._node
        while (above := tree.parent[node]) >= 0:
            if tree.mover[above] == player:
                return f"{tree.infosets[tree.infoset[above]].name} {tree.children[above].index(node)}"
            node = above
        return ""

    def child(self, action: int) -> TreeState:
        return TreeState(self._tree, self._after(action))

    def apply_action(self, action: int) -> None:
        self._node = self._after(action)

    def _seat(self, player: int) -> int:
        return whole(player, "player", 0, self.num_players() - 1)

    def _after(self, action: int) -> int:
        children = self._tree.children[self._node]
        if not 0 <= whole(action, "an action") < len(children):
            raise ValueError(f"there is no action {action} after {self.history()}: there are {len(children)}")
        return children[action]

    def clone(self) -> TreeState:
        return TreeState(self._tree, self._node)

    def history(self) -> list[int]:
        """Return the actions on the way from the root, those of chance included."""
        tree, node = self._tree, self._node
        actions: list[int] = []
        while (above := tree.parent[node]) >= 0:
            actions.append(tree.children[above].index(node))
            node = above
        return actions[::-1]

    def history_str(self) -> str:
        return ", ".join(map(str, self.history()))

    def move_number(self) -> int:
        return len(self.history())

    def exact_returns(self) -> Exact:
        """Return the players' utilities."""
        return self._tree.payoffs[self._node]

    def returns(self) -> list[float]:
        """Return the players' utilities at a terminal node, zeros before, as floating-point numbers."""
        if not self.is_terminal():
            return [0.0] * self.num_players()
        return [float(utility) for utility in self.exact_returns()]

    def player_return(self, player: int) -> float:
        return self.returns()[self._seat(player)]

    def get_game(self) -> GameTree:
        return self._tree

    def __str__(self) -> str:
        labels: Sequence[str] = () if self.is_terminal() else self._infoset().actions
        return f"node {self._node}: {', '.join(labels) or 'the end'}"
