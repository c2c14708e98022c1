"""Networks as blueprints: the compiled evaluation, files, and the commands that play them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.agent import Seating
from agents.blueprints import registry
from agents.blueprints.neural import weights as files
from agents.blueprints.neural.blueprint import blueprint_of_file, neural_blueprint
from agents.blueprints.neural.features import feature_count, hinted_beliefs, most_features, write_features
from agents.blueprints.neural.network import Shape, evaluate, new_network, padded, views
from agents.blueprints.neural.weights import Network
from agents.blueprints.registry import blueprint, check_name
from agents.game import load_game
from agents.hanabi.job import HanabiJob, play_job
from agents.hanabi.teams import play_teams
from agents.hanabi_search import main as hanabi_search
from agents.registry import agent_type
from agents.tournament.options import Options as TournamentOptions
from agents.tournament.plan import identity_of
from games._base.jit import kernel, vector_at
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from search.hanabi.seat import FollowSeat, SearchSeat
from search.hanabi.spec import SearchSpec
from tests.agents.blueprints.naive_history import numbers_of_earlier_moves
from tests.agents.blueprints.networks import network, untrained

_evaluate = kernel(evaluate)
_write = kernel(write_features)
_hinted = kernel(hinted_beliefs)


@kernel
def _sum_at(address, length):
    total = 0.0
    vector = vector_at(address, length)
    for i in range(vector.shape[0]):
        total += vector[i]
    return total


def test_a_vector_is_found_by_its_address() -> None:
    vector = np.arange(7, dtype=np.float32)
    assert _sum_at(vector.ctypes.data, 7) == 21.0
    assert _sum_at(vector[2:].ctypes.data, 3) == 2.0 + 3.0 + 4.0
    assert _sum_at(vector.ctypes.data, 0) == 0.0


@pytest.mark.parametrize("shape", [Shape(40, 16, 48, 5), Shape(300, 64, 32, 20)])
@pytest.mark.parametrize("advised", [False, True])
def test_evaluation_is_that_of_torch_in_double_precision(shape: Shape, advised: bool) -> None:
    generator = np.random.default_rng(1)
    parameters = new_network(shape, 3)
    parameters[16:] = generator.normal(0.0, 0.3, len(parameters) - 16)
    parts = {name: torch.tensor(part, dtype=torch.float64) for name, part in views(parameters).items()}
    hidden_1, hidden_2 = np.empty(shape.hidden_1, np.float32), np.empty(shape.hidden_2, np.float32)
    logits = np.empty(padded(shape.moves), np.float32)
    for count in (0, 1, 3, 4, 9, 33):
        on = generator.choice(shape.features, count, replace=False).astype(np.int32)
        advice = int(generator.integers(shape.moves)) if advised else -1
        value = _evaluate(parameters, on, count, advice, hidden_1, hidden_2, logits)
        first = torch.relu(parts["first_bias"] + parts["first"][on.astype(np.int64)].sum(0))
        second = torch.relu(parts["second_bias"] + first @ parts["second"])
        expected = parts["policy_bias"] + second @ parts["policy"]
        if advised:
            expected = expected + parts["advice"][advice]
        np.testing.assert_allclose(hidden_1, first, atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(hidden_2, second, atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(logits, expected, atol=1e-4, rtol=1e-4)
        assert value == pytest.approx(float(parts["value_bias"][0] + second @ parts["value"]), abs=1e-4, rel=1e-4)


@pytest.mark.parametrize("base", ["smart", "information"])
@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_a_network_that_follows_the_advice_plays_its_base_game_by_game(base: str, players: int) -> None:
    game = standard(players)
    follower = neural_blueprint(network(game, base, 1000.0))
    ours, theirs = self_play(game, follower, 100, seed=4), self_play(game, blueprint(base), 100, seed=4)
    assert ours.scores.tolist() == theirs.scores.tolist()
    assert ours.turns.tolist() == theirs.turns.tolist()
    assert len(set(ours.scores.tolist())) > 1


@pytest.mark.parametrize(("base", "players", "history"), [("smart", 2, 4), ("information", 4, 0), ("none", 3, 1)])
def test_the_move_is_the_best_legal_one_of_the_network(base: str, players: int, history: int) -> None:
    """Against the parts, put together in Python: base, features, evaluation, largest legal logit."""
    game = standard(players)
    found = network(game, base, 1.0, seed=2, history=history)
    policy, below = neural_blueprint(found), None if base == "none" else blueprint(base)
    memories = policy.new_memories(game)
    theirs = None if below is None else below.new_memories(game)
    state = HanabiState.from_seed(game, 8, 0)
    on = np.empty(most_features(game, history), np.int32)
    units = np.empty(32, np.float32), np.empty(32, np.float32), np.empty(padded(game.moves), np.float32)
    followed = decisions = 0
    while not state.is_terminal:
        player, key = state.current_player, np.uint64(0)
        view = state.view(player)
        if theirs is None or below is None:
            advice, beliefs, at = -1, np.zeros(game.players * game.cards_in_hand, np.int64), 0
            _hinted(game.rules, view, beliefs)
        else:
            advice, beliefs, at = int(below.decide(game.rules, view, theirs[player], key)), theirs[player], 8
            assert memories[player, : -1 - history].tolist() == theirs[player].tolist()
        count = _write(game.rules, view, beliefs, at, advice, on)
        earlier = numbers_of_earlier_moves(state, player, history, feature_count(game))
        on[count : count + len(earlier)] = earlier
        count += len(earlier)
        _evaluate(found.parameters, on, count, advice, *units)
        legal = state.legal_moves()
        chances = torch.softmax(torch.tensor(units[2][legal], dtype=torch.float64), 0)
        assert policy.probability is not None and policy.chances is not None
        all_chances = np.full(game.moves, np.nan)
        policy.chances(game.rules, view, memories[player], all_chances)
        np.testing.assert_allclose(all_chances[legal], chances, rtol=1e-6)
        for move, chance in zip(legal, chances.tolist(), strict=True):
            found_chance = policy.probability(game.rules, view, memories[player], move)
            assert found_chance == pytest.approx(chance, rel=1e-6)
        best = max(legal, key=lambda move: (units[2][move], -move))
        assert int(policy.decide(game.rules, view, memories[player], key)) == best
        followed += best == advice
        decisions += 1
        before = state.array.copy()
        state.apply(best)
        policy.observe(game.rules, before, state.array, memories)
        if below is not None:
            below.observe(game.rules, before, state.array, theirs)
    assert 0 <= followed < decisions


def test_different_networks_share_a_table() -> None:
    """Memories of two networks lie side by side; each seat is its own network's."""
    game = standard(2)
    follower, other = neural_blueprint(network(game, "smart", 1000.0)), untrained("smart")
    seeds = np.zeros((20, 2), np.int64)
    own = play_teams(game, [follower, follower], 5, range(20), seeds)
    mixed = play_teams(game, [follower, blueprint("smart")], 5, range(20), seeds)
    assert own.tolist() == mixed.tolist()
    assert own[:, 0].mean() > play_teams(game, [follower, other], 5, range(20), seeds)[:, 0].mean() + 3


def test_a_file_gives_back_the_network_and_its_card_tells_of_it(tmp_path: Path) -> None:
    game = small(3)
    made = replace(network(game, "information", 2.0), training={"steps": 3, "command": "a | b"})
    path = tmp_path / "mine.safetensors"
    files.save(path, made)
    found = files.load(path)
    assert (found.game, found.base, found.shape) == (game, "information", made.shape)
    assert found.parameters.tobytes() == made.parameters.tobytes()
    assert found.training == {"steps": 3, "command": "a | b"}
    card = (tmp_path / "mine.md").read_text(encoding="utf-8")
    assert "information" in card
    assert "| steps | 3 |" in card
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.md", "mine.safetensors"]
    ours = self_play(game, blueprint(str(path)), 20)
    assert ours.scores.tolist() == self_play(game, neural_blueprint(made), 20).scores.tolist()


def test_a_changed_file_is_another_blueprint(tmp_path: Path) -> None:
    game, path = standard(2), tmp_path / "mine.safetensors"
    files.save(path, network(game, "smart", 1.0))
    first = blueprint_of_file(path)
    assert blueprint_of_file(path) is first
    digest = first.weights(game)
    files.save(path, network(game, "smart", 2.0))
    second = blueprint_of_file(path)
    assert second is not first
    assert second.weights(game) != digest == first.weights(game)


def test_damaged_files_are_answered_with_one_sentence_that_names_them(tmp_path: Path) -> None:
    good = tmp_path / "good.safetensors"
    files.save(good, network(small(2), "smart", 1.0))
    content = good.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])

    def changed(**metadata: str) -> bytes:
        text = json.dumps(header | {"__metadata__": header["__metadata__"] | metadata}).encode()
        return len(text).to_bytes(8, "little") + text + content[8 + length :]

    cases = {
        "there is no": None,
        "not a safetensors file": b"something else",
        "is not a safetensors file: ": content[:-4],
        "does not hold a network": changed(format="another"),
        "damaged": changed(shape=json.dumps({"features": 10, "hidden_1": 16, "hidden_2": 16, "moves": 3})),
        "is damaged or of another version: ": changed(shape="[1]"),
        "is damaged or of another version: a network for this game": changed(configuration=json.dumps({"players": 4})),
        "players must be 2 to 5": changed(configuration=json.dumps({"players": 9})),
        "the base of a network must be": changed(base="smrt"),
    }
    for number, (message, data) in enumerate(cases.items()):
        path = tmp_path / f"bad {number}.safetensors"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(ValueError, match=message) as error:
            files.load(path)
        assert str(path) in str(error.value)
        assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": "simple"}, "none, smart, information, not 'simple'"),
        ({"game": standard(3)}, "features and has 30 moves, not"),
        ({"parameters": np.zeros(3, np.float32)}, "begins with a header"),
        ({"parameters": np.zeros((9, 9), np.float32)}, "begins with a header"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(network(standard(2), "smart", 1.0), **change)  # type: ignore[arg-type]


def test_parameters_that_are_not_a_network_are_refused() -> None:
    good = network(standard(2), "smart", 1.0)
    broken = good.parameters.copy()
    broken[40] = np.nan
    for parameters in (good.parameters[:-16], broken):
        with pytest.raises(ValueError, match="parameters"):
            replace(good, parameters=parameters)


def test_another_game_is_refused_in_one_sentence() -> None:
    policy = neural_blueprint(network(standard(2), "smart", 1.0))
    assert policy.memory_size(standard(2, bomb="keep")) == policy.memory_size(standard(2))
    for game, message in (
        (standard(3), "players = 2, not 3"),
        (HanabiGame(2, colours=4), "colours = 5, not 4"),
        (HanabiGame(2, hand_size=4), "hand_size = 5, not 4"),
        (HanabiGame(2, information_tokens=7), "information_tokens = 8, not 7"),
    ):
        for ask in (policy.memory_size, policy.parameters):
            with pytest.raises(ValueError, match=message):
                ask(game)


def test_names_of_files_and_of_what_is_not_shipped(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no weights file missing\.safetensors"):
        check_name("missing.safetensors")
    with pytest.raises(ValueError, match="did you mean 'neural'"):
        check_name("neurl")
    with pytest.raises(ValueError, match=r"plays Hanabi with|no network for 2 players"):
        blueprint("neural").memory_size(HanabiGame(2, colours=3))


def test_agents_play_a_weights_file_and_search_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = network(standard(2), "smart", 1000.0, history=2)
    files.save(tmp_path / "mine.safetensors", made)
    game = load_game("hanabi(players=2)")
    digest = neural_blueprint(made).weights(standard(2))
    state = HanabiState.from_seed(standard(2), 1, 1)
    moves = []
    for text in (
        "mine.safetensors",
        "neural:mine.safetensors",
        "mds(blueprint=mine.safetensors, rollouts=20)",
        "smart",
    ):
        kind = agent_type(text, game)
        assert kind.weights == (None if text == "smart" else digest)
        agent = kind.make()
        assert isinstance(agent, FollowSeat | SearchSeat)
        agent.start(Seating(standard(2), 0, 5, state.view(0)))
        moves.append(agent.act(state.view(0)))
    assert moves[0] == moves[1] == moves[3]
    with pytest.raises(ValueError, match="neural needs a weights file"):
        agent_type("neural:mine.txt", game)


def test_a_job_insists_on_its_weights(tmp_path: Path) -> None:
    game, path = standard(2), tmp_path / "mine.safetensors"
    made = network(game, "smart", 1000.0)
    files.save(path, made)
    search = SearchSpec("none", blueprint=str(path)).resolved(game, registry)
    job = HanabiJob.of(search, seed=3, weights=blueprint(str(path)).weights(game))
    result = play_job(job, 2)
    expected = self_play(game, blueprint("smart"), 1, seed=3, first_game=2).scores[0]
    assert result.score == result.blueprint_score == expected
    files.save(path, Network(game, "smart", new_network(made.shape, 9)))
    with pytest.raises(ValueError, match="changed"):
        play_job(job, 2)


def test_a_run_goes_on_with_the_same_weights_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    game = small(2)
    made = network(game, "smart", 1000.0)
    files.save(tmp_path / "mine.safetensors", made)
    command = ["--variant", "small", "--blueprint", "mine.safetensors", "--search", "none", "--output", "run"]
    command += ["--workers", "1", "--replays", "none", "--games"]
    assert hanabi_search([*command, "2"]) == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["weights"] == neural_blueprint(made).weights(game)
    assert summary["blueprint"] == str(tmp_path / "mine.safetensors")
    assert summary["mean"] == self_play(game, blueprint("smart"), 2).mean
    assert hanabi_search([*command, "3"]) == 0
    files.save(tmp_path / "mine.safetensors", network(game, "smart", 999.0))
    capsys.readouterr()
    assert hanabi_search([*command, "4"]) == 2
    assert "holds a run with weights = " in " ".join(capsys.readouterr().err.split())
    assert hanabi_search(["--players", "3", "--blueprint", "mine.safetensors"]) == 2
    assert "the network plays Hanabi with players = 2, not 3" in " ".join(capsys.readouterr().err.split())


def test_a_tournament_tells_weights_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.save(tmp_path / "mine.safetensors", network(standard(2), "smart", 1000.0))
    game = load_game("hanabi(players=2)")
    options = TournamentOptions("hanabi(players=2)", ("mine.safetensors", "smart"))

    def identity() -> dict[str, object]:
        return identity_of(options, game, [agent_type(text, game) for text in options.agents])

    first = identity()
    assert set(first["weights"]) == {"neural:mine.safetensors"}  # type: ignore[call-overload]
    assert identity() == first
    files.save(tmp_path / "mine.safetensors", network(standard(2), "smart", 999.0))
    assert identity() != first
    assert "weights" not in identity_of(options, game, [agent_type(text, game) for text in ("smart", "piers")])
