"""A table for an OpenSpiel game: seeded chance, views for agents, a clock, forfeits.

Chance is *seeded by position*: the ``k``-th chance event of a deal takes the outcome that the ``k``-th random number of
the deal falls on. Games of the same deal with the seats changed therefore meet the same chance outcomes for as long as
the same chance events come in the same order (duplicate play); whatever the players do, each game by itself has the
game's own chances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from agents.adapters.openspiel import view_of
from agents.agent import OpenSpielView, Seating
from agents.forfeit import CRASHES, Forfeit, OutOfTime, Played, illegal_reason, limited, reason_of, slow_reason
from agents.games import Game
from agents.random_stream import RandomStream

_CHANCE = -1

See = Callable[[Any], Any]


def chance_outcome(state: Any, stream: RandomStream) -> int:
    """Return the outcome of a chance event that the next number of a stream falls on."""
    mark, action = stream.uniform(), -1
    for action, probability in state.chance_outcomes():  # noqa: B007  (the last one, if rounding leaves a gap)
        mark -= probability
        if mark < 0.0:
            break
    return int(action)


def _eyes(agent: Any, seat: int) -> See:
    """Return what turns the state into what an agent is shown."""
    if hasattr(agent, "act_at"):
        return lambda state: state
    if agent.sees == "actions":
        return lambda state: OpenSpielView(state.legal_actions())
    if agent.sees == "information-state":
        return lambda state: OpenSpielView(state.legal_actions(), state.information_state_string(seat))
    return partial(view_of, player=seat, sees=agent.sees)


class OpenSpielTable:
    """Agents seated at a game, who play any number of deals.

    Parameters
    ----------
    game : what is played. agents : one for each seat. move_time : seconds a move may take (None: any).
    """

    def __init__(self, game: Game, agents: Sequence[Any], move_time: float | None = None) -> None:
        self._game, self._agents, self._limit = game, agents, move_time
        self._see = [_eyes(agent, seat) for seat, agent in enumerate(agents)]
        self._act = [getattr(agent, "act_at", None) or agent.act for agent in agents]
        if move_time is not None:
            self._act = [limited(act, move_time) for act in self._act]
        self._given_state = [hasattr(agent, "act_at") for agent in agents]
        self._informed = [(seat, agent.inform) for seat, agent in enumerate(agents) if self._given_state[seat]]

    def play(self, chance_key: int, seeds: Sequence[int], narrator: Callable[[Any, int], None] | None = None) -> Played:
        """Play one game; ``narrator(state, action)`` is told of every action before it is made, for people."""
        state = self._game.rules.new_initial_state()
        stream = RandomStream(chance_key)
        seconds, moves, history = [0.0] * len(self._agents), [0] * len(self._agents), []
        forfeit = self._start(state, seeds)
        see, acts, limit, informed = self._see, self._act, self._limit, self._informed
        while forfeit is None and (player := state.current_player()) >= _CHANCE:
            if player == _CHANCE:
                action = chance_outcome(state, stream)
            else:
                try:
                    view = see[player](state)
                    began = perf_counter()
                    action = acts[player](view)
                    taken = perf_counter() - began
                except OutOfTime:
                    forfeit = Forfeit(player, slow_reason(limit or 0.0))
                    seconds[player] += limit or 0.0
                    break
                except CRASHES as error:
                    forfeit = Forfeit(player, reason_of(error))
                    break
                seconds[player] += taken
                moves[player] += 1
                if limit is not None and taken > limit:
                    forfeit = Forfeit(player, slow_reason(limit))
                    break
                if action not in state.legal_actions():
                    forfeit = Forfeit(player, illegal_reason(action))
                    break
            if informed:
                forfeit = self._inform(state, player, action)
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

    def _inform(self, state: Any, player: int, action: int) -> Forfeit | None:
        for seat, inform in self._informed:
            if seat != player:
                try:
                    inform(state, player, action)
                except CRASHES as error:
                    return Forfeit(seat, reason_of(error, " when told of a move"))
        return None
