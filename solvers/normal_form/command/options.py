"""The options that both commands have, checked, and as arguments of ``solve``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from tyro.conf import FlagCreatePairsOff, arg

from games._base.errors import UsageError
from solvers.normal_form.command.choice import COMPARE_ALL, LP, chosen, compared
from solvers.normal_form.feedback import Feedback
from solvers.options import parameters_of, schedule_of

FeedbackName = Literal["duels", "pairs", "rankings"]
_SAMPLES = 10
_LARGEST_SEED = 2**63 - 1


def _optional(metavar: str, default: str) -> Any:
    return arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


@dataclass(frozen=True)
class SolverOptions:
    """Options of every command that solves games in normal form."""

    algorithm: Annotated[
        str | None, _optional("NAME", "nash-mp if beta > 0, else lp, or prm+ where lp is no choice")
    ] = None
    """Which solver; --list-algorithms shows them."""
    beta: float = 0.0
    """Temperature of the regularised game, in units of the payoffs; 0: the game itself."""
    iterations: int = 100_000
    """Iterations, at most."""
    tolerance: float = 1e-9
    """Stop when the duality gap is at most this."""
    step_size: Annotated[str | None, _optional("SCHEDULE", "what the algorithm's theorem allows")] = None
    """A number, or NUMBER/sqrt(t), NUMBER/t, NUMBER/t^POWER."""
    temperature: Annotated[str | None, _optional("SCHEDULE", "the algorithm's own")] = None
    """Temperature over the iterations, for algorithms that anneal it; written as the step size."""
    parameters: Annotated[str | None, _optional("NAME=VALUE,...", "the algorithm's own")] = None
    """Further numbers of an algorithm."""
    average: Annotated[bool, FlagCreatePairsOff] = False
    """Return the average of the iterates, whatever the algorithm is known for."""
    last: Annotated[bool, FlagCreatePairsOff] = False
    """Return the last iterate, whatever the algorithm is known for."""
    feedback: Annotated[FeedbackName | None, _optional("duels|pairs|rankings", "exact")] = None
    """Learn from sampled comparisons instead of the exact table; the certificate stays exact."""
    samples: Annotated[int | None, _optional("INT", str(_SAMPLES))] = None
    """Opponents, pairs or ranked alternatives sampled at a time."""
    seed: int = 0
    """Seed of everything random."""
    compare: Annotated[str | None, _optional("all|NAME,NAME", "no comparison")] = None
    """Run other algorithms on the same input, too, each with its own step size, and show what each needed."""
    output: Annotated[Path | None, _optional("FILE.json", "write nothing")] = None
    """Where the solution goes."""
    plot: Annotated[Path | None, _optional("FILE.png", "none")] = None
    """Where a picture goes: the policy and its gap; with --compare, the gap of every algorithm."""
    workers: Annotated[int | None, _optional("INT", "one a core")] = None
    """Threads; the result is the same for any number."""
    list_algorithms: Annotated[bool, FlagCreatePairsOff] = False
    """Show the algorithms and stop."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is, before the game is read."""
        for name, value, least in (
            ("beta", self.beta, 0),
            ("iterations", self.iterations, 0),
            ("tolerance", self.tolerance, 0),
            ("samples", self.samples, 1),
            ("seed", self.seed, 0),
            ("workers", self.workers, 1),
        ):
            if value is not None and not (math.isfinite(value) and value >= least):
                raise UsageError(f"--{name} must be at least {least}, not {value}")
        if self.seed > _LARGEST_SEED:
            raise UsageError(f"--seed must not be larger than {_LARGEST_SEED}")
        if self.average and self.last:
            raise UsageError("--average and --last exclude each other")
        if self.samples is not None and self.feedback is None:
            raise UsageError("--samples needs --feedback duels, pairs or rankings")
        try:
            if self.algorithm is not None:
                chosen(self.algorithm)
                self.check_algorithm(self.algorithm)
            if self.compare is not None and self.compare != COMPARE_ALL:
                compared(self.compare, self.beta, exact=self.feedback is None)
            self.solve_arguments()
        except ValueError as error:
            raise UsageError(str(error)) from None

    def check_algorithm(self, name: str, why: str = "") -> None:
        """Raise ``UsageError`` for options that the linear program does not have; others say so themselves."""
        if name != LP:
            return
        if self.beta > 0.0:
            raise UsageError("lp solves the game itself: leave out --beta, or choose a regularised algorithm: nash-mp")
        given = {
            "--step-size": self.step_size,
            "--temperature": self.temperature,
            "--parameters": self.parameters,
            "--average": self.average or None,
            "--last": self.last or None,
            "--feedback": self.feedback,
        }
        for option, value in given.items():
            if value is not None:
                reason = f" ({why})" if why else ""
                raise UsageError(f"lp{reason} is exact and has no {option}: leave it out, or name another --algorithm")

    def sampled(self) -> Feedback | None:
        """Return how comparisons are sampled, if they are."""
        if self.feedback is None:
            return None
        return Feedback(self.feedback, _SAMPLES if self.samples is None else self.samples, self.seed)

    def limits(self) -> dict[str, Any]:
        """Return the arguments of ``solve`` that do not depend on the algorithm."""
        return {"iterations": self.iterations, "tolerance": self.tolerance, "workers": self.workers}

    def solve_arguments(self) -> dict[str, Any]:
        """Return the arguments of ``solve`` apart from game and algorithm; ``ValueError`` for what cannot be read."""
        arguments: dict[str, Any] = {"beta": self.beta, **self.limits()}
        if self.average or self.last:
            arguments["average"] = self.average
        for name in ("step_size", "temperature"):
            if (text := getattr(self, name)) is not None:
                arguments[name] = schedule_of("--" + name.replace("_", "-"), text, positive=True)
        if self.parameters is not None:
            arguments["parameters"] = parameters_of(self.parameters)
        if (feedback := self.sampled()) is not None:
            arguments["feedback"] = feedback
        return arguments

    def outputs(self) -> Sequence[tuple[str, Path | None, tuple[str, ...]]]:
        """Return option, path and suffixes allowed of every file that will be written."""
        return [("--output", self.output, (".json",)), ("--plot", self.plot, (".png",))]
