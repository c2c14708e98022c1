"""The options that the commands ``solvers.preference`` and ``solvers.matrix`` share, and as arguments of ``solve``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import FlagCreatePairsOff, arg  # noqa: F401  (annotations of the base class are looked up here)

from games._base.command_line import check_least, check_workers, option
from games._base.errors import UsageError
from solvers.normal_form.choice import LINEAR_PROGRAM, compared
from solvers.normal_form.leaderboard import ROWS
from solvers.normal_form.registry import REGISTRY
from solvers.options import SolverOptions, check_exclusive, optional, parts_of_path, refuse
from solvers.output import Outputs, one_sentence
from solvers.registry import ALL

if TYPE_CHECKING:
    from solvers.normal_form.feedback import Feedback

_SAMPLES = 10
PATH = "path"
"""The word for a path from the reference to nearly the game itself."""
_PER_DECADE = 8  # temperatures of that path


@dataclass(frozen=True)
class NormalFormOptions(SolverOptions):
    """Options of every command that solves games in normal form."""

    algorithm: Annotated[
        str | None, optional("NAME", "nash-mp if beta > 0, else lp, or prm+ where lp is no choice")
    ] = None
    """Which solver; --list-algorithms shows them."""
    betas: Annotated[str, arg(name="beta", metavar="FLOAT[,FLOAT,...]|path")] = "0"
    """Temperature of the regularised game, in units of the payoffs; 0: the game itself. A list, as 1,0.3,0.1, is a
    path: each starts from the policy of the one before; path: from 10 to 0.001 of the payoff range."""
    iterations: int = 100_000
    """Iterations, at most."""
    tolerance: float = 1e-9
    """Stop when the error is at most this part of the payoff range: the duality gap (the range is 1 in preference
    games)."""
    temperature: Annotated[str | None, optional("SCHEDULE", "the algorithm's own")] = None
    """Temperature over the iterations, in units of the payoffs, for algorithms that anneal it; written as the step
    size."""
    feedback: Annotated[
        Literal["duels", "pairs", "teams", "rankings"] | None, optional("duels|pairs|teams|rankings", "exact")
    ] = None
    """Learn from sampled comparisons instead of the exact table; the certificate stays exact."""
    samples: Annotated[int | None, optional("INT", str(_SAMPLES))] = None
    """Opponents, pairs or ranked alternatives sampled at a time."""
    output: Annotated[Path | None, optional("FILE.json", "write nothing")] = None
    """Where the results go: the solution."""
    plot: Annotated[Path | None, optional("FILE.png", "write nothing")] = None
    """Where a picture goes: the policy and its gap; with --compare, the gap of every algorithm; of a path, the policy
    at each temperature (path.png beside --output)."""
    csv: Annotated[Path | None, optional("FILE.csv", "write nothing")] = None
    """Where the leaderboard goes: every action with its rank, probability, score, range and interval; of a path, for
    each temperature (path.csv beside --output)."""
    rows: Annotated[str, arg(metavar="INT|all")] = str(ROWS)
    """How many actions of a policy are printed."""
    state: Annotated[Path | None, optional("FILE.npz", "write nothing")] = None
    """Where the state of the run is kept, from which the same command goes on; of a path, a file a temperature."""
    workers: Annotated[int | None, optional("INT", "one a core")] = None
    """Workers side by side: threads; the result is the same for any number."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is, before the game is read."""
        self._check_betas()
        check_least(self, iterations=0, tolerance=0, samples=1, seed=0)
        check_workers(self)
        if self.is_path and self.compare is not None:
            raise UsageError("--compare is of one --beta, not of a path: give a single number")
        if self.rows != ALL and not (self.rows.isdecimal() and int(self.rows) > 0):
            raise UsageError(f"--rows must be a whole number above 0, or {ALL}, not {self.rows!r}")
        check_exclusive(self, ("average", "last"))
        if self.samples is not None and self.feedback is None:
            raise UsageError("--samples needs --feedback duels, pairs, teams or rankings")
        with one_sentence():
            if self.algorithm is not None:
                self.check_algorithm(self.algorithm)
            if self.compare is not None and self.compare != ALL:
                compared(self.compare, self.beta, exact=self.feedback is None)
            self.solve_arguments()

    def _check_betas(self) -> None:
        for beta in self.path():
            if not (math.isfinite(beta) and beta >= 0.0):
                raise UsageError(f"--beta must be at least 0, not {beta}")
        if len(set(self.path())) < len(self.path()):
            raise UsageError("--beta names a temperature twice: name each once")

    @property
    def is_path(self) -> bool:
        """Whether more than one temperature is asked for."""
        return len(self.path()) > 1

    @property
    def beta(self) -> float:
        """The temperature, of a path the last one."""
        return self.path()[-1]

    def path(self, unit: float = 1.0) -> list[float]:
        """Return the temperatures in the order in which they are solved; ``unit`` is the range of the payoffs."""
        if self.betas == PATH:
            return [unit * 10.0 ** (1.0 - k / _PER_DECADE) for k in range(4 * _PER_DECADE + 1)]
        found = []
        for part in parts_of_path(self.betas):
            try:
                found.append(float(part))
            except ValueError:
                raise UsageError(f"--beta must be a number, numbers as 1,0.3,0.1, or {PATH}, not {part!r}") from None
        return found

    def states(self, betas: Sequence[float]) -> list[Path | None]:
        """Return where the run of each temperature of a path is kept: beside ``--state``."""
        if self.state is None:
            return [None] * len(betas)
        return [self.state.with_name(f"{self.state.stem}-beta-{beta:g}.npz") for beta in betas]

    @property
    def table(self) -> Path | None:
        """Where the table goes; that of a path beside ``--output``, if nothing else is said."""
        return self._beside(self.csv, "path.csv")

    @property
    def picture(self) -> Path | None:
        """Where the picture goes, likewise."""
        return self._beside(self.plot, "path.png")

    def _beside(self, own: Path | None, name: str) -> Path | None:
        return self.output.with_name(name) if own is None and self.is_path and self.output is not None else own

    @property
    def random(self) -> bool:
        """Whether anything is drawn at random."""
        return self.feedback is not None

    def check_algorithm(self, name: str, why: str = "") -> None:
        """Raise ``ValueError`` for an unknown name, and for options that the linear program does not have.

        ``why`` it was chosen, if nobody named it. Other algorithms say themselves what they do not have.
        """
        if name != LINEAR_PROGRAM:
            REGISTRY.load(name)
            return
        if max(self.path()) > 0.0 and not why:
            raise UsageError("lp solves the game itself: leave out --beta, or choose a regularised algorithm: nash-mp")
        names = (
            "step_size",
            "temperature",
            "parameters",
            "average",
            "last",
            "feedback",
            *(() if self.is_path else ("state",)),
        )
        given = {option(name): getattr(self, name) or None for name in names}
        refuse(f"lp{f' ({why})' if why else ''} is exact and", given, "leave it out, or name another --algorithm")

    def sampled(self) -> Feedback | None:
        """Return how comparisons are sampled, if they are."""
        from solvers.normal_form.feedback import Feedback

        if self.feedback is None:
            return None
        return Feedback(self.feedback, _SAMPLES if self.samples is None else self.samples, self.seed)

    @property
    def shown(self) -> int | None:
        """How many actions are printed; ``None``: all."""
        return None if self.rows == ALL else int(self.rows)

    def limits(self) -> dict[str, Any]:
        """Return the arguments of ``solve`` that do not depend on the algorithm."""
        return {"iterations": self.iterations, "tolerance": self.tolerance, "workers": self.workers}

    def solve_arguments(self) -> dict[str, Any]:
        """Return the arguments of ``solve`` apart from game and algorithm; ``ValueError`` for what cannot be read."""
        arguments = {"beta": self.beta, **self.limits(), **self.own_settings(step_size=True, temperature=True)}
        if (feedback := self.sampled()) is not None:
            arguments["feedback"] = feedback
        return arguments

    def origin(self) -> dict[str, Any]:
        """Return what ``solution.json`` says of where the numbers come from."""
        return {"feedback": self.feedback, "seed": self.seed}

    def outputs(self) -> Outputs:
        """Return option, path and suffixes allowed of every file that will be written."""
        files = [("--output", self.output, (".json",)), ("--plot", self.picture, (".png",))]
        return [*files, ("--csv", self.table, (".csv",)), ("--state", self.state, (".npz",))]
