"""Information-set Monte Carlo tree search of OpenSpiel, with a belief that keeps hidden what is hidden.

OpenSpiel's search asks the game for states that look like the present one (``resample_from_infostate``). Many games
have no such function, and in some it gives away what the player cannot know; there the search gets its states from the
particle filter of ``search.openspiel.beliefs``, with players who play uniformly at random.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from agents.agent import Explanation, Seating
from agents.game import Game
from agents.runs.random_stream import RandomStream, fold
from search.openspiel.audit import Leak, require_honest_resampling
from search.openspiel.beliefs import Filtered
from search.openspiel.blueprints import UniformBlueprint
from search.openspiel.game import SearchGame

_PARTICLES, _ATTEMPTS = 100, 50


def resamples_honestly(game: Game) -> bool:
    """Return whether a game's own resampling exists and keeps its secrets (an audit, once in each process)."""
    try:
        require_honest_resampling(SearchGame(game.rules))
    except Leak:
        return False
    return True


class FilteredIsmcts:
    """OpenSpiel's ISMCTS in Python, its states drawn from a particle filter.

    Where the filter finds no state, which long games make likely, a legal action is played at random.
    """

    def __init__(self, game: Game, simulations: int, uct: float, rollouts: int) -> None:
        self._game, self._settings = SearchGame(game.rules), (simulations, uct, rollouts)

    def start(self, seating: Seating) -> None:
        simulations, uct, rollouts = self._settings
        self._seat, self._seed = seating.seat, fold(seating.seed)
        self._stream = RandomStream(self._seed)
        self._generator = np.random.RandomState(self._seed & 0xFFFFFFFF)
        self._belief = Filtered(self._game, UniformBlueprint(), _PARTICLES, _ATTEMPTS)
        self._states: list[Any] = []
        evaluator = import_module("open_spiel.python.algorithms.mcts").RandomRolloutEvaluator(rollouts, self._generator)
        search = import_module("open_spiel.python.algorithms.ismcts").ISMCTSBot
        self._bot = search(seating.game, evaluator, uct, simulations, random_state=self._generator)
        self._bot.set_resampler(lambda state, player: self._states[self._stream.below(len(self._states))].clone())

    def act_at(self, state: Any) -> int:
        legal = state.legal_actions()
        if not self._look(state):
            return int(legal[self._stream.below(len(legal))])
        return int(self._bot.step(state))

    def inform(self, state: Any, player: int, action: int) -> None:
        return None

    def explain_at(self, state: Any) -> Explanation:
        """Return the share of visits of each action."""
        legal = tuple(state.legal_actions())
        if not self._look(state):
            raise ValueError("the belief has no state left")
        policy = dict(self._bot.get_policy(state))
        unknown = (float("nan"),) * len(legal)
        return Explanation(legal, tuple(float(policy.get(a, 0.0)) for a in legal), unknown, unknown, "visits of ISMCTS")

    def _look(self, state: Any) -> bool:
        """Draw the states that look to the player like this one; return whether there are any."""
        self._states = self._belief.particles(self._game.view(state, self._seat), self._seed).states
        return bool(self._states)
