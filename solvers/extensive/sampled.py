"""The sampled methods at the command line: the game is played, not compiled, and the state is the infosets met.

Where the game is small enough to be compiled after all, the policy is measured on the way, like that of the others.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from games._base.errors import UsageError
from games._base.files import whole_file
from games._base.interrupts import interrupts_held
from games.extensive import ExtensiveGame, compile_game
from games.extensive.compile import estimate_histories
from games.extensive.store import DAMAGED
from games.version import __version__
from solvers.extensive.checkpoint import GROWTH
from solvers.extensive.evaluation import evaluate
from solvers.extensive.monte_carlo import MonteCarlo
from solvers.extensive.options import Options
from solvers.extensive.report import SAMPLED_TARGETS, game_line, line
from solvers.extensive.solve import next_measurement
from solvers.normal_form.command.outputs import tell_written, write_json

_MEASURED = 1_000_000  # histories: up to which the game is compiled to measure the policy
_EVERY = 60.0  # seconds between two states on disk
_PIECE = 0.3  # seconds of iterations between two looks at the clock

History = list[dict[str, Any]]


def _solver(options: Options) -> MonteCarlo:
    arguments: dict[str, Any] = options.arguments()
    settings: dict[str, Any] = dict(arguments.get("parameters", {}))
    if "alpha" in arguments:
        settings["alpha"] = float(arguments["alpha"].values(1, 1)[0])
    if "step_size" in arguments:
        settings["step_size"] = arguments["step_size"]
    if (options.game or "").endswith(".npz"):
        raise ValueError(f"{options.chosen} plays OpenSpiel games, and {options.game} is an array file")
    return MonteCarlo(options.game, options.chosen, seed=options.seed, **settings)  # type: ignore[arg-type]


def _identity(solver: MonteCarlo) -> dict[str, Any]:
    return {
        "game": str(solver.game),
        "--algorithm": solver.method,
        "--seed": solver.seed,
        "--alpha": solver.alpha,
        "--step-size": repr(solver.step_size),
        "--parameters": solver.exploration,
    }


def _save(path: Path, solver: MonteCarlo, history: History, seconds: float) -> None:
    header = json.dumps({"identity": _identity(solver), "history": history, "seconds": seconds})
    with whole_file(path) as temporary, temporary.open("wb") as file:
        arrays = solver.arrays() | {"header": np.frombuffer(header.encode(), np.uint8)}
        np.savez(file, allow_pickle=False, **arrays)


def _restore(path: Path | None, solver: MonteCarlo) -> tuple[History, float]:
    if path is None or not path.exists():
        return [], 0.0
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            arrays = {name: file[name] for name in solver.arrays()}
            found, history, seconds = header["identity"], header["history"], header["seconds"]
    except DAMAGED:
        raise ValueError(f"{path} is not the state of a sampled run: delete it, or choose another --output") from None
    if different := [name for name, value in _identity(solver).items() if found.get(name) != value]:
        raise ValueError(
            f"{path.parent} holds a run with another {different[0]}: give the same options to go on with it, or choose "
            "another --output"
        )
    solver.load(arrays)
    while history and next_measurement(history[-1]["iteration"] - 1, GROWTH) != history[-1]["iteration"]:
        history.pop()
    return history, seconds


def _measure(solver: MonteCarlo, game: ExtensiveGame | None, seconds: float) -> dict[str, Any]:
    found = None if game is None else evaluate(game, solver.policy(game))
    return {
        "iteration": solver.done,
        "exploitability": None if found is None else found.exploitability,
        "duality_gap": None if found is None else found.nash_conv,
        "value": None if found is None else found.value,
        "infosets": [len(part) for part in solver.infosets],
        "seconds": seconds,
    }


def _text(point: dict[str, Any]) -> str:
    measured = "" if point["exploitability"] is None else f", exploitability {point['exploitability']:.2e}"
    return f"iteration {point['iteration']:,}{measured}, {sum(point['infosets']):,} infosets met"


def _advance(
    console: Console, solver: MonteCarlo, options: Options, game: ExtensiveGame | None, state: Path | None
) -> History:
    """Run to the number of iterations asked for, saving on the way; return the measurements."""
    history, seconds = _restore(state, solver)
    if solver.done > options.iterations:
        raise ValueError(f"{options.output} holds a run of {solver.done:,} iterations: ask for more with --iterations")
    columns = (TextColumn(solver.method), BarColumn(30), TextColumn("{task.description}"), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task, piece, saved = bar.add_task("", total=options.iterations), 1, time.monotonic()
    with interrupts_held() as interrupted, bar:
        while solver.done < options.iterations:
            following = min(next_measurement(solver.done, GROWTH), options.iterations)
            count, began = min(piece, following - solver.done), time.perf_counter()
            solver.advance(count)
            taken = time.perf_counter() - began
            seconds += taken
            piece = max(1, min(4 * piece, int(count * _PIECE / max(taken, 1e-9))))
            if solver.done == following:
                history.append(_measure(solver, game, seconds))
                bar.update(task, completed=solver.done, description=_text(history[-1]))
            if state is not None and (interrupted() or time.monotonic() - saved >= _EVERY):
                _save(state, solver, history, seconds)
                saved = time.monotonic()
            if interrupted():
                kept = "nothing was written" if state is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {solver.done:,} iterations; {kept}")
        if not history or history[-1]["iteration"] != solver.done:
            history.append(_measure(solver, game, seconds))
        if state is not None:
            _save(state, solver, history, seconds)
    return history


def run_sampled(console: Console, options: Options, command: str) -> None:
    """Run a sampled method; raises ``UsageError`` with one sentence for bad input."""
    name, folder = options.game or "", options.output
    try:
        solver = _solver(options)
        game = compile_game(name) if estimate_histories(solver.game) <= _MEASURED else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        history = _advance(console, solver, options, game, None if folder is None else folder / "state.npz")
    except ValueError as error:
        raise UsageError(str(error)) from None
    last = history[-1]
    line(console, f"{name}: played, not compiled" if game is None else game_line(game, name))
    line(console, f"{solver.method}, seed {solver.seed}: {SAMPLED_TARGETS[solver.method]}")
    line(console, f"{_text(last)}, {last['seconds']:.3f} s")
    if game is None:
        line(console, "the game is too large to be compiled: neither value nor exploitability was measured")
    if folder is None:
        return
    solver.save_policy(folder / "policy.npz")
    alpha = solver.alpha if solver.method == "sampled-mmd" else None
    content = {
        "game": name,
        "algorithm": solver.method,
        "value": last["value"],
        "exploitability": last["exploitability"],
        "nash_conv": last["duality_gap"],
        "iterations": solver.done,
        "seconds": last["seconds"],
        "seed": solver.seed,
        "alpha": alpha,
        "step_size": None if alpha is None else str(solver.step_size),
        "exploration": solver.exploration if solver.method == "outcome-mccfr" else None,
        "infosets": last["infosets"],
        "version": __version__,
        "command": command,
        "history": history,
    }
    write_json(folder / "solution.json", content)
    tell_written(console, [folder / file for file in ("solution.json", "policy.npz", "state.npz")])
