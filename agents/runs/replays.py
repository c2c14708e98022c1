"""Games to keep, as text that a person reads and as JSON: OpenSpiel's here, Hanabi's by ``games.hanabi.replay``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.game import Game
from games._base.files import write_whole
from games.hanabi.hanab_live import to_hanab_live
from games.hanabi.replay import GameRecord
from games.hanabi.replay_text import record_text
from games.hanabi.state import HanabiState

FORMAT = "tamaya-game"
VERSION = 1


def write_openspiel_replay(path: Path, game: Game, names: Sequence[str], history: Sequence[int], ending: str) -> None:
    """Write a game of OpenSpiel as ``path`` with ``.txt`` and ``.json``.

    ``names`` of the players; ``history``: all actions, those of chance included; ``ending``: what came of it, in words.
    """
    state = game.rules.new_initial_state()
    words, width = [], max(len("chance"), *(len(name) for name in names))
    lines = [game.name, *(f"player {seat}: {name}" for seat, name in enumerate(names)), ""]
    for number, action in enumerate(history, start=1):
        player = state.current_player()
        words.append(state.action_to_string(player, action))
        lines.append(f"{number:>4}  {'chance' if player < 0 else names[player]:<{width}}  {words[-1]}")
        state.apply_action(action)
    lines += ["", str(state), "", ending]
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "game": game.name,
        "players": list(names),
        "actions": list(history),
        "words": words,
        "returns": state.returns() if state.is_terminal() else None,
        "ending": ending,
    }
    write_whole(path.with_suffix(".txt"), "\n".join(lines) + "\n")
    write_whole(path.with_suffix(".json"), json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def write_hanabi_replay(
    path: Path,
    state: HanabiState,
    names: Sequence[str],
    ending: str,
    seed: int | None = None,
    number: int | None = None,
) -> None:
    """Write a game of Hanabi as ``path`` with ``.txt`` and ``.json``, for hanab.live where it knows the variant."""
    record = GameRecord.from_state(state, seed=seed, number=number)
    seats = "\n".join(f"{player}: {name}" for player, name in zip(record.players, names, strict=True))
    write_record(path, record, seats, ending)


def write_record(path: Path, record: GameRecord, heading: str, ending: str = "") -> set[Path]:
    """Write a record as text, between heading and ending, and as JSON: hanab.live's where it knows the variant.

    Returns the two files.
    """
    text, data = path.with_suffix(".txt"), path.with_suffix(".json")
    write_whole(text, f"{heading}\n\n{record_text(record)}\n{ending and ending + chr(10)}")
    try:
        content = to_hanab_live(record)
    except ValueError:  # a variant that hanab.live does not have
        content = record.to_json()
    write_whole(data, json.dumps(content) + "\n")
    return {text, data}


def ending_of(returns: Sequence[float], names: Sequence[str], forfeit: Any | None) -> str:
    """Return how a game ended, in words."""
    shares = ", ".join(f"{name} {value:g}" for name, value in zip(names, returns, strict=True))
    if forfeit is None:
        return f"Returns: {shares}"
    return f"{names[forfeit.seat]} forfeits: {forfeit.reason}. Returns: {shares}"
