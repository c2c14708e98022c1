"""Training of a learned belief: torch and compiled arithmetic agree, and a short run beats the prior."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from agents import train_belief
from agents.blueprints.neural.belief.model import find, load
from agents.blueprints.neural.belief.position import shape_for
from agents.blueprints.registry import blueprint as by_name
from agents.training.belief import fitting as training
from agents.training.belief.samples import Player
from games.hanabi.state import HanabiState
from tests.agents.training.belief.positions import SMALL, THREE, random_model, reached


def player(name: str = "smart", softening: float = 0.05, seed: int = 3) -> Player:
    return Player(SMALL, by_name(name), 8, softening, seed)


def test_torch_and_the_compiled_density_agree() -> None:
    """Without softening the examples of a game are its positions, in order."""
    model = random_model(SMALL, "smart")
    examples = player(softening=0.0, seed=4).play(0, 1)
    shape = shape_for(SMALL, 16, 16, 16)
    network = training.Network(shape, model.parameters)
    state = HanabiState.from_seed(SMALL, 4, 0)
    blueprint = by_name("smart")
    row = 0
    while not state.is_terminal:
        seen = reached(SMALL, state.copy(), "smart")
        truth = np.array([state.hand(state.current_player)], dtype=np.int32)
        assert examples.hands[row, : truth.shape[1]].tolist() == truth[0].tolist()
        expected = -model.log_density(seen.history, seen.memory, truth)[0] / truth.shape[1]
        found = training.cross_entropy(network, training.batch(examples, np.array([row])))
        assert float(found.detach()) == pytest.approx(expected, rel=1e-4)
        state.apply(int(blueprint.decide(SMALL.rules, seen.history.present, seen.memory, np.uint64(0))))
        row += 1
    assert row == len(examples.hands)


def test_a_short_training_beats_the_prior_and_repeats_exactly() -> None:
    shape = shape_for(SMALL, 32, 16, 16)
    schedule = training.Schedule(examples=30_000, learning_rate=3e-3, minibatch=256, games=100, seed=1)
    runs = [training.train(player(), shape, schedule, lambda share, seen, running: None) for _ in range(2)]
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] >= 30_000
    trained, prior, cards = training.measure(player(seed=99), runs[0][0], 60)
    assert cards > 1000
    assert trained < prior - 0.05


def test_games_of_few_positions_are_learned_from_too() -> None:
    schedule = training.Schedule(examples=20, minibatch=2048, games=1)
    parameters, seen = training.train(player(), shape_for(SMALL, 16, 16, 16), schedule, lambda *told: None)
    assert seen >= 20
    assert np.isfinite(parameters).all()


def test_memories_that_differ_are_noticed() -> None:
    smart = player()
    smart.play(0, 20)
    assert smart.private == 0
    information = Player(THREE, by_name("information"), 8, 0.3, 3)
    information.play(0, 40)
    assert information.private > 0


def test_a_schedule_needs_an_end() -> None:
    with pytest.raises(ValueError, match="number of examples or of minutes"):
        training.Schedule()
    assert training.Schedule(examples=100, minutes=1.0).share(20, 45.0) == 0.75


@pytest.mark.usefixtures("time_flies")
def test_the_command_writes_a_model_with_its_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.safetensors"
    small = ["--variant", "small", "--hidden", "16", "16", "--depth", "16", "--examples", "5000"]
    assert train_belief.main([*small, "--output", str(path)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^belief \d+% [\d:]+ [\d,]+ positions, .* nats a card$", out, re.MULTILINE)
    assert re.search(r"^testing the model on 2,000 fresh games [\d:]+$", out, re.MULTILINE)
    assert re.search(r"^\d\.\d+ nats a card on 2,000 fresh games", out, re.MULTILINE)
    model = load(path)
    assert model.card["positions"] >= 5000
    assert model.card["nats_a_card"] < model.card["prior_nats"]
    assert model.public_memory
    assert find(model.game, by_name("smart"), path).blueprint == "smart"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--blueprint", "smrt"], "there is no blueprint called 'smrt': did you mean 'smart'?"),
        (["--blueprint", "cheating"], "the blueprint cheating sees its own cards"),
        (["--variant", "seven-card", "--players", "3"], "the seven-card variant is for 2 players, not 3"),
        (["--hidden", "20", "16"], "multiples of 16 units wide, not 20"),
        (["--examples", "0"], "--examples must be at least 1"),
        (["--minutes", "-1"], "--minutes must be positive and finite, not -1"),
        (["--softening", "1"], "--softening must be at least 0 and below 1, not 1.0"),
    ],
)
def test_bad_options_end_with_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "belief.safetensors"
    assert train_belief.main([*arguments, "--output", str(path)]) == 2
    assert sentence in capsys.readouterr().err
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert train_belief.main(["--variant", "small", "--output", str(tmp_path / "file" / "new" / "belief")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: cannot write to ")
    assert error.count("\n") == 1


def test_numbers_that_overflow_end_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "belief.safetensors"
    small = ["--variant", "small", "--hidden", "16", "16", "--depth", "16", "--examples", "8000"]
    for rate in ("1e30", "1e6"):
        assert train_belief.main([*small, "--learning-rate", rate, "--output", str(path)]) == 2
        error = capsys.readouterr().err.splitlines()
        assert error[-1].startswith("error: training diverged")
        assert "choose a smaller --learning-rate" in error[-1]
        assert not path.exists()
