"""Intervals: the posterior of each pair, whom it leaves uncertain, and who shares the first place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta as beta_distribution

from benchmarks.preference_coverage import Options, measure
from games.preference import Votes
from solvers.preference.__main__ import main
from solvers.preference.intervals import first_places

WINS = np.array([[0.0, 7.0, 0.0], [3.0, 0.0, 2.5], [0.0, 0.5, 0.0]])
VOTES = Votes(WINS, np.array([[0.0, 0, 0], [0, 0, 1], [0, 1, 0]]))


def test_draws_of_a_pair_have_the_moments_of_its_posterior() -> None:
    draws = VOTES.posterior(np.random.default_rng(0), 20_000)
    np.testing.assert_allclose(draws + draws.transpose(0, 2, 1), 1.0, atol=1e-15)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        expected = beta_distribution(WINS[i, j] + 1.0, WINS[j, i] + 1.0)
        assert abs(draws[:, i, j].mean() - expected.mean()) < 4.0 * expected.std() / np.sqrt(len(draws))
        np.testing.assert_allclose(draws[:, i, j].std(), expected.std(), rtol=0.03)
    independent = np.corrcoef(draws[:, 0, 1], draws[:, 1, 2])[0, 1]
    assert abs(independent) < 4.0 / np.sqrt(len(draws))


def test_intervals_of_rates_are_the_quantiles_of_the_posterior() -> None:
    low, high = VOTES.rate_intervals(0.9)
    np.testing.assert_allclose([low[0, 1], high[0, 1]], beta_distribution(8.0, 4.0).ppf([0.05, 0.95]))
    np.testing.assert_allclose([low[0, 2], high[0, 2]], [0.05, 0.95])  # never met: uniform
    np.testing.assert_allclose(low + high.T, 1.0, atol=1e-12)


def test_what_has_no_posterior_is_refused() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="take a prior above 0"):
        Votes(WINS, prior=0.0).posterior(generator, 5)
    with pytest.raises(ValueError, match="resample whole rankings"):
        Votes.from_ballots([[0, 1, 2]]).posterior(generator, 5)
    with pytest.raises(ValueError, match="ask for fewer"):
        VOTES.posterior(generator, 10**9)
    with pytest.raises(ValueError, match="level between 0 and 1"):
        VOTES.rate_intervals(1.0)


def test_those_that_are_level_share_the_first_place() -> None:
    policies = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.4, 0.2, 0.4]])
    np.testing.assert_allclose(first_places(policies), np.array([2.0, 0.5, 0.5]) / 3)


NEWCOMER = "winner,loser,weight\ntop,low,700\nlow,top,300\nnew,low,1\n"
TIES = "model_a,model_b,winner\n" + "x,y,tie\ny,z,tie\nz,x,tie\n" * 30


def test_a_model_with_one_vote_has_a_wide_interval_and_ties_are_won_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(NEWCOMER)
    (tmp_path / "ties.csv").write_text(TIES)
    assert main([str(tmp_path / "new.csv"), "--bootstrap", "100", "--output", str(tmp_path / "new.json")]) == 0
    content = json.loads((tmp_path / "new.json").read_text())
    new = content["labels"].index("new")
    assert content["intervals"]["method"] == "posterior"
    assert content["intervals"]["high"][new] - content["intervals"]["low"][new] > 0.9
    assert content["bootstrap"]["method"] == "bootstrap"
    assert main([str(tmp_path / "ties.csv"), "--bootstrap", "20", "--output", str(tmp_path / "ties.json")]) == 0
    content = json.loads((tmp_path / "ties.json").read_text())
    np.testing.assert_allclose(content["bootstrap"]["winner_shares"], 1 / 3, atol=1e-12)
    assert max(content["intervals"]["winner_shares"]) < 0.75


@pytest.mark.parametrize(
    "text",
    [
        NEWCOMER,  # one vote, and pairs that never met
        "winner,loser,weight\na,c,70\nc,a,30\nb,c,70\nc,b,30\n",  # a pair that never met
        "winner,loser\na,b\n",
        TIES,
    ],
)
def test_a_bootstrap_without_a_prior_makes_nothing_certain(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "votes.csv").write_text(text)
    assert main([str(tmp_path / "votes.csv"), "--bootstrap", "20", "--prior", "0"]) == 2
    error = capsys.readouterr().err
    assert "--prior 0" in error and error.count("\n") == 1
    assert main([str(tmp_path / "votes.csv"), "--bootstrap", "20"]) == 0


def test_pairs_whose_votes_disagree_are_resampled_without_a_prior(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("model_a,model_b,winner\n" + "x,y,tie\nx,y,model_a\n" * 5)
    arguments = [str(tmp_path / "votes.csv"), "--bootstrap", "50", "--prior", "0", "--beta", "0.5"]
    assert main([*arguments, "--output", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text())["intervals"]
    assert (np.subtract(found["high"], found["low"]) > 0.01).all()


@pytest.mark.parametrize("prior", ["0", "1"])
@pytest.mark.parametrize("ballots", ["1: 1,2,3\n", "5: 1,2,3\n2: 1,2,3\n"])
def test_rankings_that_are_all_the_same_have_no_intervals(
    ballots: str, prior: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.soc"
    path.write_text("# NUMBER ALTERNATIVES: 3\n" + ballots)
    assert main([str(path), "--bootstrap", "10", "--prior", prior]) == 2
    assert "leave --bootstrap out" in capsys.readouterr().err


def test_rankings_are_resampled_and_have_no_posterior(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.soc"
    path.write_text("# NUMBER ALTERNATIVES: 2\n3: 1,2\n2: 2,1\n")
    assert main([str(path), "--posterior", "10"]) == 2
    assert "resample whole rankings" in capsys.readouterr().err
    assert main([str(path), "--bootstrap", "10", "--output", str(tmp_path / "a.json")]) == 0
    assert json.loads((tmp_path / "a.json").read_text())["intervals"]["method"] == "bootstrap"


def test_the_posterior_covers_what_it_promises_where_the_truth_is_drawn_from_its_prior() -> None:
    measured = measure(Options(logs=25, draws=80, seed=3))
    found = measured["uniform (the prior)"]
    for functional in ("rate of a pair that met", "P(y > policy)", "regularised policy"):
        assert np.mean(found["posterior, whole prior", functional]) > 0.85
        assert np.mean(found["posterior", functional]) > 0.85
    assert np.mean(found["bootstrap", "rate of a pair that never met"]) == 0.0
    # Where strengths decide, the whole prior draws the probability of the winner down, out of its own interval.
    whole, third = (
        np.mean(measured["Bradley-Terry"][kind, "regularised policy"])
        for kind in ("posterior, whole prior", "posterior")
    )
    assert third > whole + 0.05
