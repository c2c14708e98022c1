"""A table of Hanabi: agents that see views, and one true state that only the table holds; a clock, forfeits.

An agent never receives the state, the deck, or a view in which its own hand can be read. Where every seat follows a
compiled blueprint, whole games are played by one compiled call (``agents.hanabi.teams``); the moves are the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from agents.agent import Seating
from agents.hanabi.teams import play_teams
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
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.keys import SEED_MASK, SeatKeys
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import FollowSeat

Narrator = Callable[[HanabiState, int], None]
"""Told of every move before it is made, with the true state. For people, not for seats."""


class HanabiTable:
    """Agents seated at Hanabi; see ``agents.openspiel.table.OpenSpielTable``. A forfeit costs the team its points.

    forfeits : who crashes or makes an illegal move forfeits; False: its exception is raised, ``ValueError`` for a move.
    """

    def __init__(
        self,
        game: HanabiGame,
        agents: Sequence[Any],
        move_time: float | None = None,
        diary: Diary | None = None,
        passing: tuple[type[BaseException], ...] = (),
        forfeits: bool = True,
    ) -> None:
        self._game, self._agents, self._limit, self._forfeits = game, agents, move_time, forfeits
        self._passing = passing if forfeits else (BaseException,)
        self._diary = new_diary() if diary is None else diary
        follow = (isinstance(agent, FollowSeat) and isinstance(agent.policy, CompiledPolicy) for agent in agents)
        self.compiled = move_time is None and all(follow)

    def play_compiled(self, seed: int, deals: Sequence[int], seeds: Sequence[Sequence[int]]) -> list[Played]:
        """Play many deals at once; only where ``compiled``."""
        began = perf_counter()
        keys = np.array([[value & SEED_MASK for value in row] for row in seeds], np.int64)
        team = [agent.policy.blueprint for agent in self._agents]
        histories = np.empty((len(deals), self._game.maximum_turns), np.int32)
        rows = play_teams(self._game, team, seed, deals, keys, histories)
        players = len(team)
        share = (perf_counter() - began) / max(1, int(rows[:, 1].sum()))
        played = []
        for (score, moves, illegal), history in zip(rows.tolist(), histories, strict=True):
            forfeit = Forfeit(illegal - 1, "made an illegal move") if illegal else None
            own = [(moves + players - 1 - seat) // players for seat in range(players)]
            played.append(self._played(score, forfeit, [share * count for count in own], own, history[:moves].tolist()))
        return played

    def play(
        self,
        state: HanabiState,
        seeds: Sequence[int],
        narrator: Narrator | None = None,
        *,
        keys: SeatKeys | None = None,
        turns: int | None = None,
    ) -> Played:
        """Play one game from its start, or its first ``turns``, in place.

        seeds : of each agent's randomness. keys : in their place, for all seats that take them (``Seating.keys``).
        """
        players = len(self._agents)
        seconds, moves = [0.0] * players, [0] * players
        self._diary[LENGTH] = 0
        try:
            self._start(state, seeds, keys)
            forfeit = self._play(state, narrator, turns, seconds, moves)
        except BaseException as error:
            forfeit = blame(error, self._diary, self._limit, self._passing)
            if isinstance(error, OutOfTime):
                seconds[forfeit.seat] += self._limit or 0.0
        return self._played(state.score, forfeit, seconds, moves, list(state.history))

    def _played(
        self, score: int, forfeit: Forfeit | None, seconds: list[float], moves: list[int], history: list[int]
    ) -> Played:
        returns = [float(score) if forfeit is None else 0.0] * len(moves)
        return Played(returns, sum(moves), forfeit, seconds, moves, history, belief_records(self._agents, moves))

    def _call(self, seat: int, doing: int, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call an agent's code; what it raises is raised here."""
        diary = self._diary
        diary[SEAT], diary[DOING], diary[CALLS], diary[RUNNING] = seat, doing, diary[CALLS] + 1, 1
        found = limited(function, self._limit)(*arguments)
        diary[RUNNING] = 0
        return found

    def _start(self, state: HanabiState, seeds: Sequence[int], keys: SeatKeys | None) -> None:
        for seat, agent in enumerate(self._agents):
            self._call(seat, START, agent.start, Seating(self._game, seat, seeds[seat], state.view(seat), keys))

    def _play(
        self,
        state: HanabiState,
        narrator: Narrator | None,
        turns: int | None,
        seconds: list[float],
        moves: list[int],
    ) -> Forfeit | None:
        written: list[int] = []
        while not state.is_terminal and (turns is None or state.turn < turns):
            player = state.current_player
            view = state.view(player)
            began = perf_counter()
            found = self._call(player, ACT, self._agents[player].act, view)
            seconds[player] += perf_counter() - began
            moves[player] += 1
            move = exact_action(found)
            if self._forfeits and (move is None or move not in state.legal_moves()):
                return Forfeit(player, illegal_reason(found))
            if narrator is not None:
                narrator(state, found if move is None else move)
            before = [state.view(seat) for seat in range(len(self._agents))]
            state.apply(found if move is None else move)
            write_down(self._diary, written, state.history[-1])
            for seat, agent in enumerate(self._agents):
                self._call(seat, NOTE, agent.observe, before[seat], state.view(seat))
        return None
