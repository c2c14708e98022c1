"""Information-set Monte Carlo tree search that repeats from its seed, and keeps hidden what is hidden.

The search of Cowling, Powley and Whitehouse (IEEE TCIAIG 2012) as OpenSpiel's C++ bot does it: every simulation begins
at a state that looks to the player like the present one, follows UCT through nodes that are information sets of whoever
is to move, adds one node and ends in random play; what is played is drawn from the visits of the root. OpenSpiel's bot
is faster, but does not repeat: equal seeds give other games.

OpenSpiel asks the game for states that look like the present one (``resample_from_infostate``). Many games have no such
function, and in some it gives away what the player cannot know; there states come from the particle filter of
``search.openspiel.beliefs``, with players who play uniformly at random.
"""

from __future__ import annotations

import math
from typing import Any

from agents.agent import Explanation, Seating
from agents.game import Game
from agents.openspiel.adapters import sample
from agents.openspiel.table import chance_outcome
from agents.runs.random_stream import RandomStream, fold
from search.openspiel.audit import Leak, require_honest_resampling
from search.openspiel.beliefs import Filtered
from search.openspiel.blueprints import UniformBlueprint
from search.openspiel.game import SearchGame
from search.seating import BeliefRecord, RecordsBeliefs

_PARTICLES, _ATTEMPTS = 100, 50


def resamples_honestly(game: Game) -> bool:
    """Return whether a game's own resampling exists and keeps its secrets (an audit, once in each process)."""
    try:
        require_honest_resampling(SearchGame(game.rules))
    except Leak:
        return False
    return True


class _Node:
    """An information set: visits in all, and visits and summed returns of its player by action."""

    __slots__ = ("returns", "total", "visits")

    def __init__(self) -> None:
        self.total = 0
        self.visits: dict[int, int] = {}
        self.returns: dict[int, float] = {}

    def choose(self, legal: list[int], uct: float, stream: RandomStream) -> int:
        """Return an action that was not tried yet, or the one with the highest upper confidence bound."""
        fresh = [action for action in legal if action not in self.visits]
        if fresh:
            return fresh[stream.below(len(fresh))]
        logarithm = math.log(self.total)

        def bound(action: int) -> float:
            visits = self.visits[action]
            return self.returns[action] / visits + uct * math.sqrt(logarithm / visits)

        return max(legal, key=bound)

    def count(self, action: int, value: float) -> None:
        """Add what a simulation brought."""
        self.total += 1
        self.visits[action] = self.visits.get(action, 0) + 1
        self.returns[action] = self.returns.get(action, 0.0) + value


class Ismcts(RecordsBeliefs):
    """The search at a table, given the state to resample from it.

    Where the filter finds no state, which long games make likely, a legal action is played at random.
    """

    def __init__(self, game: Game, simulations: int, uct: float, rollouts: int) -> None:
        self._game, self._honest = SearchGame(game.rules), resamples_honestly(game)
        self._simulations, self._uct, self._rollouts = simulations, uct, rollouts

    def start(self, seating: Seating) -> None:
        self._seat, self._seed = seating.seat, fold(seating.seed)
        self._stream = RandomStream(self._seed)
        self._belief = Filtered(self._game, UniformBlueprint(), _PARTICLES, _ATTEMPTS)
        self._record = BeliefRecord()

    def act_at(self, state: Any) -> int:
        legal = state.legal_actions()
        self._rebuilt = False
        policy = self._policy(state)
        done = self._record
        self._record = BeliefRecord(done.decisions + 1, done.fallbacks + (not policy), done.rebuilds + self._rebuilt)
        return sample(policy.items(), self._stream) if policy else int(legal[self._stream.below(len(legal))])

    def inform(self, state: Any, player: int, action: int) -> None:
        return None

    def belief_record(self) -> BeliefRecord:
        """Return how often the filter found no state in the present game."""
        return self._record

    def explain_at(self, state: Any) -> Explanation:
        """Return the share of visits of each action."""
        legal = tuple(state.legal_actions())
        policy = self._policy(state)
        if not policy:
            raise ValueError("the belief has no state left")
        unknown = (float("nan"),) * len(legal)
        return Explanation(legal, tuple(policy.get(a, 0.0) for a in legal), unknown, unknown, "visits of ISMCTS")

    def _policy(self, state: Any) -> dict[int, float]:
        """Return the share of the root's visits of each action, nothing if no state looks like this one."""
        particles: list[Any] = []
        if not self._honest:
            found = self._belief.particles(self._game.view(state, self._seat), self._seed)
            self._rebuilt, particles = found.rebuilt, found.states
            if not found.usable:
                return {}
        root = _Node()
        nodes = {(self._seat, state.information_state_string(self._seat)): root}
        for _ in range(self._simulations):
            if self._honest:
                world = state.resample_from_infostate(self._seat, self._stream.uniform)
            else:
                world = particles[self._stream.below(len(particles))].clone()
            self._simulate(world, nodes)
        return {action: root.visits[action] / root.total for action in sorted(root.visits)}

    def _simulate(self, world: Any, nodes: dict[tuple[int, str], _Node]) -> None:
        """Play from a state through the tree, one node beyond it, and on at random."""
        path: list[tuple[_Node, int, int]] = []
        while not world.is_terminal():
            player = world.current_player()
            if player < 0:
                world.apply_action(chance_outcome(world, self._stream.uniform()))
                continue
            key = (player, world.information_state_string(player))
            node = nodes.get(key)
            if node is None:
                nodes[key] = _Node()
                break
            action = node.choose(world.legal_actions(), self._uct, self._stream)
            path.append((node, player, action))
            world.apply_action(action)
        returns = world.returns() if world.is_terminal() else self._played_at_random(world)
        for node, player, action in path:
            node.count(action, returns[player])

    def _played_at_random(self, world: Any) -> list[float]:
        """Return the mean returns of random games from a state on."""
        total = [0.0] * world.num_players()
        for _ in range(self._rollouts):
            state = world.clone()
            while not state.is_terminal():
                if state.current_player() < 0:
                    action = chance_outcome(state, self._stream.uniform())
                else:
                    legal = state.legal_actions()
                    action = legal[self._stream.below(len(legal))]
                state.apply_action(action)
            total = [one + other for one, other in zip(total, state.returns(), strict=True)]
        return [one / self._rollouts for one in total]
