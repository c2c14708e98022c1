"""``python -m solvers.extensive``: its files, its table, and one sentence for everything that is wrong."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest

from games.extensive import compile_game
from games.extensive.policies import load_policy, random_policy, save_policy, to_open_spiel
from games.extensive.store import write_game
from solvers.extensive.__main__ import main
from solvers.extensive.evaluation import evaluate
from solvers.extensive.registry import algorithm_names
from solvers.extensive.solving import solve
from solvers.solution import Checkpoint


def test_the_files_keep_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kuhn_poker", "--algorithm", "cfr+", "--iterations", "200", "--output", str(tmp_path / "new")]) == 0
    written = json.loads((tmp_path / "new" / "solution.json").read_text())
    assert written["game"] == "kuhn_poker"
    assert written["algorithm"] == "cfr+"
    assert written["iterations"] == 200
    assert written["command"].startswith("python -m solvers.extensive kuhn_poker --algorithm cfr+")
    assert set(written) >= {"nash_conv", "best_response_values", "result", "remedy", "step_size", "alpha", "magnet"}
    assert [line["iteration"] for line in written["history"]][:4] == [0, 1, 2, 3]
    assert written["history"][-1]["exploitability"] == written["exploitability"]
    game = compile_game("kuhn_poker")
    policy = load_policy(tmp_path / "new" / "policy.npz", game)
    assert evaluate(game, policy).exploitability == written["exploitability"]
    assert solve(game, "cfr+", iterations=200).value == written["value"]
    theirs = pyspiel.exploitability(pyspiel.load_game("kuhn_poker"), to_open_spiel(game, policy))
    assert theirs == pytest.approx(written["exploitability"], abs=1e-12)
    shown = capsys.readouterr().out
    assert "6 + 6 infosets" in shown
    assert "cfr+ (average, alternating updates)" in shown
    assert "Pass 1.0000" in shown


def test_the_same_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for count in ("20", "60"):
        assert main(["kuhn_poker", "--iterations", count, "--output", str(tmp_path / "halves")]) == 0
    assert main(["kuhn_poker", "--iterations", "60", "--output", str(tmp_path / "whole")]) == 0
    halves, whole = (np.load(tmp_path / name / "policy.npz") for name in ("halves", "whole"))
    assert all(np.array_equal(halves[key], whole[key]) for key in whole.files)
    histories = [json.loads((tmp_path / name / "solution.json").read_text())["history"] for name in ("halves", "whole")]
    for line in histories[0] + histories[1]:
        del line["seconds"], line["processor_seconds"]
    assert histories[0] == histories[1]


def test_an_interrupt_ends_with_130_and_a_state_from_which_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def interrupted_at_ten(*_: object, **__: object) -> Iterator[dict[str, Callable[[Checkpoint], None]]]:
        yield {"report": lambda point: signal.raise_signal(signal.SIGINT) if point.iteration == 10 else None}

    arguments = ["kuhn_poker", "--iterations", str(10**12), "--tolerance", "0.001", "--output", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr("solvers.extensive.command.watched", interrupted_at_ten)
        assert main(arguments) == 130
    assert capsys.readouterr().err == "interrupted after 10 iterations; the same command goes on from there\n"
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
    assert main(arguments) == 0
    written = json.loads((tmp_path / "solution.json").read_text())
    assert written["converged"]
    assert written["iterations"] == solve("kuhn_poker", iterations=1000, tolerance=0.001).iterations


def test_a_comparison_has_a_line_for_every_algorithm_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["kuhn_poker", "--iterations", "30", "--output", str(tmp_path)]
    assert main([*arguments, "--compare", "all"]) == 0
    names = {line["algorithm"] for line in json.loads((tmp_path / "solution.json").read_text())["comparison"]}
    assert names == {*algorithm_names(), "lp"}
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in names)
    picture = tmp_path / "other.png"
    assert main(["kuhn_poker", "--iterations", "5", "--compare", "cfr,lp", "--plot", str(picture)]) == 0
    assert picture.exists()


def test_the_linear_program_needs_no_iterations(tmp_path: Path) -> None:
    assert main(["kuhn_poker", "--algorithm", "lp", "--output", str(tmp_path)]) == 0
    written = json.loads((tmp_path / "solution.json").read_text())
    assert written["value"] == pytest.approx(-1 / 18, abs=1e-12)
    assert written["result"] == "converged"
    assert not (tmp_path / "state.npz").exists()


def test_games_come_from_gambit_files_compiled_files_and_arrays(tmp_path: Path) -> None:
    gambit = tmp_path / "pennies.efg"
    gambit.write_text(
        'EFG 2 R "pennies" { "A" "B" } ""\np "" 1 1 "" { "H" "T" } 0\np "" 2 1 "" { "H" "T" } 0\n'
        't "" 1 "" { 1, -1 }\nt "" 2 "" { -1, 1 }\np "" 2 1 "" { "H" "T" } 0\n'
        't "" 3 "" { -1, 1 }\nt "" 4 "" { 1, -1 }\n'
    )
    compiled = tmp_path / "kuhn.npz"
    write_game(compiled, compile_game("kuhn_poker"))
    arrays = tmp_path / "arrays.npz"
    parts: dict[str, Any] = {"parents0": [0], "parents1": [0], "action_counts0": [2], "action_counts1": [2]}
    parts |= {"rows": [1, 2], "columns": [1, 2], "values": [3.0, -1.0]}
    np.savez(arrays, **parts)
    assert main([str(arrays), "--algorithm", "mmd", "--form", "behavioral"]) == 2  # action values need the chances
    np.savez(arrays, **parts, chances=[0.5, 0.5])
    assert main([str(arrays), "--algorithm", "mmd", "--form", "behavioral"]) == 0
    for path, value in ((gambit, 0.0), (compiled, -1 / 18), (arrays, 0.0)):
        assert main([str(path), "--algorithm", "lp", "--output", str(tmp_path / path.stem)]) == 0
        written = json.loads((tmp_path / path.stem / "solution.json").read_text())
        assert written["value"] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("option", ["--export", "--policy"])
def test_the_game_that_is_read_is_not_written_over(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = pyspiel.get_kuhn_poker_efg_data()
    (tmp_path / "game.efg").write_text(text)
    monkeypatch.chdir(tmp_path)
    for name in ("game.efg", str(tmp_path / "game.efg")):
        if option == "--policy":
            (tmp_path / "link.json").unlink(missing_ok=True)
            (tmp_path / "link.json").symlink_to("game.efg")
        assert main([name, option, "game.efg" if option == "--export" else "link.json"]) == 2
        assert "would write over the file that is read" in capsys.readouterr().err
    assert (tmp_path / "game.efg").read_text() == text


EXACT, ITERATED, SAMPLED = (["--algorithm", name, "--iterations", "5"] for name in ("lp", "cfr", "outcome-mccfr"))


@pytest.mark.parametrize(
    ("first", "second"), [(ITERATED, EXACT), (EXACT, ITERATED), (SAMPLED, EXACT), (EXACT, SAMPLED)]
)
def test_a_folder_of_another_algorithm_is_refused(
    first: list[str], second: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--output", str(tmp_path)]
    assert main(["kuhn_poker", *first, *folder]) == 0
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for game, options in (("kuhn_poker", second), ("leduc_poker", first)):
        assert main([game, *options, *folder]) == 2
        assert "choose another --output" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert main(["kuhn_poker", *first, *folder]) == 0


def test_a_warm_start_is_better_than_a_cold_one(tmp_path: Path) -> None:
    assert main(["kuhn_poker", "--algorithm", "lp", "--output", str(tmp_path / "exact")]) == 0
    initial = ["--initial", str(tmp_path / "exact" / "policy.npz")]
    options = ["kuhn_poker", "--algorithm", "cfr", "--iterations", "1", "--output"]
    assert main([*options, str(tmp_path / "warm"), *initial]) == 0
    written = json.loads((tmp_path / "warm" / "solution.json").read_text())
    assert written["exploitability"] < 1e-12
    assert written["initial"] == initial[1]


@pytest.mark.parametrize(("form", "name"), [("behavioral", "mmd-behavioural"), ("sequence", "mmd-dilated")])
def test_mmd_has_two_forms_a_temperature_and_a_magnet(form: str, name: str, tmp_path: Path) -> None:
    game, blueprint = compile_game("kuhn_poker"), tmp_path / "blueprint.npz"
    save_policy(blueprint, game, random_policy(game, 5))
    options = ["kuhn_poker", "--algorithm", "mmd", "--form", form, "--alpha", "0.2", "--iterations", "20"]
    found = {}
    for folder, further in (("uniform", []), ("magnet", ["--magnet", str(blueprint)])):
        assert main([*options, *further, "--output", str(tmp_path / folder)]) == 0
        found[folder] = json.loads((tmp_path / folder / "solution.json").read_text())
    assert {part["algorithm"] for part in found.values()} == {name}
    assert {part["alpha"] for part in found.values()} == {"0.2"}
    assert found["uniform"]["target"] == ("quantal-response" if form == "sequence" else "agent-quantal-response")
    assert found["magnet"]["magnet"] == str(blueprint)
    assert abs(found["uniform"]["value"] - found["magnet"]["value"]) > 1e-3
    assert found["uniform"]["distance"] == found["uniform"]["history"][-1]["distance"]
    straight = solve(game, name, alpha=0.2, iterations=20, magnet=random_policy(game, 5))
    assert found["magnet"]["value"] == straight.value


def test_schedules_and_no_temperature_at_all(tmp_path: Path) -> None:
    schedules = ["--algorithm", "mmd-annealed", "--alpha", "2/sqrt(t)", "--step-size", "1/t^0.5", "--simultaneous"]
    for folder, options in (("annealed", schedules), ("none", ["--algorithm", "mmd", "--alpha", "0", "--average"])):
        assert main(["kuhn_poker", "--iterations", "9", *options, "--output", str(tmp_path / folder)]) == 0
    annealed, none = (json.loads((tmp_path / name / "solution.json").read_text()) for name in ("annealed", "none"))
    assert (annealed["alpha"], annealed["step_size"]) == ("2 / sqrt(t)", "1 / sqrt(t)")
    assert (annealed["alternating"], annealed["average"]) == (False, False)
    assert (none["alpha"], none["average"], none["distance"]) == ("0", True, None)


def test_a_magnet_that_leaves_out_an_action_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kuhn_poker", "--algorithm", "lp", "--output", str(tmp_path)]) == 0
    assert main(["kuhn_poker", "--alpha", "0.1", "--magnet", str(tmp_path / "policy.npz")]) == 2
    assert "error: the magnet must be positive for every action" in capsys.readouterr().err


def test_the_list_of_algorithms_has_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-algorithms"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in (*algorithm_names(), "lp"))


WRONG = {
    "leduc_pokr": "OpenSpiel has no game 'leduc_pokr': did you mean leduc_poker?",
    "kuhn_poker(players=3) --algorithm lp": "kuhn_poker(players=3) has 3 players, but the sequence form here is for",
    "matrix_pd --algorithm lp": "matrix_pd() is not zero-sum",
    "no.efg": "there is no file no.efg",
    "no.npz": "there is no file no.npz",
    "": "name a game: python -m solvers.extensive leduc_poker",
    "kuhn_poker --algorithm cfrr": "there is no algorithm 'cfrr': did you mean cfr?",
    "kuhn_poker --algorithm cfr --alpha 0.1": "cfr has no alpha: leave it out",
    "kuhn_poker --step-size x": "--step-size: 'x' is not a schedule",
    "kuhn_poker --step-size 0": "--step-size: it must be above 0",
    "kuhn_poker --algorithm cfr --step-size 1": "cfr has no step size: leave it out",
    "kuhn_poker --alpha -1": "--alpha: a constant schedule needs a finite value of at least 0, not -1",
    "kuhn_poker --parameters a": "--parameters are written NAME=NUMBER,NAME=NUMBER, not 'a'",
    "kuhn_poker --algorithm mmd-reset --parameters period=inf": "period must be a whole number of iterations",
    "kuhn_poker --algorithm cfr --form sequence": "cfr has no sequence form to choose: leave --form out",
    "kuhn_poker --algorithm lp --alternating": "lp is exact and has no --alternating",
    "kuhn_poker --algorithm lp --last": "lp is exact and has no --last",
    "kuhn_poker --iterations -3": "--iterations must be at least 0, not -3",
    "kuhn_poker --tolerance nan": "--tolerance must be at least 0, not nan",
    "kuhn_poker --average --last": "--average and --last exclude each other",
    "kuhn_poker --alternating --simultaneous": "--alternating and --simultaneous exclude each other",
    "kuhn_poker --initial no": "--initial: there is no file no",
    "kuhn_poker --magnet no": "sapcfr+ has no magnet: leave --magnet out",
    "kuhn_poker --compare cfr,nothing": "there is no algorithm 'nothing'",
    "kuhn_poker --plot a.png": "--plot is the picture of a comparison",
    "kuhn_poker --compare cfr --plot a.pdf": "--plot must end in .png, not 'a.pdf'",
    "kuhn_poker --compare cfr --plot no/a.png": "there is no folder no for --plot: make it first",
    "kuhn_poker --iteration 3": "there is no option --iteration: did you mean --iterations?",
}


@pytest.mark.parametrize("line", WRONG)
def test_bad_input_is_one_sentence_and_exit_code_2(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {WRONG[line]}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_policy_of_another_game_an_output_that_is_a_file_and_another_run_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leduc, file = tmp_path / "leduc.npz", tmp_path / "file"
    game = compile_game("leduc_poker")
    save_policy(leduc, game, random_policy(game, 0))
    file.touch()
    assert main(["kuhn_poker", "--initial", str(leduc)]) == 2
    assert f"error: --initial {leduc}: the policy lacks the infoset" in capsys.readouterr().err
    assert main(["kuhn_poker", "--output", str(file)]) == 2
    assert "--output must be a folder" in capsys.readouterr().err
    run = ["kuhn_poker", "--iterations", "5", "--output", str(tmp_path / "run"), "--algorithm"]
    assert main([*run, "cfr"]) == 0
    capsys.readouterr()
    assert main([*run, "cfr+"]) == 2
    assert "holds a run with another --algorithm: give the same options" in capsys.readouterr().err
