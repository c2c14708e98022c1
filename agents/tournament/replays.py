"""Replays of a tournament's notable games: they are played once more, which gives the same games."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.hanabi.table import HanabiTable
from agents.runs.random_stream import mix
from agents.runs.replays import ending_of, write_hanabi_replay, write_openspiel_replay
from agents.runs.schedule import Schedule
from agents.tournament.games import TournamentJob, field_of, word_of_deal
from games.hanabi.state import HanabiState

FOLDER = "replays"


def write_replays(
    folder: Path, job: TournamentJob, schedule: Schedule, games: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Write ``replays/unit-deal-game.txt`` and ``.json``, and return the games with ``href``, their place.

    Replays of an earlier call that are no longer chosen are removed.
    """
    seatings = {piece.match.unit: piece.match.seatings for piece in schedule.pieces()}
    target, written, found = folder / FOLDER, set(), []
    for game in games:
        path = target / f"{game['unit']}-{game['deal']}-{game['game']}.txt"
        _write(path, job, seatings[game["unit"]][game["game"]], game["deal"])
        written |= {path, path.with_suffix(".json")}
        found.append(game | {"href": f"{FOLDER}/{path.name}"})
    for path in target.glob("*-*-*.*"):
        if path not in written and path.suffix in (".txt", ".json"):
            path.unlink()
    return found


def _write(path: Path, job: TournamentJob, seating: tuple[int, ...], deal: int) -> None:
    field = field_of(job)
    table, word = field.table(seating), word_of_deal(deal)
    names = [field.types[agent].label for agent in seating]
    seeds = [mix(key ^ word) for key in field.seed_keys(seating)]
    if isinstance(table, HanabiTable):
        state = HanabiState.from_seed(field.game.rules, job.seed, deal)
        played = table.play(state, seeds)
        ending = ending_of(played.returns, names, played.forfeit)
        write_hanabi_replay(path, state, names, ending, job.seed, deal)
    else:
        played = table.play(mix(field.chance_key() ^ word), seeds)
        ending = ending_of(played.returns, names, played.forfeit)
        write_openspiel_replay(path, field.game, names, played.history, ending)
