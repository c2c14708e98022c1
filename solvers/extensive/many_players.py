r"""Games of any number of players and any utilities: regret minimisation, agent quantal responses, certificates.

The compiled steps are those of two players (``solvers.extensive.state.STEP_TYPE``); only the gradient differs. With
``x_q`` the realisation weights of player ``q``, the counterfactual value of a sequence before what follows it is

.. math:: g_p[s] = \sum_{z\ \text{at}\ s} \mathrm{chance}(z)\, u_p(z) \prod_{q \ne p} x_q[s_q(z)] ,

a sum over terminal histories instead of a sparse product. All players answer the policies of the iteration before.

What comes out of it, and what does not:

- **Regret minimisation** (the CFR family). Each player's regret for not having played one other policy throughout goes
  to zero. So the *distribution over iterations*, in which all players use their policies of one iteration drawn at
  random, becomes a coarse correlated equilibrium (CCE): nobody gains by refusing in advance to follow it. The largest
  gain is measured, exactly: the *CCE gap*. The average policies that are returned form a Nash equilibrium in the limit
  if there are two players with a constant sum, and need not otherwise; how far they are from one, NashConv, is
  measured, too. In two-player general-sum and many-player games it often does not go to zero.
- **Agent quantal response** (``mmd-behavioural`` at a temperature ``alpha``): policies with ``sigma(a)`` in proportion
  to ``exp(q(a) / alpha)`` at every infoset, ``q`` the expected utility given that it is reached – the agent logit
  equilibrium of McKelvey and Palfrey (Experimental Economics 1998) with ``lambda = 1 / alpha``. The residual of that
  equation is the certificate. It is no Nash equilibrium, but the path of falling temperatures, each started from the
  one before, leads to one where it converges; no theorem says that these iterations do, the residual says whether they
  did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import borrowed, kernel
from games.extensive.compile import compile_general_game
from games.extensive.game import Floats
from games.extensive.general import GeneralGame
from games.extensive.policies import uniform_policies
from solvers.checkpoint import Arrays, Record, digest, fill
from solvers.evaluation import Evaluation
from solvers.extensive.algorithm import Algorithm, Settings
from solvers.extensive.evaluation import add_best_that_follows
from solvers.extensive.general import evaluate_general
from solvers.extensive.iterate import respond
from solvers.extensive.registry import REGRET_MINIMISERS
from solvers.extensive.registry import algorithm as algorithm_by_name
from solvers.extensive.state import AVERAGE, MAGNET, MEMORY, POLICY, STEP_TYPE, VALUES, WEIGHT, WEIGHTS
from solvers.run import Iterating, Pace, Report, Watch, drive
from solvers.schedules import Constant, Schedule
from solvers.solution import NONE, Checkpoint, EvaluatedSolution, Result, finite

AGENT_QUANTAL_RESPONSE = "mmd-behavioural"
GENERAL_ALGORITHMS = (*REGRET_MINIMISERS, AGENT_QUANTAL_RESPONSE)
"""What solves games of any number of players."""

_STEP = types.FunctionType(STEP_TYPE)
_INTEGERS, _FLOATS = types.int32[::1], types.float64[::1]


@kernel(types.void(_INTEGERS, _FLOATS, _FLOATS, _FLOATS))
def _add_up(at_end, others, utilities, values):
    """Write the gradient of a player: at each sequence the utilities of the terminal histories there, weighted."""
    at_end, others, utilities, values = borrowed(at_end), borrowed(others), borrowed(utilities), borrowed(values)
    values[:] = 0.0
    for z in range(at_end.shape[0]):
        values[at_end[z]] += others[z] * utilities[z]


@kernel(types.void(_INTEGERS, _FLOATS, _FLOATS))
def _multiply(at_end, weights, others):
    at_end, weights, others = borrowed(at_end), borrowed(weights), borrowed(others)
    for z in range(at_end.shape[0]):
        others[z] *= weights[at_end[z]]


@kernel(types.void(_STEP, _INTEGERS, _INTEGERS, types.float64[:, ::1], _FLOATS))
def _respond(step, parent, first, state, numbers):
    respond(step, (parent, first, None, None, None, state), numbers)


@kernel
def _reach(parent, first, counts, reach):
    """Turn the chances that everybody else plays to the ends [S] into the reach of each infoset [I], in place."""
    for i in range(parent.shape[0] - 1, -1, -1):
        reach[i] = counts[first[i]]
        counts[parent[i]] += reach[i]


@kernel
def _best(tree, values):
    add_best_that_follows(tree, values)
    return values[0]


@kernel
def _residual(parent, first, policy, values, reach, log_magnet, alpha):
    """Return the largest violation of ``sigma ~ magnet exp(q / alpha)``; the gradient [S] is overwritten."""
    worst = 0.0
    for i in range(parent.shape[0] - 1, -1, -1):
        scale = 1.0 / (alpha * reach[i]) if reach[i] > 1e-290 else 0.0
        mean, top = 0.0, -np.inf
        for s in range(first[i], first[i + 1]):
            mean += policy[s] * values[s]
            top = max(top, log_magnet[s] + scale * values[s])
        total = 0.0
        for s in range(first[i], first[i + 1]):
            total += np.exp(log_magnet[s] + scale * values[s] - top)
        for s in range(first[i], first[i + 1]):
            difference = abs(policy[s] - np.exp(log_magnet[s] + scale * values[s] - top) / total)
            if not difference <= worst:
                worst = difference
        values[parent[i]] += mean
    return worst


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class GeneralSolution(EvaluatedSolution):
    """Policies of all players with their certificates (see the module for what each means).

    ``policy``: an array [sequences] for each player; ``cce_gaps``: what each player gains by refusing in advance to
    follow the distribution over iterations, empty where none is kept.
    """

    game: GeneralGame
    policy: tuple[Floats, ...]
    cce_gaps: tuple[float, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def cce_gap(self) -> float | None:
        """The largest of the gains, in units of utility; at 0 the distribution is a coarse correlated equilibrium."""
        return max(self.cce_gaps) if self.cce_gaps else None

    def summary(self) -> dict[str, Any]:
        summary = super().summary()
        history = summary.pop("history")
        return summary | {
            "values": list(self.evaluation.values),
            "gains": list(self.evaluation.each_gain),
            "cce_gap": self.cce_gap,
            "cce_gaps": list(self.cce_gaps),
            "target": self.target,
            "distance": None if self.certificate is None else finite(self.certificate),
            "alpha": None if self.temperature == NONE else self.temperature,
            "parameters": dict(self.parameters),
            "history": history,
        }


@dataclass
class GeneralRun(Iterating):
    """An algorithm at work on a game of any number of players; the fields are as of ``solvers.extensive.run.Run``.

    ``gradients``: for each player the weighted sum of the gradients met [S]; ``earned``: of the utilities got [n].
    """

    algorithm: Algorithm
    game: GeneralGame
    settings: Settings
    average: bool
    states: tuple[Floats, ...]
    gradients: tuple[Floats, ...]
    earned: Floats
    given: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Iterating.pace
    tolerance: float = 0.0
    done: int = 0

    def __post_init__(self) -> None:
        self._evaluated: tuple[int, Evaluation] | None = None
        self._others = np.empty(len(self.game.chances))
        self._ones = np.ones(len(self.game.chances))
        self._range = max(float(np.ptp(own)) for own in self.game.utilities)

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""
        if count:
            for now in self.algorithm.iteration_numbers(self.settings, self.done + 1, count, self.average):
                self._iterate(now)
        self.done += count

    def _iterate(self, numbers: Floats) -> None:
        """Let all players see the policies of the iteration before, count them, and then respond."""
        game, weight = self.game, numbers[WEIGHT]
        for player, state in enumerate(self.states):
            self._observe(player, [part[WEIGHTS] for part in self.states])
            if self.average:
                self.gradients[player][...] += weight * state[VALUES]
                self.earned[player] += weight * float(state[VALUES] @ state[WEIGHTS])
        for tree, state in zip(game.treeplexes, self.states, strict=True):
            _respond(self.algorithm.step, tree.parent, tree.first, state, numbers)

    def _observe(self, player: int, weights: Sequence[Floats]) -> None:
        """Write a player's gradient to its state, and the reach of its infosets where the algorithm asks for it."""
        game, state, others = self.game, self.states[player], self._others
        others[:] = game.chances
        for other, own in enumerate(weights):
            if other != player:
                _multiply(game.at_end[other], np.ascontiguousarray(own), others)
        if self.algorithm.reach:
            counts = np.empty(len(state[VALUES]))
            _add_up(game.at_end[player], others, self._ones, counts)
            _reach(game.treeplexes[player].parent, game.treeplexes[player].first, counts, state[MEMORY])
        _add_up(game.at_end[player], others, game.utilities[player], state[VALUES])

    def policy(self) -> tuple[Floats, ...]:
        """Return what the algorithm returns so far: the averages or the current policies."""
        if not self.average or self.done == 0:
            return tuple(state[POLICY].copy() for state in self.states)
        found = []
        for tree, state in zip(self.game.treeplexes, self.states, strict=True):
            policy = state[AVERAGE].copy()
            sums = np.add.reduceat(policy, tree.first[:-1]) if len(tree.parent) else policy[:0]
            widths = np.diff(tree.first)
            uniform = np.repeat(1.0 / widths, widths)
            totals = np.repeat(sums, widths)
            policy[1:] = np.divide(policy[1:], totals, out=uniform, where=totals > 0.0)
            policy[0] = 1.0
            found.append(policy)
        return tuple(found)

    def evaluation(self) -> Evaluation:
        """Return the evaluation of what the run returns so far."""
        if self._evaluated is None or self._evaluated[0] != self.done:
            self._evaluated = self.done, evaluate_general(self.game, self.policy())
        return self._evaluated[1]

    def cce_gaps(self) -> tuple[float, ...]:
        """Return what each player regrets, an iteration: the gain by the best policy against all of them together."""
        if not self.average or self.done == 0:
            return ()
        gaps = []
        for player, tree in enumerate(self.game.treeplexes):
            total = self.states[player][AVERAGE, 0]
            gaps.append(float(_best(tree, self.gradients[player].copy()) - self.earned[player]) / float(total))
        return tuple(gaps)

    def certificate(self) -> float | None:
        """Return the residual of the agent quantal response, or the CCE gap; None at iteration 0 of regrets."""
        if self.algorithm.target != "agent-quantal-response":
            gaps = self.cce_gaps()
            return max(gaps) if gaps else None
        alpha = float(self.settings.temperature.values(max(self.done, 1), 1)[0])
        if alpha <= 0.0:
            return None
        worst = 0.0
        for player, (tree, state) in enumerate(zip(self.game.treeplexes, self.states, strict=True)):
            self._observe(player, [part[WEIGHTS] for part in self.states])
            arguments = state[POLICY], state[VALUES].copy(), state[MEMORY], state[MAGNET], alpha
            worst = float(np.maximum(worst, _residual(tree.parent, tree.first, *arguments)))
        return worst

    def measure(self) -> Checkpoint:
        """Return the exact distances of what the run returns so far."""
        found = self.evaluation()
        return Checkpoint(self.done, None, found.nash_conv, found.exploitability, distance=self.certificate())

    def settled(self, point: Checkpoint) -> bool:
        """Whether NashConv a player or, where that is the aim, the residual or CCE gap is within the tolerance."""
        return point.distance is not None and not point.distance > self.wanted

    @property
    def wanted(self) -> float:
        """The tolerance of the distance: of a residual itself, of a CCE gap in units of utility."""
        regularised = self.algorithm.target == "agent-quantal-response"
        return self.tolerance if regularised else self.tolerance * self._range

    def identity(self) -> dict[str, Any]:
        """Return what the run is; policies by their hashes."""
        game = self.game
        trees = [array for tree in game.treeplexes for array in tree]
        return {
            "game": digest([*trees, game.at_end, game.chances, game.utilities]),
            **self.algorithm.told(self.settings),
            "--average or --last": "average" if self.average else "last",
            **{f"--{name}": self.given.get(name, "none") for name in ("magnet", "initial")},
        }

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return all that an iteration reads."""
        states = {f"state{player}": state for player, state in enumerate(self.states)}
        return states | {f"gradient{p}": part for p, part in enumerate(self.gradients)} | {"earned": self.earned}

    def load(self, arrays: Arrays) -> None:
        """Take up the arrays of another run of the same identity."""
        fill(self.arrays(), arrays)

    def solution(self, record: Record) -> GeneralSolution:
        """Return the solution that the run has come to."""
        regularised = self.algorithm.target == "agent-quantal-response"
        distance = record.history[-1].distance
        converged = distance is not None and distance <= self.wanted
        what = "distance from the quantal response" if regularised else "CCE gap"
        return GeneralSolution(
            game=self.game,
            algorithm=self.algorithm.name,
            policy=self.policy(),
            evaluation=self.evaluation(),
            cce_gaps=self.cce_gaps(),
            iterations=self.done,
            seconds=record.seconds,
            history=tuple(record.history),
            tolerance=self.tolerance,
            payoff_range=self._range,
            result=Result.CONVERGED if converged else Result.ITERATION_LIMIT,
            remedy="" if converged else f"the {what} is above the tolerance: give more iterations",
            step_size=NONE if self.algorithm.step_size is None else str(self.settings.step_size),
            temperature=NONE if self.algorithm.temperature is None else str(self.settings.temperature),
            target="agent-quantal-response" if regularised else "coarse-correlated",
            certificate=distance,
            parameters=self.settings.parameters,
        )


def start_general(
    game: GeneralGame,
    algorithm: Algorithm,
    *,
    step_size: Schedule | float | None = None,
    alpha: Schedule | float | None = None,
    parameters: Mapping[str, float] | None = None,
    initial: Sequence[Floats] | None = None,
    tolerance: float = 0.0,
    growth: float = Pace.growth,
) -> GeneralRun:
    """Return a run at iteration 0; settings as of ``solve_general``."""
    if algorithm.name not in GENERAL_ALGORITHMS:
        names = ", ".join(GENERAL_ALGORITHMS)
        raise ValueError(
            f"{algorithm.name} needs two players and a constant sum, which {game.name} has not: take {names}"
        )
    settings = algorithm.settings(step_size, alpha, parameters)
    if algorithm.reach and step_size is None:
        temperature = settings.temperature
        step = 0.1 * temperature.value if isinstance(temperature, Constant) and temperature.value > 0.0 else 0.1
        settings = algorithm.settings(Constant(step), alpha, parameters)
    policies = uniform_policies(game) if initial is None else tuple(initial)
    if algorithm.logarithmic and any((part <= 0.0).any() for part in policies):
        raise ValueError(f"the initial policy must be positive for every action: {algorithm.name} never leaves a zero")
    states = []
    for tree, policy, uniform in zip(game.treeplexes, policies, uniform_policies(game), strict=True):
        state = np.zeros((MEMORY + algorithm.memory, len(tree.owner)))
        state[POLICY], state[MAGNET] = policy, np.log(uniform)
        state[WEIGHTS, 0] = 1.0
        for i, above in enumerate(tree.parent.tolist()):
            own = slice(tree.first[i], tree.first[i + 1])
            state[WEIGHTS, own] = state[WEIGHTS, above] * policy[own]
        states.append(state)
    return GeneralRun(
        algorithm,
        game,
        settings,
        algorithm.returns == "average",
        tuple(states),
        tuple(np.zeros(len(tree.owner)) for tree in game.treeplexes),
        np.zeros(game.players),
        given={} if initial is None else {"initial": digest(policies)},
        pace=Pace(growth=growth),
        tolerance=tolerance,
    )


def solve_general(
    game: Any,
    algorithm: str = "pcfr+",
    *,
    iterations: int = 1000,
    report: Report | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    **settings: Any,
) -> GeneralSolution:
    """Run an algorithm on a game of any number of players and any utilities.

    Parameters
    ----------
    game : a compiled general game, an OpenSpiel game or its string, or a file of a game tree.
    algorithm : of ``GENERAL_ALGORITHMS``: a regret minimiser, or ``mmd-behavioural``, the agent quantal response.
    settings : ``step_size``, ``alpha``, ``parameters``, ``initial`` policies, ``tolerance`` (of the CCE gap, a part of
        the largest range of a player's utilities; of the residual itself) and ``growth``, as of
        ``solvers.extensive.solving.solve``.

    Raises
    ------
    ValueError
        The game cannot be compiled, the algorithm is for two players with a constant sum, or a setting has no meaning.

    Examples
    --------
    >>> solution = solve_general("matrix_pd", "cfr+", iterations=200)
    >>> [round(value, 3) for value in solution.evaluation.values]  # both defect
    [1.0, 1.0]
    """
    compiled = game if isinstance(game, GeneralGame) else compile_general_game(game)
    chosen = algorithm_by_name(algorithm)
    settings["parameters"] = chosen.planned(settings.get("parameters"), iterations)
    run = start_general(compiled, chosen, **settings)
    return run.solution(drive(run, iterations=iterations, path=checkpoint, report=report, watch=watch))
