"""The smart blueprint: its scores, its readings by hand and against plain sets, and what it does with nonsense."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from agents.blueprints.smart import SMART
from agents.blueprints.smart.memory import CONTRADICTIONS, MASKS
from games._base.jit import kernel
from games.hanabi import rules as hanabi
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import (
    CARD_TYPE,
    CURRENT_PLAYER,
    HAND_LENGTHS,
    HIDDEN,
    MOVES,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAY_BASE,
    RUNNING,
    STATE_SIZE,
    STATUS,
)
from games.hanabi.rules import card_address
from games.hanabi.self_play import self_play
from tests.agents.blueprints.naive_smart import NaiveReadings

_apply_move = kernel(hanabi.apply_move)
_is_legal = kernel(hanabi.is_legal)
_legal_moves = kernel(hanabi.legal_moves)
_deal = kernel(hanabi.deal)

ODD = [
    small(),
    small(5),
    seven_card(),
    HanabiGame(3, colours=3, ranks=3, hand_size=2, information_tokens=1, life_tokens=1),
    HanabiGame(2, colours=2, ranks=4, hand_size=3, information_tokens=0),
    HanabiGame(4, colours=4, ranks=1, hand_size=1),
    HanabiGame(2, colours=1, ranks=5, hand_size=1, information_tokens=2),
    HanabiGame(2, colours=9, ranks=7, hand_size=8),
    standard(2, bomb="keep"),
]


class Table:
    """A game played move by move from Python, with the memories of the blueprint."""

    def __init__(self, game: HanabiGame, deck: list[int]) -> None:
        self.game = game
        self.rules = game.rules
        self.deck = np.array(deck, np.int32)
        self.state = np.zeros(self.rules[STATE_SIZE], np.int32)
        self.before = self.state.copy()
        self.memories = SMART.new_memories(game)
        _deal(self.rules, self.state, self.deck)

    @property
    def running(self) -> bool:
        return bool(self.state[STATUS] == RUNNING)

    @property
    def player(self) -> int:
        return int(self.state[CURRENT_PLAYER])

    def view(self, state: np.ndarray, player: int, hidden: np.ndarray | int = HIDDEN) -> np.ndarray:
        """Return a state with the hand of ``player`` hidden, or replaced by other types."""
        view = state.copy()
        length = state[self.rules[HAND_LENGTHS] + player]
        addresses = [card_address(self.rules, player, i) + CARD_TYPE for i in range(length)]
        view[addresses] = hidden if isinstance(hidden, int) else hidden[:length]
        return view

    def decide(self) -> int:
        view = self.view(self.state, self.player)
        return int(SMART.decide(self.rules, view, self.memories[self.player], np.uint64(0)))

    def play(self, move: int) -> None:
        assert _is_legal(self.rules, self.state, move)
        self.before[:] = self.state
        _apply_move(self.rules, self.state, self.deck, move)
        SMART.observe(self.rules, self.before, self.state, self.memories)

    def random_move(self, generator: np.random.Generator) -> int:
        moves = np.zeros(self.rules[MOVES], np.int32)
        return int(moves[generator.integers(_legal_moves(self.rules, self.state, moves))])

    def masks(self, seat: int, player: int) -> list[int]:
        """Return the masks of the hand of ``player`` in the memory of ``seat``."""
        start = MASKS + player * self.game.cards_in_hand
        length = self.state[self.rules[HAND_LENGTHS] + player]
        return [int(mask) for mask in self.memories[seat, start : start + length]]

    def reading(self, player: int, index: int, seat: int | None = None) -> set[str]:
        """Return the cards, as ``R1`` ... ``B5``, that the reading of a card leaves possible."""
        mask = self.masks(player if seat is None else seat, player)[index]
        return {name for t, name in enumerate(NAMES) if mask >> t & 1}


NAMES = [colour + rank for colour in "RYGWB" for rank in "12345"]
REDS = {"R1", "R2", "R3", "R4", "R5"}
ONES = {"R1", "Y1", "G1", "W1", "B1"}
FIVES = {"R5", "Y5", "G5", "W5", "B5"}


def stacked(players: int, *hands: str, draws: str = "") -> Table:
    """Return a standard game in which the first cards of the deck are the given hands (oldest first) and draws."""
    game = standard(players)
    first = [NAMES.index(name) for name in " ".join((*hands, draws)).split()]
    rest = [t for t in range(game.types) for _ in range(game.copies[t % game.ranks])]
    for card_type in first:
        rest.remove(card_type)
    return Table(game, first + rest)


def colour_hint(table: Table, colour: str, offset: int = 1) -> int:
    return 2 * table.game.cards_in_hand + (offset - 1) * 5 + "RYGWB".index(colour)


def rank_hint(table: Table, rank: int, offset: int = 1) -> int:
    return 2 * table.game.cards_in_hand + (table.game.players - 1) * 5 + (offset - 1) * 5 + rank - 1


def mixed_games(
    game: HanabiGame, games: int, deviations: float, seed: int
) -> Iterator[tuple[Table, np.random.Generator]]:
    """Yield (table, generator) after every move of games in which some moves are random."""
    generator = np.random.default_rng(seed)
    deck = [t for t in range(game.types) for _ in range(game.copies[t % game.ranks])]
    for _ in range(games):
        table = Table(game, list(generator.permutation(deck)))
        while table.running:
            move = table.decide()
            assert _is_legal(table.rules, table.state, move), f"illegal move {move} in {game}"
            if generator.random() < deviations:
                move = table.random_move(generator)
            table.play(move)
            yield table, generator


# --- scores ------------------------------------------------------------------------------------------------------


# Mean score, a lost game counting 0, and perfect games of SmartBot, the peer: README of Quuxplusone/Hanabi, re-run.
@pytest.mark.parametrize(
    ("players", "score", "perfect"), [(2, 22.99, 0.298), (3, 22.93, None), (4, 21.88, None), (5, 19.06, None)]
)
def test_scores_above_the_peer(players: int, score: float, perfect: float | None) -> None:
    games = 1000
    result = self_play(standard(players), SMART, games, seed=0)
    assert result.mean - 3 * result.standard_error > score
    if perfect is not None:
        assert result.mean > 23.5
        rate = np.mean(result.scores == 25)
        assert rate - 3 * np.sqrt(rate * (1 - rate) / games) > perfect


def test_last_life_is_not_gambled_unless_points_stay() -> None:
    assert self_play(standard(4), SMART, 500, seed=0).lives.min() >= 1
    assert self_play(standard(4, bomb="keep"), SMART, 500, seed=0).lives.min() == 0


# --- the convention, by hand -------------------------------------------------------------------------------------


def test_newest_touched_card_that_may_be_playable_is_playable() -> None:
    table = stacked(2, "R4 Y4 G4 W4 B4", "G3 R3 R1 Y2 B2")
    table.play(colour_hint(table, "R"))
    assert table.reading(1, 2) == {"R1"}
    assert table.reading(1, 1) == REDS
    assert not table.reading(1, 0) & REDS
    assert table.decide() == table.rules[PLAY_BASE] + 2


def test_hint_that_settles_a_playable_card_says_no_more() -> None:
    """Known to be a 1 by an earlier hint, the oldest card becomes R1: the newer red card is not read as playable."""
    table = stacked(2, "R4 Y4 G4 W4 B4", "R1 G3 R3 B2 B1")
    table.play(rank_hint(table, 1))  # the newest 1, and only it, is thereby playable: all 1s are
    assert table.reading(1, 0) == table.reading(1, 4) == ONES
    table.play(rank_hint(table, 4))
    table.play(rank_hint(table, 3))  # G3 and R3: nothing about 3s can be playable
    assert table.reading(1, 2) == {"R3", "Y3", "G3", "W3", "B3"}
    table.play(table.rules[PLAY_BASE] + 4)  # B1
    table.play(colour_hint(table, "R"))
    assert table.reading(1, 0) == {"R1"}
    assert table.reading(1, 2) == {"R3"}


def test_rank_hint_on_the_next_discard_is_a_warning() -> None:
    table = stacked(2, "R4 Y4 G4 W4 B4", "Y5 Y4 G4 W4 B3")
    table.play(rank_hint(table, 5))
    assert table.reading(1, 0) == FIVES


def test_rank_hint_on_the_next_discard_that_can_not_be_valuable_is_a_play_hint() -> None:
    table = stacked(2, "R4 Y4 G4 W4 B4", "Y1 Y4 G4 W4 B3")
    table.play(rank_hint(table, 1))
    assert table.reading(1, 0) == ONES
    assert table.decide() == table.rules[PLAY_BASE]


def test_warning_comes_before_a_play_hint() -> None:
    """One G2 is gone: a hint of 2s on the next discard says "the last of its kind", although a Y2 could be played."""
    table = stacked(2, "Y1 R4 G4 W4 B4", "G2 G2 R5 W3 B3", draws="R2 B2 G3 Y3")
    table.play(rank_hint(table, 3))
    table.play(colour_hint(table, "R"))
    table.play(table.rules[PLAY_BASE])  # Y1
    table.play(0)  # the first G2, discarded
    assert table.reading(1, 0) == set(NAMES) - {name for name in NAMES if name[1] == "3"}
    table.play(rank_hint(table, 2))
    assert table.reading(1, 0) == {"G2"}


def test_move_without_warning_says_that_the_next_discard_is_not_valuable() -> None:
    table = stacked(2, "R1 Y4 G4 W4 B4", "Y2 Y4 G4 W4 B3")
    table.play(table.rules[PLAY_BASE])
    assert not table.reading(1, 0) & FIVES
    assert table.reading(1, 1) >= FIVES


def test_finesse() -> None:
    """Discarding a publicly known playable card says that the partner's newest card is its twin."""
    table = stacked(2, "R1 R4 Y4 G4 W4", "Y3 Y4 G4 W3 R1", draws="B4")
    table.play(rank_hint(table, 3))
    table.play(rank_hint(table, 1))
    table.play(rank_hint(table, 3))
    table.play(colour_hint(table, "R"))
    assert table.reading(0, 0) == {"R1"}
    assert table.decide() == 0
    table.play(0)
    assert table.reading(1, 4) == table.reading(1, 4, seat=0) == {"R1"}
    assert table.decide() == table.rules[PLAY_BASE] + 4


def test_finesse_is_for_whom_a_seat_sees_with_the_twin_or_for_itself() -> None:
    table = stacked(3, "R1 R4 Y4 G4 W4", "Y3 Y4 G4 W3 B3", "G3 G2 W2 Y2 R1")
    table.play(rank_hint(table, 3))
    table.play(rank_hint(table, 1, offset=2))
    table.play(colour_hint(table, "R"))
    assert table.reading(0, 0) == {"R1"}
    table.play(0)
    for seat in range(3):
        assert table.reading(2, 4, seat=seat) == {"R1"}
        assert table.reading(1, 4, seat=seat) == {"R3", "Y3", "G3", "W3", "B3"}


# --- the readings against plain sets -----------------------------------------------------------------------------


@pytest.mark.parametrize("game", [standard(2), standard(3), standard(5), small(3), seven_card()], ids=str)
def test_readings_are_those_of_the_naive_definition(game: HanabiGame) -> None:
    current = None
    naive: list[NaiveReadings] = []
    compared = 0
    for table, _ in mixed_games(game, games=12, deviations=0.1, seed=1):
        if table is not current:
            current = table
            naive = [NaiveReadings(game, seat) for seat in range(game.players)]
        for seat, readings in enumerate(naive):
            if table.memories[seat, CONTRADICTIONS] > 0:
                continue
            readings.observe(table.before, table.state)
            for player in range(game.players):
                expected = [sum(1 << c * game.ranks + r for c, r in cards) for cards in readings.possible[player]]
                assert table.masks(seat, player) == expected
            compared += 1
    assert compared > 100 * game.players


# --- partners who leave the convention ---------------------------------------------------------------------------


@pytest.mark.parametrize("game", [standard(2), standard(3), standard(4), small(2), small(3)], ids=str)
def test_row_of_a_seat_depends_on_its_view_only(game: HanabiGame) -> None:
    current = None
    for table, generator in mixed_games(game, games=8, deviations=0.25, seed=2):
        if table is not current:
            current = table
            blind = [SMART.new_memories(game) for _ in range(game.players)]
            for seat in range(game.players):
                blind[seat][np.arange(game.players) != seat] = 0  # the other rows mean nothing
        for seat in range(game.players):
            scrambled = generator.integers(-1, game.types, game.cards_in_hand)
            before = table.view(table.before, seat, scrambled)
            after = table.view(table.state, seat, scrambled)
            SMART.observe(game.rules, before, after, blind[seat])
            np.testing.assert_array_equal(blind[seat][seat], table.memories[seat])


@pytest.mark.parametrize("game", [standard(n) for n in range(2, 6)] + ODD, ids=str)
@pytest.mark.parametrize("deviations", [0.3, 1.0])
def test_masks_stay_sound_whatever_partners_do(game: HanabiGame, deviations: float) -> None:
    """Legal moves always (``mixed_games`` asserts it); masks are never empty and never say what hints exclude."""
    for table, _ in mixed_games(game, games=5, deviations=deviations, seed=3):
        for player in range(game.players):
            for index, mask in enumerate(table.masks(player, player)):
                card = card_address(table.rules, player, index)
                colours, ranks = table.state[card + PLAUSIBLE_COLOURS], table.state[card + PLAUSIBLE_RANKS]
                proved = sum(int(ranks) << c * game.ranks for c in range(game.colours) if colours >> c & 1)
                assert mask != 0
                assert mask & ~proved == 0


def test_contradictions_are_counted_and_rare_within_the_convention() -> None:
    counts = dict.fromkeys((0.0, 0.3), 0)
    for deviations in counts:
        for table, _ in mixed_games(standard(2), games=30, deviations=deviations, seed=4):
            if not table.running:
                counts[deviations] += int(table.memories[0, CONTRADICTIONS])
    assert counts[0.3] > counts[0.0]
    assert counts[0.0] <= 6
