"""Who plays whom, how often, in which seats: round robin, gauntlet, Swiss; fixed numbers of games, or until decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, permutations
from typing import Protocol

from agents.game import Game
from agents.runs.random_stream import RandomStream, fold
from agents.runs.schedule import Match, Piece
from agents.statistics.confidence_sequences import ConfidenceSequence

_SAMPLE_STREAM = 33


class Results(Protocol):
    """What has been played so far, as a schedule reads it."""

    def advantages(self, match: Match, first: int, stop: int) -> list[float]:
        """Return, for each deal, half the first agent's return less the second's, averaged over the seatings."""
        ...


def seatings(agents: Sequence[int], every: bool) -> tuple[tuple[int, ...], ...]:
    """Return the seatings of a table: every one, or the rotations, in which each agent sits in each seat once."""
    if every:
        return tuple(sorted(set(permutations(agents))))
    turned = (tuple(agents[(seat + turn) % len(agents)] for seat in range(len(agents))) for turn in range(len(agents)))
    return tuple(dict.fromkeys(turned))


def tables(game: Game, count: int, gauntlet: bool, most: int, seed: int) -> list[tuple[int, ...]]:
    """Return the sets of agents that sit down together, at most ``most`` of them for Hanabi.

    Two-player games: all pairs. Games for more: all choices of different agents, or, where there are too few of them,
    of agents that may sit in several seats. Hanabi: all teams, self-play included. A gauntlet keeps the tables at
    which the first agent sits. Raises ``ValueError`` if there are too few agents.
    """
    if count < 2 and not game.hanabi:
        raise ValueError("a tournament needs at least two agents")
    players = game.players
    if game.hanabi or count < players:
        teams = combinations_with_replacement(range(count), players)
        found = [team for team in teams if game.hanabi or len(set(team)) > 1]
    else:
        found = list(combinations(range(count), players))
    if gauntlet:
        found = [team for team in found if 0 in team]
    return _sampled(found, most, seed) if game.hanabi and len(found) > most else found


def _sampled(found: list[tuple[int, ...]], most: int, seed: int) -> list[tuple[int, ...]]:
    """Return ``most`` teams: all self-play, and others drawn so that every agent plays about equally often."""
    stream = RandomStream(fold(seed, _SAMPLE_STREAM))
    kept = [team for team in found if len(set(team)) == 1]
    rest = [team for team in found if len(set(team)) > 1]
    for i in range(len(rest) - 1, 0, -1):
        j = stream.below(i + 1)
        rest[i], rest[j] = rest[j], rest[i]
    load: dict[int, int] = {}
    while len(kept) < most and rest:
        team = min(rest, key=lambda one: sum(load.get(agent, 0) for agent in one))
        rest.remove(team)
        kept.append(team)
        for agent in team:
            load[agent] = load.get(agent, 0) + 1
    return sorted(kept)


def looks(deals: int, first: int = 16, growth: float = 1.25) -> Iterator[int]:
    """Yield the numbers of deals after which a match is looked at: geometric, ending with ``deals``."""
    at = float(first)
    while at < deals:
        yield int(at)
        at *= growth
    yield deals


@dataclass(frozen=True)
class Verdict:
    """Whether a match is decided, after how many deals, and the interval of the first agent's mean advantage."""

    unit: int
    decided: bool
    deals: int
    interval: tuple[float, float]


class DecidingSchedule:
    """Every match until a confidence sequence for the mean advantage leaves out 0, or its deals are used up.

    The sequence holds at all sample sizes at once, so that stopping when it decides costs no confidence; a match is
    looked at after numbers of deals that are fixed beforehand. ``confidence`` is that of each match by itself.
    """

    def __init__(self, matches: Sequence[Match], deals: int, confidence: float, bounds: tuple[float, float]) -> None:
        self.matches, self._looks = list(matches), list(looks(deals))
        self._look = 0
        self._open = list(matches)
        self._done: dict[int, int] = {match.unit: 0 for match in matches}
        self._sequences = {match.unit: ConfidenceSequence(1.0 - confidence, *bounds) for match in matches}
        self.verdicts: dict[int, Verdict] = {}
        self.budget = len(matches) * deals
        self._deals = deals

    @property
    def stopped(self) -> bool:
        """Whether a match was decided before its deals were used up."""
        return any(verdict.decided and verdict.deals < self._deals for verdict in self.verdicts.values())

    def next(self, results: Results) -> list[Piece]:
        for match in list(self._open):
            self._judge(match, results)
        if self._look == len(self._looks):
            return []
        stop = self._looks[self._look]
        self._look += 1
        asked = [Piece(match, self._done[match.unit], stop) for match in self._open]
        self._done.update({match.unit: stop for match in self._open})
        return asked

    def _judge(self, match: Match, results: Results) -> None:
        done = self._done[match.unit]
        if done == 0:
            return
        before = self._looks[self._look - 2] if self._look > 1 else 0
        sequence = self._sequences[match.unit]
        sequence.extend(results.advantages(match, before, done))
        low, high = sequence.interval()
        decided = not low <= 0.0 <= high
        self.verdicts[match.unit] = Verdict(match.unit, decided, done, (low, high))
        if decided:
            self._open.remove(match)

    def pieces(self) -> list[Piece]:
        return [Piece(match, 0, self._done[match.unit]) for match in self.matches if self._done[match.unit]]


class SwissSchedule:
    """Rounds in which agents with about the same score meet, so that many agents are ranked by few matches.

    A match is won by the agent with the larger mean return: 1 point, half each for equal ones; a bye is a point. In
    each round agents are put in order of points, then of summed differences, then as listed, and paired from the top,
    with the next one down that they have not met.
    """

    def __init__(self, count: int, rounds: int, deals: int) -> None:
        self._count, self._rounds, self._deals = count, rounds, deals
        self._played: list[list[Match]] = []
        self.points = [0.0] * count
        self._margins = [0.0] * count
        self._met: set[frozenset[int]] = set()
        self._byes: set[int] = set()
        self.budget = rounds * (count // 2) * deals

    def next(self, results: Results) -> list[Piece]:
        if self._played:
            self._count_points(results)
        if len(self._played) == self._rounds:
            return []
        unit = sum(len(matches) for matches in self._played)
        order = sorted(range(self._count), key=lambda one: (-self.points[one], -self._margins[one], one))
        matches = [Match(unit + i, pair, seatings(pair, every=True)) for i, pair in enumerate(self._pairs(order))]
        self._met |= {frozenset(match.agents) for match in matches}
        self._played.append(matches)
        return self._pieces_of(len(self._played) - 1)

    def _pairs(self, order: list[int]) -> list[tuple[int, int]]:
        waiting = list(order)
        if len(waiting) % 2:
            free = next((one for one in reversed(waiting) if one not in self._byes), waiting[-1])
            waiting.remove(free)
            self._byes.add(free)
            self.points[free] += 1.0
        pairs = []
        while waiting:
            first = waiting.pop(0)
            fresh = (one for one in waiting if frozenset((first, one)) not in self._met)
            second = next(fresh, waiting[0])
            waiting.remove(second)
            pairs.append((min(first, second), max(first, second)))
        return sorted(pairs)

    def _count_points(self, results: Results) -> None:
        for match, first, stop in self._pieces_of(len(self._played) - 1):
            margins = results.advantages(match, first, stop)
            margin = sum(margins) / len(margins)
            one, other = match.agents
            for agent, won in ((one, margin), (other, -margin)):
                self.points[agent] += 1.0 if won > 0 else 0.5 if won == 0 else 0.0
                self._margins[agent] += won

    def _pieces_of(self, number: int) -> list[Piece]:
        """Return a round's pieces; each round has deals of its own."""
        first = number * self._deals
        return [Piece(match, first, first + self._deals) for match in self._played[number]]

    def pieces(self) -> list[Piece]:
        return [piece for number in range(len(self._played)) for piece in self._pieces_of(number)]
