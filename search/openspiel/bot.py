"""What search looks like to OpenSpiel: a ``pyspiel.Bot`` and an ``open_spiel.python.policy.Policy``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pyspiel
from open_spiel.python import policy as open_spiel_policy  # type: ignore[import-untyped]

from search.openspiel.blueprints import TabularBlueprint, as_blueprint
from search.openspiel.decide import Search, SearchOptions
from search.openspiel.game import SearchGame
from search.openspiel.tree import HistoryTree
from search.planner import Decision
from search.seating import BeliefRecord

_GOLDEN = 0x9E3779B97F4A7C15


class MirrorDescentBot(pyspiel.Bot):
    """A player that searches: usable by ``pyspiel.evaluate_bots`` and OpenSpiel's scripts.

    Parameters
    ----------
    game, blueprint, options : see ``Search``; an existing ``Search`` may be given as ``game`` instead (bots may share
        it).
    player : the seat.
    seed : of all random numbers. Each game (counted by ``restart`` and ``restart_at``) has its own, so that the noise
        of one game's searches is not repeated in the next.

    Attributes: ``last_decision``, what the last search found (``fault`` says what was wrong with a belief);
    ``record``, of all its decisions: how many, how many had no usable belief and were left to the blueprint, and before
    how many the belief was built anew.

    Raises
    ------
    ValueError
        One sentence, if the game has no such player, or cannot be searched as the options say.

    References
    ----------
    S. Sokota et al. (2024), The update-equivalence framework for decision-time planning, ICLR.

    Examples
    --------
    >>> import pyspiel
    >>> kuhn = pyspiel.load_game("kuhn_poker")
    >>> bot = MirrorDescentBot(kuhn, player=0, options=SearchOptions(rollouts=None))
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
        options: SearchOptions | None = None,
        seed: int = 0,
    ) -> None:
        pyspiel.Bot.__init__(self)
        self.search = game if isinstance(game, Search) else Search(game, blueprint, options)
        if not 0 <= player < self.search.game.players:
            raise ValueError(
                f"{self.search.game.name} has the players 0 .. {self.search.game.players - 1}, not {player}"
            )
        self.player = player
        self.seed = seed
        self.games = 0
        self.record = BeliefRecord()
        self.last_decision: Decision | None = None

    @property
    def fallbacks(self) -> int:
        """How many decisions had no usable belief and were left to the blueprint."""
        return self.record.fallbacks

    def player_id(self) -> int:
        """Return the seat."""
        return self.player

    def restart(self) -> None:
        """Begin a new game."""
        self.games += 1

    def restart_at(self, state: Any) -> None:
        """Begin a new game at a state; what is kept between decisions only saves time, so any state will do."""
        self.restart()

    def inform_action(self, state: Any, player: int, action: int) -> None:
        """Take no note of another player's action: what the bot may know of it is in its own next view."""

    def inform_actions(self, state: Any, actions: list[int]) -> None:
        """Take no note of simultaneous actions."""

    def provides_policy(self) -> bool:
        return True

    def provides_force_action(self) -> bool:
        return True

    def force_action(self, state: Any, action: int) -> None:
        """Accept that another action is played; the next view says so."""

    def decide(self, state: Any) -> Decision:
        """Search at a state where the bot has to move."""
        decision = self.search.decide(state, self.player, (self.seed * _GOLDEN + self.games) % 2**64)
        self.last_decision = decision
        self.record = self.record.plus(decision)
        return decision

    def step(self, state: Any) -> int:
        """Return the bot's action."""
        return self.decide(state).action

    def get_policy(self, state: Any) -> list[tuple[int, float]]:
        """Return the searched distribution as (action, probability) pairs."""
        return _pairs(self.decide(state))

    def step_with_policy(self, state: Any) -> tuple[list[tuple[int, float]], int]:
        """Return the searched distribution and the action."""
        decision = self.decide(state)
        return _pairs(decision), decision.action


class SearchPolicy(open_spiel_policy.Policy):
    """The distributions that search plays, as a policy: one search for each information state, kept.

    Its random numbers are a hash of the seed and the information state, so that it is a fixed policy, whose
    exploitability can be computed wherever the game can be enumerated. ``play="mode"`` puts all probability on the
    action chosen.

    Parameters
    ----------
    game, blueprint, options : those of the bot: a ``pyspiel.Game``, its string or a ``Search``; a policy;
        ``SearchOptions``.
    seed : of all random numbers.

    Raises
    ------
    ValueError
        One sentence, if the game cannot be searched as the options say.

    References
    ----------
    S. Sokota et al. (2024), The update-equivalence framework for decision-time planning, ICLR: with exact values one
    search everywhere is one iteration of the learner.

    Examples
    --------
    >>> import tamaya
    >>> policy = tamaya.SearchPolicy("kuhn_poker", options=tamaya.SearchOptions(rollouts=None))
    >>> state = policy.game.new_initial_state()
    >>> for card in (2, 0):  # the king, against the jack
    ...     state.apply_action(card)
    >>> sorted(policy.action_probabilities(state)) == state.legal_actions()
    True
    """

    def __init__(
        self, game: Any, blueprint: Any = "uniform", options: SearchOptions | None = None, seed: int = 0
    ) -> None:
        self.search = game if isinstance(game, Search) else Search(game, blueprint, options)
        super().__init__(self.search.game.game, list(range(self.search.game.players)))
        self._seed = seed
        self._known: dict[int, dict[int, float]] = {}

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        """Return {action: probability} for the player to move (for ``player_id`` where moves are simultaneous)."""
        player = state.current_player() if player_id is None else player_id
        key = self.search.game.view(state, player).key(self._seed)
        if key not in self._known:
            decision = self.search.decide(state, player, self._seed)
            mode = self.search.options.play == "mode"
            pairs = [(a, float(a == decision.action)) for a, _ in _pairs(decision)] if mode else _pairs(decision)
            self._known[key] = dict(pairs)
        return dict(self._known[key])


def iterated_search(
    game: Any,
    blueprint: Any = "uniform",
    options: SearchOptions | Callable[[int], SearchOptions] | None = None,
    seed: int = 0,
) -> Iterator[TabularBlueprint]:
    """Give the blueprint, then what search makes of it at every information state, then what it makes of that ...

    The game must be small enough to enumerate (200,000 histories). ``options`` may depend on the round, 1, 2, ...; by
    default values are exact (``rollouts=None``). Then this is the sequence of iterates of the tabular learner whose
    update it is; with ``log_magnet="blueprint"`` the magnet moves along.
    """
    search_game = game if isinstance(game, SearchGame) else SearchGame(game)
    tree = HistoryTree(search_game)
    policy = tree.policy(as_blueprint(blueprint))
    for number in count(1):
        yield TabularBlueprint(tree.tables(policy))
        settings = options(number) if callable(options) else options or SearchOptions(rollouts=None)
        if settings.rollouts is None:
            policy = tree.updated(policy, settings.update)
        else:
            search = Search(search_game, TabularBlueprint(tree.tables(policy)), settings, tree)
            searched = SearchPolicy(search, seed=seed + number)
            answers = [searched.action_probabilities(state) for state in tree.representatives]
            policy = np.concatenate([list(answer.values()) for answer in answers])


def _pairs(decision: Decision) -> list[tuple[int, float]]:
    probabilities = np.exp(decision.log_policy)
    probabilities /= probabilities.sum()
    return list(zip(decision.actions.tolist(), probabilities.tolist(), strict=True))
