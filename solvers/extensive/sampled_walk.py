r"""One sampled walk over a compact tree, compiled: four ways to sample, with and without baselines.

A walk is for one player ``p``, who learns from it. At every history ``h`` on it the walk knows ``w``, the probability
that chance and the others play to ``h`` divided by the probability that the walk comes there, so that for the sampled
value ``u(ha)`` of an action, ``w (u(ha) - <sigma, u(h.)>)`` summed over the walk has the counterfactual regret of the
action as its expectation (Lanctot, Waugh, Zinkevich and Bowling, NeurIPS 2009). What is followed and what is sampled:

| | own actions | others' actions | private chance | public chance |
|---|---|---|---|---|
| outcome sampling | one | one | one | one |
| external sampling | all | one | one | one |
| chance sampling | all | all | one | one |
| public chance sampling | all | all | all | one |

Where one of the others' actions, or of chance, is sampled, it is by its own probability, and ``w`` stays; own actions
are sampled with ``q = (1 - e) sigma + e / n``, and ``w`` is divided by ``q``. Public chance sampling is that of
Johanson et al. (AAMAS 2012) on single histories: every private deal draws its own public event, under common random
numbers.

**Baselines** (Schmid et al., "Variance reduction in Monte Carlo counterfactual regret minimization (VR-MCCFR)", AAAI
2019). With a guess ``b(a)`` of what an action is worth, which depends on nothing that this walk has sampled, the values
of the sampled action and of the others become

.. math:: \hat u(ha) = b(a) + \frac{\mathbb{1}[a\ \text{sampled}]}{q(a)}\,\bigl(\hat u(ha) - b(a)\bigr) :

the expectation is as before and the variance that of ``u - b``. The guesses are running averages of what was sampled
at the infoset, one for each action and learning player.

**Averages.** Whatever has been sampled, each infoset's policy enters the average with weights whose expectation is the
player's own reach times a constant of the infoset: where others' actions are sampled, at *their* infosets with ``w``;
else at the own ones with the own reach.

The walk goes down and up by hand, with a frame for every node of the path: nothing is recursive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.jit import borrowed, jitable, kernel
from games._base.rng import draw, fold, uniform
from games.extensive.compact import Nodes
from games.extensive.histories import CHANCE, TERMINAL

OUTCOME, EXTERNAL, CHANCES, PUBLIC = 0, 1, 2, 3
"""How a walk samples: the four rows of the module's table."""


class Tables(NamedTuple):
    """What is learnt, over all slots, and room for a walk."""

    policy: NDArray[np.float64]
    """[S] the current policy."""
    regrets: NDArray[np.float64]
    """[S] cumulative regrets."""
    total: NDArray[np.float64]
    """[S] weighted sums of the policies played."""
    baseline: NDArray[np.float64]
    """[P, S] guesses of what the action is worth to a player; [P, 0] without baselines."""
    stamps: NDArray[np.int64]
    """[I] the walk that changed an infoset's regrets last."""
    touched: NDArray[np.int32]
    """[I] the infosets whose regrets this walk has changed, in front."""
    met: NDArray[np.bool_]
    """[I] whether an infoset has ever been met."""


class Frames(NamedTuple):
    """A walk's path, one frame a node [depth]."""

    whole: NDArray[np.int32]
    """[depth, 3] the node, the child that is looked at, and the last one."""
    number: NDArray[np.float64]
    """[depth, 4] ``w``, the own reach, the value so far, and the probability of the action that was sampled."""
    values: NDArray[np.float64]
    """[depth, actions] of the learning player's actions."""


class How(NamedTuple):
    """How a walk goes."""

    sampling: int
    """``OUTCOME``, ``EXTERNAL``, ``CHANCES`` or ``PUBLIC``."""
    player: int
    exploration: float
    """Of outcome sampling, e."""
    rate: float
    """Of the running averages of baselines."""
    weight: float
    """Of this iteration in the average."""


@jitable
def _pick(probabilities, start, stop, point):
    """Return the index in ``start .. stop-1`` that a point in [0, 1) falls on."""
    for s in range(start, stop - 1):
        point -= probabilities[s]
        if point < 0.0:
            return s
    last = stop - 1
    while last > start and probabilities[last] == 0.0:  # the sum is 1 but for rounding
        last -= 1
    return last


@jitable
def _chance_child(start, child, probability, node, point):
    """Return the place among ``child`` that a point in [0, 1) falls on, by the probabilities of chance."""
    begin, end = start[node], start[node + 1]
    for place in range(begin, end - 1):
        point -= probability[child[place]]
        if point < 0.0:
            return place
    last = end - 1
    while last > begin and probability[child[last]] == 0.0:
        last -= 1
    return last


@jitable(inline="always")
def _enter(nodes, tables, how, frames, depth, key):
    """Choose the children of a node that are followed, count its policy in the average, and return the next key."""
    node = frames.whole[depth, 0]
    mover = nodes.mover[node]
    begin, end = nodes.start[node], nodes.start[node + 1]
    own = mover == how.player
    frames.number[depth, 2] = 0.0
    if mover == CHANCE:
        follow = how.sampling == PUBLIC and not nodes.public[node]
    else:
        follow = how.sampling != OUTCOME if own else how.sampling >= CHANCES
    place, last = begin, end
    if mover >= 0:
        infoset = nodes.infoset[node]
        first, stop = nodes.first[infoset], nodes.first[infoset + 1]
        tables.met[infoset] = True
        if how.sampling >= CHANCES:
            weight = how.weight * frames.number[depth, 1] if own else 0.0
        else:
            weight = 0.0 if own else how.weight * frames.number[depth, 0]
        if weight > 0.0:
            for s in range(first, stop):
                tables.total[s] += weight * tables.policy[s]
        if not follow:
            key = fold(key, 1)
            point = uniform(draw(key, 0))
            if own:
                even = how.exploration / (stop - first)
                if uniform(draw(key, 1)) < how.exploration:
                    chosen = first + int(point * (stop - first))
                else:
                    chosen = _pick(tables.policy, first, stop, point)
                frames.number[depth, 3] = even + (1.0 - how.exploration) * tables.policy[chosen]
            else:
                chosen = _pick(tables.policy, first, stop, point)
            place = begin + chosen - first
            last = place + 1
    elif not follow:
        key = fold(key, 2)
        place = _chance_child(nodes.start, nodes.child, nodes.probability, node, uniform(draw(key, 0)))
        last = place + 1
    frames.whole[depth, 1], frames.whole[depth, 2] = place, last
    return key


@jitable(inline="always")
def _descend(nodes, tables, how, frames, depth):
    """Write the frame of the child that is looked at."""
    node, place = frames.whole[depth, 0], frames.whole[depth, 1]
    weight, own = frames.number[depth, 0], frames.number[depth, 1]
    mover, child = nodes.mover[node], nodes.child[place]
    if mover == CHANCE:
        if how.sampling == PUBLIC and not nodes.public[node]:
            weight *= nodes.probability[child]
    else:
        slot = nodes.first[nodes.infoset[node]] + place - nodes.start[node]
        if mover == how.player:
            own *= tables.policy[slot]
            if how.sampling == OUTCOME:
                weight /= frames.number[depth, 3]
        elif how.sampling >= CHANCES:
            weight *= tables.policy[slot]
    frames.whole[depth + 1, 0] = child
    frames.number[depth + 1, 0], frames.number[depth + 1, 1] = weight, own


@jitable
def _corrected(policy, baseline, player, rate, first, stop, chosen, value, probability):
    """Return the value of a sampled decision after its baselines, which then learn from it."""
    mean = 0.0
    for s in range(first, stop):
        mean += policy[s] * baseline[player, s]
    surprise = value - baseline[player, chosen]
    baseline[player, chosen] += rate * surprise
    return mean + policy[chosen] / probability * surprise


@jitable(inline="always")
def _combine(nodes, tables, how, frames, depth, value):
    """Take up the value of the child that is looked at."""
    node, place = frames.whole[depth, 0], frames.whole[depth, 1]
    mover = nodes.mover[node]
    if mover == CHANCE:
        followed = how.sampling == PUBLIC and not nodes.public[node]
        frames.number[depth, 2] += value * (nodes.probability[nodes.child[place]] if followed else 1.0)
        return
    infoset = nodes.infoset[node]
    first, stop = nodes.first[infoset], nodes.first[infoset + 1]
    slot = first + place - nodes.start[node]
    guessed = tables.baseline.shape[1] > 0
    if mover == how.player:
        if how.sampling != OUTCOME:
            frames.values[depth, slot - first] = value
            frames.number[depth, 2] += tables.policy[slot] * value
            return
        probability = frames.number[depth, 3]
        for s in range(first, stop):
            frames.values[depth, s - first] = tables.baseline[how.player, s] if guessed else 0.0
        guess = tables.baseline[how.player, slot] if guessed else 0.0
        frames.values[depth, slot - first] += (value - guess) / probability
        if guessed:
            frames.number[depth, 2] = _corrected(
                tables.policy, tables.baseline, how.player, how.rate, first, stop, slot, value, probability
            )
        else:
            frames.number[depth, 2] = tables.policy[slot] / probability * value
    elif how.sampling >= CHANCES:
        frames.number[depth, 2] += tables.policy[slot] * value
    elif guessed:
        frames.number[depth, 2] = _corrected(
            tables.policy, tables.baseline, how.player, how.rate, first, stop, slot, value, tables.policy[slot]
        )
    else:
        frames.number[depth, 2] = value


@jitable(inline="always")
def _add_regrets(nodes, tables, frames, depth, walk, touched):
    """Add the regrets of a decision of the learning player; return how many infosets the walk has touched."""
    infoset = nodes.infoset[frames.whole[depth, 0]]
    first, stop = nodes.first[infoset], nodes.first[infoset + 1]
    weight, mean = frames.number[depth, 0], frames.number[depth, 2]
    for s in range(first, stop):
        tables.regrets[s] += weight * (frames.values[depth, s - first] - mean)
    if tables.stamps[infoset] != walk:
        tables.stamps[infoset] = walk
        tables.touched[touched] = infoset
        touched += 1
    return touched


@jitable
def sampled_walk(nodes, tables, how, frames, key, walk):
    """Walk once and add the sampled regrets; return the value of the root, the infosets touched, and decisions met."""
    frames.whole[0, 0] = 0
    frames.number[0, 0], frames.number[0, 1] = 1.0, 1.0
    depth, value, touched, decisions = 0, 0.0, 0, 0
    entering = True
    while depth >= 0:
        node = frames.whole[depth, 0]
        mover = nodes.mover[node]
        if entering:
            if mover == TERMINAL:
                value, entering = nodes.utility[how.player, node], False
                depth -= 1
                continue
            if mover >= 0:
                decisions += 1
            key = _enter(nodes, tables, how, frames, depth, key)
        else:
            _combine(nodes, tables, how, frames, depth, value)
            frames.whole[depth, 1] += 1
        if frames.whole[depth, 1] < frames.whole[depth, 2]:
            _descend(nodes, tables, how, frames, depth)
            depth += 1
            entering = True
            continue
        if mover == how.player:
            touched = _add_regrets(nodes, tables, frames, depth, walk, touched)
        value, entering = frames.number[depth, 2], False
        depth -= 1
    return value, touched, decisions


@jitable
def _lent(nodes, tables, frames):
    """Return the same arrays without their owners, which a loop would count (``games._base.jit.borrowed``)."""
    return (
        Nodes(
            borrowed(nodes.mover),
            borrowed(nodes.start),
            borrowed(nodes.child),
            borrowed(nodes.infoset),
            borrowed(nodes.probability),
            borrowed(nodes.public),
            borrowed(nodes.utility),
            borrowed(nodes.first),
        ),
        Tables(
            borrowed(tables.policy),
            borrowed(tables.regrets),
            borrowed(tables.total),
            borrowed(tables.baseline),
            borrowed(tables.stamps),
            borrowed(tables.touched),
            borrowed(tables.met),
        ),
        Frames(borrowed(frames.whole), borrowed(frames.number), borrowed(frames.values)),
    )


@jitable
def _refresh(nodes, tables, touched):
    """Write the policies of the infosets that a walk has touched, by regret matching."""
    for place in range(touched):
        infoset = tables.touched[place]
        first, stop = nodes.first[infoset], nodes.first[infoset + 1]
        total = 0.0
        for s in range(first, stop):
            total += max(tables.regrets[s], 0.0)
        for s in range(first, stop):
            tables.policy[s] = max(tables.regrets[s], 0.0) / total if total > 0.0 else 1.0 / (stop - first)


@kernel
def run_walks(nodes, tables, frames, sampling, players, exploration, rate, power, seed, begin, count):
    """Run iterations ``begin+1 .. begin+count``, a walk for every player each; return the decisions met.

    ``power``: of the iteration's number, its weight in the average.
    """
    nodes, tables, frames = _lent(nodes, tables, frames)
    decisions = 0
    for iteration in range(begin + 1, begin + count + 1):
        weight = float(iteration) ** power
        for player in range(players):
            how = How(sampling, player, exploration, rate, weight)
            key = fold(fold(seed, iteration), player)
            walk = iteration * players + player
            _, touched, met = sampled_walk(nodes, tables, how, frames, key, walk)
            _refresh(nodes, tables, touched)
            decisions += met
    return decisions


@kernel
def sample_regrets(nodes, tables, frames, sampling, player, exploration, rate, seed, count, squares):
    """Add the regrets that ``count`` walks of a player sample to ``tables.regrets``, and their squares to ``squares``.

    [S]; the policy stays as it is, baselines learn. The regrets of each walk are looked at by themselves.
    """
    before = tables.regrets.copy()
    nodes, tables, frames = _lent(nodes, tables, frames)
    for walk in range(1, count + 1):
        how = How(sampling, player, exploration, rate, 0.0)
        _, touched, _ = sampled_walk(nodes, tables, how, frames, fold(fold(seed, walk), player), walk)
        for place in range(touched):
            infoset = tables.touched[place]
            for s in range(nodes.first[infoset], nodes.first[infoset + 1]):
                squares[s] += (tables.regrets[s] - before[s]) ** 2
                before[s] = tables.regrets[s]
