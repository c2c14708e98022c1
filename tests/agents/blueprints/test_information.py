"""The information blueprint: its scores, its convention against a naive table, and seats that leave the convention."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import types

from agents.blueprints.information import INFORMATION
from agents.blueprints.information.hats import exchange
from agents.blueprints.information.knowledge import CONTRADICTIONS, KNOWN
from agents.blueprints.information.recording import start_row
from games._base.jit import kernel
from games.hanabi.blueprint import RULES_TYPE, STATE_TYPE
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import (
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HIDDEN,
    PLAY_BASE,
    RANK_BASE,
    RUNNING,
    STATUS,
)
from games.hanabi.rules import apply_move, card_address, deal, is_legal, legal_moves
from games.hanabi.self_play import deck_of_game, self_play
from tests.agents.blueprints.naive_information import NaiveTable

KEY = np.uint64(0)
ODD = [
    small(2),
    small(5),
    seven_card(),
    HanabiGame(2, colours=1, ranks=5, hand_size=3),
    HanabiGame(3, colours=5, ranks=1, hand_size=4),
    HanabiGame(2, colours=1, ranks=1, hand_size=1),
    HanabiGame(3, colours=3, ranks=4, hand_size=1),
    HanabiGame(5, colours=9, ranks=7, hand_size=8),
    HanabiGame(3, colours=21, ranks=3, hand_size=2),
    HanabiGame(3, information_tokens=0),
    HanabiGame(4, information_tokens=1, life_tokens=1),
    standard(3, bomb="keep"),
]

_apply = kernel(types.void(RULES_TYPE, STATE_TYPE, STATE_TYPE, types.int64))(apply_move)


class Table:
    """A game under way: ``state``, the one ``before`` it, and everybody's memory."""

    def __init__(self, game: HanabiGame, number: int = 0, deck: list[int] | None = None) -> None:
        self.game = game
        self.rules = game.rules
        self.deck = np.empty(game.deck_size, np.int32)
        deck_of_game(self.rules, 0, number, self.deck)
        if deck is not None:
            self.deck[: len(deck)] = deck
        self.state = np.zeros(game.state_size, np.int32)
        self.before = self.state.copy()
        deal(self.rules, self.state, self.deck)
        self.memories = INFORMATION.new_memories(game)

    @property
    def running(self) -> bool:
        return bool(self.state[STATUS] == RUNNING)

    def legal(self) -> list[int]:
        moves = np.empty(self.game.moves, np.int32)
        return [int(m) for m in moves[: legal_moves(self.rules, self.state, moves)]]

    def with_hand(self, state, player: int, hand) -> np.ndarray:
        """Return the state with other cards in the hand of ``player``: the types that ``hand(index)`` gives."""
        state = state.copy()
        for i in range(state[self.rules[HAND_LENGTHS] + player]):
            state[card_address(self.rules, player, i)] = hand(i)
        return state

    def decide(self) -> int:
        player = int(self.state[CURRENT_PLAYER])
        view = self.with_hand(self.state, player, lambda i: HIDDEN)
        return int(INFORMATION.decide(self.rules, view, self.memories[player].copy(), KEY))

    def move(self, move: int) -> None:
        self.before = self.state.copy()
        _apply(self.rules, self.state, self.deck, move)
        INFORMATION.observe(self.rules, self.before, self.state, self.memories)

    def knowledge(self, seat: int, player: int) -> list[set[tuple[int, int]]]:
        """Return the possible (colour, rank) of each card of ``player`` as ``seat`` believes everybody knows them."""
        first = KNOWN + player * self.game.cards_in_hand
        length = self.state[self.rules[HAND_LENGTHS] + player]
        masks = [int(m) for m in self.memories[seat, first : first + length]]
        return [{divmod(t, self.game.ranks) for t in range(self.game.types) if m >> t & 1} for m in masks]


# Scores over 20,000 games (mean, standard deviation of one game). hanabi.rs: README of WuTheFWasThat/hanabi.rs.
HANABI_RS = {2: (22.5217, 1.77), 3: (24.7946, 0.55), 4: (24.9356, 0.31), 5: (24.9223, 0.34)}


@pytest.mark.parametrize("players", HANABI_RS)
def test_scores_at_least_what_hanabi_rs_does(players: int) -> None:
    games = 4000
    played = self_play(standard(players), INFORMATION, games, seed=1)
    mean, deviation = HANABI_RS[players]
    allowed = 3 * deviation * np.sqrt(1 / games + 1 / 20_000)
    assert played.mean > mean - allowed
    assert (played.lives > 0).all(), "the convention never loses the last life"


def test_beats_hanabi_rs_with_two_and_three_players() -> None:
    assert self_play(standard(2), INFORMATION, 4000, seed=2).mean > 23.0
    assert self_play(standard(3), INFORMATION, 4000, seed=2).mean > 24.88


@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_every_memory_is_the_naive_table(players: int) -> None:
    """Each hint sends the sum of the naive hats, and afterwards each seat knows what the sets say."""
    messages = 0
    for number in range(4):
        table = Table(standard(players), number)
        naive = NaiveTable(table.game)
        while table.running:
            table.move(table.decide())
            if not table.running:
                break
            sent = naive.observe(table.before, table.state)
            if sent is not None:
                message, modulus, hats = sent
                assert (message - hats) % modulus == 0
                messages += 1
            for seat in range(players):
                for player in range(players):
                    assert table.knowledge(seat, player) == naive.possible[player]
        assert (table.memories[:, CONTRADICTIONS] == 0).all()
    assert messages > 40


def cards(text: str) -> list[int]:
    """Card types of a hand like ``"R1 Y3"``."""
    return ["RYGWB".index(card[0]) * 5 + int(card[1]) - 1 for card in text.split()]


def test_first_hint_of_three_players_by_hand() -> None:
    """Six messages: each hand says which of its five cards, in order, is the first 1 (0 if none).

    Player 1's is card 2, so the hat is 3; player 2 has no 1, so 0. Message 3 is the first kind of hint to player 2: a
    rank hint on the oldest card.
    """
    table = Table(standard(3), deck=cards("R3 R4 R5 Y3 Y4  Y2 G2 R1 B1 W5  G3 G4 B3 W3 W4"))
    move = table.decide()
    assert move == table.rules[RANK_BASE] + 5 + 2
    table.move(move)
    ones = {(c, 0) for c in range(5)}
    threes = {(c, 2) for c in range(5)}
    everything = {(c, r) for c in range(5) for r in range(5)}
    for seat in range(3):
        assert table.knowledge(seat, 1) == [everything - ones] * 2 + [ones] + [everything] * 2
        rest = everything - ones - threes
        assert table.knowledge(seat, 2) == [threes, rest, threes, threes, rest]
    assert table.decide() == table.rules[PLAY_BASE] + 2


def test_first_hint_of_two_players_by_hand() -> None:
    """Three messages: is card 3 a 1, else is card 4? The second says yes: message 2, a hint that misses card 0."""
    table = Table(standard(2), deck=cards("R3 R4 R5 Y3 Y4  R2 R3 Y3 G4 W1"))
    table.move(table.decide())
    knowledge = table.knowledge(1, 1)
    assert all(rank == 0 for _, rank in knowledge[4])
    assert all(rank != 0 for _, rank in knowledge[3])
    assert table.decide() == table.rules[PLAY_BASE] + 4


@kernel(types.int64(RULES_TYPE, STATE_TYPE, types.int64[::1], types.int64, types.int64, types.int64[::1]))
def _exchange(rules, state, row, modulus, message, keys):
    return exchange(rules, row, state, 1, modulus, message, keys)


@given(st.data())
def test_a_hat_decodes_to_what_was_encoded(data: st.DataObject) -> None:
    """For any knowledge and any hand that fits it, the owner learns what the answers say, and nothing false."""
    table = Table(standard(2), number=data.draw(st.integers(0, 1000)))
    row = np.zeros(table.memories.shape[1], np.int64)
    start_row(table.rules, row)
    first = KNOWN + 5
    hand = [int(table.state[card_address(table.rules, 1, i)]) for i in range(5)]
    for i in range(5):
        row[first + i] = data.draw(st.integers(0, (1 << 25) - 1)) | 1 << hand[i]
    modulus = data.draw(st.integers(1, 30))
    told = row.copy()
    keys = np.empty(10, np.int64)
    hat = _exchange(table.rules, table.state, row, modulus, -1, keys)
    assert 0 <= hat < modulus
    assert _exchange(table.rules, table.state, told, modulus, hat, keys) == 0
    assert (told == row).all()
    assert all(row[first + i] >> hand[i] & 1 for i in range(5))


def test_listeners_who_see_an_error_know_who_is_misled() -> None:
    """A hint that is off by two misleads everybody by two; listeners cannot know that the others are misled too."""
    table = Table(standard(3), deck=cards("R3 R4 R5 Y3 Y4  Y2 G2 R1 B1 W5  G3 G4 B3 W3 W4"))
    rank_4_to_player_2 = int(table.rules[RANK_BASE]) + 5 + 3  # misses the oldest card: message 5, not 3
    table.move(rank_4_to_player_2)
    ones = {(c, 0) for c in range(5)}
    assert table.knowledge(1, 1)[4] == ones, "player 1 subtracts player 2's 0 and concludes 5: card 4"
    assert table.knowledge(2, 1)[2] == ones, "player 2 sees that card 2 is the first 1"
    assert table.knowledge(0, 1)[4] == ones, "the hinter knows what player 1 concludes"
    fours = {(c, 3) for c in range(5)}
    assert table.knowledge(2, 2)[1] == fours, "player 2 concludes 5 - 3 = 2, card 1, but that card was called a 4"
    assert list(table.memories[:, CONTRADICTIONS]) == [1, 0, 1]


@pytest.mark.parametrize("game", [standard(2), standard(3), standard(5), *ODD], ids=repr)
def test_no_row_depends_on_its_own_hand(game: HanabiGame) -> None:
    """Row p is the same whether p's hand is real, hidden or anything else, also after moves against the convention."""
    random = np.random.default_rng(7)
    wrong = 0
    for number in range(3):
        table = Table(game, number)
        while table.running:
            legal = table.legal()
            move = table.decide()
            assert move in legal
            if random.random() < 0.25:
                move = int(random.choice(legal))
            start = table.memories.copy()
            table.move(move)
            for p in range(game.players):
                for scrambled in (lambda i: HIDDEN, lambda i: int(random.integers(game.types))):
                    memories = start.copy()
                    before = table.with_hand(table.before, p, scrambled)
                    after = table.with_hand(table.state, p, scrambled)
                    INFORMATION.observe(table.rules, before, after, memories)
                    assert (memories[p] == table.memories[p]).all()
        wrong += int(table.memories[:, CONTRADICTIONS].sum())
    if game == standard(3):
        assert wrong > 0, "random moves must be noticed"


@pytest.mark.parametrize("game", [*(standard(p) for p in (2, 3, 4, 5)), *ODD], ids=repr)
def test_moves_are_legal_whatever_the_memory_says(game: HanabiGame) -> None:
    """Seats with a memory of noise, of another game or of nothing still make legal moves."""
    random = np.random.default_rng(3)
    for number in range(4):
        table = Table(game, number)
        table.memories[:, KNOWN:] = random.integers(0, 1 << game.types, table.memories[:, KNOWN:].shape)
        while table.running:
            move = table.decide()
            assert is_legal(table.rules, table.state, move)
            if number == 1:
                table.memories[:, KNOWN:] = 0
            if number == 2:
                move = int(random.choice(table.legal()))
            if number == 3:
                table.before = table.state.copy()
                _apply(table.rules, table.state, table.deck, move)  # nobody looks
            else:
                table.move(move)


def test_odd_games_are_played_to_the_end() -> None:
    for game in ODD:
        self_play(game, INFORMATION, 50)
