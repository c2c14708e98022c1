"""What the tests of this package share: games, random policies, and states that a player cannot tell apart."""

from __future__ import annotations

from functools import cache
from typing import Any

from games.extensive import ExtensiveGame, compile_game
from games.extensive.policies import random_policy
from search.openspiel import SearchGame, TabularBlueprint
from search.openspiel.tree import HistoryTree

LIARS_DICE = "liars_dice(dice_sides=4)"
PHANTOM = "dark_hex(board_size=2,gameversion=adh)"
SIMULTANEOUS = "goofspiel(num_cards=3,imp_info=True,points_order=descending)"


@cache
def compiled(name: str) -> ExtensiveGame:
    return compile_game(name)


@cache
def tree_of(name: str) -> HistoryTree:
    return HistoryTree(SearchGame(name))


def random_blueprint(name: str, seed: int) -> TabularBlueprint:
    return TabularBlueprint.of_compiled(compiled(name), random_policy(compiled(name), seed))


def indistinguishable(name: str, most: int) -> list[tuple[int, list[Any]]]:
    """Return (player, states that the player cannot tell apart) for some information states with several histories."""
    tree = tree_of(name)
    groups = []
    for infoset in range(0, len(tree.texts), max(1, len(tree.texts) // 50)):
        members = tree.members(infoset)
        if len(members) > 1 and len(tree.legal(infoset)) > 1:
            chosen = members[:: max(1, len(members) // 4)][:4]
            groups.append((int(tree.owner[infoset]), [tree.state(history) for history in chosen.tolist()]))
    return groups[:most]
