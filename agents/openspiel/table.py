"""A table for an OpenSpiel game: seeded chance, views for agents, a clock, forfeits.

Chance is *seeded by position*: the ``k``-th chance event of a deal takes the outcome that the ``k``-th random number of
the deal falls on. Games of the same deal with the seats changed therefore meet the same chance outcomes for as long as
the same chance events come in the same order (duplicate play); whatever the players do, each game by itself has the
game's own chances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from agents.agent import OpenSpielView, Seating
from agents.game import Game
from agents.openspiel.adapters import view_of
from agents.runs.forfeit import (
    CRASHES,
    Forfeit,
    OutOfTime,
    Played,
    crash_reason,
    illegal_reason,
    limited,
    reason_of,
    slow_reason,
)
from agents.runs.random_stream import RandomStream
from games.extensive.histories import chance_outcomes, legal_actions

_CHANCE = -1

See = Callable[[Any, list[int]], Any]
"""``(state, legal actions) -> what an agent is shown``."""


def chance_outcome(state: Any, mark: float) -> int:
    """Return the outcome of a chance event that a number of [0, 1) falls on."""
    action = -1
    for action, probability in chance_outcomes(state):  # noqa: B007  (the last one, if rounding leaves a gap)
        mark -= probability
        if mark < 0.0:
            break
    return int(action)


def _eyes(agent: Any, seat: int) -> See:
    """Return what turns the state into what an agent is shown."""
    if hasattr(agent, "act_at"):
        return lambda state, legal: state
    if agent.sees == "actions":
        return lambda state, legal: OpenSpielView(tuple(legal))
    if agent.sees == "information-state":
        return lambda state, legal: OpenSpielView(tuple(legal), state.information_state_string(seat))
    return lambda state, legal: view_of(state, seat, agent.sees)


class OpenSpielTable:
    """Agents seated at a game, who play any number of deals.

    Parameters
    ----------
    game : what is played. agents : one for each seat. move_time : seconds a move may take (None: any).
    """

    def __init__(self, game: Game, agents: Sequence[Any], move_time: float | None = None) -> None:
        self._game, self._agents, self._limit = game, agents, move_time
        self._see = [_eyes(agent, seat) for seat, agent in enumerate(agents)]
        self._given_state = [hasattr(agent, "act_at") for agent in agents]

    def play(self, chance_key: int, seeds: Sequence[int], narrator: Callable[[Any, int], None] | None = None) -> Played:
        """Play one game; ``narrator(state, action)`` is told of every action before it is made, for people."""
        state = self._game.rules.new_initial_state()
        uniform = RandomStream(chance_key).uniform
        seconds, moves, history = [0.0] * len(self._agents), [0] * len(self._agents), []
        forfeit = self._start(state, seeds)
        see, limit, (acts, informed) = self._see, self._limit, self._hands()
        while forfeit is None and (player := state.current_player()) >= _CHANCE:
            if player == _CHANCE:
                action = chance_outcome(state, uniform())
            else:
                legal = legal_actions(state)
                try:
                    view = see[player](state, legal)
                    began = perf_counter()
                    action = acts[player](view)
                    taken = perf_counter() - began
                except CRASHES as error:
                    forfeit = Forfeit(player, crash_reason(error, limit))
                    seconds[player] += limit or 0.0 if isinstance(error, OutOfTime) else 0.0
                    break
                seconds[player] += taken
                moves[player] += 1
                if limit is not None and taken > limit:
                    forfeit = Forfeit(player, slow_reason(limit))
                    break
                if action not in legal:
                    forfeit = Forfeit(player, illegal_reason(action))
                    break
            for seat, inform in informed:
                if seat != player:
                    try:
                        inform(state, player, action)
                    except CRASHES as error:
                        forfeit = Forfeit(seat, reason_of(error, " when told of a move"))
            if narrator is not None:
                narrator(state, action)
            history.append(int(action))
            state.apply_action(action)
        returns = state.returns() if forfeit is None else self._game.forfeit_returns(forfeit.seat)
        return Played(returns, sum(moves), forfeit, seconds, moves, history)

    def _start(self, state: Any, seeds: Sequence[int]) -> Forfeit | None:
        rules = self._game.rules
        for seat, agent in enumerate(self._agents):
            try:
                agent.start(Seating(rules, seat, seeds[seat], state if self._given_state[seat] else None))
            except CRASHES as error:
                return Forfeit(seat, reason_of(error, " at the start"))
        return None

    def _hands(self) -> tuple[list[Callable[[Any], Any]], list[tuple[int, Callable[[Any, int, int], None]]]]:
        """Return what is called for each seat's action, and what is told of others' actions (by seat)."""
        given = self._given_state
        acts = [agent.act_at if given[seat] else agent.act for seat, agent in enumerate(self._agents)]
        if self._limit is not None:
            acts = [limited(act, self._limit) for act in acts]
        return acts, [(seat, agent.inform) for seat, agent in enumerate(self._agents) if given[seat]]
