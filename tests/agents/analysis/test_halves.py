"""Losses of moves against the best, crossed between halves of the worlds: without the optimism of a maximum."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.analysis.accuracy import accuracy
from agents.analysis.analyse import analyse
from agents.analysis.decisions import paired_loss
from agents.analysis.halves import CrossedLoss, halves
from games.hanabi import standard
from games.hanabi.replay import GameRecord
from search.errors import Origins
from tests.games.hanabi.test_view import played


def test_a_move_as_good_as_all_others_loses_nothing() -> None:
    """Ten equal moves, 400 decisions: in the same worlds the first one seems to lose what the maximum gains."""
    rng = np.random.default_rng(7)
    crossed, same, errors = [], [], []
    for _ in range(400):
        tried = {move: rng.normal(size=40) for move in range(10)}
        best = max(tried.values(), key=np.mean)
        same.append(paired_loss(best, tried[0])[0])
        found = CrossedLoss(tried).of(0, tried[0])
        crossed.append(found.mean)
        errors.append(found.error)
    error = np.std(crossed, ddof=1) / 20
    assert abs(np.mean(crossed)) < 3 * error and np.mean(same) > 20 * np.std(same, ddof=1) / 400 and np.mean(same) > 0.2
    assert math.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(crossed, ddof=1), rel=0.15)


def test_a_loss_that_all_worlds_show_is_found_whole() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=60)
    tried = {3: base, 5: base - 1.5 + rng.normal(size=60) * 0.1}
    loss = CrossedLoss(tried)
    assert loss.of(3, tried[3])[:2] == (0.0, 0.0)
    assert loss.of(5, tried[5]).mean == pytest.approx(np.mean(tried[3] - tried[5]))
    short = loss.of(9, base[:20] - 2.0)
    assert short.mean == pytest.approx(2.0) and short.worlds == 20


def test_by_its_formula_for_four_worlds() -> None:
    """Worlds 0 and 2 find move 1 and are measured by it in 1 and 3, which find move 0."""
    tried = {0: np.array([1.0, 5.0, 2.0, 7.0]), 1: np.array([4.0, 3.0, 6.0, 1.0])}
    found = CrossedLoss(tried).of(0, tried[0])
    assert found.mean == pytest.approx(((3 - 5) + (1 - 7) + 0 + 0) / 4)
    assert math.isnan(CrossedLoss(tried).of(0, tried[0][:3]).mean) and math.isnan(CrossedLoss({}).of(0, tried[0]).mean)


def test_halves_share_no_particle_but_those_that_were_bound_to_be_there() -> None:
    rng = np.random.default_rng(2)
    weights = rng.dirichlet(np.ones(50))
    particles = rng.choice(50, 200, p=weights)
    drawn = halves(200, Origins(particles, weights, np.full(50, 0.01)))
    assert not set(particles[drawn]) & set(particles[~drawn]) and 80 <= drawn.sum() <= 120
    few = rng.choice(3, 200)
    every = halves(200, Origins(few, np.full(3, 1 / 3), np.ones(3)))
    for particle in range(3):
        assert abs(int(every[few == particle].sum()) - int((~every)[few == particle].sum())) <= 1
    one = np.zeros(200, np.int64)
    alone = halves(200, Origins(one, np.ones(1), np.full(1, 0.01)))
    assert alone.sum() in (0, 200)


def test_a_game_of_best_moves_loses_no_points() -> None:
    """Each move is the best of 4,000 rollouts; judged by 400 of other worlds it seems to lose some in the same ones."""
    state = played(standard(2), 12, 12)
    record = GameRecord.from_state(state)
    exact = analyse(record, rollouts=4000, threads=1, turns=range(4, 10), seed=1)
    moves = [*record.moves]
    for one in exact:
        moves[one.turn] = one.planner_move
    same, row = [], []
    for seed in range(2, 6):
        rough = analyse(record, rollouts=400, threads=1, turns=range(4, 10), seed=seed)
        row.append(accuracy(standard(2), rough, moves)[0])
        same.append(np.mean([one.of(moves[one.turn]).lost for one in rough]))
    error = math.sqrt(sum(one["error"] ** 2 for one in row)) / len(row)
    mean = np.mean([one["lost"] for one in row])
    assert mean < 2 * error and mean < 0.5 * np.mean(same)
