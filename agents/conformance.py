"""What every agent must do at a table: checks for one that you wrote, the same ones that the project's own pass.

``check("mymodule:MyAgent", "leduc_poker")`` seats it among players at random, in every seat, and raises
``NonConformance`` with one sentence for the first of these that it breaks:

- it takes part: no exception, no illegal move, no other forfeit;
- equal seeds give equal games (unless it says that they need not: ``AgentType.repeats``);
- ``start`` forgets everything: a player that has played other games plays like a new one;
- what it explains, if it does, is a distribution over the legal actions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from agents.agent import AnyAgent
from agents.game import Game, load_game
from agents.registry import AgentType, agent_type
from agents.runs.forfeit import Played

_PARTNERS = {True: "random", False: "uniform"}
_SUM = 1e-6  # by which explained probabilities may miss 1


class NonConformance(AssertionError):
    """A rule that every agent keeps is broken; the sentence says which one, and where."""


class _Watched:
    """An agent whose explanations are looked at before it moves."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agent, name)

    def act(self, view: Any) -> int:
        action = self._agent.act(view)
        if hasattr(self._agent, "explain"):
            said = self._agent.explain(view)
            legal = tuple(view.legal_actions) if hasattr(view, "legal_actions") else None
            if legal is not None and tuple(said.actions) != legal:
                raise NonConformance(f"it explains the actions {tuple(said.actions)}, and legal are {legal}")
            if min(said.policy) < 0.0 or not math.isclose(sum(said.policy), 1.0, abs_tol=_SUM):
                raise NonConformance(f"the probabilities that it explains are no distribution: {said.policy}")
        return int(action) if type(action) is bool else action


def _deal(game: Game, agents: Sequence[Any], deal: int) -> Played:
    seeds = [7919 * (deal + 1) + seat for seat in range(game.players)]
    if game.hanabi:
        from agents.hanabi.table import HanabiTable
        from games.hanabi.state import HanabiState

        return HanabiTable(game.rules, agents, passing=(NonConformance,)).play(
            HanabiState.from_seed(game.rules, 1, deal), seeds
        )
    from agents.openspiel.table import OpenSpielTable

    return OpenSpielTable(game, agents, passing=(NonConformance,)).play(deal, seeds)


def _games(game: Game, make: Callable[[], Any], seat: int, deals: Sequence[int], partner: AgentType) -> list[Played]:
    """Play deals with one player in a seat and others at random; raises ``NonConformance`` for a forfeit of its."""
    own, played = make(), []
    for deal in deals:
        seated = [own if place == seat else partner.make() for place in range(game.players)]
        found = _deal(game, seated, deal)
        if found.forfeit is not None and found.forfeit.seat == seat:
            raise NonConformance(f"seat {seat} of {game.name}, deal {deal}: it {found.forfeit.reason}")
        played.append(found)
    return played


def check(agent: str | Callable[[], AnyAgent], game: str, deals: int = 4) -> None:
    """Check all rules, in every seat.

    Parameters
    ----------
    agent : a specification as tournaments take it, or what makes a new player.
    game : an OpenSpiel game or ``"hanabi(players=3)"``.
    deals : played in each seat, three times over.

    Raises
    ------
    NonConformance
        An ``AssertionError`` with one sentence for the first rule that is broken, and where.
    ValueError
        If there is no such game or agent.

    Examples
    --------
    >>> from agents import conformance
    >>> conformance.check("cfr(iterations=10)", "kuhn_poker")
    """
    table = load_game(game)
    kind = agent_type(agent, table) if isinstance(agent, str) else AgentType("agent", "agent", agent)
    partner = agent_type(_PARTNERS[table.hanabi], table)
    numbers = range(deals)
    for seat in range(table.players):
        watched = (lambda: kind.make()) if kind.given_state else (lambda: _Watched(kind.make()))
        _games(table, watched, seat, numbers, partner)
        if not kind.repeats:
            continue
        first = _games(table, kind.make, seat, numbers, partner)
        again = _games(table, kind.make, seat, [*reversed(numbers)], partner)[::-1]
        for deal, (one, other) in enumerate(zip(first, again, strict=True)):
            if one.history != other.history:
                raise NonConformance(
                    f"seat {seat} of {table.name}, deal {deal}: the same seed gives another game after other games"
                )
