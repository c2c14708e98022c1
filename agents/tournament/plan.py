"""What a tournament's options describe: the job of its workers, the schedule, and the command that repeats it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.game import Game
from agents.registry import is_foreign
from agents.runs.schedule import FixedSchedule, Match, Schedule
from agents.specification import parse_specification
from agents.tournament.games import Description, TournamentJob
from agents.tournament.options import Options
from agents.tournament.schedule import DecidingSchedule, SwissSchedule, seatings, tables
from games._base.command_line import refuse_given
from games._base.errors import UsageError
from games.version import __version__

_EVERY_SEATING_UP_TO = 3
_EDITION = 2  # raise it when the same options give other games, or folders other files


def job_of(options: Options, game: Game) -> TournamentJob:
    """Return what decides the outcome of a deal, and where agents are.

    Agents that are not ours, or that have a time limit, are watched, if they are not isolated anyway.

    Raises ``ValueError`` for an agent that cannot play a tournament by its name.
    """
    if any(parse_specification(text).name == "human" for text in options.agents):
        raise ValueError("a person cannot play a tournament: use python -m agents.play")
    if not game.hanabi:
        refuse_given("on a game of opponents: it samples teams of Hanabi", options, ("tables",))
    foreign = options.move_time is not None or any(is_foreign(text, game) for text in options.agents)
    return TournamentJob(
        options.game,
        options.agents,
        options.seed,
        options.move_time,
        options.control_variate,
        watched=foreign and not options.isolate,
        isolated=options.isolate,
    )


def identity_of(options: Options, game: Game, types: Sequence[Description]) -> dict[str, Any]:
    """Return what decides the outcome of the tournament, but the number of games."""
    weights = {kind.label: kind.weights for kind in types if kind.weights is not None}
    return {
        "version": __version__,
        "edition": _EDITION,
        "game": game.name,
        "agents": [kind.text if kind.label == kind.text else f"{kind.label}={kind.text}" for kind in types],
        "seed": options.seed,
        "format": format_of(options),
        "decide": options.decide,
        "move_time": options.move_time,
        "control_variate": options.control_variate,
        "tables": options.tables if game.hanabi else None,
        **({"weights": weights} if weights else {}),
    }


def format_of(options: Options) -> str:
    """Return the format as one word or two."""
    if options.swiss is not None:
        return f"swiss, {options.swiss} rounds of {options.games} games a match"
    return "gauntlet" if options.gauntlet else "round robin"


def repeating(options: Options, game: Game, types: Sequence[Description]) -> list[str]:
    """Return the arguments that repeat the tournament, without those that say where it runs."""
    what = identity_of(options, game, types)
    arguments = ["--game", game.name, "--agents", *what["agents"]]
    arguments += ["--games", str(options.games), "--seed", str(options.seed)]
    arguments += ["--gauntlet"] if options.gauntlet else []
    for name in ("swiss", "decide", "move_time", "control_variate"):
        if (value := getattr(options, name)) is not None:
            arguments += ["--" + name.replace("_", "-"), str(value)]
    if game.hanabi and options.tables != Options.tables:
        arguments += ["--tables", str(options.tables)]
    return arguments


def schedule_of(options: Options, game: Game, count: int) -> Schedule:
    """Return the schedule for ``count`` agents; raises ``UsageError`` if there is none."""
    if options.swiss is not None:
        return _swiss(options, game, count)
    try:
        teams = tables(game, count, options.gauntlet, options.tables, options.seed)
    except ValueError as error:
        raise UsageError(str(error)) from None
    every = game.hanabi or game.players <= _EVERY_SEATING_UP_TO
    matches = [Match(unit, team, seatings(team, every)) for unit, team in enumerate(teams)]
    deals = options.games if game.hanabi else -(-options.games // len(matches[0].seatings))
    if options.decide is None:
        return FixedSchedule(matches, deals)
    if game.players != 2 or game.hanabi:
        raise UsageError("--decide says who of two opponents is better: it needs a game for two that compete")
    half = (game.highest - game.lowest) / 2
    return DecidingSchedule(matches, deals, options.decide, (-half, half))


def _swiss(options: Options, game: Game, count: int) -> Schedule:
    if game.players != 2 or game.hanabi:
        raise UsageError("--swiss pairs opponents: it needs a game for two that compete")
    assert options.swiss is not None
    if count < 3:
        raise UsageError(f"--swiss needs at least 3 agents, not {count}")
    if options.swiss >= count:
        raise UsageError(f"--swiss must be fewer rounds than there are agents ({count}), not {options.swiss}")
    return SwissSchedule(count, options.swiss, -(-options.games // 2))
