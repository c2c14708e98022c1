"""Self-play and labels against a rule-based blueprint's games and a plain definition of advantages."""

from __future__ import annotations

import numpy as np
import pytest

from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import HEADER, REWARD_SCALE, views
from agents.blueprints.registry import blueprint
from agents.training.gradients import METRICS, Loss, accumulate
from agents.training.labels import stepped_policies
from agents.training.learner import CompiledLearner
from agents.training.losses import regression_gradient
from agents.training.options import TrainingOptions
from agents.training.samples import Samples
from agents.training.self_play import estimate_advantages
from agents.training.thinning import gradient_norms, inclusion_chances
from games.hanabi.game import HanabiGame, small
from games.hanabi.self_play import deck_of_game, self_play
from games.hanabi.state import HanabiState
from solvers.updates import mirror_descent
from tests.agents.blueprints.networks import network

CERTAIN = 60.0  # a logit that leaves nothing to chance


def _learner(players: int, base: str = "smart", **settings: object) -> CompiledLearner:
    options = TrainingOptions(base=base, teacher=base, hidden=(16, 16), advice=CERTAIN, **settings)  # type: ignore[arg-type]
    return CompiledLearner(HanabiGame(players=players), options, workers=1)


@pytest.mark.parametrize(("players", "base"), [(2, "smart"), (3, "information")])
def test_certain_advice_plays_the_base_s_games(players: int, base: str) -> None:
    learner = _learner(players, base, games=30, clone_games=0)
    samples = learner.play()
    seed = learner.options.seed + (7 << 32)
    expected = self_play(learner.game, blueprint(base), 30, seed)
    np.testing.assert_array_equal(samples.scores, expected.scores)
    np.testing.assert_array_equal(samples.lengths, expected.turns)
    rows = samples.rows()
    np.testing.assert_array_equal(samples.moves[rows], samples.teacher[rows])
    assert samples.legal[rows, samples.moves[rows]].all()


def test_advantages_are_the_definition_s() -> None:
    generator = np.random.default_rng(0)
    for players, length in ((2, 9), (3, 11), (5, 3)):
        rewards, values = generator.normal(size=length), generator.normal(size=length).astype(np.float32)
        advantages, returns = np.zeros(length, np.float32), np.zeros(length, np.float32)
        gamma, trace = 0.9, 0.7
        estimate_advantages(rewards, values, length, players, gamma, trace, advantages, returns)
        for t in range(length):
            expected = 0.0
            for k, at in enumerate(range(t, length, players)):  # sum of (gamma lambda)^k delta
                following = values[at + players] if at + players < length else 0.0
                delta = rewards[at : at + players].sum() + gamma * following - values[at]
                expected += (gamma * trace) ** k * delta
            assert advantages[t] == pytest.approx(expected, abs=1e-5)
        np.testing.assert_allclose(returns, advantages + values, atol=1e-6)


def test_without_discount_returns_are_what_is_still_scored() -> None:
    samples = _learner(2, games=20, clone_games=0, gamma=1.0, trace=1.0).play()
    for game in range(20):
        begin = game * samples.longest
        returns = samples.returns[begin : begin + samples.lengths[game]]
        assert returns[0] == pytest.approx(REWARD_SCALE * samples.scores[game], abs=1e-4)


def test_lambda_may_change_as_training_goes_on() -> None:
    made = [
        _learner(2, games=4, clone_games=0, trace=0.2, trace_end=0.8, horizon=100.0),
        _learner(2, games=4, clone_games=0, trace=0.5),
        _learner(2, games=4, clone_games=0, trace=0.2),
    ]
    for learner in made:
        views(learner.parameters)["value"][:] = np.random.default_rng(1).normal(size=16)
    made[0].steps = 50
    halfway, constant, start = (learner.play().advantages for learner in made)
    np.testing.assert_array_equal(halfway, constant)
    assert np.abs(halfway - start).max() > 0.01


def _continued(game: HanabiGame, deck: list[int], moves: list[int]) -> list[int]:
    """Return the score after every move of a game in which smart plays on after ``moves``, by the plain interface."""
    smart = blueprint("smart")
    state = HanabiState(game, deck)
    memories = np.zeros((game.players, smart.memory_size(game)), np.int64)
    smart.start(game.rules, np.zeros(0, np.float32), memories)
    scores = []
    while not state.is_terminal:
        player = state.current_player
        chosen = moves[state.turn] if state.turn < len(moves) else None
        move = (
            smart.decide(game.rules, state.view(player), memories[player], np.uint64(0)) if chosen is None else chosen
        )
        before = state.array.copy()
        state.apply(int(move))
        smart.observe(game.rules, before, state.array, memories)
        scores.append(state.score)
    return scores


def test_labels_are_the_scores_of_playing_on() -> None:
    learner = _learner(2, games=6, clone_games=0, method="expert-iteration", label_share=0.05, label_margin=200.0)
    samples, scores = learner.label()
    rows = samples.rows()
    labelled = rows[~np.isnan(scores[rows]).all(axis=1)]
    assert 10 < len(labelled) < 0.2 * len(rows)
    for row in labelled:
        game, _turn = divmod(int(row), samples.longest)
        legal = np.flatnonzero(samples.legal[row])
        np.testing.assert_array_equal(np.flatnonzero(~np.isnan(scores[row])), legal)
        assert scores[row, samples.teacher[row]] == samples.scores[game]
        line = samples.moves[game * samples.longest : row].tolist()
        deck = _deck(learner, game)
        for move in legal[:: max(1, len(legal) // 4)]:
            assert scores[row, move] == _continued(learner.game, deck, [*line, int(move)])[-1]


@pytest.mark.parametrize(("plies", "trace"), [(1, 0.0), (3, 1.0), (2, 0.5), (40, 0.9)])
def test_short_playouts_end_in_values(plies: int, trace: float) -> None:
    settings = {"label_share": 0.05, "label_margin": 200.0, "label_plies": plies, "label_trace": trace}
    learner = _learner(2, games=4, clone_games=0, method="expert-iteration", **settings)
    parts = views(learner.parameters)
    parts["value"][:], parts["value_bias"][:] = 0.0, 0.03  # three tenths of a point, everywhere
    samples, labels = learner.label()
    rows = samples.rows()
    labelled = rows[~np.isnan(labels[rows]).all(axis=1)]
    assert len(labelled) > 5
    for row in labelled:
        game, turn = divmod(int(row), samples.longest)
        line = samples.moves[game * samples.longest : row].tolist()
        for move in np.flatnonzero(samples.legal[row])[::5]:
            scores = _continued(learner.game, _deck(learner, game), [*line, int(move)])[turn:]
            expected, left = 0.0, 1.0
            for ply, score in enumerate(scores):
                ended = ply == len(scores) - 1
                share = left if ended or ply == plies else (1.0 - trace) * left
                expected += share * (score if ended else score + 0.3)
                left -= share
                if ended or ply == plies:
                    break
            assert left == pytest.approx(0.0, abs=1e-12)
            assert labels[row, move] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("exploration", [0.0, 0.3])
def test_games_of_expert_iteration_follow_the_best_moves_but_for_a_share(exploration: float) -> None:
    settings = {"label_share": 0.01, "label_exploration": exploration}
    learner = _learner(2, games=40, clone_games=0, method="expert-iteration", **settings)
    views(learner.parameters)["advice"][:] *= 4.0 / CERTAIN
    samples, _ = learner.label()
    rows = samples.rows()
    logits = np.where(samples.legal[rows], samples.logits[rows], -np.inf)
    best = logits.argmax(axis=1)
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    others = exploration * (1.0 - probabilities[np.arange(len(rows)), best])
    error = np.sqrt((others * (1.0 - others)).sum())
    assert abs((samples.moves[rows] != best).sum() - others.sum()) <= 4.0 * error
    assert others.sum() > 100 or exploration == 0.0


def test_a_step_of_mirror_descent_is_taken_on_the_moves_considered() -> None:
    generator = np.random.default_rng(5)
    logits = generator.normal(0.0, 2.0, (50, 32)).astype(np.float32)
    legal = generator.random((50, 32)) < 0.7
    legal[:, 3] = True
    scores = np.where(legal & (generator.random((50, 32)) < 0.5), generator.normal(20.0, 2.0, (50, 32)), np.nan)
    scores[:, 3] = 21.0
    after = stepped_policies(logits, legal, scores.astype(np.float32), 0.3)
    for row in range(50):
        moves = np.flatnonzero(legal[row])
        policy = np.exp(logits[row, moves].astype(np.float64))
        policy /= policy.sum()
        seen = ~np.isnan(scores[row, moves])
        expected = policy.copy()
        expected[seen] = np.exp(
            mirror_descent(np.log(policy[seen] / policy[seen].sum()), scores[row, moves][seen], 0.3)
        )
        expected[seen] *= policy[seen].sum()
        np.testing.assert_allclose(after[row, moves], expected, rtol=1e-4)
        assert after[row].sum() == pytest.approx(1.0, abs=1e-5)
        assert seen.any()
    np.testing.assert_allclose(stepped_policies(logits, legal, scores.astype(np.float32), 0.0).sum(axis=1), 1.0, 1e-5)


def _deck(learner: CompiledLearner, number: int) -> list[int]:
    deck = np.zeros(learner.game.deck_size, np.int32)
    deck_of_game(learner.game.rules, learner.options.seed + (7 << 32), number, deck)
    return [int(card) for card in deck]


@pytest.mark.parametrize(("base", "history"), [("smart", 3), ("none", 1)])
def test_games_of_a_network_that_reads_earlier_moves_are_those_that_its_weights_play(base: str, history: int) -> None:
    settings = {"label_share": 1e-9, "label_exploration": 0.0, "history": history, "games": 60, "clone_games": 0}
    options = TrainingOptions(base=base, hidden=(32, 32), method="expert-iteration", **settings)  # type: ignore[arg-type]
    learner = CompiledLearner(small(2), options, 1)
    made = network(small(2), base, 0.5, history=history)
    learner.start_from(made)
    samples, _ = learner.label()
    expected = self_play(small(2), neural_blueprint(made), 60, learner.seed)
    np.testing.assert_array_equal(samples.scores, expected.scores)
    np.testing.assert_array_equal(samples.lengths, expected.turns)
    rows, read = samples.rows(), feature_count(small(2))
    assert (samples.features[rows] >= read).sum() > 30 and len(np.unique(samples.moves[rows])) > 3


def test_smaller_weights_start_a_network_with_the_same_policy_that_learns_with_all_of_it() -> None:
    def learner(history: int, hidden: tuple[int, int]) -> CompiledLearner:
        options = TrainingOptions(hidden=hidden, games=8, clone_games=0, history=history)
        return CompiledLearner(small(2), options, 1)

    same, larger = learner(0, (32, 32)), learner(3, (48, 64))
    made = network(small(2), "smart", 0.5)
    same.start_from(made)
    larger.start_from(made)
    one, other = same.play(), larger.play()
    rows = one.rows()
    np.testing.assert_array_equal(rows, other.rows())
    np.testing.assert_allclose(one.logits[rows], other.logits[rows], atol=1e-5)
    np.testing.assert_allclose(one.values[rows], other.values[rows], atol=1e-5)
    assert (other.counts[rows] > one.counts[rows]).any()
    before = views(larger.parameters.copy())
    larger.iterate()
    larger.iterate()
    moved = {name: part != before[name] for name, part in views(larger.parameters).items()}
    read = feature_count(small(2))
    for new in (moved["first"][read:], moved["first"][:, 32:], moved["second"][32:], moved["second"][:, 32:]):
        assert new.mean() > 0.1
    assert moved["policy"][32:, : small(2).moves].mean() > 0.5 and moved["value"][32:].mean() > 0.5
    with pytest.raises(ValueError, match="reads 4 earlier moves, not 3: say --history"):
        larger.start_from(network(small(2), "smart", 0.5, history=4))
    with pytest.raises(ValueError, match="hidden layers of 32 and 32 units"):
        learner(3, (32, 16)).start_from(made)


def test_chances_of_learning_follow_the_gradient_s_norm() -> None:
    generator = np.random.default_rng(3)
    for count, share in ((1, 0.1), (7, 0.25), (40, 0.25), (400, 0.9), (9, 1.0)):
        norms = generator.exponential(size=count) ** 3 * (generator.random(count) < 0.7)
        chances = inclusion_chances(norms, share)
        assert (chances >= share / 2.0).all() and (chances <= 1.0).all() and chances.mean() <= share + 1e-12
        between = (chances > share / 2.0) & (chances < 1.0)
        scales = norms[between] / chances[between]
        assert share == 1.0 or not between.any() or np.ptp(scales) <= 1e-9 * scales.max()
        if share < 1.0 and between.any() and (norms > 0.0).any():
            assert np.minimum(1.0, norms / scales[0]).mean() == pytest.approx(share / 2.0)
    assert inclusion_chances(np.zeros(4), 0.5).tolist() == [0.25] * 4
    logits = np.array([[1.0, 2.0, 9.0], [0.0, 50.0, 0.0]], np.float32)
    legal = np.array([[True, True, False], [True, True, True]])
    found = gradient_norms(np.array([-2.0, 3.0], np.float32), logits, legal, np.array([0, 1], np.int32))
    other = 1.0 / (1.0 + np.exp(-1.0))
    np.testing.assert_allclose(found, [2.0 * np.hypot(other, other), 0.0], atol=1e-7)


def test_thinned_decisions_teach_the_same_in_expectation() -> None:
    learner = _learner(2, games=8, epochs=1, clone_games=0, learn_share=0.3, entropy=0.1)
    views(learner.parameters)["advice"][:] *= 4.0 / CERTAIN
    views(learner.parameters)["value"][:] = np.random.default_rng(1).normal(size=16)
    samples = learner.play()
    rows = samples.rows()
    learner._normalise(samples, rows)
    made: list[tuple[int, np.ndarray]] = []

    def descend(samples: Samples, batch: np.ndarray, targets: np.ndarray, loss: Loss, scale: float, _: float) -> object:
        gradient, metrics = np.zeros_like(learner.parameters), np.zeros(len(METRICS))
        accumulate(learner.parameters, samples, batch, learner._weights, targets, loss, scale, gradient, metrics)
        made.append((len(batch), np.append(gradient[HEADER:], metrics)))
        return metrics

    learner._descend = descend  # type: ignore[method-assign, assignment]
    for draw in range(300):
        learner.thinner = lambda draw=draw: np.random.default_rng(draw)  # type: ignore[method-assign, misc]
        learner.learn(samples, learner._thinned(samples, rows), learner._no_targets, learner.loss(), len(rows))
    learner._weights[:] = 1.0
    learner.learn(samples, rows, learner._no_targets, learner.loss())
    seen, whole = made.pop()
    assert seen == len(rows) and 0.2 < np.mean([count for count, _ in made]) / seen < 0.301
    drawn = np.array([one for _, one in made])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    moving = error > 1e-6
    assert np.abs(whole).max() > 1e-3 and moving.sum() > 1000
    assert (np.abs(drawn.mean(axis=0) - whole)[moving] < 6.0 * error[moving]).all()


def test_games_without_a_label_teach_nothing_and_count() -> None:
    learner = _learner(2, games=2, clone_games=0, method="expert-iteration", label_share=1e-9)
    before = learner.parameters.copy()
    numbers = learner.iterate()
    assert (learner.iteration, learner.updates) == (1, 0)
    assert learner.steps == numbers["steps"] > 0
    np.testing.assert_array_equal(learner.parameters, before)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_policy_that_is_not_a_number_makes_no_move(workers: int) -> None:
    learner = CompiledLearner(HanabiGame(players=2), TrainingOptions(hidden=(16, 16), games=8, clone_games=0), workers)
    learner.parameters[HEADER:] = np.nan
    with pytest.raises(FloatingPointError, match="not a number"):
        learner.iterate()


def test_expert_iteration_needs_the_compiled_network() -> None:
    with pytest.raises(ValueError, match="needs the compiled network, not feed-forward"):
        TrainingOptions(method="expert-iteration", network="feed-forward")


def test_regression_rests_at_the_softmax_of_the_values() -> None:
    scores = np.array([3.0, np.nan, 4.5, 4.0, 1.0], np.float32)
    legal = np.array([True, True, True, False, True])
    temperature = 0.5
    logits = (scores / temperature + 7.0).astype(np.float64)
    logits[1], logits[3] = 0.3, 9.0
    weights, gradient = np.zeros(5), np.zeros(5)
    policy = np.array([0.2, 0.2, 0.4, 0.0, 0.2])
    loss = regression_gradient(policy, logits, scores, legal, 5, temperature, weights, gradient)
    assert loss == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-7)
    logits[2] += 1.0
    loss = regression_gradient(policy, logits, scores, legal, 5, temperature, weights, gradient)
    step = 1e-6
    for move in range(5):
        moved = logits.copy()
        moved[move] += step
        changed = regression_gradient(policy, moved, scores, legal, 5, temperature, np.zeros(5), np.zeros(5))
        assert gradient[move] == pytest.approx((changed - loss) / step, abs=1e-5)
    assert gradient[1] == 0.0 and gradient[3] == 0.0 and gradient[2] > 0.0


@pytest.mark.parametrize("method", ["ppo", "history", "expert-iteration", "steps"])
def test_learning_does_not_depend_on_threads_and_goes_on_exactly(method: str) -> None:
    def learner(workers: int) -> CompiledLearner:
        options = TrainingOptions(
            method="ppo" if method in ("ppo", "history") else "expert-iteration",
            history=2 if method == "history" else 0,
            learn_share=0.4 if method == "history" else 1.0,
            hidden=(32, 16),
            games=16,
            clone_games=16,
            minibatch=256,
            label_share=0.02,
            label_step=0.3 if method == "steps" else 0.0,
        )
        return CompiledLearner(HanabiGame(players=2), options, workers)

    one, two, third = learner(1), learner(2), learner(2)
    for _ in range(4):
        one.iterate()
    for _ in range(2):
        two.iterate()
    third.restore({name: array.copy() for name, array in two.arrays().items()})
    for _ in range(2):
        third.iterate()
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, third.arrays()[name], err_msg=name)
    assert not np.array_equal(one.parameters, learner(1).parameters)
