"""An extensive-form algorithm at work on a game: what the driver of ``solvers.run`` advances, measures and saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.extensive import ExtensiveGame, Policy
from games.extensive.policies import checked_policy, uniform_policy
from games.extensive.reach import Reach, no_reach, reach_of
from solvers.checkpoint import Arrays, Record, digest, fill
from solvers.evaluation import Evaluation
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.evaluation import behavioural_policy, evaluate
from solvers.extensive.iterate import realise_policy, run
from solvers.extensive.quantal_response import agent_residual, regularised_gap
from solvers.extensive.rounding import Rounding, squared_limit
from solvers.extensive.solution import ExtensiveSolution, largest_utility, payoff_range
from solvers.extensive.state import AVERAGE, MAGNET, MEMORY, POLICY
from solvers.run import Iterating, Pace
from solvers.schedules import Schedule
from solvers.solution import NONE, Checkpoint, Result, reachable, unreachable

FloatArray = NDArray[np.float64]


_ROUNDING = 1e-9  # of the first distance: below, what is left may be rounding errors, which do not fall


@dataclass
class Run(Iterating):
    """An algorithm at work on a game.

    ``states``: [rows, sequences] of each player; ``given``: hashes of the policies that were given, by name.
    """

    algorithm: Algorithm
    game: ExtensiveGame
    settings: Settings
    average: bool
    alternating: bool
    states: tuple[FloatArray, FloatArray]
    reaches: tuple[Reach, Reach]
    given: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Iterating.pace
    tolerance: float = 0.0
    done: int = 0
    _evaluated: tuple[int, Evaluation] | None = field(default=None, init=False)

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""
        keep_average = self.average or self.algorithm.returns == "average"
        numbers = self.algorithm.iteration_numbers(self.settings, self.done + 1, count, keep_average)
        run(self.algorithm.step, self.game, self.states, numbers, self.alternating, self.reaches)
        self.done += count

    def policy(self) -> Policy:
        """Return what the algorithm returns so far: the average or the current policy; NaN where numbers overflowed."""
        if self.average and self.done > 0:
            if not all(np.isfinite(state[AVERAGE]).all() for state in self.states):
                return np.full_like(self.states[0][AVERAGE], np.nan), np.full_like(self.states[1][AVERAGE], np.nan)
            first, second = (behavioural_policy(self.game, self.states[player][AVERAGE], player) for player in (0, 1))
        else:
            first, second = (np.array(state[POLICY]) for state in self.states)
        return first, second

    def evaluation(self) -> Evaluation:
        """Return the evaluation of what the run returns so far: NaN once it is no longer finite."""
        if self._evaluated is None or self._evaluated[0] != self.done:
            policy = self.policy()
            finite = all(np.isfinite(part).all() for part in policy)
            found = evaluate(self.game, policy) if finite else Evaluation((np.nan, np.nan), (np.nan, np.nan))
            self._evaluated = self.done, found
        return self._evaluated[1]

    @cached_property
    def _rounding(self) -> Rounding:
        return Rounding(self.game)

    @property
    def _alpha(self) -> float:
        return float(self.settings.temperature.values(max(self.done, 1), 1)[0])

    def _wanted(self) -> tuple[float, float, float]:
        """Return what the tolerance allows of the distance that decides, what rounding may hide of it, and the limit.

        The tolerance is a part of the payoff range; of a residual, which is a probability, it is the residual itself.
        """
        wanted, alpha = self.tolerance * payoff_range(self.game), self._alpha
        if self.algorithm.target == "nash" or alpha <= 0.0:
            hidden = self._rounding.exploitability
        elif self.algorithm.target == "quantal-response":
            hidden = self._rounding.gap(alpha)
            return wanted, hidden, squared_limit(wanted, hidden)
        else:
            wanted, hidden = self.tolerance, self._rounding.residual(alpha)
        return wanted, hidden, reachable(wanted, hidden)

    @property
    def limit(self) -> float:
        return self._wanted()[2]

    def certificate(self) -> float | None:
        """Return the distance from a regularised target, or None where the exploitability is that."""
        alpha = self._alpha
        if self.algorithm.target == "nash" or alpha <= 0.0 or not np.isfinite(self.evaluation().nash_conv):
            return None
        magnets = (self.states[0][MAGNET], self.states[1][MAGNET])
        if self.algorithm.target == "quantal-response":
            return regularised_gap(self.game, self.policy(), alpha, magnets)
        return agent_residual(self.game, self.policy(), alpha, magnets, self.reaches)

    def measure(self) -> Checkpoint:
        """Return the exact distances of what the run returns so far."""
        found = self.evaluation()
        return Checkpoint(
            iteration=self.done,
            queries=self.done * 2 * len(self.game.payoffs[0].column),
            duality_gap=found.nash_conv,
            exploitability=found.exploitability,
            distance=self.certificate(),
        )

    def identity(self) -> dict[str, Any]:
        """Return what the run is; policies by their hashes."""
        game = self.game
        return {
            "game": digest(array for group in (*game.treeplexes, *game.payoffs) for array in group),
            **self.algorithm.told(self.settings),
            "--average or --last": "average" if self.average else "last",
            "--alternating or --simultaneous": "alternating" if self.alternating else "simultaneous",
            **{f"--{name}": self.given.get(name, "none") for name in ("magnet", "initial")},
        }

    def arrays(self) -> dict[str, FloatArray]:
        """Return the states of both players."""
        return {"state0": self.states[0], "state1": self.states[1]}

    def load(self, arrays: Arrays) -> None:
        """Take up the states of another run of the same identity."""
        fill(self.arrays(), arrays)
        if not all(np.isfinite(state[POLICY]).all() for state in self.states):
            return  # numbers overflowed, and the run says so
        checked_policy(self.game, [state[POLICY] for state in self.states])
        if any((state[AVERAGE] < 0.0).any() for state in self.states):
            raise ValueError("an average has no negative weights")

    def solution(self, record: Record) -> ExtensiveSolution:
        """Return the solution that the run has come to; the last of the history is its measurement."""
        evaluation, algorithm, last = self.evaluation(), self.algorithm, record.history[-1]
        wanted, hidden, limit = self._wanted()
        if not np.isfinite(evaluation.nash_conv):
            result, remedy = Result.NOT_FINITE, "the policy is no longer finite: take a smaller step size"
        elif last.reached <= limit:
            result, remedy = Result.CONVERGED, ""
        elif limit < 0.0:
            result, remedy = Result.ITERATION_LIMIT, unreachable(self.tolerance, hidden * self.tolerance / wanted)
        else:
            result, remedy = self._unfinished(record.history)
        return ExtensiveSolution(
            game=self.game,
            algorithm=algorithm.name,
            policy=self.policy(),
            evaluation=evaluation,
            iterations=self.done,
            seconds=record.seconds,
            history=tuple(record.history),
            tolerance=self.tolerance,
            payoff_range=payoff_range(self.game),
            rounding=hidden,
            step_size=NONE if algorithm.step_size is None else str(self.settings.step_size),
            temperature=NONE if algorithm.temperature is None else str(self.settings.temperature),
            result=result,
            remedy=remedy,
            target=algorithm.target,
            certificate=last.distance,
            parameters=self.settings.parameters,
            average=self.average,
            alternating=self.alternating,
        )

    def _unfinished(self, history: Sequence[Checkpoint]) -> tuple[Result, str]:
        """Return how a run ended that is not within the tolerance, and the remedy, one sentence.

        A step size beyond what a theorem covers is to blame if, since half of the iterations, the distance has not
        fallen at the rate of the theorem, not even in twice the time.
        """
        last = history[-1]
        what = "exploitability is" if last.distance is None else "distance from the quantal response is"
        usual = Result.ITERATION_LIMIT, f"the {what} above the tolerance: give more iterations"
        if self.algorithm.largest_step is None or self.done < 2:
            return usual
        step, alpha = (
            float(one.values(self.done, 1)[0]) for one in (self.settings.step_size, self.settings.temperature)
        )
        largest = self.algorithm.largest_step(self.game, alpha)
        half = next(point for point in reversed(history) if 2 * point.iteration <= self.done)
        promised = half.reached * (1.0 + step * alpha) ** (0.5 * (half.iteration - self.done))
        least = _ROUNDING * history[0].reached
        # A largest step of 0 is no condition: at alpha = 0 the theorem says nothing.
        if not 0.0 < largest * (1.0 + 1e-9) < step or last.reached <= max(promised, least):
            return usual
        theorem = f"up to which the theorem of {self.algorithm.name} holds"
        return Result.STEP_TOO_LARGE, f"step size {step:.6g} is above {largest:.6g}, {theorem}: take a smaller one"


def start(
    game: ExtensiveGame,
    algorithm: Algorithm,
    *,
    step_size: Schedule | float | None = None,
    alpha: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    magnet: Policy | None = None,
    initial: Policy | None = None,
    average: bool | None = None,
    alternating: bool | None = None,
    tolerance: float = 0.0,
    growth: float = Pace.growth,
) -> Run:
    """Return a run at iteration 0: at ``initial``, the magnet or the uniform policy.

    The settings are described at ``solvers.extensive.solving.solve``. Raises ``ValueError`` with one sentence for those
    that have no meaning.
    """
    largest_utility(game)
    settings = algorithm.settings(step_size, alpha, parameters)
    if alpha is None and algorithm.temperature_of is not None:
        settings = replace(settings, temperature=algorithm.temperature_of(game))
    if step_size is None and algorithm.step_size_of is not None:
        settings = replace(settings, step_size=algorithm.step_size_of(game, settings))
    pull = uniform_policy(game) if magnet is None else checked_policy(game, magnet)
    begin = pull if initial is None else checked_policy(game, initial)
    for name, policy in (("magnet", pull), ("initial policy", begin)):
        if algorithm.logarithmic and any((part <= 0.0).any() for part in policy):
            raise ValueError(f"the {name} must be positive for every action: {algorithm.name} never leaves a zero")
    known = (("magnet", magnet, pull), ("initial", initial, begin))
    log_magnets = algorithm.log_magnet(game) if algorithm.log_magnet is not None and magnet is None else None
    states = []
    for player in (0, 1):
        state = np.zeros((MEMORY + algorithm.memory, game.sequences[player]))
        state[POLICY] = begin[player]
        with np.errstate(divide="ignore"):
            state[MAGNET] = np.log(pull[player]) if log_magnets is None else log_magnets[player]
        tree = game.treeplexes[player]
        realise_policy(tree, state)
        states.append(state)
    return Run(
        algorithm=algorithm,
        game=game,
        settings=settings,
        average=algorithm.returns == "average" if average is None else average,
        alternating=algorithm.alternating if alternating is None else alternating,
        states=(states[0], states[1]),
        reaches=reach_of(game) if algorithm.reach else (no_reach(), no_reach()),
        given={name: digest(policy) for name, given, policy in known if given is not None},
        pace=Pace(growth=growth),
        tolerance=tolerance,
    )
