"""What a search gained in a game, move by move, with most of the luck taken out.

A search is compared with its blueprint on the same decks, but a single move that differs deals everybody other cards
from then on: nearly all of the spread of that difference is luck. By the performance difference lemma the gain is also
the sum of what the moves are worth in the positions that they were made in,

    J(searching) - J(blueprint) = E[ sum_t Q(s_t, a_t) - Q(s_t, b_t) ],

the expectation being over the games of those who search, ``a_t`` the move made, ``b_t`` the blueprint's, and ``Q`` the
score if everybody follows the blueprint afterwards. A move that is the blueprint's adds nothing. Nobody's move depends
on the order of the cards that are still undrawn, so each ``Q`` may be averaged over many orders of them, the same for
both moves; hands and history are those of the game. The estimate is as unbiased as the difference on the same decks,
whoever searches and whatever is believed. As a rule it varies less (not in tiny games, where the deck decides little);
its mean over games has the error of any mean over games.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.history import SeatHistory
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.requests import Position, Request, Rollouts
from search.hanabi.worlds import Worlds

ORDERS = 200  # of the undrawn cards: of the estimate's variance over games, a few per cent are left to their choice
_STREAM = 0x61647674  # of random numbers: "advt"


class Advantage(NamedTuple):
    """What a move that is not the blueprint's gained.

    turn, move, blueprint_move : the move made and the one that it replaced.
    value, variance : mean points gained over the orders of the undrawn cards, and the variance of that mean.
    """

    turn: int
    move: int
    blueprint_move: int
    value: float
    variance: float


def advantages(
    game: HanabiGame,
    policy: Policy,
    rollouts: Rollouts,
    seed: int,
    number: int,
    moves: Sequence[int],
    orders: int = ORDERS,
) -> list[Advantage]:
    """Return what each move of a finished game gained that is not the blueprint's.

    Parameters
    ----------
    game, policy : the rules, and the blueprint of every seat. One that randomises is asked for a move with the key that
        a seat would have, so that ``b_t`` is a draw from it.
    rollouts : play the blueprint on, to the end of the game.
    seed, number : of the game's deck.
    moves : of the game, in order.
    orders : of the undrawn cards over which a move's worth is averaged.

    Returns
    -------
    One entry for each move that the blueprint would not have made, in order; the gain of the game is the sum of their
    values.

    Raises
    ------
    ValueError
        If a move is illegal, or ``orders`` less than 2.

    References
    ----------
    S. Kakade and J. Langford (2002), Approximately optimal approximate reinforcement learning, ICML (Lemma 6.1).
    N. Burch, M. Schmid, M. Moravčík, D. Morrill and M. Bowling (2018), AIVAT: a new variance reduction technique for
    agent evaluation in imperfect information games, AAAI (luck that is averaged out because it is known).

    Examples
    --------
    >>> from agents.hanabi.blueprints import searchable
    >>> from games.hanabi.game import standard
    >>> from search.hanabi.rollouts.over import rollouts_over
    >>> game, policy = standard(3), searchable("information")
    >>> [found] = advantages(game, policy, rollouts_over(game, policy), seed=1, number=0, moves=[9])
    >>> found.move, found.value < 0  # plays the newest card blindly, where the blueprint gives a hint
    (9, True)
    """
    if orders < 2:
        raise ValueError(f"orders must be at least 2 for a variance, not {orders}")
    state, keys = HanabiState.from_seed(game, seed, number), SeatKeys.of_game(game, seed, number)
    seats = range(game.players)
    followers = [policy.follow(SeatHistory(game, seat, state.view(seat))) for seat in seats]
    others: list[tuple[int, int, int]] = []
    requests: list[Request] = []
    for move in moves:
        player, turn = state.current_player, state.turn
        view = state.view(player)
        advised = followers[player].move(view, keys.policy[turn])
        if move != advised:
            memories = np.stack([follower.memory for follower in followers])[np.newaxis]
            hand = np.array([state.hand(player)], np.int32)
            world = Worlds(hand, memories, np.zeros(orders, np.int64))
            key = int(np.random.SeedSequence([seed, number, turn, _STREAM]).generate_state(1, np.uint64)[0])
            place = Position(view, player, world, key, followers[player].recollection(turn))
            requests.append(Request(place, np.array([move, advised], np.int64), 0, orders))
            others.append((turn, move, advised))
        before = [state.view(seat) for seat in seats]
        state.apply(move)
        for seat in seats:
            followers[seat].observe(before[seat], state.view(seat))
    differences = [scores[:, 0] - scores[:, 1] for scores in rollouts.roll_out(requests)] if requests else []
    return [
        Advantage(*other, float(each.mean()), float(each.var(ddof=1) / orders))
        for other, each in zip(others, differences, strict=True)
    ]
