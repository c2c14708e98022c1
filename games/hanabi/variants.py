"""Games of Hanabi by the name of their variant, as ``--variant`` and ``hanabi(variant=…)`` take it.

Presets of sizes (``games.hanabi.game``) and the suits that people play most on hanab.live: five suits, the last of them
special, or six plain ones (``games.hanabi.suits``).
"""

from __future__ import annotations

from typing import Literal, get_args

from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.suits import PLAIN, VariantGame

VariantName = Literal["standard", "small", "seven-card", "six-suits", "rainbow", "black", "pink", "white", "brown"]
VARIANTS: tuple[VariantName, ...] = get_args(VariantName)


def variant_game(name: str, players: int = 2, bomb: Literal["zero", "keep"] = "zero") -> HanabiGame:
    """Return the game of a variant among ``VARIANTS``.

    ``standard``; ``small``: 2 colours, 2 cards in hand, 3 hint tokens, 1 life; ``seven-card``: 2 players, 7 cards in
    hand, 4 hint tokens; ``six-suits``: six plain suits; the others: red, yellow, green, blue and the suit of that name.

    Raises ``ValueError`` with one sentence for another name or number of players.

    >>> variant_game("black", players=3).deck_size, variant_game("six-suits").types
    (45, 30)
    """
    if name == "standard":
        return standard(players, bomb)
    if name == "small":
        return small(players, bomb)
    if name == "seven-card":
        if players != 2:
            raise ValueError(f"the seven-card variant is for 2 players, not {players}")
        return seven_card(bomb)
    if name == "six-suits":
        return VariantGame(players, bomb=bomb, suits=PLAIN)
    if name not in VARIANTS:
        raise ValueError(f"there is no variant {name!r} of Hanabi: there are {', '.join(VARIANTS)}")
    return VariantGame(players, bomb=bomb, suits=(*PLAIN[:4], name))
