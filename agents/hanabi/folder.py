"""The folder of a Hanabi search run: whose it is, and what a line of ``games.jsonl`` must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents.hanabi.job import HanabiJob
from agents.runs.folder import GamesFolder, Key
from games._base.records import Check, Fault, number, rows, unknown, whole
from games._base.records import fields as an_object
from games._base.run_folder import Claim
from games.version import __version__
from search.hanabi.seat import SeatStatistics

GAMES = "games.jsonl"
COUNTS = "rollout_counts"  # of a line: the rollouts of every move, where a clock decided how many


USUAL = {"seconds": None, "rollouts_end": None, "partners": "uniform"}
"""What runs stand for that were written when there was no such option."""


def _key(line: Mapping[str, Any]) -> Key:
    return 0, line["game"]


def _line(job: HanabiJob) -> Check:
    """Return what a line must be (``agents.hanabi.job.HanabiResult.line``)."""
    known = ("decisions", "deviations", "rollouts") if job.search == "none" else vars(SeatStatistics())
    counters = {"decision_seconds" if name == "seconds" else name for name in (*known, "contradictions", "seconds")}
    score, moves = whole(0, job.game.types), rows(whole(0, job.game.moves - 1))
    check = an_object(
        {
            "game": whole(),
            "seed": whole(job.seed, job.seed),
            "score": score,
            "blueprint_score": score,
            "turns": whole(),
            "seconds": number(0.0),
            "moves": moves,
            "blueprint_moves": moves,
            **dict.fromkeys(sorted(counters), number(0.0)),
            **({} if job.seconds is None else {COUNTS: rows(whole())}),
        },
        {"advantage": number()},  # lines of earlier runs have none
        rest=unknown,
    )

    def check_lengths(line: Any) -> None:
        check(line)
        if {len(line[name]) for name in ("moves", "blueprint_moves", COUNTS) if name in line} != {line["turns"]}:
            raise Fault(f" must have {line['turns']} moves")

    return check_lengths


def run_folder(folder: Path | None, job: HanabiJob) -> GamesFolder:
    """Open the folder of a run; raises ``UsageError`` if it belongs to another, is in use, damaged, or unwritable."""
    claim = Claim({"version": __version__} | asdict(job), usual=USUAL, strangers=(GAMES,))
    return GamesFolder(folder, claim, {GAMES: _line(job)}, _key)
