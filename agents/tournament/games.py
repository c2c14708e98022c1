"""The games of a tournament: what a worker is sent, and the lines that it sends back.

A line depends on the job, the match and the deal alone. Everything random comes from (seed, deal): the deal's chance
events, and for each agent a key made of the seed, the deal, its seat and its label, so that two copies of an agent
under different names play different games.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any, NamedTuple

from agents.game import Game, load_game
from agents.hanabi.table import HanabiTable
from agents.isolated.player import AgentProcess, IsolatedPlayer
from agents.isolated.process import Loaded
from agents.modules import allow_local_modules
from agents.openspiel.table import OpenSpielTable
from agents.registry import AgentType, agent_type, check_labels
from agents.runs import playing_process
from agents.runs.folder import Chunk
from agents.runs.forfeit import GAME, Played
from agents.runs.random_stream import fold, mix, text_key
from agents.runs.schedule import Match
from agents.runs.watched import Lost, watched_process
from agents.statistics.control_variates import ControlVariate
from agents.tournament.folder import GAMES, HISTORIES, TIMINGS
from agents.tournament.values import exact_value, policy_of
from games._base.errors import UsageError
from games.hanabi.state import HanabiState

_CHANCE_STREAM, _AGENT_STREAM = 31, 32
_GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_PROCESSES = 12  # of isolated agents that are kept, in each worker


@dataclass(frozen=True)
class TournamentJob:
    """Everything that decides the outcome of a deal, but its number and who sits where.

    game, agents : as people write them. seed : of everything random. move_time : seconds a move may take, or None.
    control_variate : the agent by whose policy positions are valued (``agents.statistics.control_variates``), or None.
    watched : the agents play in a process of their own (``agents.runs.watched``).
    isolated : each agent is in a process of its own, at each seat (``agents.isolated``).
    """

    game: str
    agents: tuple[str, ...]
    seed: int = 0
    move_time: float | None = None
    control_variate: str | None = None
    watched: bool = False
    isolated: bool = False


class Field:
    """The game and the agents of a job in this process, made once; players are made once for each seat.

    Raises ``ValueError`` with one sentence if the game or an agent cannot be had.
    """

    def __init__(self, job: TournamentJob) -> None:
        allow_local_modules()
        self.job = job
        self.game: Game = load_game(job.game)
        check_labels(job.agents)
        self._players: dict[tuple[int, int], Any] = {}
        self._processes: dict[tuple[int, int], AgentProcess] = {}
        weakref.finalize(self, _close, self._processes)
        self.types: list[AgentType | Loaded] = [self._loaded(number) for number in range(len(job.agents))]
        if job.isolated and (given := [kind.label for kind in self.types if kind.given_state]):
            raise ValueError(
                f"--isolate shows agents what they may see, and {given[0]} is given the state of the game, in which "
                "all can be seen: leave out one of the two"
            )
        self._value = None if job.control_variate is None else exact_value(self.game, job.control_variate)

    def _loaded(self, number: int) -> AgentType | Loaded:
        text = self.job.agents[number]
        if self.job.isolated:
            return self._process(number, 0).loaded
        if playing_process.diary is not None:
            playing_process.diary[GAME] = number
        found = agent_type(text, self.game)
        found.given_state  # noqa: B018  (a player is made, while it is known whose)
        return found

    def _process(self, agent: int, seat: int) -> AgentProcess:
        """Return the process of an isolated agent at a seat; those used last are kept."""
        process = self._processes.pop((agent, seat), None)
        if process is None:
            while len(self._processes) >= max(_PROCESSES, self.game.players):
                self._processes.pop(next(iter(self._processes))).close()
            process = AgentProcess(self.job.game, self.job.agents[agent])
        self._processes[agent, seat] = process
        return process

    def player(self, agent: int, seat: int) -> Any:
        """Return the player that ``agent`` sends to ``seat``."""
        kind = self.types[agent]
        if isinstance(kind, Loaded):
            return IsolatedPlayer(self._process(agent, seat), self.job.move_time)
        if (agent, seat) not in self._players:
            self._players[agent, seat] = kind.make()
        return self._players[agent, seat]

    def table(self, seating: Sequence[int]) -> OpenSpielTable | HanabiTable:
        """Return a table with the players of a seating."""
        players = [self.player(agent, seat) for seat, agent in enumerate(seating)]
        if self.game.hanabi:
            return HanabiTable(self.game.rules, players, self.job.move_time, playing_process.diary)
        return OpenSpielTable(self.game, players, self.job.move_time, playing_process.diary)

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


def _close(processes: dict[tuple[int, int], AgentProcess]) -> None:
    for process in processes.values():
        process.close()


def word_of_deal(deal: int) -> int:
    """Return the word ``w`` with which ``mix(key ^ w)`` folds a deal into a key."""
    return mix((deal + _GOLDEN_GAMMA) & _MASK)


@lru_cache(maxsize=2)
def field_of(job: TournamentJob) -> Field:
    """Return the field of a job, made on the first call in this process."""
    return Field(job)


class Description(NamedTuple):
    """What is told of an agent that is loaded in another process (``agents.registry.AgentType``)."""

    label: str
    text: str
    weights: str | None
    repeats: bool
    given_state: bool


def described(job: TournamentJob) -> list[Description]:
    """Load the agents of a job in this process; raises ``ValueError`` with one sentence if they cannot be had."""
    return [
        Description(kind.label, kind.text, kind.weights, kind.repeats, kind.given_state) for kind in field_of(job).types
    ]


def load_agents(job: TournamentJob) -> list[Description]:
    """Load the agents of a job where they will play for this process.

    Raises ``ValueError`` if they cannot be had, ``ChildProcessError`` if one ends the process that loads it.
    """
    return watched_process().load(described, job, job.agents) if job.watched else described(job)


Adjusted = tuple[Played, list[float] | None]
"""A game, and what control variates take from its returns."""


def play_chunk(job: TournamentJob, match: Match, first: int, stop: int) -> Iterator[Chunk]:
    """Play the deals ``first .. stop-1`` of a match in all its seatings, and yield them as one chunk.

    Raises ``UsageError`` if this process, perhaps on another machine, lacks what an agent needs.
    """
    try:
        labels = [agent.label for agent in load_agents(job)]
    except ValueError as error:
        raise UsageError(f"a worker cannot play: {error}") from None
    deals = list(range(first, stop))
    texts = {name: [""] * len(deals) for name in (TIMINGS, HISTORIES, GAMES)}
    began = perf_counter()
    play = _play_watched if job.watched else play_deals
    for number, seating in enumerate(match.seatings):
        names = json.dumps([labels[agent] for agent in seating])
        for i, (played, adjustment) in enumerate(play(job, seating, deals)):
            place = f'{{"unit": {match.unit}, "deal": {deals[i]}'
            texts[GAMES][i] += _game_line(place, names, played, adjustment)
            texts[TIMINGS][i] += _timing_line(place, number, played)
            texts[HISTORIES][i] += f'{place}, "game": {number}, "actions": {played.history}}}\n'
    yield Chunk(match.unit, deals, texts, perf_counter() - began)


def play_deals(job: TournamentJob, seating: Sequence[int], deals: Sequence[int]) -> Iterator[Adjusted]:
    """Play deals in one seating, in this process."""
    field = field_of(job)
    table, keys, variate = field.table(seating), field.seed_keys(seating), field.control_variate(seating)
    words = [word_of_deal(deal) for deal in deals]
    seeds = [[mix(key ^ word) for key in keys] for word in words]
    games: Iterable[Played]
    if isinstance(table, OpenSpielTable):
        chance = field.chance_key()
        games = (table.play(mix(chance ^ word), row) for word, row in zip(words, seeds, strict=True))
    elif table.compiled:
        games = table.play_compiled(job.seed, deals, seeds)
    else:
        states = (HanabiState.from_seed(field.game.rules, job.seed, deal) for deal in deals)
        games = (table.play(state, row) for state, row in zip(states, seeds, strict=True))
    diary = playing_process.diary
    if diary is not None:
        diary[GAME] = 0
    for played in games:
        if diary is not None:
            diary[GAME] += 1
        yield played, None if variate is None else variate.adjustment(played.history).tolist()


def _play_watched(job: TournamentJob, seating: Sequence[int], deals: Sequence[int]) -> Iterator[Adjusted]:
    """Play deals in one seating, in the process that is watched; a game in which it ends is forfeited."""
    process, first, lost = watched_process(), 0, None
    while first < len(deals):
        stop = len(deals) if lost is None else lost.game
        if first < stop:
            for found in process.play(play_deals, job, seating, deals[first:stop], limit=job.move_time):
                if isinstance(found, Lost):
                    lost = found._replace(game=first + found.game)
                    break
                yield found
                first += 1
        if lost is not None and first == lost.game:
            yield from process.play(lost_game, job, seating, lost, limit=None)
            first, lost = first + 1, None


def lost_game(job: TournamentJob, seating: Sequence[int], lost: Lost) -> Iterator[Adjusted]:
    """Yield the record of a game that ended with its process; no agent's code runs."""
    field = field_of(job)
    variate, moves = field.control_variate(seating), [0] * len(seating)
    returns = field.game.forfeit_returns(lost.forfeit.seat)
    if field.game.hanabi:
        for turn in range(len(lost.history)):
            moves[turn % len(moves)] += 1
    else:
        state = field.game.rules.new_initial_state()
        for action in lost.history:
            if state.current_player() >= 0:
                moves[state.current_player()] += 1
            state.apply_action(action)
    played = Played(returns, sum(moves), lost.forfeit, [0.0] * len(moves), moves, lost.history)
    yield played, None if variate is None else variate.adjustment(lost.history).tolist()


def _game_line(place: str, seats: str, played: Played, adjustment: list[float] | None) -> str:
    forfeit = "null" if played.forfeit is None else json.dumps(played.forfeit.to_json())
    luck = "" if adjustment is None else f', "adjustment": {adjustment}'
    beliefs = "" if played.beliefs is None else f', "beliefs": {json.dumps(played.beliefs)}'
    rest = f'"moves": {played.moves}, "forfeit": {forfeit}{luck}{beliefs}'
    return f'{place}, "seats": {seats}, "returns": {played.returns}, {rest}}}\n'


def _timing_line(place: str, game: int, played: Played) -> str:
    seconds = ", ".join(f"{value:.7f}" for value in played.seconds)
    return f'{place}, "game": {game}, "seconds": [{seconds}], "moves": {played.seat_moves}}}\n'
