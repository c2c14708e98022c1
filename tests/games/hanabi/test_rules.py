"""Rules, observations and invariants over odd configurations, beside the naive oracle; the state and its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.hanabi import HanabiGame, layout, standard
from games.hanabi.moves import Move, card_text, move_from_id, move_text, move_to_id, parse_card, parse_move
from games.hanabi.state import HanabiState, check_deck
from games.hanabi.text import position_text
from tests.games.hanabi.naive import NaiveHanabi
from tests.games.hanabi.test_parity import odd_games


def naive_of(state: HanabiState) -> NaiveHanabi:
    """Return the oracle on the same deck."""
    game = state.game
    deck = [divmod(int(card), game.ranks) for card in state.deck]
    return NaiveHanabi(
        game.players,
        game.colours,
        game.ranks,
        game.cards_in_hand,
        game.information_tokens,
        game.life_tokens,
        game.bomb == "keep",
        deck,
    )


def check_invariants(state: HanabiState) -> None:
    """Cards are conserved, counters in range, and every card is what its owner thinks possible."""
    game = state.game
    held = [card for player in range(game.players) for card in state.hand(player)]
    played = [c * game.ranks + rank for c, height in enumerate(state.fireworks) for rank in range(height)]
    undealt = state.deck[game.deck_size - state.cards_left :].tolist()
    counts = np.bincount(held + played + undealt, minlength=game.types) + state.discards
    assert counts.tolist() == [game.copies[card % game.ranks] for card in range(game.types)]
    assert 0 <= state.information_tokens <= game.information_tokens
    assert 0 <= state.life_tokens <= game.life_tokens
    assert state.turn <= game.maximum_turns
    assert state.score <= state.best_score <= game.types
    assert state.array[layout.POINTS] == sum(state.fireworks)
    for player in range(game.players):
        for card in state.cards(player):
            colour, rank = divmod(int(card[layout.CARD_TYPE]), game.ranks)
            assert card[layout.PLAUSIBLE_COLOURS] >> colour & 1 and card[layout.PLAUSIBLE_RANKS] >> rank & 1
            assert state.deck[card[layout.DECK_INDEX]] == card[layout.CARD_TYPE]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.one_of(odd_games(), odd_games(largest=7)), st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_games_agree_with_the_naive_oracle(game: HanabiGame, seed: int, choice: object) -> None:
    state = HanabiState.from_seed(game, seed)
    naive = naive_of(state)
    bound = state.best_score
    while True:
        assert state.legal_moves() == naive.legal()
        assert state.is_terminal == naive.is_over()
        assert state.score == naive.score()
        assert state.is_terminal or state.current_player == naive.to_move
        check_invariants(state)
        assert state.best_score <= bound
        bound = state.best_score
        for player in range(game.players):
            assert state.observation(player).tolist() == naive.observation(player)
            likely = naive.observation(player, probabilities=True)
            np.testing.assert_allclose(state.observation(player, "v0"), likely, rtol=1e-6)
        if state.is_terminal:
            break
        original, legal = state.copy(), state.legal_moves()
        twin = state.copy()
        move = choice.choice(legal)  # type: ignore[attr-defined]
        points = state.score
        assert twin.apply(move) == twin.score - points
        assert state == original, "a move on a copy changed the original"
        state.apply(move)
        assert state == twin
        naive.apply(move)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(odd_games(), st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_an_observation_does_not_depend_on_the_own_cards(game: HanabiGame, seed: int, choice: object) -> None:
    state = HanabiState.from_seed(game, seed)
    while not state.is_terminal:
        for player in range(game.players):
            hidden = state.copy()
            hidden.array[:] = state.view(player)
            assert (hidden.cards(player)[:, layout.CARD_TYPE] == layout.HIDDEN).all()
            assert hidden.observation(player).tolist() == state.observation(player).tolist()
            assert hidden.observation(player, "v0").tolist() == state.observation(player, "v0").tolist()
            if player == state.current_player:
                assert hidden.legal_moves() == state.legal_moves()
        state.apply(choice.choice(state.legal_moves()))  # type: ignore[attr-defined]


def test_games_that_differ_say_in_what() -> None:
    assert standard(2).difference(HanabiGame(2, hand_size=5, bomb="keep")) is None
    assert standard(2).difference(HanabiGame(2, hand_size=4)) == "hand_size = 5, not 4"
    assert HanabiGame(3, life_tokens=1).difference(standard(2)) == "players = 3, not 2"


def test_first_hands_are_dealt_player_by_player() -> None:
    state = HanabiState.from_seed(standard(3), 5)
    assert state.hand(0) + state.hand(1) + state.hand(2) == state.deck[:15].tolist()


def test_seeds_and_numbers_give_different_decks_and_the_same_again() -> None:
    game = standard(2)
    decks = {tuple(HanabiState.from_seed(game, seed, n).deck.tolist()) for seed in range(3) for n in range(3)}
    assert len(decks) == 9
    assert HanabiState.from_seed(game, 1, 2) == HanabiState.from_seed(game, 1, 2)


@pytest.mark.parametrize("game", [standard(2), standard(5), HanabiGame(3, 8, 7), HanabiGame(2, 30, 2)], ids=str)
def test_every_move_and_card_survives_its_name(game: HanabiGame) -> None:
    texts = [move_text(game, move) for move in range(game.moves)]
    assert [parse_move(game, text) for text in texts] == list(range(game.moves))
    assert [move_to_id(game, move_from_id(game, move)) for move in range(game.moves)] == list(range(game.moves))
    cards = [card_text(game, card) for card in range(game.types)]
    assert [parse_card(game, card) for card in cards] == list(range(game.types))
    assert len(set(texts)) == game.moves and len(set(cards)) == game.types


def test_moves_are_understood_in_several_dialects() -> None:
    game = standard(3)
    assert parse_move(game, "hint +2 red") == parse_move(game, "(Reveal player +2 color R)") == 10 + 5
    assert parse_move(game, "Hint +1 rank 3") == parse_move(game, "(Reveal player +1 rank 3)") == 20 + 2
    assert parse_move(game, " play  4 ") == parse_move(game, "(Play 4)") == 9
    assert parse_move(game, "hint +1 B") == parse_move(game, "hint +1 colour blue") == 14


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dance", "not a move: 'dance'"),
        ("play 5", "numbered 0 to 4, not 5"),
        ("hint +2 red", r"must be \+1 to \+1"),
        ("hint +1 rank 6", "among the first 5"),
        ("hint +1 mauve", "no such colour: 'mauve'; this game has red"),
    ],
)
def test_wrong_moves_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_move(standard(2), text)


def test_wrong_ids_cards_and_seats_are_refused() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    with pytest.raises(ValueError, match="move must be 0 to 19, not 20"):
        move_from_id(game, 20)
    with pytest.raises(ValueError, match="target of a hint"):
        move_to_id(game, Move("rank", target=2, value=0))
    with pytest.raises(ValueError, match="ranks are 1 to 5"):
        parse_card(game, "R6")
    with pytest.raises(ValueError, match="not a card"):
        parse_card(game, "red one")
    with pytest.raises(ValueError, match="card types are 0 to 24"):
        parse_card(game, 25)
    with pytest.raises(ValueError, match="player must be 0 to 1, not 2"):
        state.view(2)
    with pytest.raises(ValueError, match="'canonical' or 'v0'"):
        state.observation(0, "v1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'discard 0' is not legal here; legal are: play 0"):
        state.apply("discard 0")


def test_impossible_decks_are_refused() -> None:
    game = standard(2)
    deck = HanabiState.from_seed(game, 0).deck
    with pytest.raises(ValueError, match="the deck has 49 cards, but this game has 50"):
        HanabiState(game, deck[1:])
    twisted = ["R1" if card == parse_card(game, "R5") else card_text(game, card) for card in deck.tolist()]
    with pytest.raises(ValueError, match="the deck has 4 copies of R1, but there are 3"):
        check_deck(game, twisted)


def finished_game() -> HanabiState:
    """Return a game of five players, played to its end."""
    state = HanabiState.from_seed(standard(5), 11)
    while not state.is_terminal:
        state.apply(state.legal_moves()[-1])
    return state


def test_files_give_the_same_game_back(tmp_path: Path) -> None:
    state = finished_game()
    state.save(tmp_path / "game.json")
    loaded = HanabiState.load(tmp_path / "game.json")
    assert loaded == state and loaded.history == state.history
    assert [path.name for path in tmp_path.iterdir()] == ["game.json"]
    with pytest.raises(ValueError, match="the game is over"):
        loaded.apply("play 0")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "chess"}, "not a saved game"),
        ({"version": 99}, "version 99; this program reads version 1"),
        ({"deck": ["R1"] * 50}, "50 copies of R1"),
        ({"deck": ["R1"]}, "has 1 cards"),
        ({"deck": [None]}, "list of words or numbers"),
        ({"moves": ["discard 0"]}, "move 0 of the saved game: .*not legal"),
        ({"moves": "play 0"}, "list of words or numbers"),
        ({"game": {"players": 7}}, "players must be 2 to 5"),
        ({"game": {"players": "two"}}, "'players' must be an integer"),
        ({"game": {"seats": 2}}, "unknown game option 'seats'"),
        ({"game": 2}, "must be a JSON object"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(finished_game().to_json() | change))
    with pytest.raises(ValueError, match=message) as caught:
        HanabiState.load(path)
    assert "broken.json" in str(caught.value)


def test_a_file_without_moves_or_json_is_refused(tmp_path: Path) -> None:
    data = finished_game().to_json()
    del data["moves"]
    with pytest.raises(ValueError, match="no 'moves' entry"):
        HanabiState.from_json(data)
    path = tmp_path / "text.json"
    path.write_text("not json")
    with pytest.raises(ValueError, match=r"text\.json"):
        HanabiState.load(path)


def test_the_text_shows_what_a_player_may_see() -> None:
    game = standard(2)
    deck = ["R1", "Y1", "G1", "W1", "B1", "R5", "R2", "Y5", "B4", "B5"]
    rest = sorted({card_text(game, card) for card in range(25)})
    pile = [card for card in rest for _ in range(game.copies[int(card[1]) - 1])]
    for card in deck:
        pile.remove(card)
    state = HanabiState(game, deck + pile, ["hint +1 red", "discard 2"])
    full, seen = str(state), position_text(state, player=0)
    assert "turn 2, player 0 to move" in full
    assert "hints 8 of 8, lives 3 of 3, deck 39" in full
    assert "last move  player 1: discard 2, which was Y5" in full
    assert "discards   Y5" in full
    assert "R1" in full and "R1" not in seen and "??" in seen
    assert full.split("\n")[-1].split() == ["knows", "R.", "R.", "YGWB.", "YGWB.", ".."]
    state.apply("play 0")
    assert "last move  player 0: play 0, R1, a success" in str(state)
