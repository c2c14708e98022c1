"""What search gains in Hanabi: ``python -m benchmarks.hanabi_search``.

For each blueprint: alone, with mirror-descent search (MDS), with SPARTA – policy iteration with a threshold – and,
where the row says so, with Monte Carlo search (no threshold), by one seat or by all, at the same budget of rollouts a
decision and on the same decks. Gains are given twice, as differences on the same decks and by advantages
(``agents.hanabi.advantages``); the score by advantages is that gain on top of the blueprint's mean over many other
decks. Games are kept under ``--folder``: a second call goes on where the first stopped, and adds games if more are
asked for.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.blueprints import registry
from agents.hanabi.decks import decks, play_all
from agents.hanabi.folder import GAMES, run_folder
from agents.hanabi.job import HanabiJob, warm_up
from agents.hanabi.report import plus_minus, summarise
from agents.runs.schedule import keys_of
from benchmarks.common import conditions, conditions_text, publish
from games._base.command_line import run_command
from games._base.errors import UsageError
from games._base.progress import progress_bar
from games._base.threads import available_cores
from games.hanabi.game import standard
from games.hanabi.self_play import self_play
from search.hanabi.spec import PLIES, SearchName, SearchSpec, SeatsName

SEED = 20261130
ALONE = 100_000  # decks of a blueprint by itself
NAMES: dict[SearchName, str] = {"mds": "MDS", "sparta": "SPARTA", "monte-carlo": "Monte Carlo"}
SOFTENING: dict[SeatsName, float] = {"one": 0.01, "all": 0.2}
ONE_SEAT: tuple[tuple[SearchName, SeatsName], ...] = (("mds", "one"), ("sparta", "one"))
EVERY = tuple((name, seats) for seats in SOFTENING for name in NAMES)


@dataclass(frozen=True)
class Row:
    """One group of lines of the table: what is searched over, on how many decks, and the searches with their seats.

    caution : of ``mds``; the others have none.
    particles : of the belief, by default twice the rollouts.
    plies : moves after which a rollout ends in the network's value; ``None``: at the end of the game.
    """

    players: int
    blueprint: str
    games: int
    rollouts: int
    searches: tuple[tuple[SearchName, SeatsName], ...] = ONE_SEAT
    caution: float = 1.0
    particles: int | None = None
    plies: int | None = None


ROWS = (
    Row(2, "neural", 1000, 1000, EVERY, caution=2.0, particles=4000, plies=PLIES),
    Row(2, "smart", 300, 2000, (("mds", "all"), ("sparta", "one"))),
    Row(3, "information", 5000, 1000),
    Row(4, "information", 5000, 1000),
    Row(5, "information", 10000, 1000),
)


def jobs_of(row: Row) -> dict[str, HanabiJob]:
    """Return the searches of a row by the name of their folder."""
    shared: Any = {"blueprint": row.blueprint, "rollouts": row.rollouts, "particles": row.particles or 2 * row.rollouts}
    plies: Any = {} if row.plies is None else {"plies": row.plies}
    jobs: dict[str, HanabiJob] = {}
    for name, seats in row.searches:
        caution: Any = {"caution": row.caution} if name == "mds" else {}
        spec = SearchSpec(name, seats=seats, softening=SOFTENING[seats], **shared, **plies, **caution)
        jobs[f"{name}-{seats}"] = HanabiJob.of(spec.resolved(standard(row.players), registry), SEED)
    return jobs


def played(
    job: HanabiJob, games: int, folder: Path, workers: int, label: str, console: Console
) -> list[dict[str, Any]]:
    """Play the games of a job that are not in ``folder`` yet; return the lines of all of them."""
    schedule = decks(job, 0, games)
    keys = keys_of(schedule.pieces())
    with run_folder(folder, job) as run:
        done = sum(key in run for key in keys)
        with progress_bar(console, label, games, done=done) as bar:
            if done < games:
                warm_up(job, done)
            play_all(job, schedule, run, workers, 1, report=lambda chunk: bar.advance())
        return list(run.lines(GAMES, keys))


def finished(job: HanabiJob, games: int, folder: Path) -> dict[str, Any] | None:
    """Return the summary of those of a job's games that are in ``folder``; ``None`` for fewer than two."""
    if not (folder / GAMES).is_file():
        return None
    keys = keys_of(decks(job, 0, games).pieces())
    with run_folder(folder, job) as run:
        lines = list(run.lines(GAMES, [key for key in keys if key in run]))
    return summarise(job, lines, "") if len(lines) > 1 else None


def play(job: HanabiJob, games: int, folder: Path, workers: int, label: str, console: Console) -> dict[str, Any]:
    """Return the summary of the games that ``played`` returns."""
    return summarise(job, played(job, games, folder, workers, label, console), "")


def markdown(rows: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return the table, with the line that says how it came about."""
    lines = [
        "| players | blueprint | search | seats | decks | score | gain, same decks | gain, by advantages "
        "| score, by advantages | perfect games | deviations a game | rollouts a decision | seconds a decision |",
        "|--:|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        searches = [each for each in row["searches"] if row["-".join(each)]]
        found = [row[f"{name}-{seats}"] for name, seats in searches]
        most = max(found, key=lambda summary: int(summary["games"]))
        lines.append(
            f"| {row['players']} | {row['blueprint']} | none | | {most['games']} "
            f"| {plus_minus(most['blueprint_mean'], most['blueprint_standard_error'])} | | "
            f"| {plus_minus(*row['alone'], digits=4)} | | | | |"
        )
        best = max((each["advantage"] for each in found if each["advantage"] is not None), default=None)
        for (name, _), summary in zip(searches, found, strict=True):
            gain, error = summary["advantage"], summary["advantage_standard_error"]
            score = judged = ""  # of games from before there were advantages
            if gain is not None:
                judged = plus_minus(gain, error, "+")
                score = plus_minus(row["alone"][0] + gain, math.hypot(row["alone"][1], error))
            lines.append(
                f"| {row['players']} | {row['blueprint']} | {NAMES[name]} | {summary['seats']} | {summary['games']} "
                f"| {plus_minus(summary['mean'], summary['standard_error'])} "
                f"| {plus_minus(summary['gain'], summary['gain_standard_error'], '+')} "
                f"| {judged} | {f'**{score}**' if score and gain == best else score} "
                f"| {summary['perfect_rate']:.1%} | {summary['deviations'] / summary['games']:.2f} "
                f"| {summary['rollouts_per_decision']:,.0f} of {row['rollouts']:,} "
                f"| {summary['seconds_per_decision']:.3f} |"
            )
    note = (
        f"Seed {SEED}, a third misplay scores 0, seconds on one core; scores by advantages stand on the blueprint's "
        f"over {ALONE:,} decks of seed {SEED + 1}. MDS with eta 30, caution 1 (over the network 2) "
        f"and softening 0.2 (all seats) or 0.01 (one); SPARTA with threshold 0.1, Monte Carlo with none, both without "
        f"caution and with softening 0.01. Over the network, rollouts of {PLIES} plies and its value. "
        f"{conditions_text(facts)}"
    )
    return "\n".join([*lines, "", note])


def run(options: argparse.Namespace) -> None:
    """Play what is missing, print the table and write the files."""
    facts = conditions("benchmarks.hanabi_search")
    console = Console(stderr=True)
    rows = []
    for row in ROWS:
        if row.players not in options.players or (options.blueprint and row.blueprint != options.blueprint):
            continue
        result: dict[str, Any] = asdict(row)
        for name, job in jobs_of(row).items():
            label = f"{row.players} players, {name}"
            folder = options.folder / f"{row.players}-{row.blueprint}-{name}"
            if options.finished:
                result[name] = finished(job, options.games or row.games, folder)
            else:
                result[name] = play(job, options.games or row.games, folder, options.workers, label, console)
        if any(result[name] for name in jobs_of(row)):
            alone = self_play(standard(row.players), registry.blueprint(row.blueprint), ALONE, SEED + 1)
            rows.append(result | {"alone": [alone.mean, alone.standard_error]})
    if not rows:
        raise UsageError(f"{options.folder} holds no two finished games of any of these searches")
    table = markdown(rows, facts)
    publish("hanabi_search", table, facts | {"rows": rows}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_search", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--players", type=int, nargs="+", default=[2, 3, 4, 5], choices=[2, 3, 4, 5])
    parser.add_argument("--blueprint", choices=sorted({row.blueprint for row in ROWS}), help="only rows of this one")
    parser.add_argument("--games", type=int, help="decks for each row, instead of the table's own numbers")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmark"), help="where games are kept")
    parser.add_argument("--finished", action="store_true", help="play nothing: a table of the games in the folder")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a hanabi_search section")
    options = parser.parse_args()
    if options.games is not None and options.games < 2:
        parser.error("--games must be at least 2 for a standard error")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
