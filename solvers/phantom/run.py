"""``solve("dark_hex", "pcfr+", iterations=100)``: run an algorithm on a phantom game, measured exactly, resumable."""

from __future__ import annotations

import json
import math
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from games._base.files import whole_file
from games._base.interrupts import interrupts_held
from games.phantom.game import PhantomGame, phantom_game
from games.phantom.policies import Policies
from games.phantom.symmetry import fold, folded
from solvers.phantom.evaluation import Evaluation, evaluate_checked
from solvers.phantom.iterate import Run, start
from solvers.phantom.tables import tables

_FORMAT = 1
_DEFAULTS = {"mmd": (1.0, 1.0), "mmd-moving": (0.1, 1.0)}
_GROWTH = 1.3  # from one measurement to the next, in iterations
_EVERY = 600.0  # seconds between two states on disk: a state has up to five gigabytes

Report = Callable[[int, float | None, float], None]


@dataclass(frozen=True)
class PhantomSolution:
    """What a run returns: policies with their exact evaluation, and the way there.

    ``history``: one dictionary (iteration, value, exploitability, seconds, processor_seconds) a measurement; seconds
    are those of iterations alone, measurements and files left out, by the clock and of all cores.
    """

    game: PhantomGame
    algorithm: str
    policies: Policies
    evaluation: Evaluation
    iterations: int
    seconds: float
    processor_seconds: float
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
            "processor_seconds": self.processor_seconds,
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
    run = start(folded(found), algorithm, **numbers, workers=workers)
    record = restore(checkpoint, run) if checkpoint is not None and checkpoint.exists() else Record()
    if run.done > iterations:
        raise ValueError(f"{checkpoint} holds {run.done} iterations, more than the {iterations} asked for")
    _iterate(run, iterations, record, checkpoint, report)
    evaluation = evaluate_checked(run.states, run.kept_policies(), workers)
    kept = [line for line in record.history if line["iteration"] < run.done]
    history = (*kept, record.line(run.done, evaluation))
    spent = record.seconds, record.processor_seconds
    return PhantomSolution(found, algorithm, run.policies(), evaluation, run.done, *spent, history, **numbers)


@dataclass
class Record:
    """What a run has measured and spent so far (see ``PhantomSolution``)."""

    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0

    def line(self, iteration: int, evaluation: Evaluation) -> dict[str, float]:
        """Return a line of the history."""
        return {
            "iteration": iteration,
            "value": evaluation.value,
            "exploitability": evaluation.exploitability,
            "seconds": self.seconds,
            "processor_seconds": self.processor_seconds,
        }


def next_measurement(iteration: int) -> int:
    """Return the iteration of the measurement that follows one at ``iteration``."""
    return max(iteration + 1, round(iteration * _GROWTH))


def _iterate(run: Run, iterations: int, record: Record, checkpoint: Path | None, report: Report | None) -> None:
    _prepare(run)
    saved = time.monotonic()
    history = record.history
    with interrupts_held() as interrupted:
        while run.done < iterations:
            began = time.perf_counter(), time.process_time()
            run.advance()
            record.seconds += time.perf_counter() - began[0]
            record.processor_seconds += time.process_time() - began[1]
            if run.done == next_measurement(int(history[-1]["iteration"]) if history else 0):
                evaluation = evaluate_checked(run.states, run.kept_policies(), run.workers)
                history.append(record.line(run.done, evaluation))
            if report is not None:
                report(run.done, history[-1]["exploitability"] if history else None, record.seconds)
            stop = interrupted()
            if checkpoint is not None and (stop or time.monotonic() - saved >= _EVERY):
                save(checkpoint, run, record)
                saved = time.monotonic()
            if stop:
                kept = "nothing was written" if checkpoint is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {run.done:,} iterations; {kept}")
    if checkpoint is not None:
        save(checkpoint, run, record)


def _prepare(run: Run) -> None:
    """Compile, and build the game's tables, which is no part of an iteration."""
    numbers = run.eta, run.alpha, run.magnet_step
    start(folded(phantom_game("dark_hex_2x2")), run.algorithm, *numbers, workers=run.workers).advance()
    tables(run.states.game)


def _identity(run: Run) -> dict[str, Any]:
    settings = {} if run.algorithm.endswith("cfr+") else {"eta": run.eta, "alpha": run.alpha}
    if run.algorithm == "mmd-moving":
        settings["magnet_step"] = run.magnet_step
    return {"format": _FORMAT, "game": run.states.game.name, "algorithm": run.algorithm, **settings}


def save(path: Path, run: Run, record: Record) -> None:
    """Write the state of a run; raises ``OSError`` as the disk does."""
    header = {"identity": _identity(run), "done": run.done, **asdict(record)}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, header=text, **run.arrays())


def run_of_state(path: Path) -> tuple[Run, Record] | None:
    """Return the run whose state a file is, and what it measured; ``None`` if it is no such file.

    Raises ``OSError`` as the disk does.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            identity = json.loads(file["header"].tobytes())["identity"]
            game, algorithm = phantom_game(identity["game"]), identity["algorithm"]
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    eta, alpha, magnet_step = (float(identity.get(name, 1.0)) for name in ("eta", "alpha", "magnet_step"))
    run = start(folded(game), algorithm, eta, alpha, magnet_step)
    return run, restore(path, run)


def restore(path: Path, run: Run) -> Record:
    """Put a fresh run where the file left it and return what was measured.

    Files of earlier versions, with arrays of all information states, are read, too. Raises ``ValueError`` if the file
    is not the state of a run, or that of another one.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            identity, done = header["identity"], int(header["done"])
            if identity == _identity(run):
                for name, array in run.arrays().items():
                    saved = file[name]
                    array[:] = saved if saved.shape == array.shape else fold(run.states, int(name[-1]), saved)
            seconds = float(header["seconds"])
            record = Record(list(header["history"]), seconds, float(header.get("processor_seconds", seconds)))
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not the state of a run: delete it, or choose another output ({error})") from None
    if identity != _identity(run):
        raise ValueError(
            f"{path} belongs to the run {identity}, not to {_identity(run)}: give the same options, or choose another "
            "output"
        )
    run.done = done
    return record
