"""The state of a run on disk, so that interrupted long work goes on where it stopped, to the same bits.

A state file holds the arrays of both players, the iterations done, the seconds they took, the history, and what the run
is: game, algorithm and settings. It is replaced as a whole every minute, at an interrupt and at the end. Everything
that an iteration reads is in the arrays or is a function of its number, so a run that went on cannot be told from one
that was never interrupted, but for its seconds.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.files import whole_file
from games._base.interrupts import interrupts_held
from games.extensive import Policy
from games.extensive.store import DAMAGED
from solvers.extensive.evaluation import Evaluation
from solvers.extensive.solve import Run, iterate_to, next_measurement
from solvers.solution import Checkpoint

_FORMAT = 1  # raise it when the state of an algorithm changes its meaning
_EVERY = 60.0  # seconds between two states on disk
GROWTH = 1.15  # from one measurement to the next, in iterations

Report = Callable[[Checkpoint], None]


def _digest(arrays: Sequence[NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def identity(run: Run, policies: Mapping[str, Policy]) -> dict[str, Any]:
    """Return what a run is: two runs with the same identity have the same iterates.

    ``policies``: magnet and initial policy, where they are not the default.
    """
    game = run.game
    return {
        "game": _digest([array for group in (*game.treeplexes, *game.payoffs) for array in group]),
        "--algorithm": run.algorithm.name,
        "--step-size": repr(run.settings.step_size),
        "--alpha": repr(run.settings.temperature),
        "--parameters": dict(run.settings.parameters),
        "--average or --last": "average" if run.average else "last",
        "--alternating or --simultaneous": "alternating" if run.alternating else "simultaneous",
        **{f"--{name}": _digest(policies[name]) if name in policies else "none" for name in ("magnet", "initial")},
    }


def save(path: Path, run: Run, what: Mapping[str, Any], history: Sequence[Checkpoint], seconds: float) -> None:
    """Write the state of a run; raises ``OSError`` as the disk does."""
    header = {
        "format": _FORMAT,
        "identity": what,
        "done": run.done,
        "seconds": seconds,
        "history": [point.line() for point in history],
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, header=text, state0=run.states[0], state1=run.states[1])


def restore(path: Path, run: Run, what: Mapping[str, Any]) -> tuple[list[Checkpoint], float]:
    """Put a fresh run where the file left it; return (history, seconds), of nothing if there is no file.

    Raises ``ValueError`` if the file is not a state, or that of another run; the message names the option that differs.
    """
    if not path.exists():
        return [], 0.0
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            if header["format"] != _FORMAT:
                raise KeyError("format")
            states = file["state0"], file["state1"]
            found, done, seconds, lines = (header[name] for name in ("identity", "done", "seconds", "history"))
    except DAMAGED:
        raise ValueError(
            f"{path} is not the state of a run that can go on: delete it, or choose another --output"
        ) from None
    if different := [name for name, value in what.items() if found.get(name) != value]:
        raise ValueError(
            f"{path.parent} holds a run with another {different[0]}: give the same options to go on with it, or choose "
            "another --output"
        )
    for state, read in zip(run.states, states, strict=True):
        if state.shape != read.shape or state.dtype != read.dtype:
            raise ValueError(f"{path} was written by another version: delete it, or choose another --output")
        state[:] = read
    run.done = done
    history = [Checkpoint(**line) for line in lines]
    # The last measurement of a run with fewer --iterations may lie between those that a longer one makes.
    while len(history) > 1 and next_measurement(history[-2].iteration, GROWTH) != history[-1].iteration:
        history.pop()
    return history, seconds


def run_saved(
    run: Run,
    path: Path | None,
    policies: Mapping[str, Policy],
    *,
    iterations: int,
    tolerance: float,
    report: Report | None = None,
    every: float = _EVERY,
) -> tuple[list[Checkpoint], Evaluation, float]:
    """Advance a fresh run as ``iterate_to`` does, from where ``path`` left it, if there is such a file, and save it.

    Ctrl-C saves the run and raises ``KeyboardInterrupt`` with the sentence for the screen. Raises ``ValueError`` if the
    file belongs to another run or has more iterations than asked for.
    """
    what = identity(run, policies)
    history, seconds = ([], 0.0) if path is None else restore(path, run, what)
    if run.done > iterations:
        raise ValueError(
            f"{path and path.parent} holds a run of {run.done:,} iterations, more than --iterations {iterations:,}: "
            "ask for more, or choose another --output"
        )
    saved = time.monotonic()
    with interrupts_held() as interrupted:

        def pause(line: Sequence[Checkpoint], spent: float) -> None:
            nonlocal saved
            stop = interrupted()
            if path is not None and (stop or time.monotonic() - saved >= every):
                save(path, run, what, line, spent)
                saved = time.monotonic()
            if stop:
                kept = "nothing was written" if path is None else "the same command goes on from there"
                raise KeyboardInterrupt(f"interrupted after {run.done:,} iterations; {kept}")

        found = iterate_to(
            run,
            iterations=iterations,
            tolerance=tolerance,
            growth=GROWTH,
            report=report,
            history=history,
            seconds=seconds,
            pause=pause,
        )
        if path is not None:
            save(path, run, what, found[0], found[2])
    return found
