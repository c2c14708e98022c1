r"""The algorithms on phantom games: one exact gradient for each player and iteration, then an update at every state.

With ``v(c)`` the counterfactual value of an attempt (weighted by the opponent's reach ``m``), ``pi`` the player's
probabilities and ``r(c) = v(c) - <v, pi>``:

- ``cfr+``: ``R <- [R + r]^+``, ``pi ∝ R``; the average has weights ``t`` (Tammelin 2014);
- ``pcfr+``: ``R <- [R + r]^+``, ``pi ∝ [R + r]^+``; weights ``t^2`` (Farina, Kroer and Sandholm, AAAI 2021);
- ``mmd-annealed`` (``mmd`` for short): magnetic mirror descent with ``q = v / m``, towards the uniform policy; step
  size and temperature are annealed, ``eta_t = eta / sqrt(t)``, ``alpha_t = alpha / sqrt(t)`` (Sokota et al., 2023);
- ``mmd-moving``: constant ``eta`` and ``alpha``, the magnet follows the policy: ``rho <- rho^(1-s) pi^s``, normalised.

CFR+ and PCFR+ return the average, weighted with the own reach, and let player 1 answer player 0's new policy. Both MMDs
return the last iterate and update both players at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from games._base.jit import jitable, kernel
from games._base.threads import run_ranges
from games.phantom.game import phantom_game
from games.phantom.information_states import DECIDING, InformationStates
from games.phantom.policies import Policies, uniform_rows
from games.phantom.symmetry import equalise, fold, folded, unfold
from solvers.checkpoint import Arrays, Record, fill
from solvers.evaluation import Evaluation
from solvers.phantom.evaluation import evaluate_checked
from solvers.phantom.gradient import Floats, Gradient, gradient
from solvers.phantom.solution import PhantomSolution
from solvers.phantom.sweeps import reaches, values
from solvers.phantom.tables import tables
from solvers.registry import unknown_algorithm
from solvers.run import Iterating, Pace
from solvers.schedules import Constant, Power, Schedule
from solvers.solution import NONE, Checkpoint, Result, reachable, unreachable
from solvers.updates import (
    PREDICTIVE_REGRET_MATCHING_PLUS,
    REGRET_MATCHING_PLUS,
    magnetic_mirror_descent_update,
    normalise_log_policy,
    normalise_weights,
    regret_matching_update,
    tilt,
)

ALGORITHMS = ("cfr+", "pcfr+", "mmd-annealed", "mmd-moving")
ALIASES = {"mmd": "mmd-annealed"}
_ROUNDING = 1e-12  # of a regret, relative to the values: where all are equal, no attempt is better by an error
_RANGE = 2.0  # of the payoffs, 1 for a win and -1 for a loss
_HIDDEN = 1e-12
"""An estimate of the rounding errors of an exploitability: the bound for sums of millions of terms would be 1e-8, what
orders of summation differ by is below 1e-15."""
_SMALLEST = 1e-300  # probabilities above it have logarithms


_PACE = Pace(growth=1.3, nearest=True, from_start=False, every=600.0)  # a state has up to five gigabytes
_SECONDS = 1e-7  # of an update of a state, roughly


@dataclass
class Run(Iterating):
    """An algorithm at work. All arrays but ``reach`` are [rows, cells] of each player.

    ``memory``: cumulative regrets, or the logarithm of the moving magnet. ``average``: sum of the weighted policies.
    Arrays that the algorithm does not use are empty.
    """

    states: InformationStates
    algorithm: str
    eta: float
    alpha: float
    magnet_step: float
    policy: Policies
    memory: Policies
    average: Policies
    pace: Pace = _PACE
    tolerance: float = 0.0
    done: int = 0
    workers: int | None = None
    reach: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    _evaluated: tuple[int, Evaluation] | None = field(default=None, init=False)

    def prepare(self) -> None:
        """Compile, and build the game's tables."""
        numbers = self.eta, self.alpha, self.magnet_step
        small = start(folded(phantom_game("dark_hex_2x2")), self.algorithm, *numbers, workers=self.workers)
        small.advance()
        tables(self.states.game)

    def evaluation(self) -> Evaluation:
        """Return the exact evaluation of what the algorithm returns so far."""
        if self._evaluated is None or self._evaluated[0] != self.done:
            self._evaluated = self.done, evaluate_checked(self.states, self.kept_policies(), self.workers)
        return self._evaluated[1]

    @property
    def limit(self) -> float:
        return reachable(self.tolerance * _RANGE, _HIDDEN)

    def measure(self) -> Checkpoint:
        """Return value and exploitability of what the algorithm returns so far."""
        found = self.evaluation()
        return Checkpoint(self.done, None, found.nash_conv, found.exploitability, value=found.value)

    def identity(self) -> dict[str, Any]:
        """Return what the run is; mirror descent has settings."""
        settings = {"--eta": self.eta, "--alpha": self.alpha} if self.algorithm.startswith("mmd") else {}
        if self.algorithm == "mmd-moving":
            settings["--magnet-step"] = self.magnet_step
        return {"game": self.states.game.name, "--algorithm": self.algorithm, **settings}

    def solution(self, record: Record) -> PhantomSolution:
        """Return the solution that the run has come to."""
        evaluation, converged = self.evaluation(), self.evaluation().exploitability <= self.limit
        remedy = "the exploitability is above the tolerance: give more iterations"
        if self.limit < 0.0:
            remedy = unreachable(self.tolerance, _HIDDEN / _RANGE)
        return PhantomSolution(
            game=self.states.game,
            algorithm=self.algorithm,
            policies=self.policies(),
            evaluation=evaluation,
            iterations=self.done,
            seconds=record.seconds,
            processor_seconds=record.processor_seconds,
            history=tuple(record.history),
            tolerance=self.tolerance,
            result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
            remedy="" if converged else remedy,
            payoff_range=_RANGE,
            rounding=_HIDDEN,
            step_size=self._schedule(self.eta),
            temperature=self._schedule(self.alpha),
            eta=self.eta,
            alpha=self.alpha,
            magnet_step=self.magnet_step,
        )

    def _schedule(self, number: float) -> str:
        """Return in words how a number of mirror descent changes with the iteration."""
        schedules: dict[str, Schedule] = {"mmd-annealed": Power(number), "mmd-moving": Constant(number)}
        return str(schedules[self.algorithm]) if self.algorithm in schedules else NONE

    def load(self, arrays: Arrays) -> None:
        """Take up the arrays of another run; those of all information states, as early versions wrote, are folded."""
        for name, array in self.arrays().items():
            saved = arrays[name]
            fill(
                {name: array}, {name: saved if saved.shape == array.shape else fold(self.states, int(name[-1]), saved)}
            )
        for row in self.policy:
            if (row < 0.0).any() or (row > 1.0 + 1e-6).any():
                raise ValueError("a policy has probabilities")
        if any((row < 0.0).any() for row in self.average):
            raise ValueError("an average has no negative weights")
        self.reach.clear()

    def arrays(self) -> dict[str, Floats]:
        """Return all that an iteration reads, by name."""
        named = {"policy": self.policy, "memory": self.memory, "average": self.average}
        return {f"{name}_{player}": pair[player] for name, pair in named.items() for player in range(2)}

    def advance(self, count: int = 1) -> None:
        """Run ``count`` more iterations."""
        for _ in range(count):
            self.done += 1
            if self.algorithm in ("cfr+", "pcfr+"):
                self._alternate()
            else:
                self._both()

    def _alternate(self) -> None:
        predictive = self.algorithm == "pcfr+"
        rule = PREDICTIVE_REGRET_MATCHING_PLUS if predictive else REGRET_MATCHING_PLUS
        weight = float(self.done) ** (2 if predictive else 1)
        for player in range(2):
            reach = self._reach(player)[0]
            found, state_values = self._values(player, with_reach=False)
            arrays = (
                found.attempts,
                state_values,
                reach,
                self.policy[player],
                self.memory[player],
                self.average[player],
            )
            self._update(
                player,
                lambda blocks, data, arrays=arrays: _match_regrets(
                    blocks, self.states.game.cells, data, rule, weight, *arrays
                ),
            )

    def _both(self) -> None:
        scale = 1.0 if self.algorithm == "mmd-moving" else self.done**-0.5
        found = [self._values(player, with_reach=True)[0] for player in range(2)]
        for player in range(2):
            arrays = found[player].attempts, found[player].opponent_reach, self.policy[player], self.memory[player]
            self._update(
                player,
                lambda blocks, data, arrays=arrays: _mirror_descent(
                    blocks,
                    self.states.game.cells,
                    data,
                    self.eta * scale,
                    self.alpha * scale,
                    self.magnet_step,
                    *arrays,
                ),
            )

    def _reach(self, player: int) -> tuple[Floats, Floats]:
        """Return the reach of a player's policy, computed once for each policy."""
        if player not in self.reach:
            self.reach[player] = reaches(self.states, player, self.policy[player], self.workers)
        return self.reach[player]

    def _values(self, player: int, with_reach: bool) -> tuple[Gradient, Floats]:
        """Return the counterfactual values of a player's attempts (in ``Gradient.attempts``) and states."""
        opponent = self.policy[1 - player]
        found = gradient(self.states, player, *self._reach(1 - player), opponent, with_reach, self.workers)
        state_values = values(self.states, player, found, self.policy[player], store=True, workers=self.workers)
        equalise(self.states, player, found.attempts, found.opponent_reach if with_reach else state_values)
        return found, state_values

    def _update(self, player: int, update: Callable[..., None]) -> None:
        numbering = self.states.numberings[player][DECIDING]

        def work(start: int, stop: int) -> None:
            update(numbering.blocks[start:stop], numbering)

        run_ranges(work, len(numbering.blocks), self.workers, seconds=_SECONDS * numbering.total)
        self.reach.pop(player, None)

    def policies(self) -> Policies:
        """Return what the algorithm returns so far, the average or the last policy, at all information states."""
        first, second = self.kept_policies()
        return unfold(self.states, 0, first), unfold(self.states, 1, second)

    def kept_policies(self) -> Policies:
        """Return the same at the information states that the run keeps."""
        if self.algorithm.startswith("mmd") or self.done == 0:
            return self.policy
        first, second = (self._normalised(player) for player in range(2))
        return first, second

    def _normalised(self, player: int) -> Floats:
        out = np.zeros_like(self.average[player])
        blocks, cells = self.states.numberings[player][DECIDING].blocks, self.states.game.cells
        _normalise(blocks, cells, self.states.numberings[player][DECIDING], self.average[player], out)
        return out


def start(
    states: InformationStates, algorithm: str, eta: float, alpha: float, magnet_step: float, workers: int | None = None
) -> Run:
    """Return a run at iteration 0, the uniform policies, on all information states or on folded ones.

    Raises ``ValueError`` for an unknown algorithm.
    """
    algorithm = ALIASES.get(algorithm, algorithm)
    if algorithm not in ALGORITHMS:
        raise unknown_algorithm(algorithm, ALGORITHMS)
    policy = uniform_rows(states)

    def arrays(used: bool) -> Policies:
        shapes = [array.shape if used else (0, states.game.cells) for array in policy]
        return np.zeros(shapes[0]), np.zeros(shapes[1])

    regrets = algorithm in ("cfr+", "pcfr+")
    memory, average = arrays(algorithm != "mmd-annealed"), arrays(regrets)
    return Run(states, algorithm, eta, alpha, magnet_step, policy, memory, average, workers=workers)


@jitable
def _legal(code, cells, legal):
    """Write the cells that were not attempted yet; return how many."""
    count = 0
    for cell in range(cells):
        if not ((code >> cells) | code) >> cell & 1:
            legal[count] = cell
            count += 1
    return count


@kernel
def _match_regrets(blocks, cells, numbering, rule, weight, attempts, values, reach, policy, regrets, average):
    legal = np.empty(cells, np.int64)
    advantages, cumulative, matched = np.empty((3, cells))
    for code in blocks:
        count = _legal(code, cells, legal)
        for row in range(numbering.first[code], numbering.first[code] + numbering.size[code]):
            largest = 0.0
            for i in range(count):
                largest = max(largest, abs(attempts[row, legal[i]]))
            for i in range(count):
                cell = legal[i]
                average[row, cell] += weight * reach[row] * policy[row, cell]
                advantage = attempts[row, cell] - values[row]
                advantages[i] = 0.0 if abs(advantage) <= _ROUNDING * largest else advantage
                cumulative[i] = regrets[row, cell]
            total = regret_matching_update(advantages, 0.0, False, rule, 0, count, cumulative, matched)
            normalise_weights(matched, total, 0, count)
            for i in range(count):
                regrets[row, legal[i]] = cumulative[i]
                policy[row, legal[i]] = matched[i]


@kernel
def _mirror_descent(blocks, cells, numbering, eta, alpha, magnet_step, attempts, reach, policy, magnet):
    legal = np.empty(cells, np.int64)
    log_policy, log_magnet, q = np.empty((3, cells))
    moving = magnet.shape[0] > 0
    for code in blocks:
        count = _legal(code, cells, legal)
        for row in range(numbering.first[code], numbering.first[code] + numbering.size[code]):
            for i in range(count):
                log_policy[i] = np.log(max(policy[row, legal[i]], _SMALLEST))
                q[i] = attempts[row, legal[i]] / reach[row] if reach[row] > 0.0 else 0.0
                log_magnet[i] = magnet[row, legal[i]] if moving else 0.0
            own = log_policy[:count]
            magnetic_mirror_descent_update(own, q[:count], log_magnet[:count], eta, alpha, own)
            for i in range(count):
                policy[row, legal[i]] = np.exp(own[i])
            if moving:
                # One tilt with no values: (1 - s) log rho + s log pi.
                q[:count] = 0.0
                tilt(log_magnet[:count], q[:count], 0.0, 0.0, own, magnet_step, log_magnet[:count])
                normalise_log_policy(log_magnet[:count])
                for i in range(count):
                    magnet[row, legal[i]] = log_magnet[i]


@kernel
def _normalise(blocks, cells, numbering, sums, out):
    legal, weights = np.empty(cells, np.int64), np.empty(cells)
    for code in blocks:
        count = _legal(code, cells, legal)
        for row in range(numbering.first[code], numbering.first[code] + numbering.size[code]):
            total = 0.0
            for i in range(count):
                weights[i] = sums[row, legal[i]]
                total += weights[i]
            normalise_weights(weights, total, 0, count)
            for i in range(count):
                out[row, legal[i]] = weights[i]
