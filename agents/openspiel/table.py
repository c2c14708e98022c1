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
    ACT,
    CALLS,
    DOING,
    LENGTH,
    NOTE,
    RUNNING,
    SEAT,
    START,
    Diary,
    Forfeit,
    OutOfTime,
    Played,
    belief_records,
    blame,
    exact_action,
    illegal_reason,
    limited,
    new_diary,
    write_down,
)
from agents.runs.random_stream import RandomStream
from games.extensive.histories import chance_outcomes

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
    game : what is played. agents : one for each seat. move_time : seconds that a call of an agent may take, or None.
    diary : where it is noted whose code runs (``agents.runs.forfeit``). passing : exceptions that are no forfeit.
    """

    def __init__(
        self,
        game: Game,
        agents: Sequence[Any],
        move_time: float | None = None,
        diary: Diary | None = None,
        passing: tuple[type[BaseException], ...] = (),
    ) -> None:
        self._game, self._limit, self._passing = game, move_time, passing
        self._diary = new_diary() if diary is None else diary
        self._agents = agents
        self._see = [_eyes(agent, seat) for seat, agent in enumerate(agents)]
        self._given_state = [hasattr(agent, "act_at") for agent in agents]

    def play(self, chance_key: int, seeds: Sequence[int], narrator: Callable[[Any, int], None] | None = None) -> Played:
        """Play one game; ``narrator(state, action)`` is told of every action before it is made, for people."""
        state = self._game.rules.new_initial_state()
        players = len(self._agents)
        seconds, moves, history = [0.0] * players, [0] * players, list[int]()
        forfeit = None
        self._diary[LENGTH] = 0
        try:
            self._start(state, seeds)
            forfeit = self._play(state, RandomStream(chance_key).uniform, narrator, seconds, moves, history)
        except BaseException as error:
            forfeit = blame(error, self._diary, self._limit, self._passing)
            if isinstance(error, OutOfTime):
                seconds[forfeit.seat] += self._limit or 0.0
        returns = state.returns() if forfeit is None else self._game.forfeit_returns(forfeit.seat)
        return Played(returns, sum(moves), forfeit, seconds, moves, history, belief_records(self._agents, moves))

    def _start(self, state: Any, seeds: Sequence[int]) -> None:
        diary = self._diary
        diary[DOING] = START
        for seat, agent in enumerate(self._agents):
            seating = Seating(self._game.rules, seat, seeds[seat], state if self._given_state[seat] else None)
            diary[SEAT], diary[CALLS], diary[RUNNING] = seat, diary[CALLS] + 1, 1
            limited(agent.start, self._limit)(seating)
            diary[RUNNING] = 0

    def _play(
        self,
        state: Any,
        uniform: Callable[[], float],
        narrator: Callable[[Any, int], None] | None,
        seconds: list[float],
        moves: list[int],
        history: list[int],
    ) -> Forfeit | None:
        """Play from the start to the end; what agents raise is raised here."""
        diary, see, (acts, informed) = self._diary, self._see, self._hands()
        while (player := state.current_player()) >= _CHANCE:
            if player == _CHANCE:
                action = chance_outcome(state, uniform())
            else:
                legal = state.legal_actions()
                view = see[player](state, legal)
                diary[SEAT], diary[DOING], diary[CALLS], diary[RUNNING] = player, ACT, diary[CALLS] + 1, 1
                began = perf_counter()
                found = acts[player](view)
                seconds[player] += perf_counter() - began
                moves[player] += 1
                exact = found if type(found) is int else exact_action(found)
                if exact is None or exact not in legal:
                    return Forfeit(player, illegal_reason(found))
                diary[RUNNING] = 0
                action = exact
            for seat, inform in informed:
                if seat != player:
                    diary[SEAT], diary[DOING], diary[CALLS], diary[RUNNING] = seat, NOTE, diary[CALLS] + 1, 1
                    inform(state, player, action)
                    diary[RUNNING] = 0
            if narrator is not None:
                narrator(state, action)
            write_down(diary, history, action)
            state.apply_action(action)
        return None

    def _hands(self) -> tuple[list[Callable[[Any], Any]], list[tuple[int, Callable[[Any, int, int], None]]]]:
        """Return what is called for each seat's action, and what is told of others' actions (by seat)."""
        given, limit = self._given_state, self._limit
        acts = [limited(agent.act_at if given[seat] else agent.act, limit) for seat, agent in enumerate(self._agents)]
        return acts, [(seat, limited(agent.inform, limit)) for seat, agent in enumerate(self._agents) if given[seat]]
