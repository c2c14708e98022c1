"""Games with special suits against the obvious definition: a card is what no hint has ruled out, one type at a time.

The oracle keeps, for every card, the set of types that it can be, and filters that set with every hint by a rule
written down per suit. The engine keeps two masks; that they mean the same set is what is tested.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.blueprints.registry import blueprint, strongest_for
from agents.hanabi.blueprints import policy_for
from games.hanabi import HanabiGame, layout, standard
from games.hanabi.bridges import hle_parameters
from games.hanabi.built import position_from_json, position_to_json
from games.hanabi.events import Event
from games.hanabi.hanab_live import from_hanab_live, to_hanab_live
from games.hanabi.hanab_live_link import from_link, to_link
from games.hanabi.hanab_live_variants import NUMBERS, suits_of, variant_of
from games.hanabi.moves import move_from_id, move_text, parse_move
from games.hanabi.replay import GameRecord
from games.hanabi.replay_text import record_text
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from games.hanabi.suits import PLAIN, SUITS, VariantGame
from games.hanabi.view import HanabiView
from search.hanabi.history import SeatHistory

FIVE = ("rainbow", "black", "pink", "white", "brown")

# By hand, from the site's description of its suits: which colour hints touch it, which ranks, copies of ranks 1 to 5.
COLOUR_TOUCH = {"rainbow": "all", "omni": "all", "muddy rainbow": "all", "dark rainbow": "all", "white": "none"}
COLOUR_TOUCH |= {"null": "none", "light pink": "none", "gray": "none"}
RANK_TOUCH = {"pink": "all", "omni": "all", "light pink": "all", "dark pink": "all", "brown": "none", "null": "none"}
RANK_TOUCH |= {"muddy rainbow": "none", "dark brown": "none"}
SINGLE = {"black", "dark rainbow", "dark pink", "gray", "dark brown"}
SPECIAL = (*FIVE, "omni", "null", "muddy rainbow", "light pink", "dark rainbow", "dark pink", "gray", "dark brown")


def touches(suits: tuple[str, ...], kind: str, value: int, card: int) -> bool:
    """Return whether a hint touches a card of a type: the definition."""
    suit, rank = suits[card // 5], card % 5
    if kind == "colour":
        touch = COLOUR_TOUCH.get(suit, "own")
        if COLOUR_TOUCH.get(suits[value], "own") != "own":
            return False  # nobody can name rainbow or white
        return touch == "all" or (touch == "own" and suit == suits[value])
    touch = RANK_TOUCH.get(suit, "own")
    return touch == "all" or (touch == "own" and rank == value)


@st.composite
def games(draw: st.DrawFn) -> VariantGame:
    """Games of 2 to 6 suits, at least one of them special, in any order."""
    special = draw(st.lists(st.sampled_from(SPECIAL), min_size=1, max_size=3, unique=True))
    plain = draw(st.integers(1, 6 - len(special)))
    suits = draw(st.permutations([*PLAIN[:plain], *special]))
    return VariantGame(draw(st.integers(2, 3)), hand_size=draw(st.integers(1, 3)), suits=tuple(suits), life_tokens=9)


class Naive:
    """What every hint so far leaves of every card in a hand, by its place in the deck."""

    def __init__(self, game: VariantGame) -> None:
        self.game = game
        self.possible: dict[int, set[int]] = {}

    def of(self, card: int) -> set[int]:
        """Return the types that a card can be."""
        return self.possible.setdefault(card, set(range(self.game.types)))

    def hint(self, state: HanabiState, event: Event) -> None:
        """Filter the target's cards; ``state`` is the position after the hint."""
        for index, card in enumerate(state.cards(event.target)):
            kind, value = event.move.kind, event.move.value
            touched = touches(self.game.suits, kind, value, int(card[layout.CARD_TYPE]))
            assert touched == (index in event.touched)
            held = self.of(int(card[layout.DECK_INDEX]))
            held &= {one for one in held if touches(self.game.suits, kind, value, one) == touched}

    def legal_hints(self, state: HanabiState) -> set[tuple[int, str, int]]:
        """Return the hints that touch a card: (seat, kind, value)."""
        values = [("colour", colour) for colour in range(self.game.colours)] + [("rank", rank) for rank in range(5)]
        return {
            (seat, kind, value)
            for seat in range(self.game.players)
            if seat != state.current_player
            for kind, value in values
            if any(touches(self.game.suits, kind, value, card) for card in state.hand(seat))
        }


@settings(max_examples=40, deadline=None, derandomize=True)
@given(games(), st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_hints_leave_what_the_obvious_definition_leaves(game: VariantGame, seed: int, choice: Any) -> None:
    state, naive = HanabiState.from_seed(game, seed), Naive(game)
    histories = [SeatHistory(game, seat, state.view(seat)) for seat in range(game.players)]
    while not state.is_terminal:
        if state.information_tokens:
            hints = {move_from_id(game, move) for move in state.legal_moves() if move >= 2 * game.cards_in_hand}
            player = state.current_player
            told = {((player + hint.target) % game.players, hint.kind, hint.value) for hint in hints}
            assert told == naive.legal_hints(state)
        legal = state.legal_moves()
        state.apply(choice.choice([move for move in legal if move >= 2 * game.cards_in_hand] or legal))
        event = state.last_move
        assert event is not None
        if event.target >= 0:
            naive.hint(state, event)
        for seat, history in enumerate(histories):
            history.observe(state.view(seat))
            view = HanabiView(game, state.view(seat), seat)
            left = [naive.of(card.deck_index) for card in view.own]
            assert [set(card.possible) for card in view.own] == left
            assert [
                {one for one in range(game.types) if mask >> one & 1} for mask in history.hint_masks().tolist()
            ] == left
            if seat == state.turn % game.players:
                check_observation(state, seat, left)


def check_observation(state: HanabiState, seat: int, left: list[set[int]]) -> None:
    """The knowledge part of an observation lists the same types; nothing else of it is out of range."""
    game, vector = state.game, state.observation(seat)
    assert set(vector.tolist()) <= {0, 1} and len(vector) == game.observation_size
    width = game.types + game.colours + game.ranks
    start = game.observation_size - game.players * game.cards_in_hand * width
    for index, possible in enumerate(left):
        bits = vector[start + index * width : start + index * width + game.types]
        assert set(np.flatnonzero(bits).tolist()) == possible


@pytest.mark.parametrize("name", SPECIAL)
def test_suits_are_those_of_the_site(name: str) -> None:
    game = VariantGame(suits=("red", "yellow", "green", "blue", name))
    copies = Counter({card: game.type_copies[card] for card in range(game.types)})
    assert [copies[20 + rank] for rank in range(5)] == ([1] * 5 if name in SINGLE else [3, 2, 2, 2, 1])
    assert game.deck_size == (45 if name in SINGLE else 50)
    counts = Counter(HanabiState.from_seed(game, 1).deck.tolist())
    assert counts == copies
    values = [("colour", colour) for colour in range(5)] + [("rank", rank) for rank in range(5)]
    for kind, value in values:
        for card in range(game.types):
            assert game.touches(kind, value, card) == touches(game.suits, kind, value, card)  # type: ignore[arg-type]


def test_a_discarded_black_card_caps_the_score() -> None:
    game = VariantGame(suits=("red", "yellow", "green", "blue", "black"))
    deck = [20, *(card for card in HanabiState.from_seed(game, 0).deck.tolist() if card != 20)]
    state = HanabiState(game, deck, ["hint +1 rank 1"] if any(c % 5 == 0 for c in deck[5:10]) else ["play 4"])
    state.apply(state.legal_moves()[-1])
    before = state.best_score
    state.apply("discard 0")
    assert (before, state.best_score) == (25, 20)


def test_names_and_letters_are_those_of_the_site() -> None:
    game = VariantGame(suits=("red", "yellow", "green", "blue", "purple", "dark rainbow"))
    assert "".join(game.colour_letters) == "RYGBPM"
    assert move_text(game, parse_move(game, "hint +1 purple")) == "hint +1 purple"
    assert parse_move(game, "hint +1 dark rainbow") == parse_move(game, "hint +1 M")
    two = VariantGame(suits=("red", "rainbow", "muddy rainbow"))
    assert len(set(two.colour_letters)) == 3


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(NUMBERS)), st.integers(0, 10**6), st.integers(1, 40))
def test_games_of_the_site_go_there_and_back(variant: str, seed: int, plies: int) -> None:
    suits = suits_of(variant)
    assert suits is not None
    game, choice = VariantGame(3, suits=suits), random.Random(seed)
    state = HanabiState.from_seed(game, seed)
    while len(state.history) < plies and not state.is_terminal:
        state.apply(choice.choice(state.legal_moves()))
    record = GameRecord.from_state(state)
    data = json.loads(json.dumps(to_hanab_live(record)))
    assert data["options"] == {"variant": variant} and variant_of(game) == variant
    named = {action["value"] for action in data["actions"] if action["type"] == 2}
    assert named <= set(range(sum(COLOUR_TOUCH.get(suit, "own") == "own" for suit in suits)))
    for back in (from_hanab_live(data), from_link(to_link(record))):
        assert (back.game, back.deck) == (game, record.deck)
        assert back.moves == record.moves[: len(back.moves)]
    again = GameRecord.from_json(json.loads(json.dumps(record.to_json())))
    assert again == record and record_text(again) == record_text(record)


def test_positions_say_what_is_known_of_special_suits() -> None:
    game = VariantGame(suits=("red", "yellow", "pink", "brown"), hand_size=3)
    state = HanabiState.from_seed(game, 3)
    choice = random.Random(1)
    for _ in range(5):
        state.apply(choice.choice([move for move in state.legal_moves() if move >= 6]))
    back = position_from_json(json.loads(json.dumps(position_to_json(state))))
    for seat in range(2):
        for card, twin in zip(state.cards(seat), back.cards(seat), strict=True):
            masks = [game.types_left(int(one[1]), int(one[2])) for one in (card, twin)]
            assert masks[0] == masks[1]


@pytest.mark.parametrize("name", FIVE)
def test_players_without_conventions_play_and_the_others_say_why_not(name: str) -> None:
    game = VariantGame(2, suits=("red", "yellow", "green", "blue", name))
    assert self_play(game, blueprint("piers"), 20, workers=1).mean > 5
    assert self_play(game, blueprint("random"), 5, workers=1).scores.min() >= 0
    if name == "black":
        assert self_play(game, blueprint("smart"), 20, workers=1).mean > 10  # its hints are ordinary ones
        return
    assert strongest_for(game) == "piers"
    for other in ("smart", "information", "simple"):
        with pytest.raises(ValueError, match=f"the {other} blueprint takes a hint to touch one colour or one rank"):
            policy_for(game, other)
    with pytest.raises(ValueError, match="no games with the suits"):
        hle_parameters(game)


@pytest.mark.parametrize(
    ("suits", "message"),
    [
        ((), "names of suits"),
        ("red", "names of suits"),
        (("red", "mauve"), "no such suit: 'mauve'"),
        (("red", "red"), "not all different"),
        ((3,), "no such suit: 3"),
    ],
)
def test_suits_that_are_none_are_refused(suits: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VariantGame(suits=suits)


def test_plain_suits_are_the_usual_game_by_other_names() -> None:
    site = VariantGame(3, suits=PLAIN[:5])
    assert site.difference(standard(3)) is None and standard(3).difference(site) is None
    assert site.plain and np.array_equal(site.rules, standard(3).rules)
    assert strongest_for(site) == strongest_for(standard(3))
    black = VariantGame(3, suits=(*PLAIN[:4], "black"))
    assert (
        black.difference(standard(3)) == "suits = red, yellow, green, blue, black, not red, yellow, green, white, blue"
    )
    assert black.ordinary_hints and not black.plain
    with pytest.raises(ValueError, match="colours must be 2, the number of suits, not 3"):
        VariantGame(colours=3, suits=("red", "blue"), hand_size=2)
    assert HanabiGame(colours=6).difference(VariantGame(suits=PLAIN)) is None
    assert set(PLAIN) < set(SUITS)
