"""Play Hanabi with decision-time search: ``python -m agents.hanabi_search``.

Plays a blueprint policy, and the same blueprint with mirror-descent search on the same decks, and reports the gain with
its standard error. Files go to ``--output``; the same command with the same folder goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from rich.console import Console

from agents.hanabi.blueprints import policy_for
from agents.hanabi.decks import decks, play_all
from agents.hanabi.folder import COUNTS, GAMES, run_folder
from agents.hanabi.job import HanabiJob, HanabiResult, SeatNarrator, play_job, warm_up
from agents.hanabi.options import Options
from agents.hanabi.players import searcher
from agents.hanabi.replays import chosen_games, record_of, write_replays
from agents.hanabi.report import legend, narrator, plot_scores, plus_minus, print_summary, summarise
from agents.hanabi.together import usual_together
from agents.runs.folder import Chunk, GamesFolder
from agents.runs.runner import going_on_later
from agents.runs.schedule import keys_of
from agents.statistics.means import Tally
from agents.turns import turns_named
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.progress import progress_bar, working
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from search.hanabi.budget import Recorded
from search.hanabi.policy.batched import BatchedBlueprint

_MOST_TRIED = 20  # games played in search of one in which the search deviates


def _prepared(options: Options, console: Console) -> HanabiJob:
    """Return the job, with its blueprint's compiled functions loaded; raises ``UsageError`` if it cannot be played."""
    job = options.job()
    with working(console, "loading the blueprint (compiling it, the first time)"):
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
    with working(console, "loading the compiled kernels (compiling them, the first time: about a minute)"):
        warm_up(job, number)


def _play(job: HanabiJob, options: Options, folder: GamesFolder, console: Console) -> list[dict[str, Any]]:
    """Play the games that are missing, with a progress bar; return the lines of all games asked for, in order."""
    schedule = decks(job, options.first, options.games)
    keys = keys_of(schedule.pieces())
    missing = [number for unit, number in keys if (unit, number) not in folder]
    lines = list(folder.lines(GAMES, keys))
    if lines:
        console.print(f"{len(lines)} of {len(keys)} games are finished already{'; going on' if missing else ''}.")
    if not missing:
        return lines
    scores, gains = Tally(), Tally()

    def count(line: dict[str, Any]) -> str:
        scores.add(line["score"])
        gains.add(line.get("advantage", line["score"] - line["blueprint_score"]))
        if job.search == "none":
            return f"score {plus_minus(*scores.mean(), digits=2)}"
        return f"score {scores.mean().value:.2f}, gain {plus_minus(*gains.mean(), '+', digits=2)}"

    together = options.together or usual_together(job.device)
    with going_on_later(schedule, folder, "games"):
        _warm_up(job, missing[0], console)
        with progress_bar(console, "games", len(keys), done=len(lines)) as bar:
            for line in lines:
                count(line)

            def report(chunk: Chunk) -> None:
                bar.advance(1, count(json.loads(chunk.texts[GAMES][0])))

            play_all(job, schedule, folder, options.workers, together, options.backend, options.cluster, report)
    return list(folder.lines(GAMES, keys))


def _show(job: HanabiJob, options: Options, console: Console) -> None:
    """Tell one game move by move: that of the number asked for, or the first one in which the search deviates."""
    _warm_up(job, options.first, console)
    told = narrator(console, turns_named(options.turns), options.only_deviations)
    if options.first_game is not None or job.search == "none":
        result = play_job(job, options.first, None, told)
    else:
        result = _first_deviating(job, told, console)
    console.rule("end of the game", align="left")
    if job.search != "none":
        console.print(legend(job), style="dim", highlight=False)
    console.print(
        f"final score {result.score} of {job.game.types}; {job.blueprint} alone scores {result.blueprint_score} "
        f"on this deck (seed {job.seed}, game {result.number})",
        highlight=False,
    )


def _verify(job: HanabiJob, options: Options, folder: GamesFolder, console: Console) -> None:
    """Play the games that are finished again; raises ``UsageError`` if one is another game then."""
    keys = keys_of(decks(job, options.first, options.games).pieces())
    lines = list(folder.lines(GAMES, keys))
    if not lines:
        raise UsageError(f"{options.output} holds none of these games: --verify plays finished ones again")
    with progress_bar(console, "games", len(lines)) as bar:
        for line in lines:
            counts = line.get(COUNTS)
            again = play_job(job, line["game"], options.workers, budget=None if counts is None else Recorded(counts))
            if [*again.moves] != line["moves"]:
                turn = next(
                    turn for turn, pair in enumerate(zip(again.moves, line["moves"], strict=False)) if len({*pair}) > 1
                )
                raise UsageError(f"game {line['game']} is another one when it is played again, from turn {turn} on")
            bar.advance()
    console.print(f"{len(lines)} games played again: every move is the same.")


class _HeldBack:
    """A narrator whose words are held back until the search deviates."""

    def __init__(self, tell: SeatNarrator, console: Console, number: int) -> None:
        self._tell, self._console = tell, console
        self.holding = True
        self._waiting = ExitStack()
        self._waiting.enter_context(working(None, f"playing game {number}, in which the search may deviate"))
        console.begin_capture()

    def __call__(self, state: HanabiState, move: int, seats: Sequence[Any]) -> None:
        self._tell(state, move, seats)
        decision = getattr(seats[state.current_player], "last_decision", None)
        if self.holding and decision is not None and decision.deviates:
            self.let_go(told=True)

    def let_go(self, told: bool) -> None:
        """Tell what is held back, if there is anything, or forget it."""
        text = self._console.end_capture() if self.holding else ""
        self._waiting.close()
        self.holding = False
        if told:
            self._console.file.write(text)


def _first_deviating(job: HanabiJob, tell: SeatNarrator, console: Console) -> HanabiResult:
    """Tell the first game in which the search deviates, as it is played; after ``_MOST_TRIED`` games, the last."""
    for number in range(_MOST_TRIED):
        told = _HeldBack(tell, console, number)
        deviated = False
        try:
            result = play_job(job, number, None, told)
            deviated = not told.holding
        finally:
            told.let_go(told=not deviated and number == _MOST_TRIED - 1)
        if deviated:
            break
    return result


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    job = _prepared(options, console)
    if options.show:
        _show(job, options, console)
        return
    if options.verify and not (options.output and (options.output / GAMES).is_file()):
        raise UsageError(f"{options.output} holds no games yet: --verify plays finished ones again")
    with run_folder(options.output, job) as folder:
        if options.verify:
            _verify(job, options, folder, console)
            return
        lines = _play(job, options, folder, console)
        replays = [(line, record_of(job, line)) for line in chosen_games(lines, options.replays)]
        summary = summarise(job, lines, command)
        print_summary(console, summary)
        if folder.kept:
            _write(folder, job, summary, lines, replays, console)


def _write(
    folder: GamesFolder,
    job: HanabiJob,
    summary: dict[str, Any],
    lines: Sequence[dict[str, Any]],
    games: Sequence[tuple[dict[str, Any], GameRecord]],
    console: Console,
) -> None:
    """Write what a finished run leaves in its folder."""
    folder.put_in_order()
    write_whole(folder.folder / "summary.json", json.dumps(summary, indent=2) + "\n")
    plot_scores(folder.folder / "scores.png", summary, lines)
    count = write_replays(folder.folder / "replays", job, games)
    replays = f", {count} replay{'s' if count > 1 else ''} in replays{os.sep}" if count else ""
    files = f"summary.json, games.jsonl, scores.png{replays}"
    console.print(f"Written to {folder.folder}{os.sep}: {files}.", highlight=False, soft_wrap=True)
