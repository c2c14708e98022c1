"""What is handed in from outside is checked: moves, seats, cards, arrays, numbers, and the states of other engines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest
from hanabi_learning_environment import pyhanabi

from agents.blueprints.random_legal import RANDOM
from games.extensive import GameError
from games.extensive.open_spiel import load_open_spiel
from games.hanabi import HanabiGame, bridges, small, standard
from games.hanabi.batch import HanabiBatch, play_randomly
from games.hanabi.checks import hidden_seats
from games.hanabi.hanab_live import from_hanab_live, to_hanab_live
from games.hanabi.moves import (
    Move,
    card_text,
    colour_letter,
    colour_name,
    move_from_id,
    move_text,
    move_to_id,
    parse_card,
    parse_move,
)
from games.hanabi.observation import encode_observation, encode_observation_v0
from games.hanabi.position import Position
from games.hanabi.replay import Annotation, GameRecord
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState, check_deck
from games.hanabi.text import position_text

ROOT = Path(__file__).resolve().parents[3]
GAME = standard(2)
STATE = HanabiState.from_seed(GAME, 1)
DECK = [int(card) for card in STATE.deck]
RECORD = GameRecord.from_seed(GAME, 1, 0, [5, 6])
NO_NUMBERS: list[Any] = [3.0, 3.7, np.float64(3.0), True, np.True_, "3", None, [3], float("nan"), 1j]
"""None of these is a move, a seat or a card, though int() would make one of most."""

TAKES_A_NUMBER: dict[str, Callable[[Any], object]] = {
    "apply": lambda number: STATE.copy().apply(number if not isinstance(number, str) else [number]),  # type: ignore[arg-type]
    "view": STATE.view,
    "observation": STATE.observation,
    "cards": STATE.cards,
    "hand": STATE.hand,
    "position_text": lambda number: position_text(STATE, number if number is not None else 3.5),  # type: ignore[arg-type]
    "from_seed": lambda number: HanabiState.from_seed(GAME, number),
    "from_seed, number": lambda number: HanabiState.from_seed(GAME, 0, number),
    "a card of a deck": lambda number: check_deck(GAME, [*DECK[:-1], [number] if isinstance(number, str) else number]),
    "a move of a state": lambda number: HanabiState(GAME, DECK, [[number] if isinstance(number, str) else number]),
    "move_from_id": lambda number: move_from_id(GAME, number),
    "move_text": lambda number: move_text(GAME, number),
    "move_to_id, position": lambda number: move_to_id(GAME, Move("play", position=number)),
    "move_to_id, target": lambda number: move_to_id(GAME, Move("rank", target=number, value=1)),
    "move_to_id, value": lambda number: move_to_id(GAME, Move("colour", target=1, value=number)),
    "card_text": lambda number: card_text(GAME, number),
    "parse_card": lambda number: parse_card(GAME, [number] if isinstance(number, str) else number),  # type: ignore[arg-type]
    "parse_move": lambda number: parse_move(GAME, 3.7 if isinstance(number, str) else number),  # type: ignore[arg-type]
    "colour_name": lambda number: colour_name(GAME, number),
    "colour_letter": lambda number: colour_letter(GAME, number),
    "a move of a record": lambda number: GameRecord(GAME, tuple(DECK), (number,)),
    "seed of a record": lambda number: GameRecord(GAME, tuple(DECK), (), seed=3.7 if number is None else number),  # type: ignore[arg-type]
    "a move of an annotation": lambda number: Annotation(3.7 if number is None else number),  # type: ignore[arg-type]
    "a value of an annotation": lambda number: Annotation(values={3.7 if isinstance(number, list) else number: 1.0}),  # type: ignore[dict-item]
    "hle_move": lambda number: bridges.hle_move(GAME, number),
    "hle_parameters": lambda number: bridges.hle_parameters(GAME, number),
    "a player of a history": lambda number: bridges.replay(GAME, [(-1, card) for card in DECK[:10]] + [(number, 5)]),
    "a card of a history": lambda number: bridges.replay(GAME, [(-1, number)]),
    "move_from_hle": lambda number: bridges.move_from_hle(GAME, number),
    "size of a batch": lambda number: HanabiBatch(GAME, number),
    "seed of a batch": lambda number: HanabiBatch(GAME, 1, number),
    "reset": lambda number: HanabiBatch(small(), 1).reset(number),
    "step": lambda number: HanabiBatch(small(), 1).step(np.array([number])),
    "play_randomly": lambda number: play_randomly(GAME, number),
    "self_play": lambda number: self_play(GAME, RANDOM, number),
    **{
        name: lambda number, name=name: HanabiGame(**{name: 3.7 if number is None else number})  # type: ignore[misc]
        for name in ("players", "colours", "ranks", "hand_size", "information_tokens", "life_tokens")
    },
}


SENTENCE = r"must be (a whole number|integers)|is text, not|must have shape|is a pyhanabi.HanabiMove"


@pytest.mark.parametrize("function", TAKES_A_NUMBER)
def test_only_whole_numbers_are_moves_seats_cards_and_counts(function: str) -> None:
    for value in NO_NUMBERS:
        with pytest.raises(ValueError, match=SENTENCE) as error:
            TAKES_A_NUMBER[function](value)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 200


def test_whole_numbers_of_every_kind_are_taken() -> None:
    assert STATE.copy().apply(np.int8(5)) == STATE.copy().apply(5)
    assert STATE.observation(np.uint64(1)).tolist() == STATE.observation(1).tolist()  # type: ignore[arg-type]
    assert HanabiState.from_seed(GAME, np.int64(1)) == STATE  # type: ignore[arg-type]
    assert HanabiGame(players=np.int32(3)) == HanabiGame(players=3)  # type: ignore[arg-type]
    assert isinstance(HanabiGame(players=np.int32(3)).players, int)  # type: ignore[arg-type]


OUT_OF_RANGE: dict[str, tuple[Callable[[], object], str]] = {
    "a move": (lambda: STATE.copy().apply(20), "move 20 is not legal here"),
    "a negative move": (lambda: move_text(GAME, -1), "move must be 0 to 19, not -1"),
    "a seat": (lambda: STATE.view(2), "player must be 0 to 1, not 2"),
    "a negative seat": (lambda: STATE.hand(-1), "player must be 0 to 1, not -1"),
    "a card": (lambda: card_text(GAME, 25), "card type must be -1 to 24, not 25"),
    "a negative card": (lambda: card_text(GAME, -2), "card type must be -1 to 24, not -2"),
    "a colour": (lambda: colour_name(GAME, -1), "colour must be 0 to"),
    "a kind of move": (lambda: move_to_id(GAME, Move("hint", target=1, value=1)), "of a kind among discard, play"),  # type: ignore[arg-type]
    "a move that is none": (lambda: move_to_id(GAME, ("play", 1)), "a move taken apart is a Move"),  # type: ignore[arg-type]
    "a seed": (lambda: HanabiState.from_seed(GAME, 2**64), "seed must fit in 64 bits"),
    "a seed of HLE": (lambda: bridges.hle_game(GAME, 2**40), "seed must be -1 to 2147483647"),
    "a long number in words": (lambda: parse_move(GAME, f"play {'9' * 5000}"), "not a move"),
    "a long rank": (lambda: parse_card(GAME, f"R{'9' * 5000}"), "not a card"),
    "life tokens": (lambda: HanabiGame(life_tokens=100_000), "life_tokens must be 1 to 100, not 100000"),
    "no life token": (lambda: HanabiGame(life_tokens=0), "life_tokens must be 1 to 100, not 0"),
    "hints": (lambda: HanabiGame(information_tokens=10**30), "information_tokens must be 0 to 100, not 1000000"),
    "more cards than there are": (lambda: HanabiGame(2, colours=2, ranks=2), "8 cards are too few to deal 10"),
    "a batch of none": (lambda: HanabiBatch(GAME, 0), "the size of a batch must be at least 1, not 0"),
    "no games": (lambda: play_randomly(GAME, 0), "the number of games must be at least 1, not 0"),
    "a history of singles": (lambda: bridges.replay(GAME, [1, 2]), "a history is a list of pairs"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("what", OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused_with_the_range(what: str) -> None:
    make, sentence = OUT_OF_RANGE[what]
    with pytest.raises(ValueError, match=sentence) as error:
        make()
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize("game", [GAME, standard(5), small(3)], ids=str)
def test_another_players_view_cannot_be_encoded(game: HanabiGame) -> None:
    state = HanabiState.from_seed(game, 4)
    out, v0 = np.full(game.observation_size, 7, np.uint8), np.full(game.observation_size, 7.0, np.float32)
    for owner in range(game.players):
        view = state.view(owner)
        assert hidden_seats(game, view) == [owner]
        shown = Position(game, view)
        for player in range(game.players):
            if player == owner:
                encode_observation(game.rules, view, player, out)
                assert out.tolist() == state.observation(player).tolist() == shown.observation(player).tolist()
                encode_observation_v0(game.rules, view, player, v0)
                assert v0.tolist() == state.observation(player, "v0").tolist()
                continue
            out[:], v0[:] = 7, 7.0
            for encode, target in ((encode_observation, out), (encode_observation_v0, v0)):
                with pytest.raises(ValueError, match="hidden: this is another player's view"):
                    encode(game.rules, view, player, target)
                assert (target == 7).all()
            with pytest.raises(ValueError, match=f"player {player} sees the hand of player {owner}, hidden here"):
                shown.observation(player)
    for player in (-1, game.players):
        with pytest.raises(ValueError, match="the observer must be a seat of the game"):
            encode_observation(game.rules, state.array, player, out)


@pytest.mark.parametrize("kind", [object, str, complex, "datetime64[s]"])
def test_an_observation_has_numbers(kind: Any) -> None:
    with pytest.raises(ValueError, match="dtype must be of numbers"):
        STATE.observation(0, dtype=kind)
    with pytest.raises(ValueError, match="dtype must be floating-point"):
        STATE.observation(0, "v0", dtype=np.uint8)


def test_a_position_is_an_array_of_its_game() -> None:
    wrong = (
        STATE.array[:-1],
        STATE.array.astype(np.int64),
        np.repeat(STATE.array, 2)[::2],
        STATE.array.tolist(),
        STATE.array[None],
    )
    for array in wrong:
        with pytest.raises(ValueError, match="a position"):
            Position(GAME, array)  # type: ignore[arg-type]


def test_a_view_is_no_game_to_record_or_to_carry_over() -> None:
    view = Position(GAME, STATE.view(0))
    with pytest.raises(ValueError, match="a record needs the whole game"):
        GameRecord.from_state(view)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="give a HanabiState, not a view"):
        bridges.state_to_openspiel(view)  # type: ignore[arg-type]


def hle_state(start: int, moves: int = 0) -> tuple[Any, Any]:
    """A game of HLE in which player ``start`` begins, after some moves, no card to be dealt."""
    for seed in range(100):
        theirs = pyhanabi.HanabiGame(bridges.hle_parameters(GAME, seed) | {"random_start_player": True})
        state, made = theirs.new_initial_state(), 0
        while True:
            if state.cur_player() == pyhanabi.CHANCE_PLAYER_ID:
                state.deal_random_card()
            elif made == 0 and state.cur_player() != start:
                break
            elif made == moves:
                return theirs, state
            else:
                state.apply_move(state.legal_moves()[0])
                made += 1
    raise AssertionError("no such game")


@pytest.mark.parametrize("moves", [0, 1, 2, 3])
def test_a_game_of_hle_that_another_player_starts_is_refused(moves: int) -> None:
    theirs, state = hle_state(1, moves)
    sentence = "player 1 is to move in turn 0" if not moves else "player 1 moves in turn 0"
    with pytest.raises(ValueError, match=f"{sentence}, but here player 0 starts"):
        bridges.state_from_hle(theirs, state)
    theirs, state = hle_state(0, moves)
    assert bridges.state_from_hle(theirs, state).current_player == state.cur_player() == moves % 2


def test_a_card_that_is_still_to_be_dealt_is_not_made_up() -> None:
    theirs, state = hle_state(0)
    state.apply_move(pyhanabi.HanabiMove.get_play_move(0))
    with pytest.raises(ValueError, match="a card is still to be dealt"):
        bridges.state_from_hle(theirs, state)
    openspiel = bridges.state_to_openspiel(STATE)
    openspiel.apply_action(5)
    with pytest.raises(ValueError, match="a card is still to be dealt"):
        bridges.state_from_openspiel(openspiel)


def test_a_state_of_another_game_of_hle_is_refused() -> None:
    _, state = hle_state(0, 2)
    with pytest.raises(ValueError, match="is not one of this game"):
        bridges.state_from_hle(HanabiGame(life_tokens=2), state)


ABORTING = [
    "hanabi(players=2,colors=2,ranks=2)",
    "hanabi(players=6)",
    "hanabi(colors=0)",
    "hanabi(ranks=6)",
    "hanabi(hand_size=0)",
    "hanabi(players=5,colors=1,hand_size=3)",
    "misere(game=hanabi(players=2,colors=2,ranks=2))",
]


@pytest.mark.parametrize("name", ABORTING)
def test_what_aborts_inside_open_spiel_is_one_sentence(name: str) -> None:
    with pytest.raises(
        GameError, match=r"^OpenSpiel cannot load .*: (players|colors|ranks|hand_size|\d+ cards)"
    ) as error:
        load_open_spiel(name)
    assert "\n" not in str(error.value)


def test_the_process_ends_with_code_2_and_not_with_a_signal() -> None:
    command = [sys.executable, "-m", "solvers.exploitability", ABORTING[0], "uniform"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stderr.startswith(
        "error: OpenSpiel cannot load hanabi(players=2,colors=2,ranks=2): 8 cards are too"
    )


def test_what_is_near_to_aborting_is_loaded() -> None:
    assert load_open_spiel("hanabi(players=2,colors=2,ranks=2,hand_size=2)").num_players() == 2
    assert load_open_spiel("hanabi(players=2,colors=1,ranks=1,hand_size=1)").num_players() == 2
    assert load_open_spiel("hanabi").num_players() == 2
    with pytest.raises(GameError, match="OpenSpiel cannot load"):
        load_open_spiel("hanabi(players=many)")
    assert bridges.game_from_openspiel(pyspiel.load_game("hanabi")) == GAME


def test_a_game_of_hanab_live_is_whole_numbers() -> None:
    data = to_hanab_live(RECORD)
    assert from_hanab_live(data).moves == RECORD.moves
    for value in NO_NUMBERS:
        for change in ({"type": value}, {"target": value}):
            wrong = data | {"actions": [data["actions"][0] | change]}
            with pytest.raises(ValueError, match="must be an integer"):
                from_hanab_live(wrong)
