"""Positions put together by hand, and games in links."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.hanabi import layout, small, standard
from games.hanabi.built import built_position, position_from_json, position_to_json
from games.hanabi.game import HanabiGame
from games.hanabi.hanab_live_link import _deck, from_link, is_link, to_link
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState, check_deck
from tests.games.hanabi.test_view import GAMES, played

HANDS = [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]]
PAST = [*range(layout.LAST_MOVE, layout.LAST_DREW + 1), layout.TURN]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(GAMES), st.integers(0, 10**6), st.integers(0, 60), st.booleans())
def test_a_position_built_again_is_the_same_without_its_past(
    game: HanabiGame, seed: int, plies: int, hidden: bool
) -> None:
    state = played(game, seed, plies)
    if state.is_terminal:
        return
    position = HanabiState(game, state.deck, state.history)
    if hidden:
        position.array[:] = state.view(state.current_player)
    built = position_from_json(json.loads(json.dumps(position_to_json(position))))
    assert built.legal_moves() == state.legal_moves()
    left, right = position.array.copy(), built.array.copy()
    left[PAST] = right[PAST] = 0
    for owner in range(game.players):
        for i in range(len(state.hand(owner))):  # which card was dealt first, and which hint said it, are of the past
            record = slice(game.card_offset(owner, i) + layout.HINTED, game.card_offset(owner, i) + layout.CARD_FIELDS)
            left[record] = right[record] = 0
    np.testing.assert_array_equal(left, right)


def test_what_is_left_out_is_as_at_the_start() -> None:
    position = position_from_json({"format": "tamaya-hanabi-position", "version": 1, "hands": HANDS})
    assert position.game == standard(2)
    assert (position.cards_left, position.information_tokens, position.life_tokens, position.score) == (40, 8, 3, 0)
    assert position.hand(0) == [-1] * 5 and position.hand(1) == [0, 1, 5, 13, 24]
    hints = [["R.", ".1", "YG45", "..", "B5"], [".."] * 5]
    position = built_position(standard(2), HANDS, fireworks={"R": 1}, discards=["G4"], hints=hints)
    assert position.score == 1 and position.discards[13] == 1 and position.cards_left == 38
    assert position.cards(0)[:, layout.PLAUSIBLE_COLOURS].tolist() == [1, 31, 6, 31, 16]
    assert position.cards(0)[:, layout.PLAUSIBLE_RANKS].tolist() == [31, 1, 24, 31, 16]
    assert position.cards(0)[:, layout.HINTED].tolist() == [1, 2, 0, 0, 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hands": HANDS[:1]}, "2 hands, not 1"),
        ({"hands": [["??"] * 5, ["??"] * 5]}, "the player to move sees it"),
        ({"hands": [["??"] * 6, HANDS[1]]}, "at most 5 cards"),
        ({"hands": [["??"] * 4, HANDS[1]]}, "differ in size"),
        ({"hands": [["B5"] * 5, HANDS[1]]}, "6 copies of B5"),
        ({"hands": [HANDS[0], ["R1", "R2", "Y1", "G4", "P9"]]}, "no such colour"),
        ({"hints": [[".."] * 5, ["Y.", *[".."] * 4]]}, "the hint Y. rules out"),
        ({"hints": [[".."] * 5, ["maybe", *[".."] * 4]]}, "says nothing of a card"),
        ({"hints": [["P.", *[".."] * 4], [".."] * 5]}, "names a colour or a rank that the game has not"),
        ({"hints": [[".."] * 4, [".."] * 5]}, "hints are given for 4"),
        ({"fireworks": {"P": 1}}, "there is no colour 'P'"),
        ({"fireworks": [1, 2]}, "there are 5 fireworks"),
        ({"fireworks": {"R": 6}}, "must be 0 to 5"),
        ({"life_tokens": 0}, "life_tokens must be 1 to 3"),
        ({"turns_left": 1}, "once the deck is empty"),
        ({"player": 2}, "player must be 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        built_position(standard(2), **({"hands": HANDS} | change))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "not a position"),
        ({"format": "tamaya-hanabi-position", "version": 2}, "version 2"),
        ({"format": "tamaya-hanabi-position", "version": 1}, "list of lists"),
        ({"format": "tamaya-hanabi-position", "version": 1, "hands": HANDS, "deck": 3}, "has no entry 'deck'"),
        ({"format": "tamaya-hanabi-position", "version": 1, "hands": HANDS, "discards": 3}, "must be a list"),
    ],
)
def test_files_that_hold_no_position_are_refused(data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        position_from_json(data)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from((standard(2), standard(4), HanabiGame(3, colours=6))), st.integers(0, 10**6), st.integers(1, 40))
def test_a_game_goes_into_a_link_and_back(game: HanabiGame, seed: int, plies: int) -> None:
    record = GameRecord.from_state(played(game, seed, plies))
    link = to_link(record)
    assert is_link(link) and link.startswith("https://hanab.live/replay-json/")
    back = from_link(link)
    assert (back.deck, back.moves) == (record.deck, record.moves[: len(back.moves)])
    assert back.game.difference(game) is None
    assert from_link("/shared-replay-json/" + link.split("/")[-1].replace("-", "") + "#7").moves == back.moves


def test_a_deck_of_the_site_is_a_deck_of_the_game() -> None:
    """A string made by the site: 50 cards, of each type as many as there are."""
    cards = _deck("15ywseiijdqgholmnxcqrrxpvppvuukdkacakauswlmntfffbbgh")
    deck = check_deck(standard(2), [card["suitIndex"] * 5 + card["rank"] - 1 for card in cards])
    assert deck[:3].tolist() == [24, 22, 18]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("https://hanab.live/replay/123", "not a link to a game"),
        ("/replay-json/215ab,03", "not the three parts"),
        ("/replay-json/215ab,03aa,99", "the variant of number 99"),
        ("/replay-json/915ab,03aa,0", "9 players"),
        ("/replay-json/215ab,03a,0", "not pairs of letters"),
        ("/replay-json/251ab,03aa,0", "no range"),
        ("/replay-json/215ab,03aa,0", "the deck has 2 cards"),
    ],
)
def test_links_that_hold_no_game_of_ours_are_refused(link: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_link(link)
    assert not is_link("games/replay.json")


def test_games_that_the_site_has_no_link_for_are_refused() -> None:
    with pytest.raises(ValueError, match=r"hanab\.live"):
        to_link(GameRecord.from_state(played(small(2), 0, 3)))
    with pytest.raises(ValueError, match="usual number of cards in hand"):
        to_link(GameRecord.from_state(played(HanabiGame(2, hand_size=4), 0, 3)))
