"""The games of a tournament: what a worker is sent, and the lines that it sends back.

A line depends on the job, the match and the deal alone. Everything random comes from (seed, deal): the deal's chance
events, and for each agent a key made of the seed, the deal, its seat and its label, so that two copies of an agent
under different names play different games.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any

from agents.game import Game, load_game
from agents.hanabi.table import HanabiTable
from agents.openspiel.table import OpenSpielTable
from agents.registry import AgentType, agent_types, allow_local_modules
from agents.runs.folder import Chunk
from agents.runs.forfeit import Played
from agents.runs.random_stream import fold, mix, text_key
from agents.runs.schedule import Match
from agents.statistics.control_variates import ControlVariate
from agents.tournament.folder import GAMES, TIMINGS
from agents.tournament.values import exact_value, policy_of
from games._base.errors import UsageError
from games.hanabi.state import HanabiState

_CHANCE_STREAM, _AGENT_STREAM = 31, 32
_GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class TournamentJob:
    """Everything that decides the outcome of a deal, but its number and who sits where.

    game, agents : as people write them. seed : of everything random. move_time : seconds a move may take, or None.
    control_variate : the agent by whose policy positions are valued (``agents.statistics.control_variates``), or None.
    """

    game: str
    agents: tuple[str, ...]
    seed: int = 0
    move_time: float | None = None
    control_variate: str | None = None


class Field:
    """The game and the agents of a job in this process, made once; players are made once for each seat.

    Raises ``ValueError`` with one sentence if the game or an agent cannot be had.
    """

    def __init__(self, job: TournamentJob) -> None:
        allow_local_modules()
        self.job = job
        self.game: Game = load_game(job.game)
        self.types: list[AgentType] = agent_types(job.agents, self.game)
        self._players: dict[tuple[int, int], Any] = {}
        self._value = None if job.control_variate is None else exact_value(self.game, job.control_variate)

    def player(self, agent: int, seat: int) -> Any:
        """Return the player that ``agent`` sends to ``seat``."""
        if (agent, seat) not in self._players:
            self._players[agent, seat] = self.types[agent].make()
        return self._players[agent, seat]

    def table(self, seating: Sequence[int]) -> OpenSpielTable | HanabiTable:
        """Return a table with the players of a seating."""
        players = [self.player(agent, seat) for seat, agent in enumerate(seating)]
        if self.game.hanabi:
            return HanabiTable(self.game.rules, players, self.job.move_time)
        return OpenSpielTable(self.game, players, self.job.move_time)

    def control_variate(self, seating: Sequence[int]) -> Any | None:
        """Return what corrects the returns of a seating for luck, if that is asked for."""
        if self._value is None:
            return None
        policies = [policy_of(self.player(agent, seat)) for seat, agent in enumerate(seating)]
        return ControlVariate(self.game.rules, self._value, policies)

    def seed_keys(self, seating: Sequence[int]) -> list[int]:
        """Return the key of each seat's randomness, into which the deal is folded (``word_of_deal``)."""
        labels = [self.types[agent].label for agent in seating]
        return [fold(self.job.seed, _AGENT_STREAM, seat, text_key(label)) for seat, label in enumerate(labels)]

    def chance_key(self) -> int:
        """Return the key of chance, into which the deal is folded (``word_of_deal``)."""
        return fold(self.job.seed, _CHANCE_STREAM)


def word_of_deal(deal: int) -> int:
    """Return the word ``w`` with which ``mix(key ^ w)`` folds a deal into a key."""
    return mix((deal + _GOLDEN_GAMMA) & _MASK)


@lru_cache(maxsize=2)
def field_of(job: TournamentJob) -> Field:
    """Return the field of a job, made on the first call in this process."""
    return Field(job)


def play_chunk(job: TournamentJob, match: Match, first: int, stop: int, field: Field | None = None) -> Iterator[Chunk]:
    """Play the deals ``first .. stop-1`` of a match in all its seatings, and yield them as one chunk.

    ``field``: of the job, by default that of this process. Raises ``UsageError`` if this process, perhaps on another
    machine, lacks what an agent needs.
    """
    try:
        field = field or field_of(job)
    except ValueError as error:
        raise UsageError(f"a worker cannot play: {error}") from None
    deals = list(range(first, stop))
    games, timings = [""] * len(deals), [""] * len(deals)
    began = perf_counter()
    for number, seating in enumerate(match.seatings):
        names = json.dumps([field.types[agent].label for agent in seating])
        variate = field.control_variate(seating)
        for i, played in enumerate(_play_seating(field, seating, deals)):
            games[i] += _game_line(match.unit, deals[i], names, played, variate)
            timings[i] += _timing_line(match.unit, deals[i], number, played)
    yield Chunk(match.unit, deals, {GAMES: games, TIMINGS: timings}, perf_counter() - began)


def _play_seating(field: Field, seating: Sequence[int], deals: Sequence[int]) -> list[Played]:
    job, table, keys = field.job, field.table(seating), field.seed_keys(seating)
    words = [word_of_deal(deal) for deal in deals]
    seeds = [[mix(key ^ word) for key in keys] for word in words]
    if isinstance(table, OpenSpielTable):
        chance = field.chance_key()
        return [table.play(mix(chance ^ word), row) for word, row in zip(words, seeds, strict=True)]
    if table.compiled:
        return table.play_compiled(job.seed, deals, seeds)
    rules = field.game.rules
    return [table.play(HanabiState.from_seed(rules, job.seed, d), row) for d, row in zip(deals, seeds, strict=True)]


def _game_line(unit: int, deal: int, seats: str, played: Played, variate: Any | None) -> str:
    forfeit = "null" if played.forfeit is None else json.dumps(played.forfeit.to_json())
    adjustment = "" if variate is None else f', "adjustment": {variate.adjustment(played.history).tolist()}'
    return (
        f'{{"unit": {unit}, "deal": {deal}, "seats": {seats}, "returns": {played.returns}, '
        f'"moves": {played.moves}, "forfeit": {forfeit}{adjustment}}}\n'
    )


def _timing_line(unit: int, deal: int, game: int, played: Played) -> str:
    seconds = ", ".join(f"{value:.7f}" for value in played.seconds)
    return f'{{"unit": {unit}, "deal": {deal}, "game": {game}, "seconds": [{seconds}], "moves": {played.seat_moves}}}\n'
