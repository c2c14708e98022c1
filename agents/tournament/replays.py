"""Replays of a tournament's notable games, made from their recorded histories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.game import Game
from agents.runs.forfeit import Forfeit
from agents.runs.replays import ending_of, write_hanabi_replay, write_openspiel_replay
from agents.tournament.folder import HISTORIES, TournamentFolder
from games._base.errors import UsageError
from games.hanabi.state import HanabiState

FOLDER = "replays"


class Record(NamedTuple):
    """A notable game, how it ended in words, and the state that its actions lead to."""

    game: dict[str, Any]
    ending: str
    state: Any
    seed: int


def with_histories(folder: TournamentFolder, games: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return games (``agents.tournament.times.notable_games``) with ``history``, the actions that were recorded."""
    found = []
    for game in games:
        lines = list(folder.lines(HISTORIES, [(game["unit"], game["deal"])]))
        found.append(game | {"history": lines[game["game"]]["actions"]})
    return found


def record_of(game: Game, seed: int, notable: dict[str, Any]) -> Record:
    """Return a game as it is written; raises ``UsageError`` if its history is none, or does not give its returns."""
    forfeit = None if notable["forfeit"] is None else Forfeit(**notable["forfeit"])
    try:
        state = _replayed(game, seed, notable["deal"], notable["history"])
        returns = _returns(game, state) if forfeit is None else game.forfeit_returns(forfeit.seat)
    except ValueError:
        returns = []
    if returns != notable["returns"]:
        place = f"unit {notable['unit']}, deal {notable['deal']}, game {notable['game']}"
        raise UsageError(f"{HISTORIES} is damaged, the actions of {place} do not give its returns: delete that folder")
    return Record(notable, ending_of(returns, notable["seats"], forfeit), state, seed)


def _replayed(game: Game, seed: int, deal: int, history: Sequence[int]) -> Any:
    """Return the state after a history; raises ``ValueError`` if an action is not legal."""
    if game.hanabi:
        table = HanabiState.from_seed(game.rules, seed, deal)
        for move in history:
            table.apply(move)
        return table
    state = game.rules.new_initial_state()
    for action in history:
        if state.is_terminal() or action not in state.legal_actions():
            raise ValueError(f"the action {action} is not legal")
        state.apply_action(action)
    return state


def _returns(game: Game, state: Any) -> list[float]:
    """Return what each seat got; nothing if the game is not over."""
    if game.hanabi:
        return [float(state.score)] * game.players if state.is_terminal else []
    return list(state.returns()) if state.is_terminal() else []


def write_replays(folder: Path, game: Game, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Write ``replays/unit-deal-game.txt`` and ``.json``, and return the games with ``href``, their place.

    Replays of an earlier call that are no longer chosen are removed.
    """
    target, written, found = folder / FOLDER, set(), []
    for notable, ending, state, seed in records:
        path = target / f"{notable['unit']}-{notable['deal']}-{notable['game']}.txt"
        if game.hanabi:
            write_hanabi_replay(path, state, notable["seats"], ending, seed, notable["deal"])
        else:
            write_openspiel_replay(path, game, notable["seats"], notable["history"], ending)
        written |= {path, path.with_suffix(".json")}
        found.append(notable | {"href": f"{FOLDER}/{path.name}"})
    for path in target.glob("*-*-*.*"):
        if path not in written and path.suffix in (".txt", ".json"):
            path.unlink()
    return found
