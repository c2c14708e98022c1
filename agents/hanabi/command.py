"""Play Hanabi with decision-time search: ``python -m agents.hanabi_search``.

Plays a blueprint policy, and the same blueprint with mirror-descent search on the same decks, and reports the gain with
its standard error. Files go to ``--output``; the same command with the same folder goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from agents.hanabi.blueprints import policy_for
from agents.hanabi.folder import RunFolder
from agents.hanabi.job import HanabiJob, play_job, warm_up
from agents.hanabi.options import Options
from agents.hanabi.players import searcher
from agents.hanabi.replays import write_replays
from agents.hanabi.report import narrator, plot_scores, plus_minus, print_summary, summarise
from agents.hanabi.together import play_all, usual_together
from agents.statistics import mean
from games._base.errors import UsageError
from games._base.interrupts import check_interrupted
from search.hanabi.policy.batched import BatchedBlueprint


class _Clock(ProgressColumn):
    """Time since the start and an estimate of the time left: ``0:14, 1:03 left``."""

    def render(self, task: Task) -> Text:
        passed = _minutes(task.finished_time if task.finished else task.elapsed)
        left = "" if task.finished or task.time_remaining is None else f", {_minutes(task.time_remaining)} left"
        return Text(passed + left, style="progress.elapsed")


def _minutes(seconds: float | None) -> str:
    minutes, rest = divmod(int(seconds or 0), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _prepared(options: Options, console: Console) -> HanabiJob:
    """Return the job, with its blueprint's compiled functions loaded; raises ``UsageError`` if it cannot be played."""
    job = options.job()
    with console.status("loading the blueprint (compiling it, the first time)"):
        try:
            policy = policy_for(job.game, job.blueprint, device=job.device)
            if job.search != "none":
                searcher(job, policy)  # a learned belief may be missing
            job = replace(job, weights=policy.weights(job.game))
        except ValueError as error:
            raise UsageError(str(error)) from None
    if (options.together or 1) > 1 and not isinstance(policy, BatchedBlueprint):
        raise UsageError(
            f"--together {options.together} needs a blueprint that is a torch network: the rollouts of "
            f"{job.blueprint} are compiled and gain nothing from other games"
        )
    return job


def _warm_up(job: HanabiJob, number: int, console: Console) -> None:
    """Load or compile every kernel once, in this process, before workers start."""
    with console.status("loading the compiled kernels (compiling them, the first time: about a minute)"):
        warm_up(job, number)


def _play(job: HanabiJob, options: Options, folder: RunFolder | None, console: Console) -> list[dict[str, Any]]:
    """Play the games that are missing, with a progress bar; return the lines of all games asked for, in order."""
    wanted = range(options.first_game, options.first_game + options.games)
    lines = {number: folder.lines[number] for number in wanted if number in folder.lines} if folder else {}
    missing = [number for number in wanted if number not in lines]
    if lines:
        console.print(f"{len(lines)} of {len(wanted)} games are finished already{'; going on' if missing else ''}.")
    if not missing:
        return [lines[number] for number in wanted]
    try:
        _warm_up(job, missing[0], console)
        columns = (
            TextColumn("games"),
            BarColumn(None),
            MofNCompleteColumn(),
            _Clock(),
            TextColumn("{task.description}"),
        )
        together = options.together or usual_together(job.device)
        playing = play_all(job, missing, options.workers, together, options.backend, options.cluster)
        with closing(playing) as results, Progress(*columns, console=console, expand=True) as progress:
            task = progress.add_task("", total=len(wanted), completed=len(lines))
            for result in results:
                lines[result.number] = result.line(job.seed)
                if folder is not None:
                    folder.add(result)
                progress.update(task, advance=1, description=_running(job, list(lines.values())))
                check_interrupted()
    except KeyboardInterrupt:
        remedy = f"the same command goes on from there ({folder.folder})" if folder else "nothing was written"
        raise KeyboardInterrupt(f"interrupted with {len(lines)} of {len(wanted)} games finished; {remedy}") from None
    return [lines[number] for number in wanted]


def _running(job: HanabiJob, lines: Sequence[dict[str, Any]]) -> str:
    """Return the live text beside the bar."""
    score = mean([line["score"] for line in lines])
    if job.search == "none":
        return f"score {plus_minus(*score, digits=2)}"
    gain = mean([line["score"] - line["blueprint_score"] for line in lines])
    return f"score {score.value:.2f}, gain {plus_minus(*gain, '+', digits=2)}"


def _show(job: HanabiJob, options: Options, console: Console) -> None:
    """Tell one game move by move."""
    _warm_up(job, options.first_game, console)
    result = play_job(job, options.first_game, None, narrator(console))
    console.rule("end of the game", align="left")
    console.print(
        f"final score {result.score} of {job.game.types}; {job.blueprint} alone scores {result.blueprint_score} "
        f"on this deck (seed {job.seed}, game {result.number})",
        highlight=False,
    )


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    job = _prepared(options, console)
    if options.show:
        _show(job, options, console)
        return
    with RunFolder(options.output, job) if options.output else nullcontext() as folder:
        lines = _play(job, options, folder, console)
        summary = summarise(job, lines, command)
        print_summary(console, summary)
        if folder is not None:
            _write(folder, options, summary, lines, console)


def _write(
    folder: RunFolder, options: Options, summary: dict[str, Any], lines: Sequence[dict[str, Any]], console: Console
) -> None:
    """Write what a finished run leaves in its folder."""
    folder.finish(summary)
    plot_scores(folder.folder / "scores.png", summary, lines)
    count = write_replays(folder.folder / "replays", folder.job, lines, options.replays)
    replays = f", {count} replay{'s' if count > 1 else ''} in replays{os.sep}" if count else ""
    files = f"summary.json, games.jsonl, scores.png{replays}"
    console.print(f"Written to {folder.folder}{os.sep}: {files}.", highlight=False, soft_wrap=True)
