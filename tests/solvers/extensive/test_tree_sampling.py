"""Compiled sampling on compact trees: unbiased regrets, convergence, going on; the tree against the walk of states."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pyspiel
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from games.extensive import GameError, compile_game
from games.extensive.compact import CompactTree, compact_tree
from games.extensive.compile import compile_general_game
from games.extensive.gambit import parse_gambit
from games.extensive.histories import CHANCE, TERMINAL
from games.extensive.open_spiel import load_open_spiel
from games.extensive.policies import load_policy
from solvers.extensive.__main__ import main
from solvers.extensive.evaluation import counterfactual_values, evaluate, exploitability
from solvers.extensive.general import evaluate_general
from solvers.extensive.monte_carlo import MonteCarlo
from solvers.extensive.sampled import solve_sampled
from solvers.extensive.tree_sampling import SAMPLING, TreeSampling
from tests.games.extensive import naive

GOOFSPIEL = "turn_based_simultaneous_game(game=goofspiel(num_cards=3,imp_info=True,points_order=random))"


def tree_of(name: str) -> CompactTree:
    return compact_tree(load_open_spiel(name))


def random_slots(tree: CompactTree, seed: int) -> np.ndarray:
    """A policy over all slots, drawn at random."""
    slots = np.random.default_rng(seed).exponential(size=len(tree.actions))
    first = tree.nodes.first
    return np.asarray(slots / np.repeat(np.add.reduceat(slots, first[:-1]), np.diff(first)))


@pytest.mark.parametrize("name", ["kuhn_poker", "kuhn_poker(players=3)", "leduc_poker", GOOFSPIEL])
def test_the_tree_is_that_of_the_game(name: str) -> None:
    tree, game = tree_of(name), compile_general_game(name)
    assert tree.histories == game.histories
    assert (tree.nodes.mover == CHANCE).sum() == game.chance_nodes
    ends = np.flatnonzero(tree.nodes.mover == TERMINAL)
    assert len(ends) == game.utilities.shape[1]
    assert sorted(tree.nodes.utility[0, ends]) == pytest.approx(sorted(game.utilities[0]))
    assert sorted(np.diff(tree.nodes.start)[ends]) == [0] * len(ends)
    for player, names in enumerate(game.names):
        assert {text for i, text in enumerate(tree.texts) if tree.owner[i] == player} == {*names.information_states}


def test_a_card_that_is_turned_up_is_public_and_a_deal_is_not() -> None:
    nodes = tree_of("leduc_poker").nodes
    chance = nodes.mover == CHANCE
    # 1 deal to player 0, 6 to player 1, and after each of the 30 deals five betting rounds that go on to a card.
    assert (chance & ~nodes.public).sum() == 7
    assert (chance & nodes.public).sum() == 150
    assert not tree_of("liars_dice(dice_sides=3)").nodes.public.any()
    coin = 'EFG 2 R "" { "A" "B" }\nc "" 1 "" { "h" 1/2 "t" 1/2 } 0\np "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1, -1 }\n'
    coin += 't "" 2 "" { 0, 0 }\n'
    again = 'p "" 1 1 "" { "a" "b" } 0\nt "" 3 "" { 2, -2 }\nt "" 4 "" { 5, -5 }\n'
    assert compact_tree(parse_gambit(coin + again, "hidden")).nodes.public.tolist() == [False] * 7
    shown = compact_tree(parse_gambit(coin + again.replace("1 1", "1 2"), "shown"))
    assert shown.nodes.public.tolist() == [True] + [False] * 6


@pytest.mark.parametrize("baseline", [0.0, 0.2])
@pytest.mark.parametrize("method", SAMPLING)
@pytest.mark.parametrize("name", ["kuhn_poker", GOOFSPIEL])
def test_sampled_regrets_average_to_the_exact_ones(name: str, method: str, baseline: float) -> None:
    """Within 4.5 standard errors at all of up to some hundred actions, and not within nothing: the errors are small."""
    tree, game = tree_of(name), compile_game(name)
    slots, solver = (
        random_slots(tree, 1),
        TreeSampling(tree_of(name), method, seed=2, parameters={"baseline": baseline}),
    )
    policy = solver.in_game(game, slots)
    largest = 0.0
    for player in (0, 1):
        mean, error = solver.sampled_regrets(player, 10_000, slots)
        values = counterfactual_values(game, policy, player)
        plex = game.treeplexes[player]
        kept = np.add.reduceat(policy[player] * values, plex.first[:-1])
        exact = values[1:] - kept[plex.owner[1:]]
        found, spread = (solver.in_game(game, part)[player][1:] for part in (mean, error))
        np.testing.assert_array_less(np.abs(found - exact), 4.5 * spread + 1e-9)
        largest = max(largest, float(np.abs(exact).max()))
        assert spread.mean() < 0.1 * largest


def test_baselines_make_outcome_sampling_less_noisy() -> None:
    tree = tree_of("leduc_poker")
    slots = random_slots(tree, 3)
    errors = []
    for baseline in (0.0, 0.1):
        solver = TreeSampling(tree, "outcome-mccfr", parameters={"baseline": baseline})
        solver.advance(20_000)  # the guesses learn
        errors.append(solver.sampled_regrets(0, 20_000, slots)[1].mean())
    assert errors[1] < 0.9 * errors[0]


@given(st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from(sorted(SAMPLING)))
def test_drawn_games_are_sampled_without_bias(source: random.Random, depth: int, method: str) -> None:
    root = naive.random_game(source, depth, naive.Fraction(0))
    assume(root.key is not None and naive.widths(root, 0))
    game_tree = parse_gambit(naive.gambit_text(root, source), "drawn")
    game, tree = compile_game(game_tree), compact_tree(game_tree)
    solver, slots = TreeSampling(tree, method, seed=5, parameters={"baseline": 0.3}), random_slots(tree, 4)
    mean, error = solver.sampled_regrets(0, 4000, slots)
    policy = solver.in_game(game, slots)
    values, plex = counterfactual_values(game, policy, 0), game.treeplexes[0]
    exact = values[1:] - np.add.reduceat(policy[0] * values, plex.first[:-1])[plex.owner[1:]]
    found, spread = (solver.in_game(game, part)[0][1:] for part in (mean, error))
    rare = (
        40.0 / 4000 * np.abs(tree.nodes.utility).max()
    )  # an action that was met in fewer walks than that has no error
    np.testing.assert_array_less(np.abs(found - exact), 5.0 * spread + rare + 1e-9)


@pytest.mark.parametrize("method", SAMPLING)
def test_every_method_goes_to_an_equilibrium(method: str) -> None:
    game, solver = compile_game("kuhn_poker"), TreeSampling(tree_of("kuhn_poker"), method, seed=1)
    solver.advance(500)
    early = exploitability(game, solver.policy(game))
    solver.advance(30_000)
    assert exploitability(game, solver.policy(game)) < min(0.02, early)


def test_the_average_of_external_sampling_is_that_of_the_walk_of_states() -> None:
    """Two engines with random numbers of their own: both near the same exploitability after the same iterations."""
    game = compile_game("leduc_poker")
    tree, states = TreeSampling(tree_of("leduc_poker"), "external-mccfr"), MonteCarlo("leduc_poker", "external-mccfr")
    tree.advance(1000)
    states.advance(1000)
    first, second = exploitability(game, tree.policy(game)), exploitability(game, states.policy(game))
    assert first == pytest.approx(second, rel=0.25)


def test_three_players_learn_and_their_nash_conv_is_open_spiels() -> None:
    name = "kuhn_poker(players=3)"
    solution = solve_sampled(name, "external-mccfr", iterations=3000)
    assert solution.target == "coarse-correlated"
    game = compile_general_game(name)
    policy = solution.solver.policy(game)  # type: ignore[union-attr]
    table = {
        text: list(zip(part.actions[f[i] : f[i + 1]].tolist(), own[f[i] : f[i + 1]].tolist(), strict=True))
        for part, own, f in zip(game.names, policy, (plex.first for plex in game.treeplexes), strict=True)
        for i, text in enumerate(part.information_states)
    }
    expected = pyspiel.nash_conv(pyspiel.load_game(name), pyspiel.TabularPolicy(table))
    assert evaluate_general(game, policy).nash_conv == pytest.approx(expected, abs=1e-9)
    assert solution.nash_conv == pytest.approx(expected, abs=1e-9)
    assert expected < 0.2


@pytest.mark.parametrize("method", SAMPLING)
def test_a_run_in_pieces_is_the_run_and_depends_on_the_seed(method: str) -> None:
    parameters = {"baseline": 0.2, "averaging": 1.0}
    whole, pieces, other = (
        TreeSampling(tree_of("kuhn_poker"), method, seed=seed, parameters=parameters) for seed in (7, 7, 8)
    )
    for solver in (whole, other):
        solver.advance(50)
    pieces.advance(20)
    copied = {name: array.copy() for name, array in pieces.arrays().items()}
    again = TreeSampling(tree_of("kuhn_poker"), method, seed=7, parameters=parameters)
    again.load(copied)
    again.done = 20
    again.advance(30)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[name])
    if method != "public-chance-mccfr":
        assert not np.array_equal(whole.tables.total, other.tables.total)


def test_the_command_chooses_the_engine_and_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["leduc_poker", "--algorithm", "outcome-mccfr", "--iterations"]
    assert main([*options, "200", "--output", str(tmp_path / "tree"), "--parameters", "baseline=0.1"]) == 0
    assert json.loads((tmp_path / "tree" / "solution.json").read_text())["engine"] == "tree"
    assert "on a compact tree" in capsys.readouterr().out
    assert main([*options, "20", "--output", str(tmp_path / "states"), "--engine", "states"]) == 0
    assert main([*options, "30", "--output", str(tmp_path / "states")]) == 0
    assert json.loads((tmp_path / "states" / "solution.json").read_text())["engine"] == "states"
    for wrong, sentence in (
        (["kuhn_poker", "--engine", "tree"], "--engine is of the sampled methods, and sapcfr+ is none"),
        (
            ["kuhn_poker", "--algorithm", "chance-mccfr", "--engine", "states"],
            "chance-mccfr needs the tree of the game",
        ),
        (["kuhn_poker", "--algorithm", "sampled-mmd", "--engine", "tree"], "sampled-mmd plays the game's own states"),
        (["dark_hex(board_size=3)", "--algorithm", "chance-mccfr"], "too many for a tree in memory"),
        (
            ["kuhn_poker", "--algorithm", "outcome-mccfr", "--engine", "states", "--parameters", "baseline=1"],
            "baseline is a parameter on trees",
        ),
    ):
        assert main(wrong) == 2
        assert sentence in capsys.readouterr().err


def test_what_has_no_meaning_is_refused() -> None:
    tree = tree_of("kuhn_poker")
    for parameters, sentence in (
        ({"exploration": 0.0}, "exploration must be above 0"),
        ({"baseline": 2.0}, "baseline must be between 0 and 1"),
        ({"averaging": -1.0}, "averaging must be at least 0"),
        ({"rate": 1.0}, "has no parameter rate"),
    ):
        with pytest.raises(ValueError, match=sentence):
            TreeSampling(tree, "outcome-mccfr", parameters=parameters)
    with pytest.raises(ValueError, match="there is no method 'mccfr'"):
        TreeSampling(tree, "mccfr")
    with pytest.raises(GameError, match="more than 200 histories"):
        compact_tree(load_open_spiel("kuhn_poker(players=3)"), limit=200)


def test_a_policy_is_asked_and_saved(tmp_path: Path) -> None:
    solver, game = TreeSampling(tree_of("kuhn_poker"), "external-mccfr"), compile_game("kuhn_poker")
    solver.advance(300)
    state = pyspiel.load_game("kuhn_poker").new_initial_state()
    for action in (1, 2):
        state.apply_action(action)
    start = game.treeplexes[0].first[game.index[0]["1"]]
    asked = solver.action_probabilities(state)
    assert list(asked.values()) == pytest.approx(solver.policy(game)[0][start : start + 2].tolist())
    solver.save_policy(tmp_path / "policy.npz")
    assert evaluate(game, load_policy(tmp_path / "policy.npz", game)) == evaluate(game, solver.policy(game))
