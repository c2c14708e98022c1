"""Let agents play each other: ``python -m agents.tournament``.

Plays agents against each other (or, in Hanabi, with each other) on the same deals in all seatings, and reports who is
better, by how much, and how sure that is. Files go to ``--output``; the same command with the same folder goes on where
it stopped.
"""

from __future__ import annotations

import os
import platform
import time
from datetime import date
from importlib import metadata
from typing import Any

from rich.console import Console

from agents.game import Game, load_game
from agents.runs.folder import Chunk
from agents.runs.runner import Runner, going_on_later
from agents.runs.schedule import Schedule, keys_of
from agents.tournament.folder import GAMES, TIMINGS, TournamentFolder
from agents.tournament.games import Description, TournamentJob, load_agents, play_chunk
from agents.tournament.options import Options
from agents.tournament.plan import identity_of, job_of, repeating, schedule_of
from agents.tournament.replays import record_of, with_histories, write_replays
from agents.tournament.report import terminal_tables, write_report
from agents.tournament.results import print_verdicts, results_of
from agents.tournament.times import notable_games, time_per_move
from games._base.command_line import command_line
from games._base.errors import UsageError
from games._base.progress import clock, progress_bar, working
from games._base.threads import available_cores

PROGRAM = "python -m agents.tournament"
_FORFEIT = '"forfeit": {'  # in the line of a forfeited game


def _prepared(options: Options, console: Console) -> tuple[Game, TournamentJob, list[Description], Schedule]:
    """Return what is played by whom and how; raises ``UsageError`` before anything is written."""
    options.check()
    try:
        game = load_game(options.game)
        job = job_of(options, game)
        with working(console, "loading the agents (compiling them, the first time)"):
            types = load_agents(job)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return game, job, types, schedule_of(options, game, len(types))


def _play(options: Options, job: TournamentJob, schedule: Schedule, folder: TournamentFolder, console: Console) -> None:
    """Play what is missing, with a progress bar."""
    if len(folder):
        console.print(f"{len(folder)} of at most {schedule.budget} deals are played already.")
    forfeits = sum(text.count(_FORFEIT) for text in folder.texts(GAMES, folder.keys()))
    with progress_bar(console, "deals", schedule.budget, done=len(folder)) as bar:

        def report(chunk: Chunk) -> None:
            nonlocal forfeits
            forfeits += sum(text.count(_FORFEIT) for text in chunk.texts[GAMES])
            bar.advance(len(chunk.deals), f"{forfeits} forfeit{'s' if forfeits > 1 else ''}" if forfeits else "")

        workers = options.workers or available_cores()
        runner = Runner(play_chunk, job, workers, options.backend, options.cluster, report)
        with going_on_later(schedule, folder, "deals"):
            runner.run(schedule, folder)
        bar.update(len(folder), total=len(folder))


def _played(seconds: float) -> list[str]:
    """Return when, with what and how long it was played, which the page says and ``results.json`` does not."""
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "numba", "open_spiel")]
    return [
        date.today().isoformat(),
        f"Python {platform.python_version()}",
        *versions,
        f"this call took {clock(seconds)}",
    ]


def run(options: Options, console: Console, _command: str = "") -> dict[str, Any]:
    """Hold a tournament: play what is missing, print the tables, write the files of ``options.output``.

    Parameters
    ----------
    options : as the command line has them (``TournamentOptions``).
    console : a ``rich.console.Console`` for tables and the progress bar; ``Console(quiet=True)`` prints nothing.

    Returns
    -------
    dict
        What ``results.json`` has. Its ``command`` repeats the tournament wherever it runs, and is not the one typed.

    Raises
    ------
    UsageError
        One sentence for bad input, before anything is written.

    Examples
    --------
    >>> import tamaya
    >>> from rich.console import Console
    >>> options = tamaya.TournamentOptions("kuhn_poker", ("uniform", "cfr(iterations=10)"), games=20, workers=1)
    >>> tamaya.tournament(options, Console(quiet=True))["agents"]
    ['uniform', 'cfr(iterations=10)']
    """
    began = time.monotonic()
    game, job, types, schedule = _prepared(options, console)
    labels = [kind.label for kind in types]
    identity = identity_of(options, game, types)
    with TournamentFolder(options.output, game, labels, identity, options.games) as folder:
        _play(options, job, schedule, folder, console)
        command = command_line(PROGRAM, repeating(options, game, types))
        keys = keys_of(schedule.pieces())
        with working(console, "working out the results"):
            results = results_of(game, types, options, schedule, folder, command)
            times = time_per_move(folder.lines(GAMES, keys), folder.lines(TIMINGS, keys), results["agents"])
        if folder.kept:
            with working(console, "writing report and replays"):
                notable = with_histories(folder, notable_games(folder.lines(GAMES, keys), game.cooperative))
                games = [record_of(game, job.seed, one) for one in notable]
                folder.finish(results, schedule.pieces())
                replays = write_replays(folder.folder, game, games)
                write_report(folder.folder / "report.html", results, times, replays, _played(time.monotonic() - began))
        terminal_tables(results, console, times)
        print_verdicts(console, results)
        if folder.kept:
            files = "results.json, games.jsonl, histories.jsonl, timings.jsonl, report.html, replays"
            console.print(f"Written to {folder.folder}{os.sep}: {files}.", highlight=False, soft_wrap=True)
    return results
