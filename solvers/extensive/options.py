"""The options of ``python -m solvers.extensive``, and the game, algorithm and policies that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

from games._base.command_line import check_least, option, refuse_given
from games._base.errors import UsageError
from games._base.files import check_folder
from games.extensive import ExtensiveGame, Policy
from games.extensive.policies import load_policy, two_player_tables
from solvers.extensive.choice import AUTO, default_algorithm
from solvers.extensive.registry import (
    COMPLEMENTARITY,
    LINEAR_PROGRAM,
    SAMPLED,
    algorithm_names,
    name_of_form,
)
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.options import SolverOptions, check_exclusive, optional, parts_of_path, refuse
from solvers.output import one_sentence
from solvers.registry import ALL
from solvers.schedules import Constant

if TYPE_CHECKING:
    from solvers.extensive.locked import LockedGame

_LP_SEQUENCES = 10_000  # up to which --compare all has the linear program: above, it may take minutes


@dataclass(frozen=True)
class Options(SolverOptions):
    """Solve a two-player zero-sum extensive-form game, with an exact certificate."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help algorithm iterations tolerance output",
        "the algorithm": (
            "list-algorithms compare alpha form step-size parameters average last alternating "
            "simultaneous magnet initial"
        ),
        "sampled methods": "engine seed",
        "part of a policy given": "lock lock-player lock-weight",
        "what is kept": "policy plot export",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m solvers.extensive leduc_poker --algorithm pcfr+ --iterations 10000 --output runs/leduc",
        "python -m solvers.extensive leduc_poker --lock examples/data/bot.npz --lock-player 1 --lock-weight 0.5",
    )

    game: Annotated[Positional[str | None], arg(metavar="GAME", help_behavior_hint="")] = None
    """OpenSpiel string, as leduc_poker or "liars_dice(dice_sides=4)", a file of Gambit (*.efg, *.nfg) or of LiteEFG
    (*.game), or arrays (*.npz)."""
    algorithm: Annotated[
        str | None, optional("NAME", "auto: mmd if --alpha is given, else by the family of the game")
    ] = None
    """Which solver; --list-algorithms shows them."""
    alpha: Annotated[str | None, optional("SCHEDULE", "the algorithm's own")] = None
    """Temperature of a regularised algorithm, in units of utility: a number, or written as the step size. A list, as
    1,0.3,0.1, is a path: each starts from the policy of the one before."""
    form: Annotated[Literal["behavioral", "sequence"] | None, optional("behavioral|sequence", "sequence for mmd")] = (
        None
    )
    """Where mmd and its variants have their entropy: at every infoset, or dilated over the sequence form."""
    iterations: int = 1000
    """Iterations, at most; those of an earlier run in the same folder count."""
    tolerance: float = 0.0
    """Stop when the error is at most this part of the payoff range: the exploitability, or of a quantal response its
    gap or residual."""
    engine: Annotated[Literal["tree", "states"] | None, optional("tree|states", "tree, up to a million histories")] = (
        None
    )
    """What a sampled method walks over: a compact tree, compiled, or OpenSpiel's own states, in Python."""
    alternating: Annotated[bool, FlagCreatePairsOff] = False
    """Let player 1 answer player 0's new policy, whatever the algorithm is known for."""
    simultaneous: Annotated[bool, FlagCreatePairsOff] = False
    """Let both answer the old policies, whatever the algorithm is known for."""
    magnet: Annotated[Path | None, optional("policy.npz", "uniform")] = None
    """Policy that a regularised algorithm is drawn to: a blueprint, say."""
    initial: Annotated[Path | None, optional("policy.npz", "the magnet, or uniform")] = None
    """Policy to start from (warm start)."""
    lock: Annotated[Path | None, optional("FILE", "all is free")] = None
    """Policy, or part of one, that is held fixed at the infosets that it names, while the rest is solved."""
    lock_player: Annotated[int | None, optional("0|1", "both, as far as FILE names their infosets")] = None
    """The player whose infosets are locked."""
    lock_weight: float = 1.0
    """Probability with which the locked player keeps to the lock; below 1 the result is a restricted Nash response."""
    policy: Annotated[Path | None, optional("FILE", "policy.npz in --output")] = None
    """Write the policy there, too: *.npz, *.json, *.csv, or Gambit's behaviour profile, *.profile."""
    export: Annotated[Path | None, optional("FILE.efg", "solve it")] = None
    """Write the game as a Gambit file: of any number of players and any utilities, in place of solving it."""
    output: Annotated[Path | None, optional("DIR", "write nothing")] = None
    """Where the results go: solution.json, policy.npz, the state of the run, and the picture of a comparison."""
    plot: Annotated[Path | None, optional("FILE.png", "comparison.png in --output")] = None
    """Where a picture goes: with --compare, the exploitability of every algorithm."""

    def check(self) -> None:
        """Raise ``UsageError`` for what is wrong whatever the game is, before the game is compiled."""
        if self.game is None:
            raise UsageError("name a game: python -m solvers.extensive leduc_poker")
        check_least(self, iterations=0, tolerance=0, seed=0)
        check_exclusive(self, ("average", "last"), ("alternating", "simultaneous"))
        if self.plot is not None and self.compare is None:
            raise UsageError("--plot is the picture of a comparison: give --compare all, or --compare NAME,NAME")
        check_folder(self.output)
        self._check_lock()
        if len(self.stages()) > 1 and self.compare is not None:
            raise UsageError("--compare is of one --alpha, not of a path: give a single number")
        with one_sentence():
            for stage in self.stages():
                stage._check_algorithm()
            self.stages()[0].compared()

    def _check_lock(self) -> None:
        if self.engine is not None and self.chosen not in SAMPLED:
            raise UsageError(f"--engine is of the sampled methods, and {self.chosen} is none: leave it out")
        if self.lock is None and (self.lock_player is not None or self.lock_weight != 1.0):
            name = "--lock-weight" if self.lock_player is None else "--lock-player"
            raise UsageError(f"{name} is of a lock: give --lock FILE")
        if self.lock_player not in (None, 0, 1):
            raise UsageError(f"--lock-player must be 0 or 1, not {self.lock_player}")
        if not 0.0 <= self.lock_weight <= 1.0:
            raise UsageError(f"--lock-weight must be between 0 and 1, not {self.lock_weight}")

    @property
    def source(self) -> Path | None:
        """The file that the game is read from, if it is one."""
        return Path(self.game) if self.game is not None and Path(self.game).is_file() else None

    def stages(self) -> list[Options]:
        """Return the options of every temperature of a path; these options themselves where there is one or none."""
        if self.alpha is None or "," not in self.alpha:
            return [self]
        return [replace(self, alpha=part) for part in parts_of_path(self.alpha)]

    def _check_algorithm(self) -> None:
        arguments = self.arguments()
        given = {_typed(name, value): value for name, value in arguments.items()}
        policies = {option(name): path for name, path in self.policy_files().items()}
        if self.chosen in (LINEAR_PROGRAM, COMPLEMENTARITY):
            refuse_given(f"on {self.chosen}, which draws nothing", self, ("seed",))
            refuse(f"{self.chosen} is exact and", policies | given, "leave it out, or name another --algorithm")
        elif self.chosen in SAMPLED:
            given |= policies | {"--compare": self.compare, "--tolerance": self.tolerance or None}
            given |= {"--lock": self.lock, "--policy": self.policy}
            given.pop("--engine", None)
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
        name = self.algorithm
        if name is None or name == AUTO:
            name = self._default[0]
        try:
            return name_of_form(name, self.form)
        except ValueError as error:
            raise UsageError(f"{error}: leave --form out, or choose --algorithm mmd") from None

    @property
    def why(self) -> str:
        """Why the algorithm was chosen, if nobody named it."""
        return self._default[1] if self.algorithm in (None, AUTO) else ""

    @property
    def _default(self) -> tuple[str, str]:
        return default_algorithm(self.game or "", self.alpha is not None or self.form is not None)

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

    def locked(self, game: ExtensiveGame) -> LockedGame | None:
        """Return the game that ``--lock`` leaves, or None; raises ``UsageError`` if it does not fit."""
        if self.lock is None:
            return None
        try:
            from solvers.extensive.locked import locked_game  # compiled code: only where a policy is locked

            tables = two_player_tables(self.lock, game)
            return locked_game(game, tables, player=self.lock_player, weight=self.lock_weight)
        except ValueError as error:
            where = "" if str(self.lock) in str(error) else f" {self.lock}"
            raise UsageError(f"--lock{where}: {error}") from None

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
