"""The options of ``python -m solvers.phantom``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import Positional, arg

from games._base.command_line import check_least, check_most, check_workers, refuse_given
from games._base.files import check_folder
from solvers.options import optional

_MAGNET_STEP = 0.05


@dataclass(frozen=True)
class Options:
    """Solve Phantom Tic-Tac-Toe or Dark Hex with the exact gradient."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help algorithm iterations tolerance workers output",
        "the algorithm": "eta alpha magnet-step",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m solvers.phantom phantom_ttt --algorithm pcfr+ --iterations 30 --output runs/phantom",
        "python -m solvers.phantom abrupt_dark_hex_2x2 --algorithm mmd --iterations 100",
    )

    game: Positional[Annotated[str, arg(metavar="GAME")]]
    """phantom_ttt, abrupt_phantom_ttt, dark_hex, abrupt_dark_hex, a small board, or OpenSpiel's name."""
    algorithm: Literal["cfr+", "pcfr+", "mmd-annealed", "mmd-moving", "mmd"] = "pcfr+"
    """Which solver: counterfactual regret minimisation, plain or predictive, or magnetic mirror descent, annealed (mmd
    for short) or with a moving magnet."""
    iterations: int = 100
    """Iterations, at most; those of an earlier run in the same folder count."""
    tolerance: float = 0.0
    """Stop when the error is at most this part of the payoff range: the exploitability, and the range is 2."""
    eta: Annotated[float | None, optional("FLOAT", "1, moving 0.1")] = None
    """Step size of mirror descent; per unit of utility. Annealed, it is divided by the root of the iteration."""
    alpha: Annotated[float | None, optional("FLOAT", "1")] = None
    """Temperature of a regularised algorithm, in units of utility: of MMD; annealed, it is divided by that root,
    too."""
    magnet_step: Annotated[float | None, optional("FLOAT", str(_MAGNET_STEP))] = None
    """Share of the way to the policy that the moving magnet goes in an iteration."""
    workers: Annotated[int | None, optional("INT", "one a core")] = None
    """Workers side by side: threads; the result is the same for any number."""
    output: Annotated[Path | None, optional("DIR", "write nothing")] = None
    """Where the results go: solution.json, policy.npz and state.npz."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is."""
        check_least(self, iterations=1, tolerance=0)
        check_most(self, magnet_step=1)
        check_workers(self)
        if not self.algorithm.startswith("mmd"):
            refuse_given(
                f"on {self.algorithm}", self, ("eta", "alpha"), "leave it out, or choose an --algorithm of MMD"
            )
        if self.algorithm != "mmd-moving":
            refuse_given(f"on {self.algorithm}", self, ("magnet_step",), "leave it out, or choose mmd-moving")
        check_folder(self.output)

    @property
    def rate(self) -> float:
        """How far the moving magnet follows the policy."""
        return _MAGNET_STEP if self.magnet_step is None else self.magnet_step
