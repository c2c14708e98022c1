"""Replays of a run's games: readable text, and hanab.live JSON to watch them where people play."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.hanabi.folder import COUNTS
from agents.hanabi.job import HanabiJob
from agents.hanabi.options import ReplayChoice
from agents.runs.replays import write_record
from games._base.errors import UsageError
from games.hanabi.replay import Annotation, GameRecord


def chosen_games(lines: Sequence[dict[str, Any]], choice: ReplayChoice, most: int = 5) -> list[dict[str, Any]]:
    """Return the lines of the games to write.

    ``best``: the largest gains over the blueprint, higher scores first among equals; ``worst``: the largest losses.
    """
    if choice == "none":
        return []
    if choice == "all":
        return list(lines)
    sign = -1 if choice == "best" else 1
    ranked = sorted(
        lines,
        key=lambda line: (sign * (line["score"] - line["blueprint_score"]), sign * line["score"], line["game"]),
    )
    return ranked[:most]


def record_of(job: HanabiJob, line: dict[str, Any]) -> GameRecord:
    """Return the record of a finished game from its line; moves of searching seats name the blueprint's choice, and
    the rollouts if a clock decided how many.

    Raises ``UsageError`` if the moves are not a game of this score.
    """
    players = job.game.players
    counts = line.get(COUNTS, [None] * len(line["moves"]))
    notes = [
        Annotation(blueprint, move, rollouts=count) if job.searches(turn % players, line["game"]) else None
        for turn, (move, blueprint, count) in enumerate(
            zip(line["moves"], line["blueprint_moves"], counts, strict=True)
        )
    ]
    try:
        record = GameRecord.from_seed(job.game, job.seed, line["game"], line["moves"], annotations=notes)
    except ValueError:
        record = None
    if record is None or record.final.score != line["score"]:
        raise UsageError(f"the moves of game {line['game']} in games.jsonl do not make its score: delete that line")
    return record


def write_replays(folder: Path, job: HanabiJob, replays: Sequence[tuple[dict[str, Any], GameRecord]]) -> int:
    """Write games, lines and records, as ``game-N.txt`` and ``game-N.json``.

    Replays of an earlier call that are no longer chosen are removed. Returns the number of games.
    """
    written = set()
    for line, record in replays:
        path = folder / f"game-{line['game']:05d}.txt"
        if job.search == "none":
            heading = f"{job.blueprint}: {line['score']} points"
        else:
            heading = f"{job.blueprint} with {job.search}: {line['score']} points; alone: {line['blueprint_score']}"
        written |= write_record(path, record, heading)
    for path in folder.glob("game-*"):
        if path not in written and path.suffix in (".txt", ".json", ".part"):
            path.unlink()
    return len(replays)
