"""The options of ``python -m solvers.extensive``, and the game, algorithm and policies that they name."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

from games._base.errors import UsageError
from games.extensive import ExtensiveGame, Policy, compile_game
from games.extensive.policies import load_policy
from games.extensive.store import game_from_file
from solvers.extensive.registry import LINEAR_PROGRAM, algorithm_names, name_of_form
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.options import parameters_of, schedule_of
from solvers.schedules import Constant

SAMPLED = ("external-mccfr", "outcome-mccfr", "sampled-mmd")
"""The methods of ``solvers.extensive.monte_carlo``, which need no table of the game."""

COMPARE_ALL = "all"
DEFAULT = "pcfr+"
REGULARISED = "mmd"  # the default where an alpha is given
_LP_SEQUENCES = 10_000  # up to which --compare all has the linear program: above, it may take minutes


def _optional(metavar: str, default: str) -> Any:
    return arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


@dataclass(frozen=True)
class Options:
    """Solve a two-player zero-sum extensive-form game, with an exact certificate."""

    game: Annotated[Positional[str | None], arg(metavar="GAME", help_behavior_hint="")] = None
    """OpenSpiel string, as leduc_poker or "liars_dice(dice_sides=4)", a Gambit file (*.efg), or arrays (*.npz)."""
    algorithm: Annotated[str | None, _optional("NAME", f"{REGULARISED} if --alpha is given, else {DEFAULT}")] = None
    """Which solver; --list-algorithms shows them."""
    alpha: Annotated[str | None, _optional("SCHEDULE", "the algorithm's own")] = None
    """Temperature of a regularised algorithm, in units of utility: a number, or as the step size."""
    form: Annotated[Literal["behavioral", "sequence"] | None, _optional("behavioral|sequence", "sequence for mmd")] = (
        None
    )
    """Where mmd and its variants have their entropy: at every infoset, or dilated over the sequence form."""
    iterations: int = 1000
    """Iterations, at most; a run in --output that has done some goes on to this number."""
    tolerance: float = 0.0
    """Stop when the exploitability is at most this; for a quantal response, its gap or residual."""
    step_size: Annotated[str | None, _optional("SCHEDULE", "the algorithm's own")] = None
    """A number, or NUMBER/sqrt(t), NUMBER/t, NUMBER/t^POWER."""
    parameters: Annotated[str | None, _optional("NAME=VALUE,...", "the algorithm's own")] = None
    """Further numbers of an algorithm."""
    average: Annotated[bool, FlagCreatePairsOff] = False
    """Return the average of the iterates, whatever the algorithm is known for."""
    last: Annotated[bool, FlagCreatePairsOff] = False
    """Return the last iterate, whatever the algorithm is known for."""
    alternating: Annotated[bool, FlagCreatePairsOff] = False
    """Let player 1 answer player 0's new policy, whatever the algorithm is known for."""
    simultaneous: Annotated[bool, FlagCreatePairsOff] = False
    """Let both answer the old policies, whatever the algorithm is known for."""
    magnet: Annotated[Path | None, _optional("policy.npz", "uniform")] = None
    """Policy that a regularised algorithm is drawn to: a blueprint, say."""
    initial: Annotated[Path | None, _optional("policy.npz", "the magnet, or uniform")] = None
    """Policy to start from (warm start)."""
    seed: int = 0
    """Seed of the sampled methods."""
    compare: Annotated[str | None, _optional("all|NAME,NAME", "no comparison")] = None
    """Run other algorithms on the same game, too, each with its own settings, and show all of them."""
    output: Annotated[Path | None, _optional("DIR", "write nothing")] = None
    """Folder for solution.json, policy.npz, the state of the run, and the picture of a comparison."""
    plot: Annotated[Path | None, _optional("FILE.png", "comparison.png in --output")] = None
    """Where the picture of --compare goes."""
    list_algorithms: Annotated[bool, FlagCreatePairsOff] = False
    """Show the algorithms and stop."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is, before the game is compiled."""
        if self.game is None:
            raise UsageError("name a game: python -m solvers.extensive leduc_poker")
        for name, value in (("iterations", self.iterations), ("tolerance", self.tolerance)):
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"--{name} must be at least 0, not {value}")
        for one, other in (("average", "last"), ("alternating", "simultaneous")):
            if getattr(self, one) and getattr(self, other):
                raise UsageError(f"--{one} and --{other} exclude each other")
        if self.plot is not None and self.compare is None:
            raise UsageError("--plot is the picture of a comparison: give --compare all, or --compare NAME,NAME")
        if self.plot is not None and self.plot.suffix != ".png":
            raise UsageError(f"--plot must end in .png, not {self.plot.name!r}")
        if self.output is not None and self.output.exists() and not self.output.is_dir():
            raise UsageError(f"--output must be a folder, and {self.output} is a file")
        try:
            self._check_algorithm()
            self.compared()
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _check_algorithm(self) -> None:
        arguments = self.arguments()
        if self.chosen == LINEAR_PROGRAM:
            given = {"--magnet": self.magnet, "--initial": self.initial} | {
                _option(name, value): value for name, value in arguments.items()
            }
            for option, value in given.items():
                if value is not None:
                    raise UsageError(f"lp is exact and has no {option}: leave it out, or name another --algorithm")
            return
        if self.chosen in SAMPLED:
            self._check_sampled(arguments)
            return
        algorithm = algorithm_by_name(self.chosen)
        algorithm.settings(*(arguments.get(name) for name in ("step_size", "alpha", "parameters")))
        if self.magnet is not None and algorithm.temperature is None:
            raise UsageError(f"{algorithm.name} has no magnet: leave --magnet out, or choose a regularised --algorithm")

    def _check_sampled(self, arguments: dict[str, Any]) -> None:
        allowed = {"alpha", "step_size"} if self.chosen == "sampled-mmd" else {"parameters"}
        given = arguments | {"magnet": self.magnet, "initial": self.initial, "compare": self.compare}
        for name, value in (given | {"tolerance": self.tolerance or None}).items():
            if value is not None and name not in allowed:
                raise UsageError(f"{self.chosen} is a sampled method and has no {_option(name, value)}: leave it out")
        if unknown := sorted(set(arguments.get("parameters", {})) - {"exploration"}):
            raise UsageError(f"{self.chosen} has no parameter {unknown[0]!r}: it has exploration")
        if "alpha" in arguments and not isinstance(arguments["alpha"], Constant):
            raise UsageError("--alpha of sampled-mmd must be a number")

    @property
    def chosen(self) -> str:
        """The name of the algorithm; ``UsageError`` if ``--form`` does not apply to it."""
        name = self.algorithm or (DEFAULT if self.alpha is None and self.form is None else REGULARISED)
        try:
            return name_of_form(name, self.form)
        except ValueError as error:
            raise UsageError(f"{error}: leave --form out, or choose --algorithm {REGULARISED}") from None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``start`` apart from policies; ``ValueError`` for what cannot be read."""
        found: dict[str, Any] = {}
        for name in ("step_size", "alpha"):
            if (text := getattr(self, name)) is not None:
                found[name] = schedule_of("--" + name.replace("_", "-"), text, positive=name == "step_size")
        if self.parameters is not None:
            found["parameters"] = parameters_of(self.parameters)
        if self.average or self.last:
            found["average"] = self.average
        if self.alternating or self.simultaneous:
            found["alternating"] = self.alternating
        return found

    def policies(self, game: ExtensiveGame) -> dict[str, Policy]:
        """Return magnet and initial policy, where given; raises ``UsageError`` if they are not of this game."""
        found = {}
        for name, path in (("magnet", self.magnet), ("initial", self.initial)):
            if path is not None:
                try:
                    found[name] = load_policy(path, game)
                except ValueError as error:
                    where = "" if str(path) in str(error) else f" {path}"
                    raise UsageError(f"--{name}{where}: {error}") from None
        return found

    def compared(self, game: ExtensiveGame | None = None) -> list[str]:
        """Return the names that ``--compare`` adds to the algorithm itself; ``ValueError`` for one that is unknown.

        ``all`` has the linear program if the ``game`` is small.
        """
        if self.compare is None:
            return []
        names = [name_of_form(part.strip()) for part in self.compare.split(",")]
        if names == [COMPARE_ALL]:
            small = game is not None and sum(game.sequences) <= _LP_SEQUENCES
            names = [*algorithm_names(), *([LINEAR_PROGRAM] if small else [])]
        for name in names:
            if name != LINEAR_PROGRAM:
                algorithm_by_name(name)
        return [name for name in dict.fromkeys(names) if name != self.chosen]

    def read_game(self) -> ExtensiveGame:
        """Return the compiled game; raises ``UsageError`` with the sentence of what is wrong with it."""
        text = self.game or ""
        try:
            if text.endswith(".npz"):
                return game_from_file(Path(text))
            return compile_game(text, progress=sys.stderr.isatty())
        except ValueError as error:
            raise UsageError(str(error)) from None
        except MemoryError:
            raise UsageError(f"there is not enough memory for {text}") from None


def _option(name: str, value: Any) -> str:
    """Return what was typed for an argument of ``start``."""
    if value is False:
        name = {"average": "last", "alternating": "simultaneous"}[name]
    return "--" + name.replace("_", "-")
