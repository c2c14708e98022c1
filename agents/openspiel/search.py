"""Search at the moment of decision in OpenSpiel's games, as an agent (``search.openspiel``)."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from agents.agent import Explanation, Seating
from agents.game import Game
from agents.openspiel.players import Make, TabularAgent
from agents.runs.random_stream import fold
from search.openspiel import Search, SearchOptions, TabularBlueprint
from search.openspiel.decide import ALPHA, ETA, BeliefName
from search.seating import BeliefRecord, RecordsBeliefs
from search.spec import AllocationName, allocation_of, refuse_unread, update_of


class SearchAgent(RecordsBeliefs):
    """A player that searches.

    It is given the state, because the planner reads the player's own view from it (``SearchGame.view``), and that view
    alone: the decision is a function of the view and the seed.
    """

    def __init__(self, search: Any) -> None:
        self._search = search
        self._seat, self._seed = 0, 0
        self._record = BeliefRecord()

    def start(self, seating: Seating) -> None:
        self._seat, self._seed = seating.seat, fold(seating.seed)
        self._record = BeliefRecord()

    def act_at(self, state: Any) -> int:
        decision = self._search.decide(state, self._seat, self._seed)
        self._record = self._record.plus(decision)
        return int(decision.action)

    def belief_record(self) -> BeliefRecord:
        """Return how often there was no usable belief in the present game."""
        return self._record

    def inform(self, state: Any, player: int, action: int) -> None:
        return None

    def explain_at(self, state: Any) -> Explanation:
        """Return the searched policy, and the expected utility of each action if the blueprint goes on after it."""
        decision = self._search.decide(state, self._seat, self._seed)
        rules = self._search.game.game
        high, low = rules.max_utility(), rules.min_utility()
        return Explanation.of(decision, "", (high - low) / 2, (high + low) / 2)


def search(
    game: Game,
    name: str,
    *,
    blueprint: str = "uniform",
    rollouts: int = 1000,
    eta: float | None = None,
    alpha: float | None = None,
    belief: BeliefName = "auto",
    particles: int = 200,
    allocation: AllocationName = "even",
    reinvest: float | None = None,
    caution: float = 0.0,
    play: Literal["sample", "mode"] | None = None,
) -> Make:
    """Decision-time search: mmds (magnetic mirror descent), mds (mirror descent) or monte-carlo (the best action).

    Returns are scaled to [-1, 1].
    """
    refuse_unread(name, eta=eta, alpha=alpha)
    refuse_unread(allocation, reinvest=reinvest)
    options = SearchOptions(
        update=update_of(name, eta=ETA if eta is None else eta, alpha=ALPHA if alpha is None else alpha),
        rollouts=rollouts,
        belief=belief,
        particles=particles,
        allocation=allocation_of(allocation, 1.0 if reinvest is None else reinvest),
        caution=caution,
        play=play or ("sample" if name == "mmds" else "mode"),
    )
    return partial(SearchAgent, Search(game.rules, _blueprint(game, blueprint), options))


def _blueprint(game: Game, text: str) -> Any:
    """Return the policy that everybody is assumed to play: any agent that follows a table."""
    from agents.registry import agent_type

    if text == "uniform":
        return text
    agent = agent_type(text, game).make()
    if not isinstance(agent, TabularAgent):
        raise ValueError(
            f"the blueprint of a search must be a policy of all players, which {text!r} is not: "
            "use uniform, a solver such as cfr, or policy:FILE"
        )
    return TabularBlueprint(agent.tables())
