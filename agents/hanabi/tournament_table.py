"""A table of Hanabi for tournaments: a deck by (seed, deal), views for agents, a clock, forfeits.

Where every seat is a compiled blueprint, whole games are played by one compiled call (``agents.hanabi.teams``); the
moves are the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from agents.agent import Seating
from agents.game import Game
from agents.hanabi.players import SEED_MASK, BlueprintAgent
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
from games.hanabi.state import HanabiState


class HanabiTable:
    """Agents seated at Hanabi; see ``agents.openspiel.table.OpenSpielTable``."""

    def __init__(self, game: Game, agents: Sequence[Any], move_time: float | None = None) -> None:
        self._game, self._agents, self._limit = game, agents, move_time
        self._act = [agent.act if move_time is None else limited(agent.act, move_time) for agent in agents]
        self.compiled = move_time is None and all(isinstance(agent, BlueprintAgent) for agent in agents)

    def play_compiled(self, seed: int, deals: Sequence[int], seeds: Sequence[Sequence[int]]) -> list[Played]:
        """Play many deals at once; only where ``compiled``."""
        began = perf_counter()
        keys = np.array([[value & SEED_MASK for value in row] for row in seeds], np.int64)
        team = [agent.blueprint for agent in self._agents]
        rows = play_teams(self._game.rules, team, seed, deals, keys).tolist()
        players = len(team)
        share = (perf_counter() - began) / max(1, sum(row[1] for row in rows))
        played = []
        for score, moves, illegal in rows:
            forfeit = Forfeit(illegal - 1, "made an illegal move") if illegal else None
            returns = [float(score)] * players if forfeit is None else self._game.forfeit_returns(illegal - 1)
            own = [(moves + players - 1 - seat) // players for seat in range(players)]
            played.append(Played(returns, moves, forfeit, [share * count for count in own], own, []))
        return played

    def play(
        self,
        state: HanabiState,
        seeds: Sequence[int],
        narrator: Callable[[HanabiState, int], None] | None = None,
    ) -> Played:
        """Play one game from its start, in place; ``narrator(state, move)`` is told of every move before it is made."""
        players = len(self._agents)
        seconds, moves = [0.0] * players, [0] * players
        forfeit = self._start(state, seeds)
        while forfeit is None and not state.is_terminal:
            player = state.current_player
            view = state.view(player)
            began = perf_counter()
            try:
                move = self._act[player](view)
            except CRASHES as error:
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
        returns = [float(state.score)] * players if forfeit is None else self._game.forfeit_returns(forfeit.seat)
        return Played(returns, sum(moves), forfeit, seconds, moves, list(state.history))

    def _start(self, state: HanabiState, seeds: Sequence[int]) -> Forfeit | None:
        for seat, agent in enumerate(self._agents):
            try:
                agent.start(Seating(self._game.rules, seat, seeds[seat], state.view(seat)))
            except CRASHES as error:
                return Forfeit(seat, reason_of(error, " at the start"))
        return None

    def _fault(self, state: HanabiState, player: int, move: Any, taken: float) -> Forfeit | None:
        if self._limit is not None and taken > self._limit:
            return Forfeit(player, slow_reason(self._limit))
        if isinstance(move, (int, np.integer)) and int(move) in state.legal_moves():
            return None
        return Forfeit(player, illegal_reason(move))

    def _make(self, state: HanabiState, move: int) -> Forfeit | None:
        """Make a move and show it to everybody."""
        before = [state.view(seat) for seat in range(len(self._agents))]
        state.apply(move)
        for seat, agent in enumerate(self._agents):
            try:
                agent.observe(before[seat], state.view(seat))
            except CRASHES as error:
                return Forfeit(seat, reason_of(error, " when shown a move"))
        return None
