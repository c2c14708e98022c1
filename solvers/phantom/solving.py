"""``solve("dark_hex", "pcfr+", iterations=100)``: run an algorithm on a phantom game, measured exactly, resumable."""

from __future__ import annotations

import math
from pathlib import Path

from games.phantom.game import PhantomGame, phantom_game
from games.phantom.symmetry import folded
from solvers.checkpoint import Record, opened
from solvers.phantom.iterate import ALIASES, Run, start
from solvers.phantom.solution import PhantomSolution
from solvers.run import Report, Watch, drive

_DEFAULTS = {"mmd-annealed": (1.0, 1.0), "mmd-moving": (0.1, 1.0)}


def solve(
    game: str | PhantomGame,
    algorithm: str = "pcfr+",
    *,
    iterations: int = 100,
    tolerance: float = 0.0,
    eta: float | None = None,
    alpha: float | None = None,
    magnet_step: float = 0.05,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    workers: int | None = None,
) -> PhantomSolution:
    """Run an algorithm (``solvers.phantom.iterate``) and return a certified solution.

    Parameters
    ----------
    game : a phantom game or its name.
    algorithm : ``"cfr+"``, ``"pcfr+"``, ``"mmd-annealed"`` (or ``"mmd"``), ``"mmd-moving"``.
    iterations, tolerance : it stops after so many, or when the exploitability is at most the tolerance times the range
        of the payoffs, 2.
    eta, alpha, magnet_step : step size, temperature and rate of the magnet of mirror descent.
    report, watch : called at measurements – iterations 1, 2, 3, 4, 5, 6, 8, ..., each about 1.3 times the one before,
        and the last –, and on the way.
    checkpoint : a file that holds the whole run, from which it goes on to the same bits; written every ten minutes.
    workers : threads; the result does not depend on them.

    Raises
    ------
    ValueError
        One sentence for unknown games and algorithms, numbers that are not positive, and the checkpoint of another run.
    """
    found = phantom_game(game) if isinstance(game, str) else game
    name = ALIASES.get(algorithm, algorithm)
    steps = _DEFAULTS.get(name, (1.0, 1.0))
    numbers = {
        "eta": steps[0] if eta is None else eta,
        "alpha": steps[1] if alpha is None else alpha,
        "magnet_step": magnet_step,
    }
    for what, number in numbers.items():
        if not (number > 0.0 and math.isfinite(number)):
            raise ValueError(f"{what} must be positive and finite, not {number}")
    run = start(folded(found), name, **numbers, workers=workers)
    run.tolerance = tolerance
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))


def run_of_state(path: Path) -> tuple[Run, Record] | None:
    """Return the run whose state a file is, and what it measured; ``None`` if it is no such file.

    Raises ``OSError`` as the disk does.
    """
    try:
        with opened(path) as state:
            what = state.identity
            eta, alpha, magnet_step = (float(what.get(name, 1.0)) for name in ("--eta", "--alpha", "--magnet-step"))
            run = start(folded(phantom_game(what["game"])), what["--algorithm"], eta, alpha, magnet_step)
            run.load(state.arrays)
    except ValueError:
        return None
    run.done = state.done
    return run, state.record
