"""Replays of a run's games: readable text, and hanab.live JSON to watch them where people play."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.hanabi.job import HanabiJob
from agents.hanabi.options import ReplayChoice
from games._base.files import write_whole
from games.hanabi.hanab_live import to_hanab_live
from games.hanabi.replay import Annotation, GameRecord
from games.hanabi.replay_text import record_text


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
    """Return the record of a finished game from its line; moves of searching seats name the blueprint's choice."""
    players = job.game.players
    notes = [
        Annotation(blueprint, move) if job.searches(turn % players, line["game"]) else None
        for turn, (move, blueprint) in enumerate(zip(line["moves"], line["blueprint_moves"], strict=True))
    ]
    return GameRecord.from_seed(job.game, job.seed, line["game"], line["moves"], annotations=notes)


def write_replays(folder: Path, job: HanabiJob, lines: Sequence[dict[str, Any]], choice: ReplayChoice) -> int:
    """Write the chosen games as ``game-N.txt`` and, where hanab.live knows the variant, ``game-N.json``.

    Replays of an earlier call that are no longer chosen are removed. Returns the number of games.
    """
    chosen = chosen_games(lines, choice)
    written = set()
    for line in chosen:
        record = record_of(job, line)
        path = folder / f"game-{line['game']:05d}.txt"
        if job.search == "none":
            heading = f"{job.blueprint}: {line['score']} points\n\n"
        else:
            heading = f"{job.blueprint} with {job.search}: {line['score']} points; alone: {line['blueprint_score']}\n\n"
        write_whole(path, heading + record_text(record) + "\n")
        written.add(path)
        try:
            live = to_hanab_live(record)
        except ValueError:  # a variant that hanab.live does not have
            continue
        write_whole(path.with_suffix(".json"), json.dumps(live) + "\n")
        written.add(path.with_suffix(".json"))
    for path in folder.glob("game-*"):
        if path not in written and path.suffix in (".txt", ".json", ".part"):
            path.unlink()
    return len(chosen)
