"""Which algorithm is taken where none is named (``auto``), and why: by the family of the game.

No regret minimiser is best everywhere. The choice is that of the table in docs/extensive_games.md, which ``python -m
benchmarks.extensive_choice`` makes: after 1,000 and 4,000 iterations on games of three families, what is least behind
the best, in orders of magnitude. The family is read from the name of the game, since it is the kind of its uncertainty
that decides (how much is lost to dominated actions), not its size.
"""

from __future__ import annotations

import re

AUTO = "auto"

FAMILIES = {"poker": "dcfr", "dice": "sapcfr+", "other": "pcfr+"}
"""The algorithm of each family of two-player games with a constant sum."""

GENERAL = "pcfr+"
"""The one for more players, or utilities without a constant sum."""

_NAMES = re.compile(r"[a-z0-9_]+(?=\()|^[a-z0-9_]+$")


def family_of(game: str) -> str:
    """Return the family of a game by its text, or its name: the first of ``FAMILIES`` that its names speak of."""
    names = _NAMES.findall(game.strip())
    return next((family for family in FAMILIES if any(family in name for name in names)), "other")
