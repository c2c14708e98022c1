"""``solve`` with a progress bar, and errors and interrupts as a command has them: one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import numpy as np
from rich.console import Console

from games._base.errors import UsageError
from games._base.interrupts import check_interrupted
from games.preference import PreferenceGame
from solvers.normal_form.command.choice import LP
from solvers.normal_form.problem import Game
from solvers.normal_form.solution import NormalFormSolution
from solvers.normal_form.solve import solve
from solvers.progress import progress_bar
from solvers.solution import Checkpoint

_SMALL = PreferenceGame(np.array([[0.5, 0.6], [0.4, 0.5]]))


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn the library's ``ValueError``, and a lack of memory, into ``UsageError``."""
    try:
        yield
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from None
    except MemoryError:
        raise UsageError("there is not enough memory for a game of this size") from None


def _gap(point: Checkpoint) -> str:
    return f"gap {point.duality_gap:.1e}"


def solve_shown(
    console: Console, game: Game, algorithm: str, title: str | None = None, **arguments: Any
) -> NormalFormSolution:
    """Solve with a progress bar; raises ``UsageError`` for settings without meaning.

    One iteration (for lp, a small game) goes before, so that the seconds of the solution do not contain those of
    loading and compiling.
    """
    done = 0
    try:
        with one_sentence():
            with console.status("loading the compiled solvers (compiling them, the first time)"):
                if algorithm == LP:
                    solve(_SMALL, LP)
                else:
                    solve(game, algorithm, **arguments | {"iterations": min(1, arguments["iterations"])})
            limits = arguments["iterations"], arguments["tolerance"]
            with progress_bar(console, title or algorithm, *limits, attrgetter("duality_gap"), _gap) as bar:

                def report(point: Checkpoint) -> None:
                    nonlocal done
                    done = point.iteration
                    check_interrupted()
                    bar(point)

                return solve(game, algorithm, report=report, **arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted after {done:,} iterations of {algorithm}; nothing was written") from None
