"""One policy for several judges: against linear programs written down here, in its limits, and what it reports."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.optimize import linprog

from games.preference import JudgedGame, PreferenceGame, Votes, read_judged_game
from solvers import solve as solve_anything
from solvers.preference import solve
from solvers.preference.__main__ import main
from solvers.preference.judges import solve_ensemble
from solvers.preference.judges.ensembles import checked_ensemble, ensemble_game, entropic

FloatArray = NDArray[np.float64]
ENSEMBLES = ("mean", "worst", "uncertainty", "entropic")
ANN = [[0.5, 0.8, 0.7], [0.2, 0.5, 0.6], [0.3, 0.4, 0.5]]
BEN = [[0.5, 0.3, 0.55], [0.7, 0.5, 0.4], [0.45, 0.6, 0.5]]
PAIR = JudgedGame([ANN, BEN], ("ann", "ben"), ("a", "b", "c"))  # type: ignore[arg-type]


@st.composite
def judges(draw: st.DrawFn) -> FloatArray:
    """Two to four judges of two to four alternatives; tenths, so that equilibria are often many."""
    count, n = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    above = draw(arrays(np.int64, (count, n, n), elements=st.integers(0, 10))) / 10.0
    return np.stack([np.triu(one, 1) + np.tril(1.0 - one.T, -1) + 0.5 * np.eye(n) for one in above])


def maximin(payoffs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return the value of a game to the row player, and the least and the most of each probability of a policy that
    guarantees it.
    """
    rows, columns = payoffs.shape
    limits = {"A_ub": np.hstack([-payoffs.T, np.ones((columns, 1))]), "b_ub": np.zeros(columns)}
    whole = {"A_eq": np.append(np.ones(rows), 0.0)[None], "b_eq": [1.0]}
    goal = np.append(np.zeros(rows), -1.0)
    value = -float(linprog(goal, **limits, **whole, bounds=[(0, 1)] * rows + [(None, None)]).fun)
    bounds = [(0, 1)] * rows + [(value - 1e-10, None)]
    ends = np.array(
        [
            [sign * linprog(sign * one, **limits, **whole, bounds=bounds).fun for one in np.eye(rows, rows + 1)]
            for sign in (1.0, -1.0)
        ]
    )
    return value, ends[0], ends[1]


@settings(max_examples=15, deadline=None)
@given(judges())
def test_the_worst_judge_is_what_a_linear_program_over_judge_and_alternative_finds(tables: FloatArray) -> None:
    solution = solve_ensemble(tables, "worst")
    value, low, high = maximin(np.hstack(list(tables)))
    assert abs(solution.guaranteed - value) < 1e-9 and abs(solution.value - value) < 1e-9
    assert solution.converged and value <= 0.5 + 1e-12
    assert solution.policy_range is not None
    np.testing.assert_allclose(solution.policy_range, [low, high], atol=2e-6)
    assert solution.unique == bool((high - low < 1e-5).all())
    # Each judge whom the opponent lets decide sees exactly the value; nobody sees less.
    rates = np.array([view.win_rate for view in solution.views])
    weights = np.array([view.weight for view in solution.views])
    assert weights.sum() == pytest.approx(1.0) and (weights * (rates - value) < 1e-9).all()
    # The worst entry of each pair promises no more than the worst judge, who promises no more than the mean.
    assert maximin(tables.min(axis=0))[0] <= value + 1e-9
    assert solution.guaranteed >= solution.guaranteed_by_mean - 1e-9
    assert -1e-9 <= solution.price <= solution.view_of_mean.exploitability + 1e-9


@settings(max_examples=15, deadline=None)
@given(judges(), st.sampled_from(ENSEMBLES), st.randoms(use_true_random=False))
def test_neither_the_order_of_judges_nor_that_of_alternatives_changes_anything(
    tables: FloatArray, ensemble: str, random: object
) -> None:
    count, n = tables.shape[:2]
    generator = np.random.default_rng(random.randrange(2**32))  # type: ignore[attr-defined]
    order, places = generator.permutation(count), generator.permutation(n)
    first = solve_ensemble(tables, ensemble)
    other = solve_ensemble(tables[order][:, places][:, :, places], ensemble)
    np.testing.assert_allclose(other.policy, first.policy[places], atol=1e-6)
    np.testing.assert_allclose(other.win_rates, first.win_rates[order][:, places], atol=1e-6)
    assert other.unique == first.unique and other.value == pytest.approx(first.value, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(judges(), st.sampled_from(ENSEMBLES), st.sampled_from([0.0, 0.1]))
def test_judges_who_are_alike_are_the_game_of_one(tables: FloatArray, ensemble: str, beta: float) -> None:
    one = solve(tables[0], beta=beta, tolerance=1e-12 if beta else 1e-9)
    many = solve_ensemble(np.stack([tables[0]] * 3), ensemble, beta=beta, tolerance=1e-12 if beta else 1e-9)
    np.testing.assert_allclose(many.policy, one.policy, atol=1e-6)
    assert many.value == pytest.approx(0.5, abs=1e-6) and many.price == pytest.approx(0.0, abs=1e-9)
    assert many.unique == one.unique and many.disputes() == []
    assert many.disagreement == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(judges(), st.floats(0.05, 5.0))
def test_the_entropic_table_is_between_the_least_and_the_mean_and_has_their_limits(
    tables: FloatArray, tau: float
) -> None:
    found = entropic(tables, tau)
    np.testing.assert_allclose(found, -tau * np.log(np.exp(-tables / tau).mean(axis=0)), atol=1e-12)
    assert (found >= tables.min(axis=0) - 1e-15).all() and (found <= tables.mean(axis=0) + 1e-15).all()
    assert (entropic(tables, 2.0 * tau) >= found - 1e-14).all()
    np.testing.assert_allclose(entropic(tables, 1e12), tables.mean(axis=0), atol=1e-11)
    np.testing.assert_allclose(entropic(tables, 1e-300), tables.min(axis=0), atol=1e-15)
    second = tables.mean(axis=0) - tables.var(axis=0) / (2.0 * 100.0)
    np.testing.assert_allclose(entropic(tables, 100.0), second, atol=1e-5)  # the next term: at most .1/(6 tau^2)


@settings(max_examples=25, deadline=None)
@given(judges(), st.floats(0.0, 10.0))
def test_making_the_uncertain_table_antisymmetric_would_leave_the_mean(tables: FloatArray, weight: float) -> None:
    judged = JudgedGame(tables)
    payoffs = ensemble_game(judged, "uncertainty", weight).payoffs  # type: ignore[union-attr]
    np.testing.assert_allclose((payoffs + 1.0 - payoffs.T) / 2.0, judged.mean.matrix, atol=1e-12)
    np.testing.assert_allclose(payoffs + payoffs.T, 1.0 - 2.0 * weight * judged.variance, atol=1e-12)


def test_two_judges_who_disagree() -> None:
    """By hand: ann's favourite is a, ben goes round; the rows of ``worst`` that bind are (ann, a) and (ben, b)."""
    worst = solve_ensemble(PAIR, "worst")
    np.testing.assert_allclose(worst.policy, [0.6, 0.0, 0.4], atol=1e-12)
    assert (
        worst.value == pytest.approx(0.42) and worst.unique is True and worst.guaranteed_by_mean == pytest.approx(0.3)
    )
    np.testing.assert_allclose(worst.opponent, [[0.6, 0.0, 0.0], [0.0, 0.4, 0.0]], atol=1e-12)
    ann, ben = worst.views
    assert (ann.judge, ann.best_response, ben.best_response) == ("ann", "a", "b")
    assert ann.against_mean == pytest.approx(0.42) and ben.against_mean == pytest.approx(0.48)
    assert worst.price == pytest.approx(0.05)  # .4 (.625 - .5)
    first = worst.disputes(1)[0]
    assert (first.first, first.second, first.least_judge, first.most_judge) == ("a", "b", "ben", "ann")
    assert first.standard_deviation == pytest.approx(0.25) and worst.disagreement == pytest.approx(0.425 / 3)
    np.testing.assert_allclose(solve(PAIR).policy, [1.0, 0.0, 0.0], atol=1e-12)
    careful = solve_ensemble(PAIR, "uncertainty", lambda_=1.0)
    np.testing.assert_allclose(careful.policy, [0.9, 0.1, 0.0], atol=1e-12)
    assert careful.value == pytest.approx(0.48875)


def test_the_limits_of_the_parameters_are_the_mean_and_the_worst_of_every_pair() -> None:
    mean = solve_ensemble(PAIR, "mean")
    for limit in (solve_ensemble(PAIR, "uncertainty", lambda_=0), solve_ensemble(PAIR, "entropic", tau=1e9)):
        np.testing.assert_allclose(limit.policy, mean.policy, atol=1e-9)
        assert limit.value == pytest.approx(0.5) and limit.price == pytest.approx(0.0, abs=1e-12)
    cold = solve_ensemble(PAIR, "entropic", tau=1e-9)
    assert cold.value == pytest.approx(maximin(PAIR.matrices.min(axis=0))[0], abs=1e-9)


def test_with_beta_both_players_answer_by_their_soft_best_responses() -> None:
    judged, beta = PAIR.with_reference({"a": 1, "b": 2, "c": 1}), 0.1
    solution = solve_ensemble(judged, "worst", beta=beta, tolerance=1e-13)
    payoffs = np.hstack(list(judged.matrices))
    nature = np.tile(judged.reference / 2, 2) * np.exp(-(solution.policy @ payoffs) / beta)
    own = judged.reference * np.exp(payoffs @ solution.column_policy / beta)
    np.testing.assert_allclose(solution.policy, own / own.sum(), atol=1e-6)
    np.testing.assert_allclose(solution.opponent.ravel(), nature / nature.sum(), atol=1e-6)
    assert solution.unique is True and solution.price >= 0.0
    sharp = solve_ensemble(PAIR, "worst", beta=0.002)
    assert sharp.guaranteed == pytest.approx(0.42, abs=0.01)


def test_judges_who_never_met_a_pair_leave_many_policies() -> None:
    split = {"ann": Votes([[0, 9, 0], [0, 0, 0], [0, 0, 0]]), "ben": Votes([[0, 9, 0], [0, 0, 0], [0, 0, 0]])}  # type: ignore[arg-type]
    solution = solve_ensemble(JudgedGame.from_votes(split), "worst")
    assert solution.unique is False and solution.policy_range is not None and solution.dimension is None
    np.testing.assert_allclose(solution.policy, [0.5, 0.0, 0.5], atol=1e-8)
    assert solution.views[0].pairs_never_compared == 2 and solution.view_of_mean.pairs_never_compared == 2
    assert "range_low" in solution.leaderboard()


def test_tables_that_the_votes_allow_are_judges_of_their_own() -> None:
    votes = Votes(np.array([[0.0, 30, 5], [10, 0, 20], [5, 20, 0]]))
    for method, expected in (("posterior", votes.probabilities), ("bootstrap", votes.probabilities)):
        first = solve_ensemble(votes, "worst", judges=method, tables=40, seed=3)
        again = solve_ensemble(votes, "worst", judges=method, tables=40, seed=3)
        np.testing.assert_array_equal(first.policy, again.policy)
        assert len(first.judged) == 40 and first.guaranteed == pytest.approx(first.value)
        np.testing.assert_allclose(first.judged.mean.matrix, expected, atol=0.08)
    few = solve_ensemble(votes, "worst", judges="posterior", tables=5, seed=3)
    assert few.guaranteed > first.guaranteed - 0.2 and few.win_rates.shape == (5, 3)


LOG = "judge,winner,loser,weight\n" + "".join(
    f"{judge},{winner},{loser},{round(200 * table[i][j])}\n"
    for judge, table in (("ann", ANN), ("ben", BEN))
    for i, winner in enumerate("abc")
    for j, loser in enumerate("abc")
    if i != j
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(LOG)
    return path


def test_the_command_and_every_way_to_call_it_agree(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, table, picture = tmp_path / "s.json", tmp_path / "s.csv", tmp_path / "s.png"
    files = ["--output", output, "--csv", table, "--plot", picture]
    assert main([str(word) for word in (log, "--ensemble", "worst", "--prior", 0, *files)]) == 0
    content = json.loads(output.read_text())
    np.testing.assert_allclose(content["policy"], [0.6, 0.0, 0.4], atol=1e-9)
    assert (content["ensemble"], content["lambda"], content["tau"]) == ("worst", None, None)
    assert content["guaranteed_win_rate"] == pytest.approx(0.42) and content["price_of_robustness"] == pytest.approx(
        0.05
    )
    assert [view["judge"] for view in content["judges"]] == ["ann", "ben"] and content["votes"] == 1200
    assert content["judges_mean"]["policy"] == [1, 0, 0] and len(content["disputed_pairs"]) == 3
    assert content["unique"] is True and content["duality_gap"] < 1e-9 and content["converged"]
    printed = capsys.readouterr().out
    assert (
        "2 judges (by judge), 1,200 votes, prior 0" in printed
        and "wins at least 0.4200, that of the mean 0.3000" in printed
    )
    rows = list(csv.DictReader(table.open()))
    assert [row["label"] for row in rows] == ["a", "c", "b"] and float(rows[2]["judge_ann"]) == pytest.approx(0.36)
    assert float(rows[2]["worst_judge"]) == pytest.approx(0.58) and picture.read_bytes()[:4] == b"\x89PNG"
    judged = read_judged_game(log, prior=0.0)
    for solution in (
        solve_anything(judged, ensemble="worst"),
        solve(np.array([ANN, BEN]), ensemble="worst"),
        solve_ensemble(judged, "worst"),
    ):
        np.testing.assert_allclose(solution.policy, content["policy"], atol=1e-12)  # type: ignore[attr-defined]
        assert solution.to_dict()["guaranteed_win_rate"] == pytest.approx(0.42)
    np.save(tmp_path / "judges.npy", np.array([ANN, BEN]))
    assert main([str(tmp_path / "judges.npy"), "--ensemble", "worst", "--output", str(output)]) == 0
    np.testing.assert_allclose(json.loads(output.read_text())["policy"], content["policy"], atol=1e-12)
    assert "2 judges (the tables of the file)" in capsys.readouterr().out


def test_the_command_draws_judges_and_takes_rewards(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(log), "--ensemble", "entropic", "--tau", "0.1", "--judges", "posterior", "--tables", "30"]
    assert main([*arguments, "--seed", "4", "--rows", "5"]) == 0
    printed = capsys.readouterr().out
    assert "30 judges (tables drawn from the posterior of the votes, seed 4)" in printed and "25 more judges" in printed
    (tmp_path / "r.csv").write_text("model,a,b,c\none,0,1,3\ntwo,2,0.5,0\n")
    assert main([str(tmp_path / "r.csv"), "--kind", "rewards", "--ensemble", "uncertainty", "--beta", "0.1"]) == 0
    printed = capsys.readouterr().out
    assert "less 1 times the variance" in printed and "two" in printed and "at beta = 0.1" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("best", None, None), "one of mean, worst, uncertainty, entropic"),
        (("worst", 1.0, None), "lambda is for the ensemble uncertainty"),
        (("mean", None, 1.0), "tau is for the ensemble entropic"),
        (("uncertainty", -1.0, None), "at least 0"),
        (("uncertainty", np.nan, None), "at least 0"),
        (("entropic", None, 0.0), "above 0"),
    ],
)
def test_settings_without_meaning_are_refused(arguments: tuple[str, float | None, float | None], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        checked_ensemble(*arguments)


def test_what_has_no_judges_is_refused() -> None:
    with pytest.raises(ValueError, match="one table has no judges"):
        solve_ensemble(PreferenceGame(ANN), "worst")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="need votes, and there are none"):
        solve_ensemble(ANN, "worst", judges="posterior")
    with pytest.raises(ValueError, match="leave feedback out"):
        solve_ensemble(PAIR, "worst", feedback="duels")
