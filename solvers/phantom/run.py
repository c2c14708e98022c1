"""``solve("dark_hex", "pcfr+", iterations=100)``: run an algorithm on a phantom game, measured exactly, resumable."""

from __future__ import annotations

import json
import math
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from games.files import whole_file
from games.phantom.game import PhantomGame, phantom_game
from games.phantom.information_states import information_states
from games.phantom.policies import Policies
from solvers.extensive.checkpoint import interrupts_held
from solvers.phantom.evaluation import Evaluation, evaluate_checked
from solvers.phantom.iterate import Run, start

_FORMAT = 1
_DEFAULTS = {"mmd": (1.0, 1.0), "mmd-moving": (0.1, 1.0)}
_GROWTH = 1.3  # from one measurement to the next, in iterations
_EVERY = 600.0  # seconds between two states on disk: a state has up to nine gigabytes

Report = Callable[[int, float | None, float], None]


@dataclass(frozen=True)
class PhantomSolution:
    """What a run returns: policies with their exact evaluation, and the way there.

    ``history``: one dictionary (iteration, value, exploitability, seconds) a measurement; ``seconds`` are those of
    iterations alone, measurements and files left out.
    """

    game: PhantomGame
    algorithm: str
    policies: Policies
    evaluation: Evaluation
    iterations: int
    seconds: float
    history: tuple[dict[str, float], ...]
    eta: float
    alpha: float
    magnet_step: float

    def content(self) -> dict[str, Any]:
        """Return what ``solution.json`` says."""
        settings = {} if self.algorithm.endswith("cfr+") else {"eta": self.eta, "alpha": self.alpha}
        return {
            "game": self.game.name,
            "open_spiel_game": self.game.open_spiel_name,
            "algorithm": self.algorithm,
            **settings,
            **({"magnet_step": self.magnet_step} if self.algorithm == "mmd-moving" else {}),
            "value": self.evaluation.value,
            "best_response_values": list(self.evaluation.best_response_values),
            "exploitability": self.evaluation.exploitability,
            "nash_conv": self.evaluation.nash_conv,
            "iterations": self.iterations,
            "seconds": self.seconds,
            "history": list(self.history),
        }


def solve(
    game: str | PhantomGame,
    algorithm: str = "pcfr+",
    *,
    iterations: int = 100,
    eta: float | None = None,
    alpha: float | None = None,
    magnet_step: float = 0.05,
    checkpoint: Path | None = None,
    workers: int | None = None,
    report: Report | None = None,
) -> PhantomSolution:
    """Run ``algorithm`` ("cfr+", "pcfr+", "mmd", "mmd-moving"; ``solvers.phantom.iterate``) for so many iterations.

    The exploitability of what it returns is measured at iterations 1, 2, 3, 4, 6, ..., each about 1.3 times the one
    before, and at the end. ``checkpoint`` is a file that holds the whole run: it is written every ten minutes, at an
    interrupt and at the end, and a run goes on from there to the same bits. Raises ``ValueError`` for unknown games and
    algorithms, numbers that are not positive, and a checkpoint of another run.
    """
    found = phantom_game(game) if isinstance(game, str) else game
    default = _DEFAULTS.get(algorithm, (1.0, 1.0))
    numbers = {
        "eta": default[0] if eta is None else eta,
        "alpha": default[1] if alpha is None else alpha,
        "magnet_step": magnet_step,
    }
    for name, number in numbers.items():
        if not (number > 0.0 and math.isfinite(number)):
            raise ValueError(f"{name} must be positive and finite, not {number}")
    if iterations < 1:
        raise ValueError(f"the number of iterations must be at least 1, not {iterations}")
    run = start(information_states(found), algorithm, **numbers, workers=workers)
    history, seconds = restore(checkpoint, run) if checkpoint is not None and checkpoint.exists() else ([], 0.0)
    if run.done > iterations:
        raise ValueError(f"{checkpoint} holds {run.done} iterations, more than the {iterations} asked for")
    history, evaluation, seconds = _iterate(run, iterations, history, seconds, checkpoint, report)
    return PhantomSolution(found, algorithm, run.policies(), evaluation, run.done, seconds, tuple(history), **numbers)


def next_measurement(iteration: int) -> int:
    """Return the iteration of the measurement that follows one at ``iteration``."""
    return max(iteration + 1, round(iteration * _GROWTH))


def _measure(run: Run, history: list[dict[str, float]], seconds: float) -> Evaluation:
    evaluation = evaluate_checked(run.states, run.policies(), run.workers)
    line = {
        "iteration": run.done,
        "value": evaluation.value,
        "exploitability": evaluation.exploitability,
        "seconds": seconds,
    }
    history.append(line)
    return evaluation


def _iterate(
    run: Run,
    iterations: int,
    history: list[dict[str, float]],
    seconds: float,
    checkpoint: Path | None,
    report: Report | None,
) -> tuple[list[dict[str, float]], Evaluation, float]:
    saved = time.monotonic()
    last = int(history[-1]["iteration"]) if history else 0
    evaluation = None
    with interrupts_held() as interrupted:
        while run.done < iterations:
            began = time.perf_counter()
            run.advance()
            seconds += time.perf_counter() - began
            evaluation = None
            if run.done == next_measurement(last):
                evaluation, last = _measure(run, history, seconds), run.done
            if report is not None:
                report(run.done, history[-1]["exploitability"] if history else None, seconds)
            stop = interrupted()
            if checkpoint is not None and (stop or time.monotonic() - saved >= _EVERY):
                save(checkpoint, run, history, seconds)
                saved = time.monotonic()
            if stop:
                kept = "nothing was written" if checkpoint is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {run.done:,} iterations; {kept}")
    if checkpoint is not None:
        save(checkpoint, run, history, seconds)  # without the last measurement, which a longer run may not make
    if evaluation is None:
        history = [line for line in history if line["iteration"] < run.done]
        evaluation = _measure(run, history, seconds)
    return history, evaluation, seconds


def _identity(run: Run) -> dict[str, Any]:
    settings = {} if run.algorithm.endswith("cfr+") else {"eta": run.eta, "alpha": run.alpha}
    if run.algorithm == "mmd-moving":
        settings["magnet_step"] = run.magnet_step
    return {"format": _FORMAT, "game": run.states.game.name, "algorithm": run.algorithm, **settings}


def save(path: Path, run: Run, history: list[dict[str, float]], seconds: float) -> None:
    """Write the state of a run; raises ``OSError`` as the disk does."""
    header = {"identity": _identity(run), "done": run.done, "seconds": seconds, "history": history}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, header=text, **run.arrays())


def restore(path: Path, run: Run) -> tuple[list[dict[str, float]], float]:
    """Put a fresh run where the file left it and return (history, seconds).

    Raises ``ValueError`` if the file is not the state of a run, or that of another one.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            identity, done = header["identity"], int(header["done"])
            if identity == _identity(run):
                for name, array in run.arrays().items():
                    array[:] = file[name]
            history, seconds = list(header["history"]), float(header["seconds"])
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not the state of a run: delete it, or choose another output ({error})") from None
    if identity != _identity(run):
        raise ValueError(
            f"{path} belongs to the run {identity}, not to {_identity(run)}: give the same options, or choose another "
            "output"
        )
    run.done = done
    return history, seconds
