"""What search gains in Hanabi: ``python -m benchmarks.hanabi_search``.

For each blueprint: alone, with mirror-descent search (MDS), with SPARTA – policy iteration with a threshold – and,
where the row says so, with Monte Carlo search (no threshold), by one seat or by all, at the same budget of rollouts a
decision and on the same decks. Gains are given twice, as differences on the same decks and by advantages
(``agents.hanabi.advantages``); the score by advantages is that gain on top of the blueprint's mean over many other
decks. Two searches are compared by the differences of their advantages on the decks that both have played. Games are
kept under ``--folder``: a second call goes on where the first stopped, and adds games if more are asked for. A
``--record`` keeps of each deck what the tables need (``benchmarks.deck_record``): its decks are not played again, and
those of the folder are added to it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable
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
from benchmarks import deck_record
from benchmarks.common import conditions, conditions_text, publish, table_head
from benchmarks.deck_record import Deck, Decks, Record, deck_of
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
    job: HanabiJob, games: int, folder: Path, workers: int, label: str, console: Console, first: int = 0
) -> list[dict[str, Any]]:
    """Play those of the games from ``first`` on that are not in ``folder`` yet; return the lines of all of them."""
    schedule = decks(job, first, games)
    keys = keys_of(schedule.pieces())
    with run_folder(folder, job) as run:
        done = sum(key in run for key in keys)
        with progress_bar(console, label, games, done=done) as bar:
            if done < games:
                warm_up(job, done)
            play_all(job, schedule, run, workers, 1, report=lambda chunk: bar.advance())
        return list(run.lines(GAMES, keys))


def play(job: HanabiJob, games: int, folder: Path, workers: int, label: str, console: Console) -> dict[str, Any]:
    """Return the summary of the games that ``played`` returns."""
    return summarise(job, played(job, games, folder, workers, label, console), "")


def finished(job: HanabiJob, folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a job's games that are in ``folder``."""
    if not (folder / GAMES).is_file():
        return []
    with run_folder(folder, job) as run:
        return list(run.lines(GAMES, run.keys()))


def decks_known(
    job: HanabiJob, games: range, folder: Path, known: Decks, options: argparse.Namespace, console: Console
) -> Decks:
    """Return the decks of a job: those of the record, those of the folder, and ``games`` that were in neither."""
    found = known | {line["game"]: deck_of(line) for line in finished(job, folder) if "advantage" in line}
    if not options.finished:
        for first, stop in spans(game for game in games if game not in found):
            lines = played(job, stop - first, folder, options.workers, folder.name, console, first)
            found |= {line["game"]: deck_of(line) for line in lines}
    return found


def spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return increasing numbers as ranges ``first .. stop-1``."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        joins = bool(found) and found[-1][1] == number
        found.append((found.pop()[0], number + 1) if joins else (number, number + 1))
    return found


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


def differences(rows: list[dict[str, Any]]) -> str:
    """Return the table of differences between searches, on the decks that both have played."""
    lines = table_head("players | blueprint | search | less | decks of both | difference, by advantages", texts=4)
    lines[1] = lines[1].replace("|---|", "|--:|", 1)
    for row in rows:
        for (one, other), (games, gained) in row["compared"].items():
            sure = abs(gained.value) > 2 * gained.standard_error
            shown = plus_minus(gained.value, gained.standard_error, "+")
            lines.append(
                f"| {row['players']} | {row['blueprint']} | {one} | {other} | {games} "
                f"| {f'**{shown}**' if sure else shown} |"
            )
    return "\n".join(
        [*lines, "", "Bold: beyond two standard errors; of searches that are equal, one pair in twenty is."]
    )


def row_of(row: Row, record: Record, options: argparse.Namespace, console: Console) -> dict[str, Any] | None:
    """Return what is known of a row, and put it into the record; ``None`` if no search has two decks."""
    result: dict[str, Any] = asdict(row)
    known: dict[str, Iterable[Deck]] = {}
    games = range(options.first_game, options.first_game + (options.games or row.games))
    for name, job in jobs_of(row).items():
        search = f"{row.players}-{row.blueprint}-{name}"
        key = search, deck_record.digest(job)
        found = decks_known(job, games, options.folder / search, record.get(key, {}), options, console)
        if found:
            record[key] = found
        result[name] = summarise(job, list(found.values()), "") if len(found) > 1 else None
        if result[name]:
            first, second = name.rsplit("-", 1)
            known[f"{NAMES[first]}, {second}"] = found.values()
    alone = self_play(standard(row.players), registry.blueprint(row.blueprint), ALONE, SEED + 1) if known else None
    compared = deck_record.compared(known)
    return result | {"alone": [alone.mean, alone.standard_error], "compared": compared} if alone else None


def run(options: argparse.Namespace) -> None:
    """Play what is missing, print the tables and write the files."""
    facts = conditions("benchmarks.hanabi_search")
    console = Console(stderr=True)
    record = deck_record.read(options.record) if options.record else {}
    wanted = [row for row in ROWS if row.players in options.players and options.blueprint in (None, row.blueprint)]
    rows = [found for row in wanted if (found := row_of(row, record, options, console))]
    if not rows:
        raise UsageError(f"{options.folder} holds no two finished games of any of these searches")
    if options.record:
        deck_record.write(options.record, record)
    tables = f"{markdown(rows, facts)}\n\n{differences(rows)}"
    for row in rows:
        row["compared"] = {" less ".join(pair): list(found) for pair, found in row["compared"].items()}
    publish("hanabi_search", tables, facts | {"rows": rows}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_search", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--players", type=int, nargs="+", default=[2, 3, 4, 5], choices=[2, 3, 4, 5])
    parser.add_argument("--blueprint", choices=sorted({row.blueprint for row in ROWS}), help="only rows of this one")
    parser.add_argument("--games", type=int, help="decks for each row, instead of the table's own numbers")
    parser.add_argument("--first-game", type=int, default=0, help="number of the first deck")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmark"), help="where games are kept")
    parser.add_argument("--finished", action="store_true", help="play nothing: tables of the games that are there")
    parser.add_argument("--record", type=Path, help="file of what is known of each deck: read, and added to")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a hanabi_search section")
    options = parser.parse_args()
    if options.first_game < 0:
        parser.error("--first-game must be at least 0")
    if options.games is not None and options.games < 2:
        parser.error("--games must be at least 2 for a standard error")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
