"""Let agents play each other: ``python -m agents.tournament``.

Plays agents against each other (or, in Hanabi, with each other) on the same deals in all seatings, and reports who is
better, by how much, and how sure that is. Files go to ``--output``; the same command with the same folder goes on where
it stopped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from agents.game import Game
from agents.registry import AgentType
from agents.runs.runner import Runner
from agents.tournament.folder import Played, TournamentFolder
from agents.tournament.games import Chunk, field_of
from agents.tournament.options import Options
from agents.tournament.replays import write_replays
from agents.tournament.report import terminal_tables, write_report
from agents.tournament.results import print_verdicts, results_of
from agents.tournament.schedule import Schedule
from agents.tournament.times import notable_games, time_per_move
from games._base.command_line import command_line, parse, run_command
from games._base.errors import UsageError
from games._base.threads import available_cores

PROGRAM = "python -m agents.tournament"


def _prepared(options: Options, console: Console) -> tuple[Game, list[AgentType], Schedule]:
    """Return what is played by whom and how; raises ``UsageError`` before anything is written."""
    options.check()
    try:
        with console.status("loading the agents (compiling them, the first time)"):
            field = field_of(options.job())
    except ValueError as error:
        raise UsageError(str(error)) from None
    game, types = field.game, field.types
    for kind in types:
        if kind.text.partition("(")[0] == "human":
            raise UsageError("a person cannot play a tournament: use python -m agents.play")
    return game, types, options.schedule(game, len(types))


def _play(options: Options, schedule: Schedule, played: Played, console: Console) -> None:
    """Play what is missing, with a progress bar."""
    columns = (
        TextColumn("deals"),
        BarColumn(None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    if played.games:
        console.print(f"{len(played.games)} of at most {schedule.budget} deals are played already.")
    forfeits = sum(text.count('"forfeit": {') for text in played.games.values())
    with Progress(*columns, console=console, expand=True) as progress:
        task = progress.add_task("", total=schedule.budget, completed=len(played.games))

        def report(chunk: Chunk) -> None:
            nonlocal forfeits
            forfeits += sum(text.count('"forfeit": {') for text in chunk.games)
            described = f"{forfeits} forfeit{'s' if forfeits > 1 else ''}" if forfeits else ""
            progress.update(task, advance=len(chunk.deals), description=described)

        workers = options.workers or available_cores()
        runner = Runner(options.job(), workers, options.backend, options.cluster, report)
        try:
            runner.run(schedule, played)
        except KeyboardInterrupt:
            count = len(played.games)
            kept = isinstance(played, TournamentFolder)
            remedy = "the same command goes on from there" if kept else "nothing was written"
            raise KeyboardInterrupt(f"interrupted with {count} deals played; {remedy}") from None
        progress.update(task, total=len(played.games))


def run(options: Options, console: Console) -> dict[str, Any]:
    """Run the command and return the results; raises ``UsageError`` with one sentence for bad input."""
    game, types, schedule = _prepared(options, console)
    identity = options.identity(game, types)
    folder = TournamentFolder(options.output, identity, options.games) if options.output else nullcontext(Played())
    with folder as played:
        _play(options, schedule, played, console)
        command = command_line(PROGRAM, options.repeat(game, types))
        results = results_of(game, types, options, schedule, played, command)
        lines = list(played.lines(schedule.pieces()))
        times = time_per_move(lines, played.timing_lines(schedule.pieces()), results["agents"])
        if isinstance(played, TournamentFolder):
            played.finish(results, schedule.pieces())
            replays = write_replays(played.folder, options.job(), schedule, notable_games(lines, game.cooperative))
            write_report(played.folder / "report.html", results, times, replays)
        terminal_tables(results, console, times)
        print_verdicts(console, results)
        if isinstance(played, TournamentFolder):
            files = "results.json, games.jsonl, timings.jsonl, report.html, replays"
            console.print(f"Written to {played.folder}{os.sep}: {files}.", highlight=False, soft_wrap=True)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), Console()))


if __name__ == "__main__":
    sys.exit(main())
