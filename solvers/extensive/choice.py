"""Which algorithm is taken where none is named (``auto``), and why: by the family of the game.

No regret minimiser is best everywhere. The choice is that of the table in docs/extensive_games.md, which ``python -m
benchmarks.extensive_choice`` makes: after 1,000 and 4,000 iterations, what is least behind the best one of its family's
games, in orders of magnitude, among those that need not know beforehand how many iterations there will be – a run may
be asked for more. The family is read from the name of the game: it is the kind of uncertainty that decides, not the
size. Where the table does not reach, with more players or other sums, it is ``pcfr+``.
"""

from __future__ import annotations

import re

AUTO = "auto"

FAMILIES = {"poker": "sapcfr+", "dice": "sapcfr+", "board": "pcfr+", "other": "sapcfr+"}
"""The algorithm of each family of two-player games with a constant sum."""

_PARTS = {"poker": ("poker",), "dice": ("dice", "dudo"), "board": ("hex", "battleship", "tic_tac_toe", "ttt", "chess")}
"""Parts of the names of games by which they belong to a family."""

_NAMES = re.compile(r"[a-z0-9_]+(?=\()|^[a-z0-9_]+$")


def family_of(game: str) -> str:
    """Return the family of a game by its text, or its name; games within it, as of a transformed one, count too."""
    names = _NAMES.findall(game.strip())
    found = (family for family, parts in _PARTS.items() if any(part in name for part in parts for name in names))
    return next(found, "other")


def default_algorithm(game: str, regularised: bool = False) -> tuple[str, str]:
    """Return the name of the algorithm taken if none is named, and why; ``regularised``: there is an alpha."""
    if regularised:
        return "mmd", "the default where there is an alpha"
    family = family_of(game)
    return FAMILIES[family], f"the default of {family} games"


def general_default(regularised: bool) -> tuple[str, str]:
    """Return the same for games of more players, or of utilities without a constant sum."""
    return "mmd-behavioural" if regularised else "pcfr+", "the default of games of more players or other sums"
