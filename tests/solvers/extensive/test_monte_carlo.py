"""Sampled solvers: exactly unbiased, by going through every random choice; and where they get to with a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyspiel
import pytest

from games.extensive import ExtensiveGame, GameError, NotTwoPlayerZeroSum, Policy, compile_game
from games.extensive.policies import load_policy, random_policy
from solvers.extensive.evaluation import counterfactual_values, evaluate, realisation_weights
from solvers.extensive.monte_carlo import Infoset, Method, MonteCarlo, Sample
from solvers.extensive.solving import solve

METHODS: tuple[Method, ...] = ("external-mccfr", "outcome-mccfr", "sampled-mmd")
GAMES = ["kuhn_poker", "matrix_rps", "liars_dice(dice_sides=2)"]


class Script:
    """Makes the choices of a list, then always the first one, and notes what could have been chosen."""

    def __init__(self, choices: Sequence[int]) -> None:
        self.choices = list(choices)
        self.options: list[Sequence[float]] = []

    def __call__(self, probabilities: Sequence[float]) -> int:
        self.options.append(list(probabilities))
        if len(self.options) > len(self.choices):
            self.choices.append(0)
        return self.choices[len(self.options) - 1]


def every_sample(solver: MonteCarlo, player: int) -> Iterator[tuple[float, Sample]]:
    """All that can be sampled, with probabilities."""
    choices: list[int] | None = []
    while choices is not None:
        script = Script(choices)
        sample = solver.sample(player, script)
        pairs = list(zip(script.options, script.choices, strict=True))
        yield float(np.prod([options[choice] for options, choice in pairs])), sample
        while pairs and pairs[-1][1] + 1 == len(pairs[-1][0]):
            pairs.pop()
        choices = [choice for _, choice in pairs] if pairs else None
        if choices is not None:
            choices[-1] += 1


def with_policy(name: str, method: Method, game: ExtensiveGame, policy: Policy) -> MonteCarlo:
    """A solver that has met all infosets and plays a policy."""
    solver = MonteCarlo(name, method)
    for player in (0, 1):
        explorer = MonteCarlo(name, "external-mccfr")
        for _ in every_sample(explorer, player):
            pass
        for text, infoset in explorer.infosets[player].items():
            i = game.index[player][text]
            start, stop = game.treeplexes[player].first[i : i + 2]
            infoset.policy = policy[player][start:stop].tolist()
            solver.infosets[player][text] = infoset
    return solver


def sequences_of(solver: MonteCarlo, game: ExtensiveGame, player: int) -> dict[Infoset, slice]:
    first, index = game.treeplexes[player].first, game.index[player]
    return {
        infoset: slice(int(first[index[text]]), int(first[index[text] + 1]))
        for text, infoset in solver.infosets[player].items()
    }


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("method", METHODS)
def test_sampled_values_are_counterfactual_values_on_average(method: Method, name: str) -> None:
    game = compile_game(name)
    policy = random_policy(game, 4)
    solver = with_policy(name, method, game, policy)
    for player in (0, 1):
        places = sequences_of(solver, game, player)
        expected, total = np.zeros(game.sequences[player]), 0.0
        for probability, sample in every_sample(solver, player):
            total += probability
            for infoset, values in sample.values:
                expected[places[infoset]] += probability * np.array(values)
        assert total == pytest.approx(1.0, abs=1e-12)
        exact = counterfactual_values(game, policy, player)
        np.testing.assert_allclose(expected[1:], exact[1:], atol=1e-12)


@pytest.mark.parametrize(("method", "learner"), [("external-mccfr", 1), ("outcome-mccfr", 0)])
def test_a_policy_counts_in_the_average_in_proportion_to_the_own_reach(method: Method, learner: int) -> None:
    """Whatever the opponent plays: so that the average of the policies is one of realisation weights."""
    game, player = compile_game("kuhn_poker"), 0
    ratios = []
    for seed in (1, 2):
        policy = random_policy(game, seed)
        solver = with_policy("kuhn_poker", method, game, policy)
        weights = np.zeros(game.infosets[player])
        tree = game.treeplexes[player]
        places = sequences_of(solver, game, player)
        for probability, sample in every_sample(solver, learner):
            for infoset, weight in sample.played:
                weights[tree.owner[places[infoset].start]] += probability * weight
        ratios.append(weights / realisation_weights(game, policy, player)[tree.parent])
    np.testing.assert_allclose(ratios[0], ratios[1], rtol=1e-12)
    assert (ratios[0] > 0.0).all()


@pytest.mark.parametrize(
    ("name", "method", "iterations", "most"),
    [
        ("kuhn_poker", "external-mccfr", 3000, 0.03),
        ("kuhn_poker", "outcome-mccfr", 6000, 0.12),
        ("leduc_poker", "external-mccfr", 2000, 1.0),
    ],
)
def test_exploitability_falls(name: str, method: Method, iterations: int, most: float) -> None:
    game, solver = compile_game(name), MonteCarlo(name, method, seed=1)
    solver.advance(iterations // 10)
    early = evaluate(game, solver.policy(game)).exploitability
    solver.advance(iterations - solver.done)
    late = evaluate(game, solver.policy(game)).exploitability
    assert late < min(most, 0.75 * early)


def test_sampled_mirror_descent_comes_near_the_agent_quantal_response_equilibrium() -> None:
    game, solver = compile_game("kuhn_poker"), MonteCarlo("kuhn_poker", "sampled-mmd", alpha=0.2)
    exact = solve(game, "mmd-behavioural", alpha=0.2, iterations=5000).policy
    distances = []
    for iterations in (500, 8000):
        solver.advance(iterations - solver.done)
        found = solver.policy(game)
        distances.append(max(float(np.abs(a - b).max()) for a, b in zip(found, exact, strict=True)))
    assert distances[1] < min(0.1, 0.7 * distances[0])


@pytest.mark.parametrize("method", METHODS)
def test_a_run_in_pieces_is_the_run_and_another_seed_is_another(method: Method) -> None:
    game = compile_game("kuhn_poker")
    whole, pieces, other = (MonteCarlo("kuhn_poker", method, seed=seed) for seed in (0, 0, 1))
    whole.advance(50)
    pieces.advance(20)
    pieces.advance(30)
    other.advance(50)
    assert all(np.array_equal(a, b) for a, b in zip(whole.policy(game), pieces.policy(game), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(whole.policy(game), other.policy(game), strict=True))


def test_policies_go_to_files_and_to_open_spiel(tmp_path: Path) -> None:
    game, solver = compile_game("kuhn_poker"), MonteCarlo("kuhn_poker")
    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for action in (0, 1):
        state.apply_action(action)
    assert solver.action_probabilities(state) == {0: 0.5, 1: 0.5}
    solver.advance(200)
    solver.save_policy(tmp_path / "policy.npz")
    policy = solver.policy(game)
    loaded = load_policy(tmp_path / "policy.npz", game)
    assert all(np.array_equal(a, b) for a, b in zip(policy, loaded, strict=True))
    start = game.treeplexes[0].first[game.index[0]["0"]]
    assert solver.action_probabilities(state) == {0: policy[0][start], 1: policy[0][start + 1]}


def test_a_game_of_which_no_table_was_made_is_played() -> None:
    solver = MonteCarlo("dark_hex(board_size=3)", "outcome-mccfr")
    solver.advance(5)
    state = solver.game.new_initial_state()
    assert sum(solver.action_probabilities(state).values()) == pytest.approx(1.0)
    assert min(len(part) for part in solver.infosets) > 20


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="no sampled method 'mccfr': they are external-mccfr, outcome-mccfr"):
        MonteCarlo("kuhn_poker", "mccfr")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exploration must be above 0"):
        MonteCarlo("kuhn_poker", exploration=0.0)
    with pytest.raises(ValueError, match="alpha must be above 0"):
        MonteCarlo("kuhn_poker", alpha=0.0)
    with pytest.raises(NotTwoPlayerZeroSum, match="3 players"):
        MonteCarlo("kuhn_poker(players=3)")
    with pytest.raises(NotTwoPlayerZeroSum, match="not zero-sum"):
        MonteCarlo("matrix_pd").advance(1)
    with pytest.raises(GameError, match=r"chess\(\) is too deep for external-mccfr, which follows all"):
        MonteCarlo("chess").advance(1)
    with pytest.raises(GameError, match="did you mean kuhn_poker"):
        MonteCarlo("kuhn_pokr")
