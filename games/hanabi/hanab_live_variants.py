"""The variants of hanab.live that are played here: their names, suits, numbers and colour hints.

A variant is named after its special suits and the number of all suits: ``Rainbow (5 Suits)``, ``Black & Pink (6
Suits)``. The others are plain, and which ones follows from their number. The site has some two thousand more variants
whose special *ranks*, orders of play or ambiguous colours change other rules; they are refused.
"""

from __future__ import annotations

import re

from games.hanabi.game import HanabiGame
from games.hanabi.suits import PLAIN, SUITS, VariantGame

_PLAIN_OF_NUMBER = {
    1: ("red",),
    2: ("red", "blue"),
    3: ("red", "green", "blue"),
    **{number: PLAIN[:number] for number in (4, 5, 6)},
}
_OF_PLAIN_SUITS = {3: "3 Suits", 4: "4 Suits", 5: "No Variant", 6: "6 Suits"}
_NAME = re.compile(r"([A-Z][A-Za-z &]*) \(([3-6]) Suits\)")
_SAME_HINT = ({"pink", "dark pink"}, {"brown", "dark brown"})  # of the site's colours, which name both suits at once

_RAINBOW, _PINK, _WHITE, _BROWN = (16, 17, 19), (107, 108, 109), (22, 26, 27), (70, 71, 72)
NUMBERS = {
    "No Variant": 0,
    "6 Suits": 1,
    "4 Suits": 15,
    "3 Suits": 18,
    "Black (6 Suits)": 2,
    "Black (5 Suits)": 21,
    "Rainbow (6 Suits)": 3,
    "Pink (6 Suits)": 106,
    "White (6 Suits)": 13,
    "Brown (6 Suits)": 69,
    **{
        f"{name} ({5 - place} Suits)": number
        for name, numbers in (("Rainbow", _RAINBOW), ("Pink", _PINK), ("White", _WHITE), ("Brown", _BROWN))
        for place, number in enumerate(numbers)
    },
}
"""The numbers by which links name variants, of those that people play most."""


def suits_of(variant: str) -> tuple[str, ...] | None:
    """Return the suits of a variant by its name; None if it is not played here."""
    for number, name in _OF_PLAIN_SUITS.items():
        if variant == name:
            return _PLAIN_OF_NUMBER[number]
    found = _NAME.fullmatch(variant)
    special = tuple(name.lower() for name in found[1].split(" & ")) if found else ()
    plain = _PLAIN_OF_NUMBER.get(int(found[2]) - len(special)) if found else None
    if plain is None or not all(name in SUITS and name not in PLAIN for name in special):
        return None
    return plain + special if _is_one(plain + special) else None


def _is_one(suits: tuple[str, ...]) -> bool:
    """Return whether the site has a variant with these suits, as far as its rule is known here."""
    single = sum(SUITS[name].single for name in suits)
    large_enough = single == 0 or (single == 1 and len(suits) >= 5) or (single == 2 and len(suits) == 6)
    return large_enough and len(set(suits)) == len(suits) and not any(both <= set(suits) for both in _SAME_HINT)


def variant_of(game: HanabiGame) -> str:
    """Return the name of the variant of a game of 5 ranks; raises ``ValueError`` if the site has none."""
    if not isinstance(game, VariantGame):
        variant = _OF_PLAIN_SUITS.get(game.colours)
        if variant is None or game.ranks != 5:
            raise ValueError(
                "hanab.live plays 3 to 6 colours of 5 ranks; "
                f"this game has {game.colours} colours of {game.ranks} ranks"
            )
        return variant
    special = [name for name in game.suits if name not in PLAIN]
    named = f"{' & '.join(name.title() for name in special)} ({game.colours} Suits)"
    variant = named if special else _OF_PLAIN_SUITS.get(game.colours, "")
    if game.ranks != 5 or suits_of(variant) != game.suits:
        raise ValueError(f"hanab.live has no variant with the suits {', '.join(game.suits)} of {game.ranks} ranks")
    return variant


def hint_colours(game: HanabiGame) -> list[int]:
    """Return the colours that hints can name, in the site's order: those of its numbers."""
    return [colour for colour in range(game.colours) if game.suits_touched(colour)]
