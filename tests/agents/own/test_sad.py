"""Weight files of SAD and OBL, made small, against their published forward passes written out in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from agents.hanabi.blueprints import blueprint_score  # noqa: E402
from agents.own.loading import own_policy  # noqa: E402
from agents.own.sad import Network  # noqa: E402
from games.hanabi import small, standard  # noqa: E402
from games.hanabi.game import HanabiGame  # noqa: E402
from games.hanabi.state import HanabiState  # noqa: E402

WIDTH, SEEN, HANDS, OWN, GREEDY = 4, 171, 20, 20, 31  # Hanabi-Small
READS = {"sad": OWN + SEEN + GREEDY, "op": OWN + SEEN, "obl lstm": SEEN, "obl": SEEN, "obl ffwd": SEEN}


def shapes_of(kind: str, width: int, reads: int, hands: int, moves: int) -> dict[str, tuple[int, ...]]:
    """Names and sizes of a file: ``R2D2Net``, ``LSTMNet``, ``PublicLSTMNet`` or ``FFWDNet``."""
    dense = {"op": 2, "obl": 3, "obl ffwd": 3}.get(kind, 1)
    first = "priv_net" if kind == "obl" else "net"
    layers = {f"{first}.{2 * k}": (width, reads if k == 0 else width) for k in range(dense)}
    if kind == "obl":
        layers["publ_net.0"] = (width, reads - hands)
    layers |= {"fc_v": (1, width), "fc_a": (moves + 1, width), "pred": (15, width)}
    found: dict[str, tuple[int, ...]] = {}
    for name, size in layers.items():
        found |= {f"{name}.weight": size, f"{name}.bias": size[:1]}
    if kind != "obl ffwd":
        for layer in range(2):
            found |= {f"lstm.{of}_l{layer}": (4 * width, width) for of in ("weight_ih", "weight_hh")}
            found |= {f"lstm.{of}_l{layer}": (4 * width,) for of in ("bias_ih", "bias_hh")}
    return found


def made(kind: str, game: HanabiGame | None = None) -> dict[str, Any]:
    """Return random weights of a kind of file; of the standard game where that is given."""
    sizes = (READS[kind], HANDS, 11) if game is None else (game.observation_size, 125, game.moves)
    generator = np.random.default_rng(5)
    shapes = shapes_of(kind, WIDTH, *sizes)
    return {name: generator.normal(size=size).astype(np.float32) * 0.4 for name, size in shapes.items()}


def saved(folder: Path, kind: str, arrays: dict[str, Any] | None = None) -> Path:
    path = folder / f"{kind.replace(' ', '-')}.pthw"
    torch.save({name: torch.from_numpy(value) for name, value in (arrays or made(kind)).items()}, path)
    return path


def affine(arrays: dict[str, Any], name: str, inputs: Any) -> Any:
    return inputs @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]


def relu_layers(arrays: dict[str, Any], name: str, inputs: Any) -> Any:
    for k in range(3):
        if f"{name}.{2 * k}.weight" in arrays:
            inputs = np.maximum(affine(arrays, f"{name}.{2 * k}", inputs), 0)
    return inputs


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def long_short_term(arrays: dict[str, Any], inputs: Any, memory: list[Any]) -> Any:
    """The LSTM's equations; ``memory`` holds h and c of each layer and is changed."""
    for layer in range(2):
        hidden, cell = memory[layer]
        gates = inputs @ arrays[f"lstm.weight_ih_l{layer}"].T + arrays[f"lstm.bias_ih_l{layer}"]
        gates = gates + hidden @ arrays[f"lstm.weight_hh_l{layer}"].T + arrays[f"lstm.bias_hh_l{layer}"]
        taken, kept, new, shown = np.split(gates, 4, axis=1)
        cell = sigmoid(kept) * cell + sigmoid(taken) * np.tanh(new)
        inputs = sigmoid(shown) * np.tanh(cell)
        memory[layer] = (inputs, cell)
    return inputs


def advantages(arrays: dict[str, Any], kind: str, observations: Any, memory: list[Any], skip: bool) -> Any:
    if kind == "obl":
        private = relu_layers(arrays, "priv_net", observations)
        public = relu_layers(arrays, "publ_net", observations[:, HANDS:])
        return affine(arrays, "fc_a", private * long_short_term(arrays, public, memory))
    inputs = relu_layers(arrays, "net", observations)
    shown = inputs if kind == "obl ffwd" else long_short_term(arrays, inputs, memory)
    return affine(arrays, "fc_a", shown + inputs if skip else shown)


@pytest.mark.parametrize(
    ("kind", "skip"), [("sad", False), ("op", True), ("obl lstm", False), ("obl", False), ("obl ffwd", False)]
)
@torch.inference_mode()
def test_networks_answer_what_is_published(kind: str, skip: bool, tmp_path: Path) -> None:
    arrays = made(kind)
    network = Network(small(), str(saved(tmp_path, kind)), skip=skip, temperature=0.5)
    assert network.observation == {"sad": "sad", "op": "obl"}.get(kind, "v0")
    memory = [(np.zeros((3, WIDTH)), np.zeros((3, WIDTH))) for _ in range(2)]
    states: Any = torch.zeros(3, network.state_size)
    for turn in np.random.default_rng(2).normal(size=(4, 3, READS[kind])).astype(np.float32):
        answer = network(torch.from_numpy(turn), *([states] if network.state_size else []))
        logits, states = answer if network.state_size else (answer, None)
        np.testing.assert_allclose(logits.numpy() / 2, advantages(arrays, kind, turn, memory, skip), atol=1e-5)
    if network.state_size:
        (first, cell), (second, last) = memory
        expected = np.concatenate([first, second, cell, last], axis=1)
        np.testing.assert_allclose(states.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(READS))
def test_they_play_the_largest_advantage_among_the_legal_moves(kind: str, tmp_path: Path) -> None:
    arrays = made(kind)
    arrays["fc_a.bias"][-1] = 100.0  # the no-op, which nobody may play
    policy = own_policy(small(), f"agents.own.sad:Network(weights={saved(tmp_path, kind, arrays)})")
    assert (policy.recurrence is not None) == (kind != "obl ffwd")
    assert policy.recurrence is None or policy.recurrence.every_turn
    assert 0 <= blueprint_score(small(), policy, 0, 0) <= 10
    state = HanabiState.from_seed(small(), 3)
    memories = policy.base.new_memories(small())
    views = state.view(0)[None]
    if policy.recurrence is not None:
        logs, _ = policy.recurrence.step(views, np.zeros(1, np.int64), memories[:1])
    else:
        logs = policy.policy.log_probabilities(views, memories[:1], np.zeros((1, 0)))
    plain = state.observation(0, "v0").astype(np.float32)[None]
    before = [np.zeros((1, OWN)), plain] if kind in ("sad", "op") else [plain]
    behind = [np.zeros((1, GREEDY))] if kind == "sad" else []  # nobody has moved yet
    memory = [(np.zeros((1, WIDTH)), np.zeros((1, WIDTH))) for _ in range(2)]
    found = advantages(arrays, kind, np.concatenate([*before, *behind], axis=1), memory, skip=False)[0]
    legal = state.legal_moves()
    assert int(logs[0].argmax()) == legal[int(found[legal].argmax())]


def test_files_of_the_standard_game_have_the_published_sizes(tmp_path: Path) -> None:
    game = standard(2)
    for kind, reads, layout in (("sad", 838, "sad"), ("op", 783, "obl"), ("obl", 658, "v0")):
        arrays = made(kind, game)
        first = "priv_net.0.weight" if kind == "obl" else "net.0.weight"
        arrays[first] = np.zeros((WIDTH, reads), np.float32)
        network = Network(game, str(saved(tmp_path, kind, arrays)))
        assert (network.observation, network.head.out_features) == (layout, 21)
    assert network.public is not None and network.public[0].in_features == 533


def test_what_is_no_network_of_theirs_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = str(saved(tmp_path, "sad"))
    with pytest.raises(
        ValueError, match=r"reads 222 numbers and knows 12 moves, .* here these are 658, 783, 838, and 21"
    ):
        Network(standard(2), file)
    with pytest.raises(ValueError, match=r"nothing\.pthw cannot be loaded"):
        Network(small(), str(tmp_path / "nothing.pthw"))
    with pytest.raises(ValueError, match="temperature must be positive and finite, not 0"):
        Network(small(), file, temperature=0)
    with pytest.raises(ValueError, match="skip is of a network whose LSTM follows"):
        Network(small(), str(saved(tmp_path, "obl")), skip=True)
    torch.save({"net.0.weight": torch.zeros(4, 222), "net.0.bias": torch.zeros(4)}, file)
    with pytest.raises(ValueError, match=r"holds no network of SAD or OBL: it lacks 'fc_a\.weight'"):
        Network(small(), file)
