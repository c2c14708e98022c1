"""A blueprint playing every seat: whole games from seeded decks, in one compiled call.

This is the loop that everything else is built from: ``play_moves`` is also what a rollout of the search does after its
first move.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import jitable, kernel
from games._base.numbers import whole
from games._base.rng import draw, fold, shuffle
from games._base.threads import run_ranges
from games.hanabi.blueprint import (
    DECIDE_TYPE,
    OBSERVE_TYPE,
    PARAMETERS_TYPE,
    RULES_TYPE,
    START_TYPE,
    Blueprint,
)
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_SIZE,
    LIFE_TOKENS,
    PLAYERS,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
)
from games.hanabi.rules import apply_move, deal, fill_sorted_deck, hide_hand, is_legal, score, show_hand

DECK_STREAM = 1  # folded into the key of a game: which deck
POLICY_STREAM = 2  # the random numbers of randomised policies
TO_THE_END: Final = 1 << 30  # more moves than any game has


@jitable
def deck_of_game(rules, seed, game, deck):
    """Fill ``deck`` with the shuffled cards of game number ``game`` under ``seed`` (the same in every command)."""
    fill_sorted_deck(rules, deck)
    key = fold(fold(fold(np.uint64(0), seed), game), DECK_STREAM)
    shuffle(key, deck, 0, rules[DECK_SIZE])


@jitable
def blueprint_move(rules, state, memories, held, decide, sees_own_hand, key):
    """Ask the current player's policy for a move, showing it its view only; return -1 if the move is not legal."""
    player = state[CURRENT_PLAYER]
    if sees_own_hand:
        move = decide(rules, state, memories[player], key)
    else:
        hide_hand(rules, state, player, held)
        move = decide(rules, state, memories[player], key)
        show_hand(rules, state, player, held)
    if not is_legal(rules, state, move):
        return -1
    return move


@jitable
def copy_into(target, source):
    """Copy one vector onto another element by element (a slice assignment is slower for some hundred integers)."""
    for i in range(source.shape[0]):
        target[i] = source[i]


@jitable
def play_moves(rules, state, before, deck, memories, held, decide, observe, sees_own_hand, key, most):
    """Play ``state`` on with the blueprint in every seat, to its end or for ``most`` moves.

    Returns False as soon as a move is illegal, else True.
    ``before`` ([state_size]) and ``held`` ([hand_size]) are scratch; ``state`` and ``memories`` are changed in place.
    """
    played = 0
    while state[STATUS] == RUNNING and played < most:
        move = blueprint_move(rules, state, memories, held, decide, sees_own_hand, draw(key, state[TURN]))
        if move < 0:
            return False
        copy_into(before, state)
        apply_move(rules, state, deck, move)
        observe(rules, before, state, memories)
        played += 1
    return True


_SELF_PLAY_SIGNATURE = types.void(
    RULES_TYPE,
    types.int64,
    types.int64,
    types.int64,
    PARAMETERS_TYPE,
    START_TYPE,
    DECIDE_TYPE,
    OBSERVE_TYPE,
    types.boolean,
    types.int32[:, ::1],
)


@kernel(_SELF_PLAY_SIGNATURE)
def _self_play(rules, seed, first_game, memory_size, parameters, start, decide, observe, sees_own_hand, results):
    for g in range(results.shape[0]):
        state = np.empty(rules[STATE_SIZE], np.int32)
        before = np.empty(rules[STATE_SIZE], np.int32)
        deck = np.empty(rules[DECK_SIZE], np.int32)
        held = np.empty(rules[HAND_SIZE], np.int32)
        memories = np.zeros((rules[PLAYERS], memory_size), np.int64)
        deck_of_game(rules, seed, first_game + g, deck)
        deal(rules, state, deck)
        start(rules, parameters, memories)
        key = fold(fold(fold(np.uint64(0), seed), first_game + g), POLICY_STREAM)
        legal = play_moves(rules, state, before, deck, memories, held, decide, observe, sees_own_hand, key, TO_THE_END)
        results[g, 0] = score(rules, state) if legal else -1
        results[g, 1] = state[TURN]
        results[g, 2] = state[LIFE_TOKENS]


class SelfPlay(NamedTuple):
    """Result of ``self_play``: one row a game."""

    scores: NDArray[np.int32]  # [games]
    turns: NDArray[np.int32]  # [games] moves made
    lives: NDArray[np.int32]  # [games] life tokens left

    @property
    def mean(self) -> float:
        """Mean score."""
        return float(self.scores.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean score (nan for a single game)."""
        if len(self.scores) < 2:
            return float("nan")
        return float(self.scores.std(ddof=1) / np.sqrt(len(self.scores)))


def self_play(
    game: HanabiGame,
    blueprint: Blueprint,
    games: int,
    seed: int = 0,
    first_game: int = 0,
    workers: int | None = None,
) -> SelfPlay:
    """Play seeded games with one blueprint in every seat.

    Game ``i`` has the same deck in every call with the same ``seed``; results do not depend on the number of threads.

    Parameters
    ----------
    game : the configuration.
    blueprint : the policy of every seat.
    games : how many games, at least 1.
    seed : of decks and of randomised policies.
    first_game : number of the first game.
    workers : threads; all cores by default.

    Returns
    -------
    SelfPlay
        ``scores``, ``turns``, ``lives`` [games] int32, with ``mean`` and ``standard_error`` of the score.

    Raises
    ------
    ValueError
        If the blueprint cannot play the game, or a number is out of range.
    RuntimeError
        If the blueprint makes an illegal move; the sentence names the game.

    Examples
    --------
    >>> import tamaya
    >>> result = tamaya.self_play(tamaya.hanabi.standard(2), tamaya.blueprint("piers"), games=100, seed=0)
    >>> round(result.mean, 2), round(result.standard_error, 2)
    (17.42, 0.2)
    """
    games, seed = whole(games, "the number of games", 1, TO_THE_END), whole(seed, "seed")
    first_game = whole(first_game, "the number of the first game")
    results = np.zeros((games, 3), dtype=np.int32)
    memory_size, parameters = blueprint.memory_size(game), blueprint.parameters(game)

    def run(start: int, stop: int) -> None:
        _self_play(
            game.rules,
            seed,
            first_game + start,
            memory_size,
            parameters,
            blueprint.start,
            blueprint.decide,
            blueprint.observe,
            blueprint.sees_own_hand,
            results[start:stop],
        )

    run_ranges(run, games, workers)
    if (results[:, 0] < 0).any():
        bad = first_game + int(np.argmax(results[:, 0] < 0))
        raise RuntimeError(f"blueprint {blueprint.name!r} made an illegal move in game {bad} of seed {seed}")
    return SelfPlay(*np.ascontiguousarray(results.T))
