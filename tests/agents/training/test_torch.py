"""Torch networks and their learner: the same arithmetic as the compiled ones, what is public, learning, resuming."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.network import HEADER, padded
from agents.blueprints.neural.torch_networks import flat_parameters, load_flat, make_network, public_part
from agents.blueprints.neural.weights import Network
from agents.blueprints.registry import blueprint
from agents.training.colours import colour_tables
from agents.training.gradients import IMITATION, METRICS, PPO, Loss, accumulate
from agents.training.learner import CompiledLearner
from agents.training.options import TrainingOptions
from agents.training.samples import Samples
from agents.training.side_by_side import SideBySide
from agents.training.torch_learner import TorchLearner
from agents.training.torch_losses import log_policy, policy_loss, value_loss
from agents.training.torch_play import Decisions, Player, Renaming, batch_of, chosen_moves
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.rules import deal
from games.hanabi.self_play import self_play

TINY = HanabiGame(players=2, colours=2, ranks=2, hand_size=2, information_tokens=3, life_tokens=1)
OPTIONS = TrainingOptions(hidden=(32, 16), games=24, clone_games=0, seed=5)
OVER_SMART = replace(OPTIONS, network="feed-forward")
FROM_NOTHING = replace(OPTIONS, network="feed-forward", base="none", advice=0.0, kl_magnet=0.0)
CPU = torch.device("cpu")


pytestmark = pytest.mark.usefixtures("one_torch_thread")


def by_game(samples: Samples) -> np.ndarray:
    """Return the rows of the compiled samples in the order of the torch decisions: turn by turn."""
    rows = np.arange(len(samples.counts)).reshape(len(samples.lengths), -1)
    used = np.arange(samples.longest) < samples.lengths[:, None]
    return rows.T[used.T]


@pytest.fixture(scope="module")
def both() -> tuple[CompiledLearner, TorchLearner, Samples, Decisions]:
    """The games of one iteration, played by both learners with the same parameters."""
    compiled = CompiledLearner(standard(2), OPTIONS)
    learner = TorchLearner(standard(2), OVER_SMART)
    return compiled, learner, compiled.play(), learner.play()


def test_both_learners_play_the_same_games(
    both: tuple[CompiledLearner, TorchLearner, Samples, Decisions],
) -> None:
    _, _, samples, decisions = both
    rows, moves = by_game(samples), standard(2).moves
    assert decisions.lengths.tolist() == samples.lengths.tolist()
    assert decisions.scores.tolist() == samples.scores.tolist()
    assert decisions.moves.tolist() == samples.moves[rows].tolist()
    assert decisions.teacher.tolist() == samples.teacher[rows].tolist()
    assert decisions.batch.legal.tolist() == samples.legal[rows][:, :moves].tolist()
    legal = samples.legal[rows][:, :moves]
    assert np.allclose(decisions.logits.numpy()[legal], samples.logits[rows][:, :moves][legal], atol=1e-5)
    assert np.allclose(decisions.returns.numpy(), samples.returns[rows], atol=1e-5)
    assert np.allclose(decisions.advantages.numpy(), samples.advantages[rows], atol=1e-5)
    assert np.abs(samples.advantages[rows]).max() > 0.1


def test_lambda_may_change_as_training_goes_on() -> None:
    def returns(**changes: float) -> np.ndarray:
        learner = TorchLearner(TINY, replace(FROM_NOTHING, horizon=100.0, **changes))  # type: ignore[arg-type]
        torch.nn.init.normal_(learner.network.heads.value.weight, generator=torch.Generator().manual_seed(1))
        learner.steps = 50
        return learner.play().returns.numpy()

    halfway = returns(trace=0.2, trace_end=0.8)
    np.testing.assert_array_equal(halfway, returns(trace=0.5))
    assert np.abs(halfway - returns(trace=0.2)).max() > 0.01


def test_parameters_go_both_ways(both: tuple[CompiledLearner, TorchLearner, Samples, Decisions]) -> None:
    compiled, learner, _, _ = both
    flat = flat_parameters(learner.network)
    assert np.array_equal(flat, compiled.parameters)
    changed = flat.copy()
    changed[HEADER:] += np.float32(1.0)
    moves, width = standard(2).moves, padded(standard(2).moves)
    assert width > moves  # there is padding, which must stay zero
    network = make_network(standard(2), "feed-forward", (32, 16), "features", 0.0, seed=1)
    load_flat(network, changed)
    back = flat_parameters(network)
    assert set(np.round(back - flat, 3).tolist()) == {0.0, 1.0}
    load_flat(network, flat)
    assert np.array_equal(flat_parameters(network), flat)


@pytest.mark.parametrize("kind", [PPO, IMITATION])
def test_gradients_are_those_of_the_compiled_learner(
    kind: int, both: tuple[CompiledLearner, TorchLearner, Samples, Decisions]
) -> None:
    compiled, _, samples, decisions = both
    weights = Loss(kind, 0.2, 0.03, 0.7, 0.4, 0.05, 0.5)
    generator = np.random.default_rng(3)
    parameters = compiled.parameters.copy()
    parameters[HEADER:] += generator.normal(0.0, 0.03, len(parameters) - HEADER).astype(np.float32) * (
        parameters[HEADER:] != 0.0
    )
    rows, gradient, metrics = samples.rows(), np.zeros_like(parameters), np.zeros(len(METRICS))
    targets, once = np.zeros((0, padded(standard(2).moves)), np.float32), np.ones(len(samples.counts), np.float32)
    accumulate(parameters, samples, rows, once, targets, weights, 1.0 / len(rows), gradient, metrics)

    network = make_network(standard(2), "feed-forward", (32, 16), "features", 0.0, seed=1)
    load_flat(network, parameters)
    batch = decisions.batch
    output = network(batch, network.context(batch.observations[None])[0][0])
    old = log_policy(decisions.logits)
    loss, parts = policy_loss(
        log_policy(output.logits),
        old,
        batch.legal,
        decisions.moves,
        decisions.advantages,
        decisions.teacher,
        weights,
    )
    squared = value_loss(output, decisions.returns)
    (loss + weights.value * squared).backward()
    found = {name: part.item() for name, part in parts.items()} | {"value_loss": squared.item()}
    assert [found[name] for name in METRICS] == pytest.approx(metrics.tolist(), rel=1e-4, abs=1e-6)
    for parameter in network.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        parameter.data = parameter.grad
    assert np.abs(gradient[HEADER:]).max() > 0.01
    assert np.allclose(flat_parameters(network)[HEADER:], gradient[HEADER:], atol=2e-5)
    if kind == PPO:
        assert 0.0 < found["clip_fraction"] < 1.0
        assert found["kl_previous"] > 0.0


def test_greedy_games_are_those_of_the_compiled_network(
    both: tuple[CompiledLearner, TorchLearner, Samples, Decisions],
) -> None:
    _, learner, _, _ = both
    game = standard(2)
    flat = flat_parameters(learner.average)
    compiled = self_play(game, neural_blueprint(Network(game, "smart", flat)), 12, seed=11, first_game=4)
    assert learner.play_greedily(11, 4, 12).tolist() == compiled.scores.tolist()
    base = self_play(game, blueprint("smart"), 12, seed=11, first_game=4)
    assert compiled.scores.tolist() == base.scores.tolist()


def table(game: HanabiGame, games: int, inputs: str = "features") -> SideBySide:
    teacher = blueprint("smart" if game.players == 2 else "information")
    return SideBySide(game, teacher, teacher.new_memories(game), games, with_base=False, inputs=inputs)


@pytest.mark.parametrize("inputs", ["features", "canonical", "v0"])
@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_every_network_answers_for_any_number_of_players(players: int, inputs: str) -> None:
    game = standard(players)
    for kind in ("feed-forward", "public-recurrent"):
        network = make_network(game, kind, (32, 32, 16), inputs, 0.0, seed=1)
        player = Player(network, table(game, 6, network.encoding), CPU)
        decisions = player.play(3, 0, teacher_plays=False, penalty=1.0, gamma=1.0, trace=1.0)
        assert decisions.batch.legal.gather(1, decisions.moves[:, None]).all()
        assert decisions.cards.shape[1] == game.cards_in_hand
        assert torch.isfinite(decisions.returns).all()


def scrambled(player: Player, generator: np.random.Generator) -> None:
    """Put other cards in all hands of the games of a player's table, by exchanging them with each other's."""
    states, game = player.table.states, player.table.game
    for state in states:
        places = [
            game.card_offset(seat, i)
            for seat in range(game.players)
            for i in range(game.cards_in_hand)
            if state[game.card_offset(seat, i)] >= 0
        ]
        state[places] = generator.permutation(state[places])


@pytest.mark.parametrize("inputs", ["features", "canonical", "v0"])
def test_the_recurrent_part_does_not_change_when_all_hands_are_scrambled(inputs: str) -> None:
    game = standard(3)
    network = make_network(game, "public-recurrent", (32, 32), inputs, 0.0, seed=1)
    player = Player(network, table(game, 8, network.encoding), CPU)
    generator = np.random.default_rng(0)
    player.start(2, 0)
    changed = 0
    with torch.no_grad():
        for _ in range(6):
            look = player.table.look()
            held = player.table.states.copy()
            scrambled(player, generator)
            other = player.table.look()
            player.table.states[:] = held
            part = public_part(game)
            memory = None if player._memory is None else player._memory[:, look.slots]
            contexts = [
                network.context(torch.from_numpy(seen.observations)[None, :, part], memory) for seen in (look, other)
            ]
            assert torch.equal(contexts[0][0], contexts[1][0])
            assert torch.equal(contexts[0][1], contexts[1][1])
            changed += int((look.features != other.features).any())
            moves = player.answer(look)[1].argmax(dim=-1)
            player.table.step(look.slots, moves.numpy())
    assert changed == 6
    assert torch.unique(contexts[0][0], dim=1).shape[1] > 4


def test_a_whole_game_is_read_like_turn_by_turn() -> None:
    options = replace(OPTIONS, network="public-recurrent", base="none", games=6)
    learner = TorchLearner(small(), options)
    decisions = learner.play()
    rows = torch.arange(len(decisions.moves))
    batch = unrenamed(decisions).batch(rows)
    with torch.no_grad():
        output = learner.network(batch, learner._context(learner.network, decisions, rows, batch))
    legal = batch.legal
    assert torch.allclose(output.logits[legal], decisions.logits[legal], atol=1e-6)
    chosen = learner._minibatches(decisions, np.random.default_rng(0))
    assert sorted(torch.cat(chosen).tolist()) == rows.tolist()


def unrenamed(decisions: Decisions) -> Renaming:
    return Renaming(colour_tables(small()), decisions, np.zeros(len(decisions.lengths), np.int64))


@pytest.mark.parametrize("inputs", ["features", "v0"])
def test_renamed_decisions_are_those_of_renamed_games(inputs: str) -> None:
    game, games = HanabiGame(players=3, colours=3, ranks=3, hand_size=3), 5
    tables, network = colour_tables(game), make_network(game, "public-recurrent", (16, 16), inputs, 0.0, seed=1)
    player = Player(network, table(game, games, network.encoding), CPU)
    decisions = player.play(3, 0, teacher_plays=False, penalty=1.0, gamma=1.0, trace=1.0)
    choice = np.arange(1, games + 1) % len(tables.moves)
    renaming = Renaming(tables, decisions, choice)
    other = table(game, games, network.encoding)
    other.start(3, 0)
    for g in range(games):
        other._decks[g] = tables.types[choice[g]][other._decks[g]]
        deal(game.rules, other.states[g], other._decks[g])
    for turn in range(len(decisions.rows)):
        look = other.look()
        rows = decisions.rows[turn][decisions.rows[turn] >= 0]
        seen, expected = renaming.batch(rows), batch_of(network, look, CPU)
        assert torch.equal(seen.features.sort(dim=1).values.int(), expected.features.sort(dim=1).values)
        assert torch.equal(seen.legal, expected.legal)
        assert torch.equal(seen.observations, expected.observations)
        assert torch.equal(renaming.cards(rows), torch.from_numpy(look.cards))
        other.step(look.slots, renaming.moves(rows, decisions.moves[rows]).numpy())
    assert other.scores().tolist() == decisions.scores.tolist()
    every = torch.arange(len(decisions.moves))
    assert (renaming.moves(every, decisions.moves) != decisions.moves).any()


def test_chosen_moves_have_the_probabilities_of_the_policy() -> None:
    logits = torch.tensor([[0.0, -torch.inf, 1.0, 2.0, -torch.inf]]).expand(1000, 5)
    chances = torch.arange(1000, dtype=torch.float64) / 1000
    counts = torch.bincount(chosen_moves(logits, chances), minlength=5)
    assert torch.allclose(counts / 1000, logits[0].softmax(0), atol=2e-3)
    last = chosen_moves(logits[:1], torch.tensor([1.0 - 1e-16], dtype=torch.float64))
    assert last.tolist() == [3]


@pytest.mark.parametrize("kind", ["feed-forward", "public-recurrent"])
def test_a_resumed_run_has_the_same_bits(kind: str) -> None:
    options = replace(FROM_NOTHING, network=kind, clone_games=24, minibatch=100, hidden=(32, 32))
    whole = TorchLearner(TINY, options)
    for _ in range(4):
        whole.iterate()
    first = TorchLearner(TINY, options)
    for _ in range(2):
        first.iterate()
    arrays = {name: array.copy() for name, array in first.arrays().items()}
    second = TorchLearner(TINY, options)
    second.restore(arrays)
    for _ in range(2):
        second.iterate()
    expected, found = whole.arrays(), second.arrays()
    assert {name: array.tobytes() for name, array in found.items()} == {
        name: array.tobytes() for name, array in expected.items()
    }
    assert arrays["counters"][0] == 2


def test_a_compiled_run_has_the_same_bits_when_resumed_with_another_number_of_threads() -> None:
    options = replace(FROM_NOTHING, network="compiled", clone_games=24, minibatch=100)
    whole = CompiledLearner(TINY, options, workers=2)
    for _ in range(4):
        whole.iterate()
    first = CompiledLearner(TINY, options, workers=1)
    for _ in range(2):
        first.iterate()
    second = CompiledLearner(TINY, options, workers=1)
    second.restore({name: array.copy() for name, array in first.arrays().items()})
    for _ in range(2):
        second.iterate()
    for name, array in whole.arrays().items():
        assert second.arrays()[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("kind", ["compiled", "feed-forward", "public-recurrent"])
def test_learning_from_nothing_improves_the_score(kind: str) -> None:
    options = replace(
        FROM_NOTHING,
        network=kind,
        hidden=(32, 32),
        games=256,
        minibatch=512,
        learning_rate=3e-3,
        learning_rate_end=3e-3,
        entropy=0.02,
        average_decay=0.9,
    )
    learner = CompiledLearner(TINY, options) if kind == "compiled" else TorchLearner(TINY, options)
    scores = [learner.iterate()["score"] for _ in range(12)]
    spread = 1.5 / np.sqrt(256)  # of a mean: no score is further than 4 from another
    assert scores[-1] > scores[0] + 6 * spread


def test_cloning_learns_the_teachers_moves() -> None:
    options = replace(FROM_NOTHING, clone_games=10**6, games=128, minibatch=256, learning_rate=3e-3, hidden=(64, 32))
    learner = TorchLearner(TINY, options)
    losses = [learner.iterate()["policy_loss"] for _ in range(10)]
    assert losses[-1] < 0.6 * losses[0]
    teacher = self_play(TINY, blueprint("smart"), 200, seed=9)
    assert learner.play_greedily(9, 0, 200).mean() == pytest.approx(teacher.mean, abs=0.5)
