"""Play Hanabi with decision-time search: ``python -m agents.hanabi_search``.

Plays a blueprint policy, and the same blueprint with mirror-descent search on the same decks, and reports the gain with
its standard error. Files go to ``--output``; the same command with the same folder goes on where it stopped.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from agents.backends import BackendName, check_backend, run_jobs
from agents.blueprints.registry import check_name
from agents.hanabi_job import AllocationName, HanabiJob, HanabiResult, SearchName, SeatsName, play_job
from agents.hanabi_replays import ReplayChoice, write_replays
from agents.hanabi_report import narrator, plot_scores, print_summary, summarise
from agents.hanabi_run import RunFolder
from agents.statistics import mean
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.threads import available_cores

VariantName = Literal["standard", "small", "seven-card"]


@dataclass(frozen=True)
class Options:
    """Play Hanabi with mirror-descent search on top of a blueprint policy, and measure what the search gains.

    Attributes
    ----------
    players : number of players, 2 to 5.
    games : number of games (decks).
    blueprint : policy that the search improves; by default smart for 2 players and information for 3 to 5.
    search : mds (mirror descent), sparta (policy iteration with a threshold), monte-carlo (without one) or none.
    rollouts : rollouts a decision at most; each legal move gets an equal share of worlds.
    eta : step size of mirror descent, per point of score.
    threshold : SPARTA leaves the blueprint only for a gain of more points than this.
    seats : do all seats search, or one (which one rotates with the game)?
    allocation : racing drops moves that are clearly behind; even rolls out every move in every world.
    reinvest : racing gives a surviving move up to so many times its even share, within the same budget.
    caution : standard errors of evidence that the planner wants before it leaves the blueprint; 0 is the plain update.
    softening : how likely a partner is to leave the blueprint, in the belief; by default 0.05 if all seats search, 0.01
        if one does.
    particles : hands in a sampled belief; by default four times the rollouts, from 1000 to 10000.
    seed : with the number of a game, fixes its deck and every other random number.
    first_game : number of the first game.
    variant : standard; small (2 colours, 2 cards in hand, 3 hints, 1 life); seven-card (2 players, 7 cards, 4 hints).
    bomb : what the third misplay leaves of the score.
    workers : processes that play games side by side; by default one a core.
    backend : where they run.
    cluster : address of a running Dask scheduler or Ray head.
    output : folder for summary.json, games.jsonl, scores.png and replays; without it nothing is written.
    replays : which games to write as text and hanab.live JSON.
    show : tell the first game move by move, with the planner's action values, and play no other.
    """

    players: int = 2
    games: int = 40
    blueprint: str | None = None
    search: SearchName = "mds"
    rollouts: int = 1000
    eta: float = 30.0
    threshold: float = 0.1
    seats: SeatsName = "all"
    allocation: AllocationName = "racing"
    reinvest: float = 8.0
    caution: float = 1.0
    softening: float | None = None
    particles: int | None = None
    seed: int = 0
    first_game: int = 0
    variant: VariantName = "standard"
    bomb: Literal["zero", "keep"] = "zero"
    workers: int | None = None
    backend: BackendName = "local"
    cluster: str | None = None
    output: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    replays: ReplayChoice = "best"
    show: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False

    def configuration(self) -> HanabiGame:
        """Return the game that is played; raises ``ValueError`` if there is no such game."""
        if self.variant == "seven-card":
            if self.players != 2:
                raise ValueError("the seven-card variant is for 2 players")
            return seven_card(self.bomb)
        return small(self.players, self.bomb) if self.variant == "small" else standard(self.players, self.bomb)

    def job(self) -> HanabiJob:
        """Return the job; raises ``ValueError`` with one sentence if an option makes no sense."""
        if self.games < 1:
            raise ValueError(f"--games must be at least 1, not {self.games}")
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"--workers must be at least 1, not {self.workers}")
        if self.first_game < 0 or self.seed < 0:
            raise ValueError("--seed and --first-game must not be negative")
        game = self.configuration()
        softening = self.softening
        if softening is None:
            softening = 0.05 if self.seats == "all" else 0.01
        particles = self.particles
        if particles is None:
            particles = min(max(4 * self.rollouts, 1000), 10000)
        name = self.blueprint or ("smart" if self.players == 2 else "information")
        check_name(name)
        job = HanabiJob(
            game=game,
            blueprint=name,
            search=self.search,
            seats=self.seats,
            rollouts=self.rollouts,
            eta=self.eta,
            threshold=self.threshold,
            allocation=self.allocation,
            reinvest=self.reinvest,
            caution=self.caution,
            softening=softening,
            particles=particles,
            seed=self.seed,
        )
        job.search_options(1)  # its parts check their numbers
        return job


def _command_line() -> str:
    return shlex.join(["python", "-m", "agents.hanabi_search", *sys.argv[1:]])


def _finished_games(
    job: HanabiJob, options: Options, folder: RunFolder | None, console: Console
) -> list[dict[str, Any]]:
    """Play the games that are missing, with a progress bar; return the lines of all games asked for, in order."""
    wanted = range(options.first_game, options.first_game + options.games)
    lines = {number: folder.lines[number] for number in wanted if number in folder.lines} if folder else {}
    if lines:
        console.print(f"{len(lines)} of {len(wanted)} games are finished already; going on.")
    missing = [number for number in wanted if number not in lines]
    if not missing:
        return [lines[number] for number in wanted]
    workers = min(options.workers or available_cores(), len(missing))
    _compile(job, missing[0], console)
    columns = (
        TextColumn("games"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(wanted), completed=len(lines))
        threads = None if workers == 1 and options.workers is None else 1
        jobs = [(job, number, threads) for number in missing]
        for result in run_jobs(play_job, jobs, workers, options.backend, options.cluster):
            lines[result.number] = result.line(job.seed)
            if folder is not None:
                folder.add(result)
            progress.update(task, advance=1, description=_running(list(lines.values())))
    return [lines[number] for number in wanted]


def _running(lines: list[dict[str, Any]]) -> str:
    """Return the live text beside the bar."""
    gain = mean([line["score"] - line["blueprint_score"] for line in lines])
    return (
        f"score {mean([line['score'] for line in lines]).value:.2f}, gain {gain.value:+.2f} ± {gain.standard_error:.2f}"
    )


def _compile(job: HanabiJob, number: int, console: Console) -> None:
    """Load or compile every kernel once, in this process, before workers start."""
    from agents.hanabi_job import warm_up

    with console.status("loading the compiled kernels (compiling them, the first time)"):
        warm_up(job, number)


def _show(job: HanabiJob, options: Options, console: Console) -> None:
    result: HanabiResult = play_job(job, options.first_game, None, narrator(console))
    console.rule("end of the game", align="left")
    console.print(f"final score {result.score}; the blueprint alone scores {result.blueprint_score} on this deck")


def run(options: Options, console: Console) -> None:
    """Run the command; raises ``ValueError`` with one sentence for bad input."""
    job = options.job()
    check_backend(options.backend)
    if options.show:
        _compile(job, options.first_game, console)
        _show(job, options, console)
        return
    folder = RunFolder(options.output, job) if options.output else None
    lines = _finished_games(job, options, folder, console)
    summary = summarise(job, lines, _command_line())
    print_summary(console, summary)
    if folder is not None:
        folder.finish(summary)
        plot_scores(folder.folder / "scores.png", summary, lines, job.game.types)
        write_replays(folder.folder / "replays", job, lines, options.replays)
        console.print(f"written: {folder.folder}{os.sep} (summary.json, games.jsonl, scores.png, replays)")


def run_command(function: Callable[[], None]) -> int:
    """Run a command: 0 if it worked, 2 after one sentence for bad input, 130 if the user interrupted it."""
    try:
        function()
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; with --output, the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def main() -> int:
    """Parse the command line and run; returns the exit code."""
    options = tyro.cli(Options, description=Options.__doc__, prog="python -m agents.hanabi_search")
    return run_command(lambda: run(options, Console()))


if __name__ == "__main__":
    sys.exit(main())
