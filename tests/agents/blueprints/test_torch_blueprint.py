"""Weights of torch networks as the trainer writes them: searched over by path, refused where they do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from agents.blueprints.neural.batched import batched_blueprint_of_file
from agents.blueprints.registry import blueprint
from agents.hanabi.blueprints import blueprint_score, searchable
from agents.hanabi_search import main
from agents.training.options import TrainingOptions
from agents.training.run import Trainable
from games.hanabi.game import small, standard
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.compiled import CompiledPolicy
from tests.agents.blueprints.networks import write_untrained

OPTIONS = TrainingOptions(network="public-recurrent", hidden=(32, 16), clone_games=0, advice=1.0, seed=5)
Written = Callable[[TrainingOptions], tuple[Path, Trainable]]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return the weights file of an untrained network for the small game, and its learner."""

    def write(options: TrainingOptions) -> tuple[Path, Trainable]:
        found = write_untrained(tmp_path / "weights.safetensors", small(), options)
        return tmp_path / "weights.safetensors", found

    return write


@pytest.mark.parametrize(
    "options",
    [
        OPTIONS,
        TrainingOptions(network="feed-forward", hidden=(32, 16, 16), base="none", clone_games=0, seed=2),
        TrainingOptions(network="public-recurrent", hidden=(16,), inputs="v0", clone_games=0, seed=3),
    ],
    ids=["recurrent", "feed-forward", "v0"],
)
def test_seats_play_the_games_of_the_learner(written: Written, options: TrainingOptions) -> None:
    path, learner = written(options)
    found = searchable(str(path))
    assert isinstance(found, BatchedBlueprint)
    scores = learner.play(3, 0, 8)
    assert [blueprint_score(small(), found, 3, number) for number in range(8)] == scores.tolist()


def test_a_network_that_compiled_code_can_compute_is_a_compiled_blueprint(written: Written) -> None:
    path, _ = written(TrainingOptions(network="feed-forward", hidden=(32, 16), clone_games=0))
    assert isinstance(searchable(str(path)), CompiledPolicy)


def test_a_torch_network_is_searched_over(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, learner = written(OPTIONS)
    monkeypatch.chdir(tmp_path)
    quick = ["--variant", "small", "--workers", "1", "--games", "2", "--blueprint", path.name]
    searches = {"mds": ["--rollouts", "12", "--particles", "40", "--plies", "3"], "none": []}
    for search, options in searches.items():
        folder = tmp_path / search
        assert main([*quick, "--search", search, *options, "--output", str(folder)]) == 0
        lines = [json.loads(line) for line in (folder / "games.jsonl").read_text().splitlines()]
        assert [line["blueprint_score"] for line in lines] == learner.play(0, 0, 2).tolist()
        assert all((line["rollouts"] > 0) == (search == "mds") for line in lines)
        if search == "none":
            assert all(line["score"] == line["blueprint_score"] for line in lines)


def test_what_does_not_fit_is_refused(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = written(OPTIONS)
    assert main(["--players", "3", "--blueprint", str(path)]) == 2
    assert "plays Hanabi with" in capsys.readouterr().err
    found = searchable(str(path))
    with pytest.raises(ValueError, match=r"plays Hanabi with colours = 2, not 5"):
        found.memory_size(standard(2))
    with pytest.raises(ValueError, match=r"holds a torch network, which only"):
        blueprint(str(path))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"private.first_bias", b"private.first_bids"))
    with pytest.raises(ValueError, match=r"does not hold a torch network of this project"):
        searchable(str(path))


def test_a_search_on_a_card_needs_a_card_and_a_network_that_can(
    written: Written, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    path, _ = written(OPTIONS)
    for name, sentence in (
        ("smart", "the blueprint smart is compiled for the CPU: --device cuda is for torch networks"),
        (str(path), "--device cuda needs a CUDA card and a torch that was built for it: use --device cpu"),
    ):
        assert main(["--variant", "small", "--device", "cuda", "--blueprint", name]) == 2
        error = capsys.readouterr().err
        assert " ".join(error.split()) == f"error: {sentence}"
    on_host = searchable(str(path))
    monkeypatch.setattr("agents.hanabi.blueprints._require_card", lambda: None)
    monkeypatch.setattr("agents.blueprints.neural.batched.batched_blueprint_of_file", lambda *_: on_host)
    with pytest.raises(ValueError, match=r"cannot be searched on a card: --device cuda needs a network without memory"):
        searchable(str(path), device="cuda")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hidden": []}, "does not hold a torch network"),
        ({"base": "cheating"}, "its base is 'cheating', not one of none, smart, information"),
        ({}, "some of its numbers are not finite"),
    ],
    ids=["no layers", "base", "not a number"],
)
def test_a_damaged_torch_network_is_refused(written: Written, change: dict[str, object], sentence: str) -> None:
    path, _ = written(OPTIONS)
    with safe_open(path, framework="numpy") as file:
        metadata, parts = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if not change:
        parts["heads.policy.bias"][0] = np.nan
    training = json.loads(metadata["training"]) | change
    save_file(parts, path, metadata | {"training": json.dumps(training)})
    with pytest.raises(ValueError, match=sentence):
        searchable(str(path))


def test_a_file_that_holds_no_tensors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_text("nothing of the kind")
    with pytest.raises(ValueError, match="does not hold a torch network of this project"):
        batched_blueprint_of_file(path)
