"""What solvers return, whatever the game: one face, a short form, and the call that finds out what the game is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pyspiel
import pytest

import solvers
import solvers.extensive
import solvers.matrix
import solvers.normal_form
import solvers.phantom
import solvers.preference
from games.extensive import compile_game
from games.extensive.store import write_game
from games.matrix import MatrixBatch, MatrixGame
from games.phantom.game import phantom_game
from games.preference import PreferenceGame, comal_cycle, random_batch
from solvers.evaluation import Evaluation, zero_sum
from solvers.extensive.many_players import GeneralSolution
from solvers.extensive.sampled import SampledSolution
from solvers.extensive.solution import ExtensiveSolution
from solvers.normal_form.duels import solve_by_duels
from solvers.normal_form.solution import NormalFormSolution
from solvers.phantom.solving import PhantomSolution
from solvers.registry import Registry
from solvers.solution import Checkpoint, Result, Solution, finite, history_lines, ranked

ROOT = Path(__file__).resolve().parents[2]
EFG = 'EFG 2 R "pennies" { "A" "B" } ""\np "" 1 1 "" { "H" "T" } 0\np "" 2 1 "" { "H" "T" } 0\n' + (
    't "" 1 "" { 1, -1 }\nt "" 2 "" { -1, 1 }\np "" 2 1 "" { "H" "T" } 0\nt "" 3 "" { -1, 1 }\nt "" 4 "" { 1, -1 }\n'
)


def large() -> PreferenceGame:
    return PreferenceGame(np.full((60, 60), 0.5), [f"answer number {k}" for k in range(60)])


SOLUTIONS = {
    "leduc": lambda: solvers.solve("leduc_poker", iterations=3),
    "its linear program": lambda: solvers.solve("kuhn_poker", "lp"),
    "quantal response": lambda: solvers.solve("leduc_poker", alpha=1.0, iterations=3),
    "sampled": lambda: solvers.solve("leduc_poker", "outcome-mccfr", iterations=3),
    "not compiled": lambda: solvers.solve("phantom_ttt(obstype=reveal-numturns)", "outcome-mccfr", iterations=2),
    "phantom": lambda: solvers.solve("dark_hex_2x2", iterations=3),
    "preference": lambda: solvers.solve(large(), beta=0.1),
    "preference, exactly": lambda: solvers.solve(comal_cycle()),
    "batch": lambda: solvers.solve(random_batch(70, 6, np.random.default_rng(0)), beta=0.1),
    "duels": lambda: solve_by_duels(lambda first, second: np.full(len(first), 0.5), 60, budget=600, beta=0.1),
}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_has_a_short_form_and_a_summary(name: str) -> None:
    solution = SOLUTIONS[name]()
    assert isinstance(solution, Solution)
    shown = repr(solution)
    assert len(shown) <= 400 and "\n" not in shown
    assert solution.algorithm in shown and str(solution.result) in shown
    summary = solution.summary()
    common = {"algorithm", "value", "exploitability", "nash_conv", "iterations", "seconds", "tolerance"}
    common |= {"payoff_range", "rounding"}
    assert set(summary) >= common | {"converged", "result", "remedy", "step_size", "history"}
    assert summary["converged"] is solution.converged is (solution.result is Result.CONVERGED)
    assert solution.converged or solution.remedy
    assert summary["exploitability"] == finite(solution.exploitability)
    assert solution.nash_conv == pytest.approx(2 * solution.exploitability, nan_ok=True)
    assert [line["iteration"] for line in summary["history"]] == [point.iteration for point in solution.history]


def test_a_long_name_is_cut() -> None:
    found = solvers.solve("kuhn_poker", iterations=1)
    long = ExtensiveSolution(**{**vars(found), "game": type("Named", (), {"name": "x" * 1000})()})
    assert len(repr(long)) <= 400


KINDS: dict[str, tuple[Any, dict[str, Any], type[Solution], str]] = {
    "preference game, beta": (comal_cycle, {"beta": 0.1}, NormalFormSolution, "nash-mp"),
    "preference game": (comal_cycle, {}, NormalFormSolution, "lp"),
    "sampled comparisons": (
        comal_cycle,
        {"feedback": solvers.normal_form.duels.Feedback("duels", 2), "iterations": 5},
        NormalFormSolution,
        "prm+",
    ),
    "batch": (lambda: random_batch(3, 4, np.random.default_rng(0)), {"beta": 1.0}, NormalFormSolution, "nash-mp"),
    "matrix game": (lambda: MatrixGame(np.eye(3)), {}, NormalFormSolution, "lp"),
    "matrices": (lambda: MatrixBatch(np.ones((2, 3, 3))), {"beta": 1.0}, NormalFormSolution, "nash-mp"),
    "array": (lambda: np.eye(3), {"beta": 0.5}, NormalFormSolution, "nash-mp"),
    "list": (lambda: [[1, 0], [0, 1]], {}, NormalFormSolution, "lp"),
    "large array": (lambda: np.eye(1001), {"iterations": 1}, NormalFormSolution, "prm+"),
    "OpenSpiel string": (lambda: "kuhn_poker", {"iterations": 2}, ExtensiveSolution, "sapcfr+"),
    "regularised": (lambda: "kuhn_poker", {"iterations": 2, "alpha": 0.1}, ExtensiveSolution, "mmd-dilated"),
    "OpenSpiel game": (lambda: pyspiel.load_game("kuhn_poker"), {"iterations": 2}, ExtensiveSolution, "sapcfr+"),
    "compiled": (lambda: compile_game("kuhn_poker"), {"iterations": 2}, ExtensiveSolution, "sapcfr+"),
    "three players": (lambda: "kuhn_poker(players=3)", {"iterations": 2}, GeneralSolution, "pcfr+"),
    "other sums": (
        lambda: pyspiel.load_game("matrix_pd"),
        {"iterations": 2, "alpha": 1.0},
        GeneralSolution,
        "mmd-behavioural",
    ),
    "an equilibrium of other sums": (lambda: "matrix_sh", {"algorithm": "lcp"}, GeneralSolution, "lcp"),
    "sampled method": (
        lambda: pyspiel.load_game("kuhn_poker"),
        {"algorithm": "sampled-mmd", "iterations": 2, "alpha": 0.5},
        SampledSolution,
        "sampled-mmd",
    ),
    "phantom name": (lambda: "dark_hex_2x2", {"iterations": 1}, PhantomSolution, "pcfr+"),
    "phantom game": (lambda: phantom_game("dark_hex_2x2"), {"iterations": 1}, PhantomSolution, "pcfr+"),
    "OpenSpiel's small board": (
        lambda: "dark_hex(board_size=2,gameversion=adh)",
        {"iterations": 1},
        ExtensiveSolution,
        "pcfr+",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_call_solves_every_kind_of_game_by_its_default(kind: str) -> None:
    make, settings, expected, algorithm = KINDS[kind]
    solution = solvers.solve(make(), **settings)
    assert type(solution) is expected
    assert solution.algorithm == algorithm


def test_files_are_games_or_a_sentence(tmp_path: Path) -> None:
    gambit, arrays = tmp_path / "pennies.efg", tmp_path / "kuhn.npz"
    gambit.write_text(EFG)
    write_game(arrays, compile_game("kuhn_poker"))
    for file, value in ((gambit, 0.0), (str(gambit), 0.0), (arrays, -1 / 18), (str(arrays), -1 / 18)):
        assert solvers.solve(file, "lp").value == pytest.approx(value, abs=1e-12)
    for wrong in ("votes.csv", tmp_path / "votes.csv", tmp_path / "folder"):
        with pytest.raises(ValueError, match="read it with games"):
            solvers.solve(wrong)


@pytest.mark.parametrize(
    ("game", "sentence"),
    [
        (object(), "object is no game that can be solved"),
        ([[1.0, np.nan]], "finite"),
        ("kuhn_pokre", "did you mean kuhn_poker"),
        (np.zeros(3), "rows"),
    ],
)
def test_what_is_no_game_is_refused(game: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        solvers.solve(game)


@pytest.mark.parametrize("package", ["", ".extensive", ".normal_form", ".preference", ".matrix", ".phantom"])
def test_solve_is_a_function_of_every_package_whatever_was_imported_before(package: str) -> None:
    module = sys.modules[f"solvers{package}"]
    assert isinstance(module.solve, FunctionType)
    assert not (ROOT / "solvers" / package.removeprefix(".") / "solve.py").exists()
    with pytest.raises(AttributeError, match="has no attribute 'solv'"):
        module.solv  # noqa: B018


def test_one_name_is_one_algorithm() -> None:
    for game, settings, name in (
        (comal_cycle(), {"beta": 0.1}, "mmd-constant"),
        ("kuhn_poker", {"alpha": 0.1}, "mmd-dilated"),
        ("dark_hex_2x2", {}, "mmd-annealed"),
    ):
        assert solvers.solve(game, "mmd", iterations=2, **settings).algorithm == name
    registry = Registry("solvers.normal_form", {"rm+": "regret_matching_plus"}, {"regret": "rm+"})
    assert registry.load("regret") is registry.load("rm+")
    with pytest.raises(ValueError, match=r"there is no algorithm 'regrt': did you mean regret\?"):
        registry.load("regrt")


def test_an_evaluation_adds_up_what_best_responses_gain() -> None:
    both = zero_sum(0.25, (1.0, 0.5))
    assert (both.value, both.values, both.nash_conv, both.exploitability) == (0.25, (0.25, -0.25), 1.5, 0.75)
    three = Evaluation((1.0, 2.0, 3.0), (1.5, 2.0, 4.0))
    assert (three.nash_conv, three.exploitability) == (1.5, 0.5)


def test_those_within_their_tolerance_come_first_by_cost() -> None:
    def solution(distance: float, seconds: float) -> Solution:
        found = solvers.solve("kuhn_poker", iterations=0)
        values = {"seconds": seconds, "tolerance": 0.025, "evaluation": zero_sum(0.0, (distance, distance))}
        return ExtensiveSolution(**{**vars(found), **values})

    given = [solution(np.nan, 0.0), solution(0.05, 3.0), solution(0.2, 1.0), solution(0.1, 2.0), solution(0.15, 9.0)]
    order = ranked(given, lambda one: one.exploitability, lambda one: one.seconds)
    assert [given.index(one) for one in order] == [3, 1, 4, 2, 0]


def test_lines_of_a_history_have_what_was_measured() -> None:
    point = Checkpoint(3, 40, np.inf, 0.5, distance=0.25, seconds=2.0)
    assert history_lines([point]) == [
        {"iteration": 3, "queries": 40, "duality_gap": None, "exploitability": 0.5, "seconds": 2.0, "distance": 0.25}
    ]
    assert (point.reached, Checkpoint(3, exploitability=0.5).reached) == (0.25, 0.5)


COMMANDS = ("preference", "matrix", "extensive", "phantom", "exploitability")
_HEAVY = ("numba", "llvmlite", "torch", "pyspiel", "scipy", "matplotlib")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    code = (
        f"import sys; from solvers.{command}.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print([name for name in {_HEAVY} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"python -m solvers.{command}" in run.stdout
    assert run.stdout.rstrip().endswith("[]")
