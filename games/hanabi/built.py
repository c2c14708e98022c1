"""Positions put together by hand: cards, stacks, tokens and hints, with no moves that led there.

What is not known may be left open: cards of the hand whose player is to move (``"??"``) and the order of the deck. A
position of this kind has no past: conventions that read one find nothing, so policies that look at the view alone fit
it. ``TURN`` is 0, and a search starts its history here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from games._base.numbers import whole
from games.hanabi import layout
from games.hanabi.checks import seat_of
from games.hanabi.game import HanabiGame
from games.hanabi.moves import card_text, parse_card
from games.hanabi.position import Position
from games.hanabi.state import game_from_json, game_to_json
from games.hanabi.text import knowledge_text

FORMAT = "tamaya-hanabi-position"
VERSION = 1
_UNKNOWN = ("??", "?", None)
_KNOWLEDGE = re.compile(r"([A-Za-z]+|\.)([1-9]+|\.)(?:/([A-Za-z]+)\.)?")


def built_position(
    game: HanabiGame,
    hands: Sequence[Sequence[str | int | None]],
    *,
    player: int = 0,
    hints: Sequence[Sequence[str]] | None = None,
    fireworks: Mapping[str, int] | Sequence[int] = (),
    discards: Sequence[str | int] = (),
    information_tokens: int | None = None,
    life_tokens: int | None = None,
    turns_left: int | None = None,
) -> Position:
    """Return a position in which ``player`` is to move.

    Parameters
    ----------
    game : the configuration.
    hands : of every seat, oldest card first: ``"R1"`` or card types; ``"??"`` for an unknown card of ``player``.
    player : whose move it is.
    hints : for every card what hints leave possible, as ``str(state)`` shows it: ``"R."`` red, ``".1"`` a 1,
        ``"YG45"``, ``".."`` anything; by default that. A single colour or rank counts as named.
    fireworks : heights of the stacks, by colour letter or in order; by default 0.
    discards : cards discarded or misplayed.
    information_tokens, life_tokens : by default all.
    turns_left : moves left once the deck is empty; by default one a player.

    Returns
    -------
    Position
        What ``analyse`` takes; it has no past.

    Raises
    ------
    ValueError
        One sentence for what cannot be.

    Examples
    --------
    >>> from games.hanabi import standard
    >>> hands = [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]]
    >>> position = built_position(standard(2), hands, fireworks={"R": 1}, information_tokens=3)
    >>> position.cards_left, position.score, position.hand(0)[0]
    (39, 1, -1)
    """
    seat = seat_of(game, player)
    array = np.zeros(game.state_size, np.int32)
    position = Position(game, array)
    known = _place_table(game, array, fireworks, discards)
    if len(hands) != game.players:
        raise ValueError(f"a position has {game.players} hands, not {len(hands)}")
    if hints is not None and len(hints) != game.players:
        raise ValueError(f"a position has hints for {game.players} hands, not {len(hints)}")
    held = 0
    for owner, hand in enumerate(hands):
        if len(hand) > game.cards_in_hand:
            raise ValueError(f"a hand has at most {game.cards_in_hand} cards, not {len(hand)}")
        array[game.rules[layout.HAND_LENGTHS] + owner] = len(hand)
        told = [".."] * len(hand) if hints is None else hints[owner]
        if len(told) != len(hand):
            raise ValueError(f"player {owner} holds {len(hand)} cards, but hints are given for {len(told)}")
        for i, card in enumerate(hand):
            known += _place_card(game, array, owner, i, card, told[i], held, hidden_allowed=owner == seat)
            held += 1
    counts = np.bincount(known, minlength=game.types) if known else np.zeros(game.types, np.int64)
    for kind in range(game.types):
        if counts[kind] > game.type_copies[kind]:
            raise ValueError(f"there are {counts[kind]} copies of {card_text(game, kind)}, more than the game has")
    _place_head(game, array, seat, held, information_tokens, life_tokens, turns_left)
    return position


def _place_table(
    game: HanabiGame, array: Any, fireworks: Mapping[str, int] | Sequence[int], discards: Sequence[str | int]
) -> list[int]:
    """Write stacks and discards; return the types of their cards."""
    stacks, piles, _, _ = game.offsets
    heights = [0] * game.colours
    if isinstance(fireworks, Mapping):
        letters = game.colour_letters
        for letter, height in fireworks.items():
            if letter not in letters:
                raise ValueError(f"there is no colour {letter!r:.20}: there are {', '.join(letters)}")
            heights[letters.index(letter)] = height
    elif len(fireworks):
        if len(fireworks) != game.colours:
            raise ValueError(f"there are {game.colours} fireworks, not {len(fireworks)}")
        heights = list(fireworks)
    cards: list[int] = []
    for colour, height in enumerate(heights):
        array[stacks + colour] = whole(height, "the height of a firework", 0, game.ranks)
        cards += range(colour * game.ranks, colour * game.ranks + int(height))
    array[layout.POINTS] = len(cards)
    for card in discards:
        kind = parse_card(game, card)
        array[piles + kind] += 1
        cards.append(kind)
    return cards


def _place_card(
    game: HanabiGame, array: Any, owner: int, i: int, card: Any, told: str, index: int, *, hidden_allowed: bool
) -> list[int]:
    """Write a card; return its type, if it is known."""
    hidden = card in _UNKNOWN
    if hidden and not hidden_allowed:
        raise ValueError(f"card {i} of player {owner} is unknown, but the player to move sees it")
    kind = layout.HIDDEN if hidden else parse_card(game, card)
    colours, ranks = _masks(game, told)
    if not hidden and not game.types_left(colours, ranks) >> kind & 1:
        raise ValueError(f"card {i} of player {owner} is {card_text(game, kind)}, which the hint {told} rules out")
    place = game.card_offset(owner, i)
    named = (colours & (colours - 1) == 0) + 2 * (ranks & (ranks - 1) == 0)
    array[place : place + layout.CARD_FIELDS] = (kind, colours, ranks, named if told != ".." else 0, index)
    return [] if hidden else [kind]


def _masks(game: HanabiGame, told: str) -> tuple[int, int]:
    """Return the masks of colours and ranks that a text such as ``YG45`` leaves."""
    found = _KNOWLEDGE.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        raise ValueError(f"{told!r:.20} says nothing of a card: write 'R.', '.1', 'YG45' or '..'")
    letters = game.colour_letters
    every_colour, every_rank = "".join(letters), "".join(str(rank + 1) for rank in range(game.ranks))
    colours, ranks = (
        every if part == "." else part
        for part, every in zip(found.groups()[:2], (every_colour, every_rank), strict=True)
    )
    colours += found[3] or ""
    if not (set(colours) <= set(letters) and set(ranks) <= set(every_rank)):
        raise ValueError(f"{told!r:.20} names a colour or a rank that the game has not")
    return sum(1 << letters.index(c) for c in set(colours)), sum(1 << (int(r) - 1) for r in set(ranks))


def _place_head(
    game: HanabiGame, array: Any, seat: int, held: int, tokens: int | None, lives: int | None, turns_left: int | None
) -> None:
    stacks, _, lengths, _ = game.offsets
    gone = int(array[stacks:lengths].sum())
    array[layout.DEALT] = gone + held
    left = game.deck_size - gone - held
    if left < 0:
        raise ValueError(f"{gone + held} cards are on the table and in hands, more than the game's {game.deck_size}")
    if left and len(set(array[lengths : lengths + game.players].tolist())) > 1:
        raise ValueError("hands differ in size while there are cards in the deck")
    most = game.information_tokens
    array[layout.INFORMATION_TOKENS] = most if tokens is None else whole(tokens, "information_tokens", 0, most)
    array[layout.LIFE_TOKENS] = game.life_tokens if lives is None else whole(lives, "life_tokens", 1, game.life_tokens)
    turns = game.players if turns_left is None else whole(turns_left, "turns_left", 1, game.players)
    if left and turns != game.players:
        raise ValueError("turns_left counts down once the deck is empty, and it is not")
    array[layout.TURNS_LEFT] = turns
    array[layout.CURRENT_PLAYER] = seat
    array[layout.LAST_MOVE : layout.LAST_CARD + 1] = -1
    array[layout.LAST_TOUCHED] = 0
    if array[layout.POINTS] == game.types:
        array[layout.STATUS] = layout.COMPLETED


def position_to_json(position: Position) -> dict[str, Any]:
    """Return a position, without its past, as a JSON object."""
    game = position.game
    return {
        "format": FORMAT,
        "version": VERSION,
        "game": game_to_json(game),
        "player": position.current_player,
        "hands": [[card_text(game, kind) for kind in position.hand(seat)] for seat in range(game.players)],
        "hints": [[knowledge_text(game, card) for card in position.cards(seat)] for seat in range(game.players)],
        "fireworks": dict(zip(game.colour_letters, position.fireworks, strict=True)),
        "discards": [card_text(game, kind) for kind, count in enumerate(position.discards) for _ in range(count)],
        "information_tokens": position.information_tokens,
        "life_tokens": position.life_tokens,
        "turns_left": int(position.array[layout.TURNS_LEFT]),
    }


_ENTRIES = ("hands", "player", "hints", "fireworks", "discards", "information_tokens", "life_tokens", "turns_left")


def position_from_json(data: Any) -> Position:
    """Return the position in such an object; raises ``ValueError`` saying what is wrong with it.

    ``game`` and all but ``hands`` may be left out: then they are as in ``built_position``, the game the standard one.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"not a position: the 'format' entry must be {FORMAT!r}")
    if data.get("version") != VERSION:
        raise ValueError(f"the position has version {data.get('version')!r}; this program reads version {VERSION}")
    unknown = [key for key in data if key not in (*_ENTRIES, "format", "version", "game")]
    if unknown:
        raise ValueError(f"a position has no entry {unknown[0]!r:.40}")
    hands, hints = data.get("hands"), data.get("hints")
    for name, rows in (("hands", hands), ("hints", hints)):
        if not (rows is None and name == "hints") and not (
            isinstance(rows, list) and all(isinstance(row, list) for row in rows)
        ):
            raise ValueError(f"the {name!r} of a position must be a list of lists")
    assert isinstance(hands, list)
    game = game_from_json(data["game"]) if "game" in data else HanabiGame(players=len(hands))
    given = {key: data[key] for key in _ENTRIES if key in data and key != "hands"}
    for name in ("fireworks", "discards"):
        if not isinstance(given.get(name, []), list | dict):
            raise ValueError(f"the {name!r} of a position must be a list")
    return built_position(game, hands, **given)
