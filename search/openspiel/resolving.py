"""Subgame solving at the moment of decision: the other way to use a blueprint, for games that can be compiled.

Where update-equivalence search (``search.openspiel.decide``) takes one step from the blueprint at the player's own
information state, this solves all that follows from the public state, for every hand of both players, and plays what
comes out; at the player's next decision it solves again, from what the last solution says (continual re-solving). The
solver, the gadgets that keep it safe and the theorem are those of ``solvers.extensive.subgames``.

It needs a two-player constant-sum game in sequence form (``games.extensive``). What it looks at is the player's
information state, from which public state and infoset follow; the result is one fixed policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import pyspiel
from open_spiel.python import policy as open_spiel_policy  # type: ignore[import-untyped]

from games.extensive import ExtensiveGame, Policy, compile_game
from games.extensive.policies import checked_policy, from_open_spiel, policy_from_table, uniform_policy
from games.extensive.public_states import Knowledge, public_states
from search.openspiel.blueprints import Blueprint, TabularBlueprint, UniformBlueprint, as_blueprint
from search.openspiel.game import SearchGame
from solvers.extensive.subgames import Method, resolve


@dataclass(frozen=True)
class ResolvingOptions:
    """How to solve again: the method and the algorithm (``solvers.extensive.subgames``), the iterations of each
    solution (none for ``"lp"``), and what public states are made of (``games.extensive.public_states``)."""

    method: Method = "safe"
    algorithm: str = "pcfr+"
    iterations: int = 100
    knowledge: Knowledge = "strings"


class Resolving:
    """Subgame solving in one game with one blueprint; bots and policies may share it.

    Parameters
    ----------
    game : a ``pyspiel.Game``, its string or a file. blueprint : a policy of the compiled game, or what
        ``search.openspiel.blueprints.as_blueprint`` takes.

    Raises ``ValueError`` for a game that cannot be compiled, and for a policy that is not one of the game.
    """

    def __init__(self, game: Any, blueprint: Any = "uniform", options: ResolvingOptions | None = None) -> None:
        self.game = SearchGame(game)
        self.options = options or ResolvingOptions()
        self.compiled: ExtensiveGame = compile_game(self.game.game)
        self.blueprint = policy_of(self.compiled, self.game.game, blueprint)
        self.states = public_states(self.compiled, self.game.game, knowledge=self.options.knowledge)
        self.solved = 0
        """How many subgames have been solved."""
        self._before: list[list[int]] = [[] for _ in range(len(self.states))]
        for state, following in enumerate(self.states.following):
            for after in following:
                self._before[after].append(state)
        self._known: dict[tuple[int, tuple[int, ...]], Policy] = {}

    def probabilities(self, state: Any, player: int) -> dict[int, float]:
        """Return {action: probability} for a player to move at a state, of the game itself or of its turn-based form.

        Of the state only the player's information-state string is read.
        """
        text = self.game.turn_based(state, player).information_state_string(player)
        infoset = self.compiled.index[player][text]
        policy = self.policy_at(player, int(self.states.of_infoset[player][infoset]))
        first, stop = self.compiled.treeplexes[player].first[infoset : infoset + 2].tolist()
        actions = self.compiled.names[player].actions[first:stop].tolist()
        return dict(zip(actions, policy[player][first:stop].tolist(), strict=True))

    def policy_at(self, player: int, public_state: int) -> Policy:
        """Return the policy of the whole game by which a player plays at a public state: the blueprint, improved in
        one subgame after another on the way there."""
        way = [state for state in self._ancestors(public_state) if player in self.states.players(state)]
        return self._after(player, tuple(way))

    def _ancestors(self, public_state: int) -> list[int]:
        found, pending = set[int](), [public_state]
        while pending:
            if (now := pending.pop()) not in found:
                found.add(now)
                pending += self._before[now]
        return sorted(found)

    def _after(self, player: int, way: tuple[int, ...]) -> Policy:
        if not way:
            return self.blueprint
        if (player, way) not in self._known:
            options, policy = self.options, self._after(player, way[:-1])
            settings = {} if options.algorithm == "lp" else {"iterations": options.iterations}
            found = resolve(
                self.states.subgame(way[-1]),
                policy,
                options.method,
                player=player,
                algorithm=options.algorithm,
                **settings,
            )
            self.solved += 1
            self._known[player, way] = found.policy
        return self._known[player, way]


def policy_of(game: ExtensiveGame, open_spiel_game: Any, blueprint: Any) -> Policy:
    """Return a blueprint as a policy of the compiled game; raises ``ValueError`` if it is none."""
    if isinstance(blueprint, tuple):
        return checked_policy(game, blueprint)
    source = as_blueprint(blueprint)
    if isinstance(source, UniformBlueprint):
        return uniform_policy(game)
    if isinstance(source, TabularBlueprint):
        return policy_from_table(game, source.tables if len(source.tables) > 1 else source.tables * 2)
    return from_open_spiel(game, _Asked(source), open_spiel_game)


class _Asked:
    """A blueprint with the face of an OpenSpiel policy."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint

    def action_probabilities(self, state: Any) -> dict[int, float]:
        row = self._blueprint.probabilities([state])[0]
        return dict(zip(state.legal_actions(), row.tolist(), strict=True))


class ResolvingPolicy(open_spiel_policy.Policy):
    """What subgame solving plays, as an OpenSpiel policy, so that its exploitability can be computed.

    Parameters
    ----------
    game : a ``pyspiel.Game``, its string or a file, or a ``Resolving``.
    blueprint : a policy of the compiled game, or what ``search.openspiel.blueprints.as_blueprint`` takes.
    options : ``ResolvingOptions``: the method, the algorithm, the iterations of each solution.

    Raises
    ------
    ValueError
        One sentence, if the game cannot be compiled, or the blueprint is no policy of it.

    References
    ----------
    N. Burch, M. Johanson and M. Bowling (2014), Solving imperfect information games using decomposition, AAAI. N. Brown
    and T. Sandholm (2017), Safe and nested subgame solving for imperfect-information games, NeurIPS.

    Examples
    --------
    >>> import tamaya
    >>> policy = tamaya.ResolvingPolicy("kuhn_poker", options=ResolvingOptions(algorithm="lp"))
    >>> state = policy.game.new_initial_state()
    >>> for card in (2, 0):  # the king, against the jack
    ...     state.apply_action(card)
    >>> sorted(policy.action_probabilities(state)) == state.legal_actions()
    True
    """

    def __init__(self, game: Any, blueprint: Any = "uniform", options: ResolvingOptions | None = None) -> None:
        self.resolving = game if isinstance(game, Resolving) else Resolving(game, blueprint, options)
        super().__init__(self.resolving.game.game, [0, 1])

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        """Return {action: probability} for the player to move (for ``player_id`` where moves are simultaneous)."""
        return self.resolving.probabilities(state, state.current_player() if player_id is None else player_id)


class ResolvingBot(pyspiel.Bot):
    """A player that solves subgames.

    Parameters
    ----------
    game, blueprint, options : those of ``ResolvingPolicy``; a ``Resolving`` may be given as ``game``, which bots share.
    player : the seat.
    seed : of the actions drawn, one number for each decision that is made.

    Raises
    ------
    ValueError
        One sentence, if the game cannot be compiled or has no such player, or the blueprint is no policy of it.

    References
    ----------
    N. Burch, M. Johanson and M. Bowling (2014), Solving imperfect information games using decomposition, AAAI. N. Brown
    and T. Sandholm (2017), Safe and nested subgame solving for imperfect-information games, NeurIPS.

    Examples
    --------
    >>> kuhn = pyspiel.load_game("kuhn_poker")
    >>> bot = ResolvingBot(kuhn, player=0, options=ResolvingOptions(algorithm="lp"))
    >>> state = kuhn.new_initial_state()
    >>> for card in (2, 0):  # the king, against the jack
    ...     state.apply_action(card)
    >>> bot.step(state) in state.legal_actions()
    True
    """

    def __init__(
        self,
        game: Any,
        player: int,
        blueprint: Any = "uniform",
        options: ResolvingOptions | None = None,
        seed: int = 0,
    ) -> None:
        pyspiel.Bot.__init__(self)
        self.resolving = game if isinstance(game, Resolving) else Resolving(game, blueprint, options)
        if player not in (0, 1):
            raise ValueError(f"the players are 0 and 1, not {player}")
        self.player = player
        self._generator = Random(f"{seed} {player}")

    def player_id(self) -> int:
        """Return the seat."""
        return self.player

    def restart(self) -> None:
        """Begin a new game; nothing of the last one is needed."""

    def restart_at(self, state: Any) -> None:
        """Begin a new game at a state."""

    def inform_action(self, state: Any, player: int, action: int) -> None:
        """Take no note: the information state has it."""

    def provides_policy(self) -> bool:
        return True

    def get_policy(self, state: Any) -> list[tuple[int, float]]:
        """Return the distribution as (action, probability) pairs."""
        return list(self.resolving.probabilities(state, self.player).items())

    def step_with_policy(self, state: Any) -> tuple[list[tuple[int, float]], int]:
        """Return the distribution and an action drawn from it."""
        pairs = self.get_policy(state)
        return pairs, self._generator.choices([a for a, _ in pairs], [p for _, p in pairs])[0]

    def step(self, state: Any) -> int:
        """Return an action drawn from the distribution."""
        return self.step_with_policy(state)[1]
