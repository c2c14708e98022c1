"""Policies as others read them: a table (``.csv``), and Gambit's behaviour profile (``.profile``).

- The table has the columns player, information_state, action (its number), name (of the action), probability.
- A *behaviour profile* is what Gambit's programs print of a game tree (https://gambitproject.readthedocs.io): the
  letters ``NE`` and the probabilities of all actions, comma-separated, player by player, information set by information
  set, in the order in which the game's file meets them (``games.extensive.gambit_writer``). Numbers may be decimal or
  rational. It names nothing, so that the game it belongs to has to be given with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from games._base.files import write_whole
from games.extensive.gambit_writer import load_tree
from games.extensive.game import Floats, Names, Treeplex
from games.extensive.game_tree import TreeInfoset

Table = dict[str, list[tuple[int, float]]]
"""Information-state string → [(action, probability), ...]."""

_COLUMNS = ("player", "information_state", "action", "name", "probability")
_MOST_PLAYERS = 100


def write_policy_csv(
    path: Path, treeplexes: Sequence[Treeplex], names: Sequence[Names], policy: Sequence[Floats]
) -> None:
    """Write a policy as a table, one row for each state and action."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for player, (tree, called, part) in enumerate(zip(treeplexes, names, policy, strict=True)):
        first, actions, probabilities = tree.first.tolist(), called.actions.tolist(), part.tolist()
        for i, state in enumerate(called.information_states):
            for s in range(first[i], first[i + 1]):
                writer.writerow((player, state, actions[s], called.action_string(s), repr(probabilities[s])))
    write_whole(path, text.getvalue())


def read_policy_csv(path: Path) -> list[Table]:
    """Return what ``write_policy_csv`` wrote as one table for each player that occurs; names may be left out.

    Raises ``ValueError`` with file and line for what is no such table.
    """
    lines = csv.DictReader(io.StringIO(_text(path)), strict=True)
    missing = [column for column in _COLUMNS if column != "name" and column not in (lines.fieldnames or ())]
    if missing:
        raise ValueError(f"{path} is not a policy: it lacks the column {missing[0]}")
    tables: list[Table] = []
    try:
        for row in lines:
            player, action, probability = int(row["player"]), int(row["action"]), float(row["probability"])
            if not 0 <= player < _MOST_PLAYERS:
                raise ValueError
            while len(tables) <= player:
                tables.append({})
            tables[player].setdefault(row["information_state"], []).append((action, probability))
    except (ValueError, TypeError, csv.Error):
        raise ValueError(
            f"{path}, line {lines.line_num}: a row has a player from 0, an information state, the number of an action "
            "and a probability"
        ) from None
    return tables


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def _in_order(game: str) -> tuple[int, list[tuple[TreeInfoset, Sequence[int]]]]:
    """Return the number of players, and the information sets in a profile's order with the numbers of their actions."""
    tree = load_tree(game)
    players = range(len(tree.players))
    infosets = [infoset for player in players for infoset in tree.infosets if infoset.player == player]
    return len(players), [(infoset, infoset.numbers or range(len(infoset.actions))) for infoset in infosets]


def write_profile(path: Path, game: str, tables: Sequence[Mapping[str, Sequence[tuple[int, float]]]]) -> None:
    """Write a policy as Gambit's behaviour profile of a game: an OpenSpiel string, or a Gambit file's path.

    ``tables``: for each player information-state string → [(action, probability), ...]. Raises ``ValueError`` if they
    lack an infoset, ``GameError`` if the game has no tree that could be written.
    """
    parts = ["NE"]
    for infoset, actions in _in_order(game)[1]:
        row = tables[infoset.player].get(infoset.name)
        if row is None:
            raise ValueError(f"the policy lacks the infoset {infoset.name!r} of player {infoset.player} in {game}")
        known = dict(row)
        parts += [repr(float(known.get(action, 0.0))) for action in actions]
    write_whole(path, ",".join(parts) + "\n")


def read_profile(path: Path, game: str) -> list[Table]:
    """Return the tables of a behaviour profile, one for each player.

    Raises ``ValueError`` if the file has not one number for each action of the game.
    """
    parts = _text(path).strip().split(",")
    players, infosets = _in_order(game)
    wanted = sum(len(actions) for _, actions in infosets)
    if len(parts) != wanted + 1:
        raise ValueError(
            f"{path} has {len(parts) - 1:,} probabilities, and a behaviour profile of {game} has {wanted:,} after NE"
        )
    tables: list[Table] = [{} for _ in range(players)]
    at = 1
    for infoset, actions in infosets:
        row = []
        for action in actions:
            try:
                row.append((action, float(Fraction(parts[at].strip()))))
            except (ValueError, ZeroDivisionError):
                raise ValueError(f"{path} has {parts[at][:40]!r} where a probability must be") from None
            at += 1
        tables[infoset.player][infoset.name] = row
    return tables
