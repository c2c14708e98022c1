"""The options of ``python -m solvers.extensive``, and the game, algorithm and policies that they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

from games._base.command_line import check_least, option, refuse_given
from games._base.errors import UsageError
from games._base.files import check_folder
from games.extensive import ExtensiveGame, Policy
from games.extensive.policies import load_policy
from solvers.extensive.registry import LINEAR_PROGRAM, SAMPLED, algorithm_names, default_algorithm, name_of_form
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.options import SolverOptions, check_exclusive, optional, refuse
from solvers.output import one_sentence
from solvers.registry import ALL
from solvers.schedules import Constant

_LP_SEQUENCES = 10_000  # up to which --compare all has the linear program: above, it may take minutes


@dataclass(frozen=True)
class Options(SolverOptions):
    """Solve a two-player zero-sum extensive-form game, with an exact certificate."""

    game: Annotated[Positional[str | None], arg(metavar="GAME", help_behavior_hint="")] = None
    """OpenSpiel string, as leduc_poker or "liars_dice(dice_sides=4)", a Gambit file (*.efg), or arrays (*.npz)."""
    algorithm: Annotated[str | None, optional("NAME", "mmd if --alpha is given, else pcfr+")] = None
    """Which solver; --list-algorithms shows them."""
    alpha: Annotated[str | None, optional("SCHEDULE", "the algorithm's own")] = None
    """Temperature of a regularised algorithm, in units of utility: a number, or as the step size."""
    form: Annotated[Literal["behavioral", "sequence"] | None, optional("behavioral|sequence", "sequence for mmd")] = (
        None
    )
    """Where mmd and its variants have their entropy: at every infoset, or dilated over the sequence form."""
    iterations: int = 1000
    """Iterations, at most; a run in --output that has done some goes on to this number."""
    tolerance: float = 0.0
    """Stop when the exploitability (quantal response: gap or residual) is at most this part of the payoff range."""
    alternating: Annotated[bool, FlagCreatePairsOff] = False
    """Let player 1 answer player 0's new policy, whatever the algorithm is known for."""
    simultaneous: Annotated[bool, FlagCreatePairsOff] = False
    """Let both answer the old policies, whatever the algorithm is known for."""
    magnet: Annotated[Path | None, optional("policy.npz", "uniform")] = None
    """Policy that a regularised algorithm is drawn to: a blueprint, say."""
    initial: Annotated[Path | None, optional("policy.npz", "the magnet, or uniform")] = None
    """Policy to start from (warm start)."""
    output: Annotated[Path | None, optional("DIR", "write nothing")] = None
    """Folder for solution.json, policy.npz, the state of the run, and the picture of a comparison."""
    plot: Annotated[Path | None, optional("FILE.png", "comparison.png in --output")] = None
    """Where the picture of --compare goes."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is, before the game is compiled."""
        if self.game is None:
            raise UsageError("name a game: python -m solvers.extensive leduc_poker")
        check_least(self, iterations=0, tolerance=0, seed=0)
        check_exclusive(self, ("average", "last"), ("alternating", "simultaneous"))
        if self.plot is not None and self.compare is None:
            raise UsageError("--plot is the picture of a comparison: give --compare all, or --compare NAME,NAME")
        check_folder(self.output)
        with one_sentence():
            self._check_algorithm()
            self.compared()

    def _check_algorithm(self) -> None:
        arguments = self.arguments()
        given = {_typed(name, value): value for name, value in arguments.items()}
        policies = {option(name): path for name, path in self.policy_files().items()}
        if self.chosen == LINEAR_PROGRAM:
            refuse_given("on lp, which draws nothing", self, ("seed",))
            refuse("lp is exact and", policies | given, "leave it out, or name another --algorithm")
        elif self.chosen in SAMPLED:
            given |= policies | {"--compare": self.compare, "--tolerance": self.tolerance or None}
            for name in ("--alpha", "--step-size") if self.chosen == "sampled-mmd" else ("--parameters",):
                given.pop(name, None)
            refuse(f"{self.chosen} is a sampled method and", given, "leave it out")
            SAMPLED[self.chosen].with_defaults(arguments.get("parameters"))
            if not isinstance(arguments.get("alpha", Constant(1.0)), Constant):
                raise UsageError("--alpha of sampled-mmd must be a number")
        else:
            refuse_given(f"on {self.chosen}, which draws nothing", self, ("seed",))
            algorithm = algorithm_by_name(self.chosen)
            algorithm.settings(*(arguments.get(name) for name in ("step_size", "alpha", "parameters")))
            if self.magnet is not None and algorithm.temperature is None:
                advice = "leave --magnet out, or choose a regularised --algorithm"
                raise UsageError(f"{algorithm.name} has no magnet: {advice}")

    @property
    def chosen(self) -> str:
        """The full name of the algorithm; ``UsageError`` if ``--form`` does not apply to it."""
        name = self.algorithm or default_algorithm(self.alpha is not None or self.form is not None)
        try:
            return name_of_form(name, self.form)
        except ValueError as error:
            raise UsageError(f"{error}: leave --form out, or choose --algorithm mmd") from None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``start`` apart from policies; ``ValueError`` for what cannot be read."""
        found = self.own_settings(step_size=True, alpha=False)
        if self.alternating or self.simultaneous:
            found["alternating"] = self.alternating
        return found

    def policy_files(self) -> dict[str, Path | None]:
        """Return the files of magnet and initial policy."""
        return {"magnet": self.magnet, "initial": self.initial}

    def policies(self, game: ExtensiveGame) -> dict[str, Policy]:
        """Return magnet and initial policy, where given; raises ``UsageError`` if they are not of this game."""
        found = {}
        for name, path in self.policy_files().items():
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
        if names == [ALL]:
            small = game is not None and sum(game.sequences) <= _LP_SEQUENCES
            names = [*algorithm_names(), *([LINEAR_PROGRAM] if small else [])]
        for name in names:
            if name != LINEAR_PROGRAM:
                algorithm_by_name(name)
        return [name for name in dict.fromkeys(names) if name != self.chosen]


def _typed(name: str, value: Any) -> str:
    """Return what was typed for an argument of ``start``."""
    if value is False:
        name = {"average": "last", "alternating": "simultaneous"}[name]
    return option(name)
