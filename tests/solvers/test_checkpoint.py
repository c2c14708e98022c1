"""State files: another run and whatever is damaged is refused in one sentence; those of the first edition are read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import solvers
from games.extensive import ExtensiveGame, compile_game
from games.extensive.policies import random_policy, uniform_policy
from games.preference import comal_cycle, random_batch
from solvers.extensive.registry import algorithm
from solvers.extensive.run import start
from solvers.solution import Solution


@pytest.fixture(scope="module")
def game() -> ExtensiveGame:
    return compile_game("kuhn_poker")


def solved(game: Any, path: Path, iterations: int = 9, **settings: Any) -> Solution:
    return solvers.solve(game, iterations=iterations, checkpoint=path, **settings)


def error_of(game: Any, path: Path, settings: dict[str, Any]) -> str:
    try:
        solved(game, path, **settings)
    except ValueError as error:
        return str(error)
    return ""


def parts_of(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(arrays.pop("header").tobytes()), arrays


def write(path: Path, header: Any, arrays: dict[str, Any]) -> None:
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)


def test_other_settings_are_refused_with_the_option_that_differs(game: ExtensiveGame, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    solved(game, path, algorithm="pcfr+")
    before = path.read_bytes()
    others: list[tuple[str, Any, dict[str, Any]]] = [
        ("--algorithm", game, {"algorithm": "cfr"}),
        ("--average or --last", game, {"average": False}),
        ("--alternating or --simultaneous", game, {"alternating": False}),
        ("--initial", game, {"initial": random_policy(game, 0)}),
        ("game", compile_game("leduc_poker"), {}),
        ("game", "abrupt_dark_hex_2x2", {}),
        ("game", comal_cycle(), {"algorithm": "mmd", "beta": 0.1}),
    ]
    for option, other, settings in others:
        with pytest.raises(ValueError, match=f"holds a run with another {option}: give the same options"):
            solved(other, path, **({"algorithm": "pcfr+"} | settings))
    with pytest.raises(ValueError, match=r"holds a run of 9 iterations, more than --iterations 4"):
        solved(game, path, 4, algorithm="pcfr+")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "settings"),
    [
        ("--beta", {"beta": 0.2}),
        ("--step-size", {"step_size": 0.1}),
        ("--average or --last", {"average": True}),
        ("initial policy", {"initial": np.array([0.2, 0.3, 0.5])}),
    ],
)
def test_normal_form_settings_are_part_of_what_a_run_is(option: str, settings: dict[str, Any], tmp_path: Path) -> None:
    common = {"algorithm": "mmd", "beta": 0.1, "tolerance": 0.0}
    solved(comal_cycle(), tmp_path / "state.npz", **common)
    with pytest.raises(ValueError, match=f"holds a run with another {option}"):
        solved(comal_cycle(), tmp_path / "state.npz", **common | settings)


def test_which_games_of_a_batch_are_settled_depends_on_the_tolerance(tmp_path: Path) -> None:
    batch = random_batch(3, 4, np.random.default_rng(0))
    solved(batch, tmp_path / "state.npz", beta=0.1, tolerance=1e-3)
    with pytest.raises(ValueError, match="holds a run with another --tolerance"):
        solved(batch, tmp_path / "state.npz", beta=0.1, tolerance=1e-4)


def test_the_identity_sees_the_magnet_itself(game: ExtensiveGame) -> None:
    chosen = algorithm("mmd")
    magnets = [uniform_policy(game), uniform_policy(game), random_policy(game, 0)]
    first, same, other = (start(game, chosen, magnet=magnet).identity() for magnet in magnets)
    assert first == same != other
    assert first != start(game, chosen).identity()


def _without(name: str) -> Any:
    return lambda header, arrays: (header.pop(name, None), arrays.pop(name, None))


def _header(**entries: Any) -> Any:
    return lambda header, arrays: header.update(entries)


def _array(name: str, change: Any) -> Any:
    return lambda header, arrays: arrays.update({name: change(arrays[name])})


DAMAGES = {
    "another format": _header(format=3),
    "no identity": _without("identity"),
    "no history": _without("history"),
    "seconds that are NaN": _header(seconds=float("nan")),
    "seconds without end": _header(seconds=float("inf")),
    "seconds below 0": _header(processor_seconds=-1.0),
    "seconds in words": _header(seconds="long"),
    "half an iteration": _header(done=2.5),
    "iterations below 0": _header(done=-1),
    "a history of later": _header(history=[{"iteration": 10, "exploitability": 0.1}]),
    "a history in disorder": _header(history=[{"iteration": 3}, {"iteration": 2}]),
    "a history of words": _header(history=[{"iteration": 3, "exploitability": "small"}]),
    "a history of unknown things": _header(history=[{"iteration": 3, "temper": 0.1}]),
    "a history that is none": _header(history=3),
    "an array missing": lambda header, arrays: arrays.pop(next(iter(arrays))),
    "an array of another shape": lambda header, arrays: arrays.update(
        {name: array[..., :-1] for name, array in arrays.items()}
    ),
    "an array of another type": lambda header, arrays: arrays.update(
        {name: array.astype(np.complex64) for name, array in arrays.items() if array.dtype.kind == "f"}
    ),
}
FAMILIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "preference": (comal_cycle(), {"algorithm": "mmd", "beta": 0.1, "tolerance": 0.0}),
    "extensive": ("kuhn_poker", {"algorithm": "pcfr+"}),
    "sampled": ("kuhn_poker", {"algorithm": "external-mccfr"}),
    "phantom": ("abrupt_dark_hex_2x2", {"algorithm": "pcfr+"}),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_damaged_state_is_refused_in_one_sentence(family: str, tmp_path: Path) -> None:
    kind, settings = FAMILIES[family]
    path = tmp_path / "state.npz"
    for damage, spoil in DAMAGES.items():
        path.unlink(missing_ok=True)
        solved(kind, path, **settings)
        header, arrays = parts_of(path)
        spoil(header, arrays)
        write(path, header, arrays)
        assert re.fullmatch(
            r".*state\.npz is not the state of a run that can go on: .*", error_of(kind, path, settings)
        ), damage


@pytest.mark.parametrize("content", [b"", b"not a file of arrays", b"PK\x03\x04 half an archive", None])
def test_a_file_that_is_no_state_is_refused(content: bytes | None, game: ExtensiveGame, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    if content is None:
        np.savez(path, header=np.zeros(3), state0=np.zeros(2), state1=np.zeros(2))
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="is not the state of a run"):
        solved(game, path)


def _first_extensive(header: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    lines = [{k: v for k, v in line.items() if k != "processor_seconds"} for line in header["history"]]
    kept = {name: header[name] for name in ("identity", "done", "seconds")}
    return {"format": 1, **kept, "history": lines}


def _first_sampled(header: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    arrays["done"] = np.int64(header["done"])
    names = "iteration", "exploitability", "duality_gap", "value", "infosets", "seconds"
    lines = [{name: line[name] for name in names} for line in header["history"]]
    return {"identity": header["identity"], "history": lines, "seconds": header["seconds"]}


def _first_phantom(header: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    names = "iteration", "value", "exploitability", "seconds", "processor_seconds"
    lines = [{name: line[name] for name in names} for line in header["history"]]
    plain = {name.removeprefix("--"): value for name, value in header["identity"].items()}
    identity = {
        "format": 1,
        **plain,
        "algorithm": "mmd" if plain["algorithm"] == "mmd-annealed" else plain["algorithm"],
    }
    return {"identity": identity, **{k: header[k] for k in ("done", "seconds", "processor_seconds")}, "history": lines}


@pytest.mark.parametrize(
    ("kind", "settings", "older"),
    [
        ("kuhn_poker", {"algorithm": "mmd", "alpha": 0.1}, _first_extensive),
        ("kuhn_poker", {"algorithm": "external-mccfr", "seed": 2}, _first_sampled),
        ("abrupt_dark_hex_2x2", {"algorithm": "mmd"}, _first_phantom),
        ("abrupt_dark_hex_2x2", {"algorithm": "pcfr+"}, _first_phantom),
    ],
)
def test_states_of_the_first_edition_are_read(kind: str, settings: dict[str, Any], older: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    solved(kind, path, **settings)
    header, arrays = parts_of(path)
    write(path, older(header, arrays), arrays)
    resumed, whole = solved(kind, path, 30, **settings), solvers.solve(kind, iterations=30, **settings)
    assert resumed.iterations == 30 and resumed.exploitability == whole.exploitability
    assert [point.exploitability for point in resumed.history] == [point.exploitability for point in whole.history]
