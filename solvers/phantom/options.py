"""The options of ``python -m solvers.phantom``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from solvers.options import check_folder, check_numbers, optional


@dataclass(frozen=True)
class Options:
    """Solve Phantom Tic-Tac-Toe or Dark Hex with the exact gradient."""

    game: Positional[Annotated[str, arg(metavar="GAME")]]
    """phantom_ttt, abrupt_phantom_ttt, dark_hex, abrupt_dark_hex, a small board, or OpenSpiel's name."""
    algorithm: Literal["cfr+", "pcfr+", "mmd-annealed", "mmd-moving", "mmd"] = "pcfr+"
    """Counterfactual regret minimisation, plain or predictive, or magnetic mirror descent, annealed (mmd for short) or
    with a moving magnet."""
    iterations: int = 100
    """How many, those of an earlier run in the same folder included."""
    tolerance: float = 0.0
    """Stop when the exploitability is at most this part of the payoff range, which is 2."""
    eta: Annotated[float | None, optional("STEP", "1, moving 0.1")] = None
    """Step size of MMD; annealed, it is divided by the root of the iteration."""
    alpha: Annotated[float | None, optional("TEMPERATURE", "1")] = None
    """Temperature of MMD, likewise."""
    magnet_step: float = 0.05
    """How far the moving magnet follows the policy."""
    workers: Annotated[int | None, optional("THREADS", "all cores")] = None
    """Threads; the results do not depend on it."""
    output: Annotated[Path | None, optional("DIR", "write nothing")] = None
    """Folder for solution.json, policy.npz and state.npz."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is."""
        check_numbers(self, iterations=1, tolerance=0, workers=1)
        check_folder(self.output)
