"""Where a game to be analysed comes from: a file of any kind that holds one, a link, a run folder."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from agents.analysis import ah2ac2
from agents.hanabi.folder import USUAL
from agents.hanabi.job import HanabiJob
from agents.hanabi.replays import record_of
from games._base.errors import UsageError
from games.hanabi import built
from games.hanabi import replay as replays
from games.hanabi import state as states
from games.hanabi.hanab_live import from_hanab_live
from games.hanabi.hanab_live_link import from_link, is_link
from games.hanabi.position import Position
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from search.hanabi.spec import ResolvedSearch


class Records(NamedTuple):
    """Games, and the search that the run they are of played them with; None where they are of none."""

    games: list[GameRecord]
    search: ResolvedSearch | None = None


class Source(NamedTuple):
    """A game or a position, and the search that a run played it with; None where that is not known."""

    game: GameRecord | Position
    search: ResolvedSearch | None = None


def read_source(text: str, number: int | None = None) -> Source:
    """Return the game that a link, a file or a run folder holds; raises ``UsageError`` with one sentence.

    number : of the game in a run folder, by default that with the most deviations from the blueprint; of the game in a
    file of AH2AC2, by default 0.
    """
    path = Path(text)
    try:
        if is_link(text) and not path.exists():
            return Source(from_link(text))
        if path.is_dir():
            return _of_folder(path, number)
        if path.suffix == ah2ac2.ENDING:
            return Source(ah2ac2.read_games(path, number or 0)[0])
        if number is not None:
            raise ValueError("--number is of a game in a run folder or a data set")
        return Source(game_from_json(json.loads(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise UsageError(f"{text}: {error.strerror}") from None
    except ValueError as error:  # malformed JSON and UTF-8, too
        raise error if isinstance(error, UsageError) else UsageError(f"{text}: {error}") from None


def read_records(text: str, number: int | None = None) -> Records:
    """Return all games of a data set (``agents.analysis.ah2ac2``), or of the ``.json`` files of a folder, or only the
    one that ``read_source`` finds; raises ``UsageError`` with one sentence.
    """
    path = Path(text)
    try:
        if path.suffix == ah2ac2.ENDING and number is None:
            return Records(ah2ac2.read_games(path))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if path.is_dir() and not (path / "run.json").is_file():
        files = sorted(path.glob("*.json"))
        if not files:
            raise UsageError(f"{text}: there are no games (*.json) in the folder")
        found = [read_source(str(file)) for file in files]
    else:
        found = [read_source(text, number)]
    records = [one.game for one in found if isinstance(one.game, GameRecord)]
    if len(records) < len(found):
        raise UsageError(f"{text}: a position without a past holds no moves to agree with")
    return Records(records, found[0].search)


def game_from_json(data: Any) -> GameRecord | Position:
    """Return the game or position in a JSON object: a replay, a saved game, a position, or a game of hanab.live."""
    kind = data.get("format") if isinstance(data, dict) else None
    if kind == replays.FORMAT:
        return GameRecord.from_json(data)
    if kind == states.FORMAT:
        return GameRecord.from_state(HanabiState.from_json(data))
    if kind == built.FORMAT:
        return built.position_from_json(data)
    return from_hanab_live(data)


def _of_folder(folder: Path, number: int | None) -> Source:
    """Return a game of a folder of ``agents.hanabi_search``."""
    if not (folder / "run.json").is_file() or not (folder / "games.jsonl").is_file():
        raise ValueError("not a folder of agents.hanabi_search: it has no run.json and games.jsonl")
    asked = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    known = {field.name for field in fields(HanabiJob)}
    if not isinstance(asked, dict) or not known <= set(asked := USUAL | asked):
        raise ValueError("its run.json does not describe a Hanabi search")
    game = states.game_from_json(asked["game"])
    job = HanabiJob(**{name: asked[name] for name in known - {"game"}}, game=game)
    lines = [json.loads(line) for line in (folder / "games.jsonl").read_text(encoding="utf-8").splitlines()]
    if number is not None:
        lines = [line for line in lines if line["game"] == number]
        if not lines:
            raise ValueError(f"there is no game {number} in the folder")
    if not lines:
        raise ValueError("no game of the folder is finished")
    line = max(lines, key=lambda line: sum(a != b for a, b in zip(line["moves"], line["blueprint_moves"], strict=True)))
    return Source(record_of(job, line), job)
