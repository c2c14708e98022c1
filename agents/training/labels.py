r"""Positions labelled by search: what every move would have led to, in the same world, with the network playing on.

At some decisions of self-play each considered move is played in turn from the real position, and the network plays on,
greedily. The real position is a draw from the posterior of what the player sees, so the final score is an unbiased
sample of ``q(s, m)``, the value of the move for an information state; moves of one position share their world, so that
differences have a small variance. Shorter playouts that end in the network's own value (``play_on``) are several times
cheaper and less noisy, and as biased as that value. (A planner averages over worlds drawn from a belief; learning
averages over positions, and no belief is needed.) That is expert iteration (Anthony, Tian and Barber, NeurIPS 2017)
with mirror-descent search for an expert, at every information state at once (``solvers.updates``), in one of two ways.

*A step* of mirror descent from the policy that played, over the moves considered, is what the network imitates:

.. math:: \pi'(m) \propto \pi(m) \, e^{\eta q_m}.

One world's noise moves a logit by ``eta`` times as much, and averages out over positions and iterations, but for
``eta`` times half its variance, by which bad moves look better than they are: keep steps short.

*Without a step size* the logits are fitted to the values divided by a temperature,

.. math:: \min_z \sum_m w_m \Big( z_m - \bar z - \frac{q_m - \bar q}{\tau} \Big)^2, \qquad
          w_m \propto \pi(m)^{1/2} + w_0,

bars being means with weights ``w``. At the minimum the policy is ``softmax(q / tau)``: the step of magnetic mirror
descent with a uniform magnet, temperature ``tau`` and a step size of infinity. What the policy knew is forgotten, so
errors of the fit that are larger than the temperature go straight into the moves.

Labels are then drawn again under the new policy. Clearly bad moves are considered only now and then: they hardly
matter, and their playouts cost as much as those of good ones. Since every move is tried where it counts, the games
themselves need little exploration: they follow the best moves, but for a share of drawn ones. (With all moves drawn, a
policy as even as a temperature makes it soon plays games that nobody would, and learns from them.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from agents.blueprints.neural.network import REWARD_SCALE, history_of
from agents.training.self_play import (
    GAMES_TYPES,
    TABLE_TYPES,
    begin_game,
    best_legal,
    look,
    make_move,
    record,
    rooms,
)
from games._base.jit import borrowed, jitable, kernel
from games._base.rng import draw, fold, uniform
from games.hanabi.layout import DECK_SIZE, MOVES, RUNNING, STATE_SIZE, STATUS, TURN
from games.hanabi.rules import score
from games.hanabi.self_play import copy_into

LABEL_STREAM = 3  # which decisions are labelled, and which of their bad moves are considered
RARELY = 0.125  # how often a move that looks bad is considered


@jitable
def play_on(
    rules, state, previous, deck, memories, with_base, decide, observe, key, parameters, features, room, plies, trace
):
    """Play ``state`` on with the network's best moves; return what it is worth, in points. Changes state and memories.

    After ``k`` moves it is worth ``G_k``: the score, and what the network expects of the rest. The result is the mean
    ``(1 - t) (G_0 + t G_1 + t^2 G_2 + ...)`` with ``t`` = ``trace``, the last term, after ``plies`` moves or at the end
    of the game, having all the weight that is left. With a trace of 1 and enough moves it is the final score.
    """
    total, weight = 0.0, 1.0
    for ply in range(plies + 1):
        if state[STATUS] != RUNNING:
            break
        word = draw(key, 2 * state[TURN])
        _, _, value = look(rules, state, memories, with_base, decide, word, parameters, features, room)
        worth = score(rules, state) + value / REWARD_SCALE
        if ply == plies:
            return total + weight * worth
        total += (1.0 - trace) * weight * worth
        weight *= trace
        best = best_legal(rules, state, room[4])
        make_move(rules, state, previous, deck, best, observe, memories, history_of(parameters))
    return total + weight * score(rules, state)


def stepped_policies(
    logits: npt.NDArray[np.float32], legal: npt.NDArray[np.bool_], scores: npt.NDArray[np.float32], eta: float
) -> npt.NDArray[np.float32]:
    """Return the policies after a step of mirror descent on the moves that have scores: ``pi(m) exp(eta q(m))``.

    All arrays are [rows, padded moves]; scores are NaN for moves that were not considered. These keep their
    probability, and the others share theirs anew.
    """
    allowed = np.where(legal, logits, -np.inf).astype(np.float64)
    policy = np.exp(allowed - allowed.max(axis=1, keepdims=True))
    policy /= policy.sum(axis=1, keepdims=True)
    considered = ~np.isnan(scores)
    with np.errstate(divide="ignore"):
        weights = np.where(considered, np.log(policy) + eta * np.nan_to_num(scores), -np.inf)
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    mass = np.where(considered, policy, 0.0).sum(axis=1, keepdims=True)
    after: npt.NDArray[np.float64] = np.where(considered, mass * shares / shares.sum(axis=1, keepdims=True), policy)
    return after.astype(np.float32)


@jitable
def is_considered(logits, best, move, margin, key):
    """Return whether a move of a labelled decision is looked at; ``best`` is the network's move."""
    return logits[move] >= logits[best] - margin or uniform(draw(key, move)) < RARELY


# Share of labelled decisions, margin of considered moves in logits, plies and trace of a playout, share of drawn moves.
LABELLING_TYPE = types.Tuple((types.float64, types.float64, types.int64, types.float64, types.float64))


@kernel(types.void(*GAMES_TYPES, LABELLING_TYPE, *TABLE_TYPES, types.float32[:, ::1]))
def label_games(
    rules, seed, first, start, stop, parameters, with_base, labelling, fresh, decide, observe, samples, scores
):
    """Play games into the samples of games ``start .. stop - 1`` and label some of their decisions.

    ``scores`` [rows, padded moves] gets the scores, in points, that ``play_on`` finds for the moves considered: the
    best one by the network, all whose logit is at most the margin below it, and some of the others; NaN elsewhere. The
    main line is the network's best moves, but for the share ``exploration`` that is drawn from its policy. Returns hold
    what the main line still scored, in tenths of points. ``labelling`` is (share, margin, plies, trace, exploration);
    the other arguments are those of ``play_games``.
    """
    parameters = borrowed(parameters)
    history = history_of(parameters)
    share, margin, plies, trace, exploration = labelling
    room, aside = rooms(rules, parameters), rooms(rules, parameters)
    logits = room[4]
    probabilities = np.empty(rules[MOVES], np.float64)
    state, previous = np.empty(rules[STATE_SIZE], np.int32), np.empty(rules[STATE_SIZE], np.int32)
    branch = np.empty(rules[STATE_SIZE], np.int32)
    deck = np.empty(rules[DECK_SIZE], np.int32)
    memories, minds = np.empty(fresh.shape, np.int64), np.empty(fresh.shape, np.int64)
    features = np.empty(samples.features.shape[1], np.uint16)
    longest = samples.counts.shape[0] // samples.lengths.shape[0]
    for g in range(start, stop):
        key = begin_game(rules, seed, first + g, fresh, state, deck, memories)
        label_key = fold(key, LABEL_STREAM)
        turn = 0
        while state[STATUS] == RUNNING:
            row = g * longest + turn
            word = draw(key, 2 * turn)
            teacher, count, value = look(
                rules, state, memories, with_base, decide, word, parameters, samples.features[row], room
            )
            word = draw(key, 2 * turn + 1)
            move = record(
                rules, state, teacher, count, value, with_base, False, word, logits, row, probabilities, samples
            )
            best = best_legal(rules, state, logits)
            if uniform(draw(label_key, longest + turn)) >= exploration:
                move = samples.moves[row] = best
            samples.returns[row] = score(rules, state)
            scores[row, :] = np.nan
            if uniform(draw(label_key, turn)) < share:
                for m in range(rules[MOVES]):
                    if not (samples.legal[row, m] and is_considered(logits, best, m, margin, fold(label_key, turn))):
                        continue
                    copy_into(branch, state)
                    for player in range(minds.shape[0]):
                        copy_into(minds[player], memories[player])
                    make_move(rules, branch, previous, deck, m, observe, minds, history)
                    scores[row, m] = play_on(
                        rules,
                        branch,
                        previous,
                        deck,
                        minds,
                        with_base,
                        decide,
                        observe,
                        key,
                        parameters,
                        features,
                        aside,
                        plies,
                        trace,
                    )
            make_move(rules, state, previous, deck, move, observe, memories, history)
            turn += 1
        final = score(rules, state)
        for t in range(turn):
            row = g * longest + t
            samples.returns[row] = REWARD_SCALE * (final - samples.returns[row])
        samples.lengths[g], samples.scores[g] = turn, final
