"""What moves gained in finished games: against every order of the deck, and against differences on the same decks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest

from agents.blueprints import registry
from agents.hanabi.advantages import advantages
from agents.hanabi.blueprints import blueprint_score, searchable
from agents.hanabi.job import HanabiJob, play_job
from agents.hanabi.report import summarise
from games.hanabi.game import HanabiGame, small
from games.hanabi.state import HanabiState
from search.hanabi.history import SeatHistory
from search.hanabi.keys import SeatKeys
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.spec import SearchSpec

SEED = 31
GAME = HanabiGame(2, colours=2, ranks=5, hand_size=2, information_tokens=3, bomb="keep")
POLICY = searchable("information")


def played(number: int, chance: float) -> tuple[list[int], int]:
    """Return a game of the blueprint, in which a move is a random one with some probability, and its score."""
    generator = np.random.default_rng([SEED, number])
    state, keys = HanabiState.from_seed(GAME, SEED, number), SeatKeys.of_game(GAME, SEED, number)
    followers = [POLICY.follow(SeatHistory(GAME, seat, state.view(seat))) for seat in range(GAME.players)]
    while not state.is_terminal:
        player = state.current_player
        move = followers[player].move(state.view(player), keys.policy[state.turn])
        if generator.random() < chance:
            move = int(generator.choice(state.legal_moves()))
        apply(state, followers, move)
    return list(state.history), state.score


def apply(state: HanabiState, followers: Sequence[object], move: int) -> None:
    """Make a move that all seats see."""
    before = [state.view(seat) for seat in range(GAME.players)]
    state.apply(move)
    for seat, follower in enumerate(followers):
        follower.observe(before[seat], state.view(seat))


def score_after(deck: Sequence[int], moves: Sequence[int]) -> int:
    """Return the score if the blueprint plays on after some moves with a given deck."""
    state = HanabiState(GAME, deck)
    followers = [POLICY.follow(SeatHistory(GAME, seat, state.view(seat))) for seat in range(GAME.players)]
    for move in moves:
        apply(state, followers, move)
    while not state.is_terminal:
        player = state.current_player
        apply(state, followers, followers[player].move(state.view(player), np.uint64(0)))
    return state.score


def test_moves_of_the_blueprint_gain_nothing() -> None:
    moves, score = played(0, 0.0)
    assert score == blueprint_score(GAME, POLICY, SEED, 0)
    assert advantages(GAME, POLICY, rollouts_over(GAME, POLICY), SEED, 0, moves) == []


def test_values_are_means_over_every_order_of_the_undrawn_cards() -> None:
    compared = 0
    for number in range(12):
        moves, _ = played(number, 0.3)
        deck = list(HanabiState.from_seed(GAME, SEED, number).deck)
        for found in advantages(GAME, POLICY, rollouts_over(GAME, POLICY), SEED, number, moves, orders=400):
            state = HanabiState.from_seed(GAME, SEED, number)
            for move in moves[: found.turn]:
                state.apply(move)
            if state.cards_left > 4:
                continue
            drawn = deck[: len(deck) - state.cards_left]
            orders = sorted(set(permutations(deck[len(drawn) :])))
            made, advised = (
                np.mean([score_after([*drawn, *order], [*moves[: found.turn], move]) for order in orders])
                for move in (found.move, found.blueprint_move)
            )
            assert abs(found.value - (made - advised)) <= 4 * found.variance**0.5 + 1e-9, (number, found.turn)
            compared += 1
    assert compared >= 5


def test_the_mean_is_that_of_differences_on_the_same_decks_and_varies_less() -> None:
    rollouts, paired, gained = rollouts_over(GAME, POLICY), [], []
    for number in range(200):
        moves, score = played(number, 0.15)
        paired.append(score - blueprint_score(GAME, POLICY, SEED, number))
        gained.append(sum(each.value for each in advantages(GAME, POLICY, rollouts, SEED, number, moves, orders=30)))
    between = np.array(paired) - gained
    assert abs(between.mean()) <= 3 * between.std(ddof=1) / len(between) ** 0.5
    assert np.mean(paired) < -0.5  # random moves cost points: the comparison is not one of zeros
    assert np.var(gained) < 0.8 * np.var(paired)


def test_a_policy_that_randomises_is_compared_with_a_draw_of_it() -> None:
    game = HanabiGame(players=2, colours=1, ranks=2, hand_size=2)
    random = searchable("random")
    found = [
        len(advantages(game, random, rollouts_over(game, random), SEED, number, moves_of_random(game, number)))
        for number in range(5)
    ]
    assert found == [0] * 5


def moves_of_random(game: HanabiGame, number: int) -> list[int]:
    """Return the moves of a game in which all seats follow the random blueprint with the keys of the table."""
    random, state = searchable("random"), HanabiState.from_seed(game, SEED, number)
    keys = SeatKeys.of_game(game, SEED, number)
    followers = [random.follow(SeatHistory(game, seat, state.view(seat))) for seat in range(game.players)]
    while not state.is_terminal:
        player = state.current_player
        state.apply(followers[player].move(state.view(player), keys.policy[state.turn]))
    return list(state.history)


def test_one_order_has_no_variance() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        advantages(GAME, POLICY, rollouts_over(GAME, POLICY), SEED, 0, [], orders=1)


def test_a_summary_has_them_if_every_game_has() -> None:
    asked = SearchSpec("mds", blueprint="smart", rollouts=20, particles=50, caution=0.0)
    job = HanabiJob.of(asked.resolved(small(), registry), SEED)
    result = play_job(job, 1)
    line = result.line(SEED)
    assert result.advantages
    assert summarise(job, [line], "")["advantage"] == round(sum(each.value for each in result.advantages), 6)
    assert summarise(job, [line, {key: line[key] for key in line if key != "advantage"}], "")["advantage"] is None
    alone = play_job(HanabiJob.of(SearchSpec("none", blueprint="smart").resolved(small(), registry), SEED), 1)
    assert alone.advantages is None
    assert "advantage" not in alone.line(SEED)
