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
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.keys import SEED_MASK, SeatKeys
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import FollowSeat

Narrator = Callable[[HanabiState, int], None]
"""Told of every move before it is made, with the true state. For people, not for seats."""


class HanabiTable:
    """Agents seated at Hanabi; see ``agents.openspiel.table.OpenSpielTable``. A forfeit costs the team its points.

    move_time : seconds that a move may take, or None.
    forfeits : who crashes or makes an illegal move forfeits; False: its exception is raised, ``ValueError`` for a move.
    """

    def __init__(
        self, game: HanabiGame, agents: Sequence[Any], move_time: float | None = None, forfeits: bool = True
    ) -> None:
        self._game, self._agents, self._limit = game, agents, move_time
        self._crashes: tuple[type[BaseException], ...] = CRASHES if forfeits else ()
        self._act = [agent.act if move_time is None else limited(agent.act, move_time) for agent in agents]
        follow = (isinstance(agent, FollowSeat) and isinstance(agent.policy, CompiledPolicy) for agent in agents)
        self.compiled = move_time is None and all(follow)

    def play_compiled(self, seed: int, deals: Sequence[int], seeds: Sequence[Sequence[int]]) -> list[Played]:
        """Play many deals at once; only where ``compiled``."""
        began = perf_counter()
        keys = np.array([[value & SEED_MASK for value in row] for row in seeds], np.int64)
        team = [agent.policy.blueprint for agent in self._agents]
        rows = play_teams(self._game, team, seed, deals, keys).tolist()
        players = len(team)
        share = (perf_counter() - began) / max(1, sum(row[1] for row in rows))
        played = []
        for score, moves, illegal in rows:
            forfeit = Forfeit(illegal - 1, "made an illegal move") if illegal else None
            own = [(moves + players - 1 - seat) // players for seat in range(players)]
            played.append(self._played(score, forfeit, [share * count for count in own], own, []))
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
        forfeit = self._start(state, seeds, keys)
        while forfeit is None and not state.is_terminal and (turns is None or state.turn < turns):
            player = state.current_player
            view = state.view(player)
            began = perf_counter()
            try:
                move = self._act[player](view)
            except self._crashes as error:
                forfeit = Forfeit(player, crash_reason(error, self._limit))
                seconds[player] += self._limit or 0.0 if isinstance(error, OutOfTime) else 0.0
                break
            taken = perf_counter() - began
            seconds[player] += taken
            moves[player] += 1
            if forfeit := self._fault(state, player, move, taken):
                break
            if narrator is not None:
                narrator(state, int(move))
            forfeit = self._make(state, int(move))
        return self._played(state.score, forfeit, seconds, moves, list(state.history))

    def _played(
        self, score: int, forfeit: Forfeit | None, seconds: list[float], moves: list[int], history: list[int]
    ) -> Played:
        returns = [float(score) if forfeit is None else 0.0] * len(moves)
        return Played(returns, sum(moves), forfeit, seconds, moves, history)

    def _start(self, state: HanabiState, seeds: Sequence[int], keys: SeatKeys | None) -> Forfeit | None:
        for seat, agent in enumerate(self._agents):
            try:
                agent.start(Seating(self._game, seat, seeds[seat], state.view(seat), keys))
            except self._crashes as error:
                return Forfeit(seat, reason_of(error, " at the start"))
        return None

    def _fault(self, state: HanabiState, player: int, move: Any, taken: float) -> Forfeit | None:
        if self._limit is not None and taken > self._limit:
            return Forfeit(player, slow_reason(self._limit))
        if not self._crashes or (isinstance(move, (int, np.integer)) and int(move) in state.legal_moves()):
            return None
        return Forfeit(player, illegal_reason(move))

    def _make(self, state: HanabiState, move: int) -> Forfeit | None:
        """Make a move and show it to everybody."""
        before = [state.view(seat) for seat in range(len(self._agents))]
        state.apply(move)
        for seat, agent in enumerate(self._agents):
            try:
                agent.observe(before[seat], state.view(seat))
            except self._crashes as error:
                return Forfeit(seat, reason_of(error, " when shown a move"))
        return None
