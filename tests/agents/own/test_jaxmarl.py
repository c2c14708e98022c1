"""Networks of JaxMARL on small made weights.

What is expected was computed by flax 0.12.8 on jax 0.10.2: ``OBLAgentR2D2(hid_dim=4, out_dim=12)`` of jaxmarl 0.2.0,
and the layers of ``ActorRNN`` in its ``baselines/MAPPO/mappo_rnn_hanabi.py`` with 4 units, on the weights and the
observations below, the state after each turn going into the next. That our v0 observations, move ids and legal moves
are JaxMARL's was checked against jaxmarl 0.2.0 on whole games of 2, 3 and 5 players (358 positions, all seats).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import save_file  # noqa: E402

from agents.hanabi.blueprints import blueprint_score  # noqa: E402
from agents.own.jaxmarl import Network  # noqa: E402
from agents.own.loading import own_policy  # noqa: E402
from games.hanabi import small, standard  # noqa: E402

WIDTH, SEEN, HANDS, MOVES = 4, 171, 20, 12  # Hanabi-Small, a no-op among its moves


def dense(name: str, size: tuple[int, int], bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {f"params,{name},kernel": size} | ({f"params,{name},bias": size[1:]} if bias else {})


def shapes_of(kind: str) -> dict[str, tuple[int, ...]]:
    square = (WIDTH, WIDTH)
    if kind == "actor":
        found = dense("Dense_0", (SEEN, WIDTH)) | dense("Dense_1", square) | dense("Dense_2", (WIDTH, MOVES))
        for gate in ("ir", "iz", "in", "hr", "hz", "hn"):
            found |= dense(f"ScannedRNN_0,GRUCell_0,{gate}", square, gate not in ("hr", "hz"))
        return found
    found = dense("priv_net_dense_0", (SEEN, WIDTH)) | dense("priv_net_dense_1", square)
    found |= dense("priv_net_dense_2", square) | dense("publ_net_dense_0", (SEEN - HANDS, WIDTH))
    for layer in range(2):
        for gate in "ifgo":
            found |= dense(f"lstm,l{layer},i{gate}", square, False) | dense(f"lstm,l{layer},h{gate}", square)
    return found | dense("fc_a", (WIDTH, MOVES))


def saved(folder: Path, kind: str) -> Path:
    generator, shapes = np.random.default_rng(1), shapes_of(kind)
    arrays = {name: (generator.normal(size=shapes[name]) * 0.3).astype(np.float32) for name in sorted(shapes)}
    save_file(arrays, folder / f"{kind}.safetensors")
    return folder / f"{kind}.safetensors"


EXPECTED = {
    "actor": (
        [[-0.57714498, 0.59725088, -0.35167602, 0.62859446], [-0.63620269, 0.62094593, -0.34298456, 0.56561989]],
        [0.59117848, 0.67276442, 0.30415237, -0.17646611],
    ),
    "obl": (
        [[0.11821702, 0.25980821, 0.10195685, -0.39476842], [0.12776911, 0.26564851, 0.10209020, -0.39172620]],
        [
            *(-0.05463194, -0.00588417, -0.36975491, -0.26619413, -0.03553517, -0.00271054, -0.10806974, -0.14821975),
            *(-0.12463570, -0.11019024, -0.18908137, 0.14952828, -0.06323046, -0.04223402, -0.09826545, 0.07535211),
        ],
    ),
}


@pytest.mark.parametrize("kind", ["actor", "obl"])
@torch.inference_mode()
def test_networks_answer_what_flax_computes(kind: str, tmp_path: Path) -> None:
    network = Network(small(), str(saved(tmp_path, kind)))
    observations = np.random.default_rng(2).normal(size=(3, 2, SEEN)).astype(np.float32)
    states: Any = torch.zeros(2, network.state_size)
    for turn in observations:
        logits, states = network(torch.from_numpy(turn), states)
    expected, after = EXPECTED[kind]
    np.testing.assert_allclose(logits[:, :4].numpy(), expected, atol=2e-6)
    np.testing.assert_allclose(states[1].numpy(), after, atol=2e-6)


@pytest.mark.parametrize("kind", ["actor", "obl"])
def test_they_play_as_blueprints(kind: str, tmp_path: Path) -> None:
    policy = own_policy(small(), f"agents.own.jaxmarl:Network(weights={saved(tmp_path, kind)})")
    assert policy.recurrence is not None and policy.recurrence.every_turn
    assert 0 <= blueprint_score(small(), policy, 0, 0) <= 10


def test_what_is_no_network_of_theirs_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = saved(tmp_path, "actor")
    with pytest.raises(ValueError, match="171 numbers to observe and 12 moves, a no-op among them, not 658 and 21"):
        Network(standard(2), str(file))
    with pytest.raises(ValueError, match=r"there is no file .*nothing\.safetensors"):
        Network(small(), str(tmp_path / "nothing.safetensors"))
    (tmp_path / "text.safetensors").write_text("text")
    with pytest.raises(ValueError, match=r"text\.safetensors is not a safetensors file"):
        Network(small(), str(tmp_path / "text.safetensors"))
    save_file({"params,Dense_0,kernel": np.zeros((171, 4), np.float32)}, file)
    with pytest.raises(ValueError, match="holds no network of JaxMARL's that is known here: it lacks 'params,Dense_1"):
        Network(small(), str(file))
