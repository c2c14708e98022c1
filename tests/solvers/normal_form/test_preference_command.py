"""The command ``python -m solvers.preference``: what it prints, writes and refuses."""

from __future__ import annotations

import inspect
import json
import signal
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from games.preference import PreferenceGame, random_batch
from games.preference.read import KINDS
from solvers.normal_form.choice import compared
from solvers.normal_form.registry import algorithm_names
from solvers.preference import solve
from solvers.preference.__main__ import main
from solvers.preference.options import KindName, Options
from solvers.registry import ALL
from solvers.solution import Checkpoint

ROOT = Path(__file__).resolve().parents[3]
CYCLE = "name,a,b,c\na,0.5,0.1,0.8\nb,0.9,0.5,0.1\nc,0.2,0.9,0.5\n"  # COMAL's: equilibrium (4, 3, 4)/11
VOTES = "winner,loser,weight\na,b,61\nb,a,39\nb,c,58\nc,b,42\nc,a,64\na,c,36\na,d,70\nd,a,30\nb,d,66\nd,b,34\n"
KEYS = {
    *("algorithm", "beta", "labels", "policy", "duality_gap", "exploitability", "iterations", "converged"),
    *("seconds", "history", "queries", "step_size", "bound", "result", "remedy", "version", "command", "seed"),
}


@pytest.fixture
def cycle(tmp_path: Path) -> Path:
    path = tmp_path / "cycle.csv"
    path.write_text(CYCLE)
    return path


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(VOTES)
    return path


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    games = random_batch(12, 5, np.random.default_rng(3), smallest=2)
    path = tmp_path / "games.npz"
    np.savez(path, matrices=games.matrices, mask=games.mask)
    return path


def ran(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


def solution_of(path: Path) -> dict[str, typing.Any]:
    content: dict[str, typing.Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_without_beta_the_von_neumann_winner_is_found_exactly(
    cycle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "solution.json"
    ran(cycle, "--output", output)
    solution = solution_of(output)
    assert set(solution) >= KEYS | {"reference"}
    assert (solution["algorithm"], solution["beta"], solution["labels"]) == ("lp", 0.0, ["a", "b", "c"])
    np.testing.assert_allclose(solution["policy"], np.array([4, 3, 4]) / 11, atol=1e-12)
    np.testing.assert_allclose(solution["preference_over_policy"], 0.5, atol=1e-12)
    assert solution["converged"] and solution["duality_gap"] < 1e-12
    assert solution["command"] == f"python -m solvers.preference {cycle} --output {output}"
    printed = capsys.readouterr().out
    assert "0.3636" in printed and "lp (the default for beta = 0)" in printed and "converged" in printed


def test_the_policy_written_is_that_of_the_library_around_the_reference_given(cycle: Path, tmp_path: Path) -> None:
    reference, output = tmp_path / "reference.json", tmp_path / "solution.json"
    reference.write_text('{"b": 2, "a": 1, "c": 1}')
    ran(cycle, "--beta", 0.1, "--reference", reference, "--output", output)
    solution = solution_of(output)
    game = PreferenceGame(np.array([[0.5, 0.1, 0.8], [0.9, 0.5, 0.1], [0.2, 0.9, 0.5]]), ("a", "b", "c"))
    expected = solve(game.with_reference({"a": 0.25, "b": 0.5, "c": 0.25}), "nash-mp", beta=0.1)
    np.testing.assert_array_equal(solution["policy"], expected.policy)
    assert solution["reference"] == [0.25, 0.5, 0.25]
    assert solution["history"][-1]["duality_gap"] == solution["duality_gap"] <= 1e-9
    assert solution["bound"]["quantity"] == "KL(equilibrium || policy)"


def test_the_average_and_the_last_iterate_can_be_asked_for(cycle: Path, tmp_path: Path) -> None:
    policies = []
    for choice_of in ("--average", "--last"):
        output = tmp_path / f"solution{choice_of}.json"
        arguments = ["--algorithm", "mmd", "--beta", 0.1, "--iterations", 50, "--step-size", "0.2/sqrt(t)"]
        ran(cycle, *arguments, choice_of, "--output", output)
        policies.append(solution_of(output)["policy"])
        assert solution_of(output)["step_size"] == "0.2 / sqrt(t)"
    assert policies[0] != policies[1]


def test_a_solve_that_did_not_converge_says_what_to_do(
    cycle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "solution.json"
    ran(cycle, "--beta", 0.01, "--algorithm", "mmd", "--step-size", "5", "--iterations", 3, "--output", output)
    solution = solution_of(output)
    assert not solution["converged"] and solution["result"] == "step size too large"
    assert solution["remedy"] in " ".join(capsys.readouterr().out.split("\n"))


def test_sampled_comparisons_are_counted_and_repeat_with_the_seed(cycle: Path, tmp_path: Path) -> None:
    policies = []
    for number, seed in enumerate((5, 5, 6)):
        output = tmp_path / f"{number}.json"
        arguments = ["--algorithm", "mmd", "--beta", 0.1, "--iterations", 20, "--feedback", "duels", "--samples", 4]
        ran(cycle, *arguments, "--seed", seed, "--output", output)
        assert solution_of(output)["queries"] == 20 * 4 * 3
        policies.append(solution_of(output)["policy"])
    assert policies[0] == policies[1] != policies[2]


@pytest.mark.parametrize("beta", [0, 0.1])
def test_the_bootstrap_gives_intervals_that_repeat_with_the_seed(
    votes: Path, tmp_path: Path, beta: float, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for number in range(2):
        output = tmp_path / f"{number}.json"
        ran(votes, "--beta", beta, "--bootstrap", 40, "--seed", 7, "--prior", 0.5, "--output", output)
        found.append(solution_of(output))
    first, second = (solution["bootstrap"] for solution in found)
    assert first["low"] == second["low"] and first["high"] == second["high"]
    assert (np.array(first["low"]) <= first["high"]).all() and first["unsolved"] == 0
    assert sum(first["winner_shares"]) == pytest.approx(1.0)
    assert found[0]["prior"] == 0.5 and found[0]["votes"] == 500
    assert "95 % interval" in capsys.readouterr().out


JUDGED = (
    "judge,winner,loser,weight\nj1,a,b,80\nj1,b,a,20\nj1,a,c,70\nj1,c,a,30\nj1,b,c,60\nj1,c,b,40\n"
    "j2,a,b,30\nj2,b,a,70\nj2,a,c,55\nj2,c,a,45\nj2,b,c,40\nj2,c,b,60\nj2,c,c,1\n"
)


def test_each_judge_is_solved_beside_all_votes_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, output = tmp_path / "judges.csv", tmp_path / "solution.json"
    log.write_text(JUDGED)
    assert main([str(log), "--by", "judge"]) == 2
    assert "line 14: 'c' is compared with itself (--skip-invalid" in capsys.readouterr().err
    ran(log, "--by", "judge", "--skip-invalid", "--output", output, "--prior", 0)
    content = solution_of(output)
    assert content["policy"] == [1, 0, 0] and content["left_out"]["faulty"] == 1 and content["by"] == "judge"
    first, second = content["groups"]
    assert (first["group"], first["policy"], first["votes"]) == ("j1", [1, 0, 0], 300)
    # The second judge's cycle: advantages .2 of b over a, .05 of a over c, .1 of c over b; each weighs its opposite.
    np.testing.assert_allclose(second["policy"], np.array([0.1, 0.05, 0.2]) / 0.35, atol=1e-12)
    assert "1 line left out" in capsys.readouterr().out
    ran(log, "--where", "judge=j2", "--skip-invalid", "--output", output, "--prior", 0)
    assert solution_of(output)["policy"] == second["policy"] and solution_of(output)["left_out"]["faulty"] == 1


def test_more_votes_of_the_same_shares_narrow_the_intervals(tmp_path: Path) -> None:
    widths = []
    for factor in (1, 100):
        rows = [line.split(",") for line in VOTES.split()[1:]]
        path, output = tmp_path / f"votes{factor}.csv", tmp_path / f"{factor}.json"
        path.write_text("\n".join(f"{winner},{loser},{int(weight) * factor}" for winner, loser, weight in rows))
        ran(path, "--beta", 0.1, "--bootstrap", 100, "--output", output)
        resamplings = solution_of(output)["bootstrap"]
        widths.append(np.subtract(resamplings["high"], resamplings["low"]).mean())
    assert widths[1] < 0.2 * widths[0]  # 1/10, but for sampling


def test_a_comparison_sorts_by_queries_and_measures_from_the_equilibrium(
    cycle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, picture = tmp_path / "solution.json", tmp_path / "picture.png"
    arguments = ["--compare", "rm+,mmd,lp,nash-mp", "--iterations", 3000, "--output", output, "--plot", picture]
    ran(cycle, "--beta", 0.1, *arguments)
    lines = solution_of(output)["comparison"]
    assert [line["algorithm"] for line in lines] == ["lp", "nash-mp", "mmd-constant", "rm+"]
    assert [line["beta"] for line in lines] == [0.0, 0.1, 0.1, 0.0]
    assert [line["converged"] for line in lines] == [True, True, True, False]
    assert lines[0]["queries"] < lines[1]["queries"] < lines[2]["queries"]
    assert lines[1]["divergence"] < 1e-7 and lines[1]["history"][0]["divergence"] > 0.001
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "nash-mp" in capsys.readouterr().out


def test_a_game_solved_at_its_start_leaves_an_empty_picture(tmp_path: Path) -> None:
    (tmp_path / "game.csv").write_text("0.5\n")
    ran(tmp_path / "game.csv", "--compare", "nash-mp,lp", "--plot", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_comparing_all_means_every_algorithm_that_has_a_meaning_there() -> None:
    at_beta = compared(ALL, 0.1, exact=True, actions=3)
    assert {name for name, _ in at_beta} == {*algorithm_names(), "lp"}
    assert dict(at_beta)["nash-mp"] == 0.1 and dict(at_beta)["rm+"] == 0.0
    sampled = compared(ALL, 0.0, exact=False, actions=3)
    assert "lp" not in dict(sampled) and set(dict(sampled).values()) == {0.0}


@pytest.mark.parametrize("suffix", [".npz", ".jsonl"])
def test_a_batch_gives_a_summary_and_a_policy_for_every_game(
    batch: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output, policies = tmp_path / "solution.json", tmp_path / f"policies{suffix}"
    ran(batch, "--beta", 0.1, "--output", output, "--batch-output", policies, "--plot", tmp_path / "batch.png")
    solution = solution_of(output)
    assert set(solution) >= KEYS and solution["policy"] is None
    assert solution["games"] == solution["games_converged"] == 12 and solution["policies"] == str(policies)
    assert solution["quantiles"]["duality_gap"][-1] == solution["duality_gap"]
    assert (tmp_path / "batch.png").exists() and "12 of them solved" in capsys.readouterr().out
    with np.load(batch) as arrays:
        games, mask = arrays["matrices"], arrays["mask"]
    alone = solve(PreferenceGame(games[4][np.ix_(mask[4], mask[4])]), "nash-mp", beta=0.1).policy
    if suffix == ".npz":
        with np.load(policies) as arrays:
            found, gaps, converged = arrays["policies"], arrays["duality_gaps"], arrays["converged"]
        assert converged.all() and gaps.max() <= 1e-9 and not found[~mask].any()
        np.testing.assert_allclose(found[4, mask[4]], alone, atol=1e-4)
    else:
        lines = [json.loads(line) for line in policies.read_text(encoding="utf-8").splitlines()]
        assert [len(line["policy"]) for line in lines] == mask.sum(axis=1).tolist()
        assert [line["id"] for line in lines] == [str(number) for number in range(12)]
        np.testing.assert_allclose(lines[4]["policy"], alone, atol=1e-4)


def test_the_policies_of_a_batch_go_beside_the_solution(batch: Path, tmp_path: Path) -> None:
    ran(batch, "--output", tmp_path / "solution.json")
    with np.load(tmp_path / "solution.npz") as arrays:
        assert arrays["policies"].shape == (12, 5) and arrays["exploitabilities"].max() < 1e-9


def test_the_algorithms_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    ran("--list-algorithms")
    printed = capsys.readouterr().out
    missing = [name for name in (*algorithm_names(), "lp") if f" {name} " not in printed]
    assert missing == [], "is the name in the registry that of the Algorithm?"


def test_kinds_are_those_of_the_reader() -> None:
    assert typing.get_args(KindName) == KINDS


def test_large_games_show_the_most_probable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "game.npy", np.full((50, 50), 0.5))
    ran(tmp_path / "game.npy", "--beta", 0.1)
    assert "30 more, with probability 0.6 together" in capsys.readouterr().out


def test_labels_in_square_brackets_are_printed_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "votes.csv").write_text("winner,loser\n[red]x[/red],y\n")
    ran(tmp_path / "votes.csv")
    assert "[red]x[/red]" in capsys.readouterr().out


def test_an_interrupt_ends_with_a_sentence_and_writes_nothing(
    cycle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def interrupted(*_: object) -> Iterator[dict[str, Callable[[Checkpoint], None]]]:
        yield {"report": lambda point: signal.raise_signal(signal.SIGINT) if point.iteration == 1 else None}

    monkeypatch.setattr("solvers.normal_form.command.watched", interrupted)
    assert main([str(cycle), "--beta", "0.1", "--output", str(tmp_path / "solution.json")]) == 130
    assert capsys.readouterr().err == "interrupted after 30 iterations; nothing was written\n"
    assert not (tmp_path / "solution.json").exists()


Arguments = Callable[[Path], list[object]]


def _file(text: str, name: str = "bad.csv", *options: object) -> Arguments:
    def arguments(folder: Path) -> list[object]:
        (folder / name).write_text(text)
        return [folder / name, *options]

    return arguments


def _good(*options: object) -> Arguments:
    return _file(CYCLE, "cycle.csv", *options)


def _reference(text: str, name: str = "reference.csv") -> Arguments:
    def arguments(folder: Path) -> list[object]:
        (folder / name).write_text(text)
        return [*_good()(folder), "--reference", folder / name]

    return arguments


def _sparse(name: str) -> Arguments:
    def arguments(folder: Path) -> list[object]:
        with (folder / name).open("wb") as file:
            file.truncate(20 << 30)
        return [folder / name]

    return arguments


def _output(option: str, place: str) -> Arguments:
    def arguments(folder: Path) -> list[object]:
        (folder / "folder.json").mkdir()
        (folder / "file").write_text("")
        return [*_good(option, folder / place)(folder)]

    return arguments


BAD: dict[str, tuple[Arguments, str]] = {
    "no file named": (lambda folder: [], "name a file of preferences"),
    "missing": (lambda folder: [folder / "none.csv"], "No such file"),
    "folder": (lambda folder: [folder], "the suffix must be"),
    "not square": (_file("0.5,0.4,0.3\n0.6,0.5,0.2\n"), "is square"),
    "NaN": (_file("0.5,nan\n0.6,0.5\n"), "is nan"),
    "not antisymmetric": (_file("0.5,0.7\n0.6,0.5\n"), "not 1 within"),
    "ragged": (_file("0.5,0.7\n0.3\n"), "line 2"),
    "no votes": (_file("winner,loser\n"), "no votes"),
    "broken JSON": (_file('{"matrix": [[0.5, ', "bad.json"), "is not JSON"),
    "broken JSONL": (_file('{"winner": "a", "loser": "b"}\n{"winner"\n', "bad.jsonl"), "line 2"),
    "20 GB of text": (_sparse("large.csv"), "20.0 GiB"),
    "20 GB of numbers": (_sparse("large.npy"), "20.0 GiB"),
    "unknown label": (_reference("a,1\nb,1\nd,1\n"), "'d'"),
    "zero in the reference": (_reference("a,1\nb,0\nc,1\n"), "above 0"),
    "broken reference": (_reference("{", "reference.json"), "is not JSON"),
    "missing reference": (lambda folder: [*_good()(folder), "--reference", folder / "none.csv"], "No such file"),
    "unknown algorithm": (_good("--algorithm", "nash-pm"), "did you mean nash-mp?"),
    "unknown in a comparison": (_good("--compare", "lp,mmmd"), "did you mean mmd?"),
    "unknown option": (_good("--betta", "1"), "did you mean --beta?"),
    "step size": (_good("--step-size", "fast"), "--step-size: 'fast' is not a schedule"),
    "step size 0": (_good("--beta", "1", "--step-size", "0"), "must be above 0"),
    "parameters": (_good("--beta", "1", "--parameters", "tau"), "NAME=NUMBER"),
    "parameter unknown": (_good("--beta", "1", "--parameters", "tau=3"), "no parameter 'tau'"),
    "negative beta": (_good("--beta", "-1"), "--beta must be at least 0"),
    "tiny beta": (_good("--beta", "1e-170", "--algorithm", "nash-md"), "beta must be 0 or between 1e-60 and 1e+60"),
    "huge beta": (_good("--beta", "1e200", "--algorithm", "omd"), "beta must be 0 or between 1e-60 and 1e+60"),
    "beta that is no number": (_good("--beta", "warm"), "--beta must be a number"),
    "tolerance": (_good("--tolerance", "nan"), "--tolerance must be at least 0"),
    "iterations": (_good("--iterations", "-3"), "--iterations must be at least 0"),
    "beta without regularisation": (_good("--beta", "0.1", "--algorithm", "rm+"), "leave out beta"),
    "beta and lp": (_good("--beta", "0.1", "--algorithm", "lp"), "leave out --beta"),
    "lp and a step size": (_good("--step-size", "1"), "has no --step-size"),
    "average and last": (_good("--average", "--last"), "exclude each other"),
    "samples alone": (_good("--samples", "3"), "--samples needs --feedback"),
    "team of one": (_good("--beta", "1", "--feedback", "teams", "--samples", "1"), "at least 2 samples"),
    "lp sampled": (_good("--feedback", "duels", "--compare", "lp"), "lp reads the exact table"),
    "bootstrap without votes": (_good("--bootstrap", "10"), "--bootstrap resamples votes"),
    "bootstrap of one": (_file(VOTES, "votes.csv", "--bootstrap", "1"), "--bootstrap must be at least 2"),
    "bootstrap too large": (_file(VOTES, "votes.csv", "--bootstrap", 10**9), "ask for fewer"),
    "prior without votes": (_good("--prior", "1"), "--prior is for votes"),
    "negative prior": (_file(VOTES, "votes.csv", "--prior", "-1"), "prior must be"),
    "batch output of one game": (
        lambda folder: [*_good("--batch-output", folder / "out.npz")(folder)],
        "--batch-output is for many games",
    ),
    "where": (_file(VOTES, "votes.csv", "--where", "judge"), "--where is written COLUMN=VALUE, not 'judge'"),
    "by what is no column": (_file(VOTES, "votes.csv", "--by", "judge"), "no vote has a column 'judge'"),
    "by in a table": (_good("--by", "judge"), "holds no list of votes"),
    "skipping in a table": (_good("--skip-invalid"), "holds no list of votes"),
    "empty cells of votes": (_file(VOTES, "votes.csv", "--unseen"), "unseen is for empty cells"),
    "kind": (_good("--kind", "ballots"), "--kind must be one of"),
    "output missing folder": (_output("--output", "none/solution.json"), "there is no folder"),
    "output is a folder": (_output("--output", "folder.json"), "is a folder"),
    "output in a file": (_output("--output", "file/solution.json"), "there is no folder"),
    "output suffix": (_output("--output", "solution.txt"), "--output must end in .json"),
    "plot suffix": (_output("--plot", "picture.pdf"), "--plot must end in .png"),
    "output over the input": (
        lambda folder: [*_file('{"matrix": [[0.5]]}', "game.json", "--output", folder / "game.json")(folder)],
        "would write over the file that is read",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_sentence_and_exit_code_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, sentence = BAD[case]
    assert main([str(argument) for argument in arguments(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert sentence in captured.err
    assert not list(tmp_path.glob("*.part"))


def test_a_place_that_cannot_be_written_is_found_before_the_work(
    cycle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object, **others: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    assert main([str(cycle), "--output", str(tmp_path / "solution.json")]) == 2
    assert capsys.readouterr().err == f"error: --output cannot be written in {tmp_path}: Permission denied\n"


def test_batches_refuse_what_is_for_single_games_and_never_write_over_their_input(
    batch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(batch), "--compare", "all"]) == 2
    assert "--compare runs on one game" in capsys.readouterr().err
    before = batch.read_bytes()
    assert main([str(batch), "--output", str(batch.with_suffix(".json"))]) == 2
    assert "would write over the file that is read" in capsys.readouterr().err
    assert batch.read_bytes() == before


def test_the_command_itself_leaves_with_code_2_and_no_traceback() -> None:
    command = [sys.executable, "-m", "solvers.preference", "none.csv"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 2 and finished.stdout == ""
    assert finished.stderr.startswith("error: ") and finished.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["beta", "iterations", "tolerance"])
def test_options_have_the_defaults_of_the_library(name: str) -> None:
    assert getattr(Options(), name) == inspect.signature(solve).parameters[name].default
