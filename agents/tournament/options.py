"""The options of ``python -m agents.tournament``, and the schedule that they describe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import FlagCreatePairsOff, arg

from agents.game import Game
from agents.registry import AgentType
from agents.runs.schedule import FixedSchedule, Match, Schedule
from agents.tournament.games import TournamentJob
from agents.tournament.schedule import DecidingSchedule, SwissSchedule, seatings, tables
from games._base.backends import BackendName, check_backend
from games._base.errors import UsageError
from games.version import __version__

_LARGEST_SEED = 2**62
_EVERY_SEATING_UP_TO = 3


@dataclass(frozen=True)
class Options:
    """Let agents play each other, on the same deals in all seatings, and say how good they are and how sure that is."""

    game: Annotated[str, arg(metavar="GAME", help_behavior_hint="(required)")] = ""
    """Game: an OpenSpiel name, such as leduc_poker or "kuhn_poker(players=3)", or "hanabi(players=2)"."""
    agents: Annotated[tuple[str, ...], arg(metavar="AGENT ...", help_behavior_hint="(required)")] = ()
    """Agents: uniform, "cfr(iterations=100)", policy:FILE, "ismcts(simulations=1000)", "mds(blueprint=smart)",
    neural, FILE.safetensors, mymodule:MyAgent ...; name=AGENT gives one another name."""
    games: int = 1000
    """Games of each match (of each seating, in Hanabi), rounded up to whole deals; with --decide, at most so many."""
    seed: int = 0
    """With the number of a deal, fixes its chance events and every other random number."""
    gauntlet: Annotated[bool, FlagCreatePairsOff] = False
    """The first agent plays all others, who do not play each other."""
    swiss: Annotated[int | None, arg(metavar="ROUNDS", help_behavior_hint="(default: round robin)")] = None
    """Rounds of a Swiss tournament, in which agents with about the same score meet."""
    decide: Annotated[float | None, arg(metavar="CONFIDENCE", help_behavior_hint="(default: play all games)")] = None
    """Stop a match as soon as it is decided who is better, at this confidence, by a test that is valid at any time."""
    tables: int = 200
    """Hanabi: play at most so many teams, a sample of them if there are more."""
    move_time: Annotated[float | None, arg(metavar="SECONDS", help_behavior_hint="(default: any)")] = None
    """An agent that takes longer for a move forfeits the game."""
    control_variate: Annotated[str | None, arg(metavar="AGENT", help_behavior_hint="(default: none)")] = None
    """Take luck out of returns, judged by what positions are worth if all play as this agent does: a policy for a game
    small enough to enumerate, such as "cfr(iterations=100)"; expectations stay the same."""
    workers: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: one a core)")] = None
    """Processes that play games side by side; results are the same for any number."""
    backend: BackendName = "local"
    """Where the workers run: on this machine, or on a Dask or Ray cluster."""
    cluster: Annotated[
        str | None, arg(metavar="ADDRESS", help_behavior_hint="(default: a local cluster of the workers)")
    ] = None
    """Address of a running Dask scheduler or Ray head."""
    output: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(default: write nothing)")] = None
    """Folder for results.json, games.jsonl, report.html and replays; the same command goes on where it stopped."""

    def check(self) -> None:
        """Raise ``UsageError`` for options that make no sense, without loading anything."""
        if not self.game:
            raise UsageError("say what is played, as in --game leduc_poker")
        if not self.agents:
            raise UsageError("say who plays, as in --agents uniform cfr")
        for name, value, least in (
            ("games", self.games, 1),
            ("seed", self.seed, 0),
            ("swiss", self.swiss, 1),
            ("tables", self.tables, 1),
            ("workers", self.workers, 1),
        ):
            if value is not None and value < least:
                raise UsageError(f"--{name} must be at least {least}, not {value}")
        if max(self.seed, self.games) > _LARGEST_SEED:
            raise UsageError(f"--seed and --games must not be larger than {_LARGEST_SEED}")
        if self.decide is not None and not 0.5 <= self.decide < 1.0:
            raise UsageError(f"--decide must be a confidence from 0.5 up to but not 1, such as 0.95, not {self.decide}")
        if self.move_time is not None and not (math.isfinite(self.move_time) and self.move_time > 0):
            raise UsageError(f"--move-time must be a positive number of seconds, not {self.move_time}")
        if self.swiss is not None and (self.gauntlet or self.decide is not None):
            other = "--gauntlet" if self.gauntlet else "--decide"
            raise UsageError(f"--swiss chooses the matches itself: leave out {other}, or --swiss")
        check_backend(self.backend, self.cluster)

    def job(self) -> TournamentJob:
        """Return what decides the outcome of a deal."""
        return TournamentJob(self.game, self.agents, self.seed, self.move_time, self.control_variate)

    def identity(self, game: Game, types: Sequence[AgentType]) -> dict[str, Any]:
        """Return what decides the outcome of the tournament, but the number of games."""
        weights = {kind.label: kind.weights for kind in types if kind.weights is not None}
        return {
            "version": __version__,
            "game": game.name,
            "agents": [kind.text if kind.label == kind.text else f"{kind.label}={kind.text}" for kind in types],
            "seed": self.seed,
            "format": self.format(),
            "decide": self.decide,
            "move_time": self.move_time,
            "control_variate": self.control_variate,
            "tables": self.tables if game.hanabi else None,
            **({"weights": weights} if weights else {}),
        }

    def format(self) -> str:
        """Return the format as one word or two."""
        if self.swiss is not None:
            return f"swiss, {self.swiss} rounds of {self.games} games a match"
        return "gauntlet" if self.gauntlet else "round robin"

    def repeat(self, game: Game, types: Sequence[AgentType]) -> list[str]:
        """Return the arguments that repeat the tournament, without those that say where it runs."""
        what = self.identity(game, types)
        arguments = ["--game", game.name, "--agents", *what["agents"]]
        arguments += ["--games", str(self.games), "--seed", str(self.seed)]
        arguments += ["--gauntlet"] if self.gauntlet else []
        for name in ("swiss", "decide", "move_time", "control_variate"):
            if (value := getattr(self, name)) is not None:
                arguments += ["--" + name.replace("_", "-"), str(value)]
        if game.hanabi and self.tables != Options.tables:
            arguments += ["--tables", str(self.tables)]
        return arguments

    def schedule(self, game: Game, count: int) -> Schedule:
        """Return the schedule for ``count`` agents; raises ``UsageError`` if there is none."""
        if self.swiss is not None:
            return self._swiss(game, count)
        try:
            teams = tables(game, count, self.gauntlet, self.tables, self.seed)
        except ValueError as error:
            raise UsageError(str(error)) from None
        every = game.hanabi or game.players <= _EVERY_SEATING_UP_TO
        matches = [Match(unit, team, seatings(team, every)) for unit, team in enumerate(teams)]
        deals = self.games if game.hanabi else -(-self.games // len(matches[0].seatings))
        if self.decide is None:
            return FixedSchedule(matches, deals)
        if game.players != 2 or game.hanabi:
            raise UsageError("--decide says who of two opponents is better: it needs a game for two that compete")
        half = (game.highest - game.lowest) / 2
        return DecidingSchedule(matches, deals, self.decide, (-half, half))

    def _swiss(self, game: Game, count: int) -> Schedule:
        if game.players != 2 or game.hanabi:
            raise UsageError("--swiss pairs opponents: it needs a game for two that compete")
        assert self.swiss is not None
        if count < 3:
            raise UsageError(f"--swiss needs at least 3 agents, not {count}")
        if self.swiss >= count:
            raise UsageError(f"--swiss must be fewer rounds than there are agents ({count}), not {self.swiss}")
        return SwissSchedule(count, self.swiss, -(-self.games // 2))
