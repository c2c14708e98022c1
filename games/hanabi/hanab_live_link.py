"""Links of hanab.live that hold a whole game: ``https://hanab.live/replay-json/`` and a string of letters and digits.

The string is three parts between commas, in which hyphens mean nothing (the site puts one after every 20 characters):
the number of players, the least and the greatest rank and a letter a card; the least and the greatest type of action
and two letters an action; the number of the variant. A letter is a digit of base 62, ``a`` being 0 and ``Z`` 61: a card
is ``suit * ranks + rank - least rank``, an action ``value * types + type - least type`` and then its target.
"""

from __future__ import annotations

import re
from typing import Any

from games.hanabi.hanab_live import from_hanab_live, to_hanab_live
from games.hanabi.hanab_live_variants import NUMBERS
from games.hanabi.replay import DEFAULT_NAMES, GameRecord

SITE = "https://hanab.live/replay-json/"
_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VARIANTS = {number: name for name, number in NUMBERS.items()}
_LINK = re.compile(r"(?:https?://[^/\s]+)?/?(?:shared-)?replay-json/([A-Za-z0-9,-]+)/?(?:[?#].*)?")
_PART = 20  # characters between hyphens


def is_link(text: str) -> bool:
    """Return whether a text is such a link."""
    return _LINK.fullmatch(text.strip()) is not None


def to_link(record: GameRecord) -> str:
    """Return the link that opens a game on hanab.live.

    Raises ``ValueError`` where ``to_hanab_live`` does, and unless the variant is a usual one, with the usual hand.
    """
    data = to_hanab_live(record)
    options = data["options"]
    if options["variant"] not in NUMBERS or len(options) > 1:
        raise ValueError(
            "links to hanab.live are for games with the usual number of cards in hand, whose suits are plain but for "
            "one at most, which is black, rainbow, pink, white or brown"
        )
    actions = data["actions"]
    kinds = [action["type"] for action in actions]
    least, most = min(kinds), max(kinds)
    told = "".join(
        _DIGITS[action["value"] * (most - least + 1) + action["type"] - least] + _DIGITS[action["target"]]
        for action in actions
    )
    cards = "".join(_DIGITS[card["suitIndex"] * 5 + card["rank"] - 1] for card in data["deck"])
    whole = f"{len(data['players'])}15{cards},{least}{most}{told},{NUMBERS[options['variant']]}"
    return SITE + "-".join(whole[place : place + _PART] for place in range(0, len(whole), _PART))


def from_link(text: str) -> GameRecord:
    """Return the game that a link holds; raises ``ValueError`` with one sentence if there is none that we play."""
    found = _LINK.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            "not a link to a game of hanab.live: it has '/replay-json/' and a string of letters and digits"
        )
    parts = found[1].replace("-", "").split(",")
    if len(parts) != 3 or not re.fullmatch(r"\d{3}\w+", parts[0]) or not re.fullmatch(r"\d{2}\w*", parts[1]):
        raise ValueError("the link to hanab.live is damaged: it has not the three parts of a game")
    players, number = int(parts[0][0]), int(parts[2]) if parts[2].isdigit() else -1
    if number not in _VARIANTS:
        raise ValueError(
            f"the variant of number {parts[2]:.10} of hanab.live is not read here: give the game's JSON, or one of "
            f"the numbers {', '.join(map(str, sorted(_VARIANTS)))}"
        )
    if not 2 <= players <= len(DEFAULT_NAMES):
        raise ValueError(f"the link to hanab.live is damaged: it has {players} players")
    data: dict[str, Any] = {
        "players": list(DEFAULT_NAMES[:players]),
        "deck": _deck(parts[0][1:]),
        "actions": _actions(parts[1]),
        "options": {"variant": _VARIANTS[number]},
    }
    return from_hanab_live(data)


def _deck(text: str) -> list[dict[str, int]]:
    least, most = int(text[0]), int(text[1])
    ranks = most - least + 1
    if ranks < 1:
        raise ValueError("the link to hanab.live is damaged: its ranks are no range")
    cards = (divmod(_DIGITS.index(letter), ranks) for letter in text[2:] if letter in _DIGITS)
    return [{"suitIndex": suit, "rank": rank + least} for suit, rank in cards]


def _actions(text: str) -> list[dict[str, int]]:
    least, most = int(text[0]), int(text[1])
    kinds, told = most - least + 1, text[2:]
    if kinds < 1 or len(told) % 2 or not set(told) <= set(_DIGITS):
        raise ValueError("the link to hanab.live is damaged: its actions are not pairs of letters")
    actions = []
    for first, target in zip(told[::2], told[1::2], strict=True):
        value, kind = divmod(_DIGITS.index(first), kinds)
        actions.append({"type": kind + least, "target": _DIGITS.index(target), "value": value})
    return actions
