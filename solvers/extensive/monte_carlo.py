r"""Sampled solvers for games too large to sweep: outcome- and external-sampling MCCFR, and sampled MMD.

The compiled sequence form (``games.extensive``) adds chance and the opponent up in one product, so a sample of it would
save nothing: these methods are for games of which no table can be made. They play the ``pyspiel`` game itself, in
Python, and keep a dictionary of the infosets that they have met. That is slow – some 40,000 decisions a second on one
core, whatever the game – and in a game that fits into memory the solvers of ``solvers.extensive.solving`` are ahead by
orders of magnitude.

With ``p`` the player whose turn it is to learn, one iteration walks the tree once for each player:

- ``external-mccfr``: all actions of ``p``, one sampled action of chance and of the opponent (external sampling). The
  value of an action is that of the leaves reached from it under the own policy, weighted by nothing: the infoset is met
  with the probability ``reach`` that chance and the opponent play there, hence the expectation is the counterfactual
  value. Each infoset is met at most once a walk, with perfect recall.
- ``outcome-mccfr``: one history; ``p`` plays uniformly with probability ``exploration`` and by the policy otherwise. An
  action that was taken at ``h`` is worth ``u(z) pi_p(z | ha) / q_p(z)``, the others 0, with ``q_p`` the probability of
  the own actions as sampled.
- ``sampled-mmd``: walks like external sampling. Given that an infoset is met the values are unbiased action values
  ``q``, with which it takes the step of ``solvers.extensive.behavioural_mirror_descent``; ``eta`` depends on the number
  of visits to the infoset.

The first two minimise regret (``R += v(a) - <sigma, v>``, ``sigma ~ [R]^+``; Lanctot, Waugh, Zinkevich and Bowling,
"Monte Carlo sampling for regret minimization in extensive games", NeurIPS 2009) and return the average policy, with an
exploitability of ``O(1/sqrt(T))`` in probability. The third (Sokota et al., ICLR 2023, arXiv:2206.05825) returns the
last iterate, near an ``alpha``-AQRE; that it gets there is an observation.

Random numbers depend on (seed, iteration, player) alone: a run that is continued is the run that was not interrupted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from games._base.files import whole_file
from games.extensive import ExtensiveGame, GameError, NotTwoPlayerZeroSum, Policy
from games.extensive.histories import CHANCE, TERMINAL, chance_outcomes, legal_actions
from games.extensive.open_spiel import load_open_spiel
from solvers.schedules import Power, Schedule
from solvers.updates import REGRET_MATCHING, regret_matching_update

Method = Literal["external-mccfr", "outcome-mccfr", "sampled-mmd"]
Pick = Callable[[Sequence[float]], int]
"""Returns an index with the given probabilities."""

_TOLERANCE = 1e-9


@dataclass(eq=False)
class Infoset:
    """What is remembered of an infoset that has been met; lists are over the legal actions."""

    actions: list[int]
    policy: list[float]
    regrets: list[float]
    """Of the MCCFR methods."""
    total: list[float]
    """Weighted sum of the policies played, of the MCCFR methods."""
    visits: int = 0
    """Steps taken, of sampled MMD."""


@dataclass
class Sample:
    """What one walk has found: unbiased counterfactual values, and what is to be added to the average policy."""

    values: list[tuple[Infoset, list[float]]] = field(default_factory=list)
    """The learning player's infosets that were met, with the sampled value of each action."""
    played: list[tuple[Infoset, float]] = field(default_factory=list)
    """Infosets whose policy counts in the average, with its weight."""


class MonteCarlo:
    """A sampled solver at work on a ``pyspiel`` game (or its string); ``advance`` runs iterations.

    ``exploration`` is that of outcome sampling. ``alpha`` (in units of utility) and ``step_size`` (a schedule over the
    visits to an infoset, by default ``1 / (alpha t)``, which averages the sampled values) are those of sampled MMD.

    Raises ``GameError`` for a game that has not two players or whose chance probabilities are not known, and
    ``ValueError`` for settings without meaning.
    """

    def __init__(
        self,
        game: Any,
        method: Method = "external-mccfr",
        *,
        seed: int = 0,
        exploration: float = 0.6,
        alpha: float = 0.1,
        step_size: Schedule | None = None,
    ) -> None:
        if method not in get_args(Method):
            raise ValueError(f"there is no sampled method {method!r}: they are {', '.join(get_args(Method))}")
        if not 0.0 < exploration <= 1.0:
            raise ValueError(f"exploration must be above 0 and at most 1, not {exploration}")
        if not (alpha > 0.0 and math.isfinite(alpha)):
            raise ValueError(f"alpha must be above 0, not {alpha}")
        self.game = _sequential(load_open_spiel(game) if isinstance(game, str) else game)
        self.method = method
        self.seed = seed
        self.exploration = exploration
        self.alpha = alpha
        self.step_size: Schedule = Power(1.0 / alpha, 1.0) if step_size is None else step_size
        self.infosets: tuple[dict[str, Infoset], dict[str, Infoset]] = ({}, {})
        self.done = 0
        self._steps: list[float] = []
        self._constant: float | None = None

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations; in each both players learn, the second against the first one's new policy."""
        for _ in range(count):
            self.done += 1
            for player in (0, 1):
                self._learn(self.sample(player, _picker(self.seed, self.done, player)))

    def sample(self, player: int, pick: Pick) -> Sample:
        """Return what one walk finds for a player; ``pick`` makes all random choices. Policies stay as they are."""
        found = Sample()
        state = self.game.new_initial_state()
        if self.method == "outcome-mccfr":
            self._play_outcome(state, player, pick, found)
            return found
        try:
            self._walk_external(state, player, pick, found)
        except RecursionError:
            raise GameError(
                f"{self.game} is too deep for {self.method}, which follows all of a player's actions: take "
                "outcome-mccfr, which plays one history"
            ) from None
        return found

    def _walk_external(self, state: Any, player: int, pick: Pick, found: Sample) -> float:
        while (mover := state.current_player()) != player:
            if mover == TERMINAL:
                return self._utility(state, player)
            if mover == CHANCE:
                _sample_chance(state, pick)
                continue
            infoset = self._infoset(state, mover)
            found.played.append((infoset, 1.0))
            state.apply_action(infoset.actions[pick(infoset.policy)])
        infoset = self._infoset(state, player)
        values = [self._walk_external(state.child(action), player, pick, found) for action in infoset.actions[:-1]]
        state.apply_action(infoset.actions[-1])  # the last child takes the place of the parent: one copy less
        values.append(self._walk_external(state, player, pick, found))
        found.values.append((infoset, values))
        return _dot(infoset.policy, values)

    def _play_outcome(self, state: Any, player: int, pick: Pick, found: Sample) -> None:
        own, own_sampled, others = 1.0, 1.0, 1.0
        path: list[tuple[Infoset, int]] = []
        while (mover := state.current_player()) != TERMINAL:
            if mover == CHANCE:
                others *= _sample_chance(state, pick)
                continue
            infoset = self._infoset(state, mover)
            if mover == player:
                found.played.append((infoset, own / (own_sampled * others)))
                even = self.exploration / len(infoset.actions)
                sampling = [even + (1.0 - self.exploration) * chance for chance in infoset.policy]
                taken = pick(sampling)
                own *= infoset.policy[taken]
                own_sampled *= sampling[taken]
                path.append((infoset, taken))
            else:
                taken = pick(infoset.policy)
                others *= infoset.policy[taken]
            state.apply_action(infoset.actions[taken])
        utility, after = self._utility(state, player), 1.0
        for infoset, taken in reversed(path):
            values = [0.0] * len(infoset.actions)
            values[taken] = utility * after / own_sampled
            found.values.append((infoset, values))
            after *= infoset.policy[taken]

    def _learn(self, found: Sample) -> None:
        if self.method == "sampled-mmd":
            for infoset, values in found.values:
                self._step(infoset, values)
            return
        for infoset, weight in found.played:
            for k, probability in enumerate(infoset.policy):
                infoset.total[k] += weight * probability
        for infoset, values in found.values:
            mean, regrets, policy = _dot(infoset.policy, values), infoset.regrets, infoset.policy
            regret_matching_update(values, mean, True, REGRET_MATCHING, 0, len(values), regrets, policy)
            infoset.policy = _normalised(policy)

    def _step(self, infoset: Infoset, values: list[float]) -> None:
        """Take the step of magnetic mirror descent with uniform magnet: ``log pi <- k (log pi + eta q)``."""
        if infoset.visits >= len(self._steps):
            self._steps = self.step_size.values(1, 2 * infoset.visits + 16).tolist()
        eta = self._steps[infoset.visits]
        infoset.visits += 1
        keep = 1.0 / (1.0 + eta * self.alpha)
        # The logarithms are kept in the place of the regrets, up to a constant; they start at 0, the uniform policy.
        logits = [keep * (old + eta * value) for old, value in zip(infoset.regrets, values, strict=True)]
        top = max(logits)
        infoset.regrets = logits
        infoset.policy = _normalised([math.exp(logit - top) for logit in logits])

    def _infoset(self, state: Any, player: int) -> Infoset:
        text = state.information_state_string()
        infoset = self.infosets[player].get(text)
        if infoset is None:
            actions = legal_actions(state)
            zeros = [0.0] * len(actions)
            infoset = Infoset(actions, [1.0 / len(actions)] * len(actions), zeros, zeros.copy())
            self.infosets[player][text] = infoset
        return infoset

    def _utility(self, state: Any, player: int) -> float:
        """Return a player's utility, half of the constant sum taken from it."""
        returns = state.returns()
        total = returns[0] + returns[1]
        if self._constant is None:
            self._constant = total if abs(total) >= _TOLERANCE else 0.0
        if not abs(total - self._constant) < _TOLERANCE:
            raise NotTwoPlayerZeroSum(
                f"{self.game} is not zero-sum: the utilities after {state.history()} are {returns[0]:g} and "
                f"{returns[1]:g}, and elsewhere they sum to {self._constant:g}"
            )
        if not self._constant:
            return float(returns[player])
        return 0.5 * float(returns[player] - returns[1 - player])

    def returned(self, infoset: Infoset) -> list[float]:
        """Return what the method returns at an infoset: the average of MCCFR, the last iterate of MMD."""
        return infoset.policy if self.method == "sampled-mmd" else _normalised(infoset.total)

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        """Return action → probability at a state, as OpenSpiel's policies do; uniform where it has not been."""
        player = state.current_player() if player_id is None else player_id
        infoset = self.infosets[player].get(state.information_state_string(player))
        if infoset is None:
            legal = state.legal_actions(player)
            return dict.fromkeys(legal, 1.0 / len(legal))
        return dict(zip(infoset.actions, self.returned(infoset), strict=True))

    def policy(self, game: ExtensiveGame) -> Policy:
        """Return the policy for the compiled form of the same game; uniform where it has not been."""
        arrays = []
        for tree, names, known in zip(game.treeplexes, game.names, self.infosets, strict=True):
            array = np.ones(len(tree.owner))
            for text, start, stop in zip(names.information_states, tree.first[:-1], tree.first[1:], strict=True):
                found = known.get(text)
                array[start:stop] = 1.0 / (stop - start) if found is None else self.returned(found)
            arrays.append(array)
        return arrays[0], arrays[1]

    def arrays(self) -> dict[str, Any]:
        """Return all that has been learnt as arrays, for ``load``."""
        met = [(player, text, one) for player in (0, 1) for text, one in self.infosets[player].items()]
        return {
            "text": np.array([text for _, text, _ in met], np.str_),
            "player": np.array([player for player, _, _ in met], np.int8),
            "visits": np.array([one.visits for _, _, one in met], np.int64),
            "count": np.array([len(one.actions) for _, _, one in met], np.int64),
            "actions": np.array([a for _, _, one in met for a in one.actions], np.int64),
            "rows": np.array(
                [row for _, _, one in met for row in zip(one.policy, one.regrets, one.total, strict=True)], np.float64
            ).reshape(-1, 3),
        }

    def load(self, arrays: Mapping[str, Any]) -> None:
        """Go back to where ``arrays`` were taken (``done`` is not among them); ``ValueError`` if they do not fit."""
        table, counts, players = arrays["rows"], arrays["count"], arrays["player"]
        kinds = [arrays[name].dtype.kind for name in ("text", "player", "visits", "count", "actions", "rows")]
        if "".join(kinds) != "Uiiiif":
            raise ValueError("an array has another type")
        if table.shape != (len(arrays["actions"]), 3) or len(table) != counts.sum() or not np.isfinite(table).all():
            raise ValueError("there must be a row of three finite numbers for every action")
        if not (np.isin(players, (0, 1)).all() and (counts > 0).all() and (arrays["visits"] >= 0).all()):
            raise ValueError("every infoset has a player and at least one action")
        if (table[:, [0, 2]] < 0.0).any():
            raise ValueError("a policy and its average have no negative weights")
        self.infosets, stop = ({}, {}), 0
        actions, rows = arrays["actions"].tolist(), table.T.tolist()
        columns = (arrays[name].tolist() for name in ("player", "text", "visits", "count"))
        for player, text, visits, count in zip(*columns, strict=True):
            start, stop = stop, stop + count
            policy, regrets, total = (column[start:stop] for column in rows)
            self.infosets[player][text] = Infoset(actions[start:stop], policy, regrets, total, visits)

    def save_policy(self, path: Path) -> None:
        """Write ``policy.npz`` as ``games.extensive.policies.save_policy`` does, of the infosets that it has met."""
        rows = [
            (text, player, action, probability)
            for player, known in enumerate(self.infosets)
            for text, infoset in known.items()
            for action, probability in zip(infoset.actions, self.returned(infoset), strict=True)
        ]
        kinds = {"information_state": np.str_, "player": np.int8, "action": np.int64, "probability": np.float64}
        columns: dict[str, Any] = {
            name: np.array([row[k] for row in rows], kind) for k, (name, kind) in enumerate(kinds.items())
        }
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **columns)


def _sequential(game: Any) -> Any:
    """Return a game in turn-based form; raise ``GameError`` if it is not one for these methods."""
    import pyspiel

    if (players := game.num_players()) != 2:
        count = "one player" if players == 1 else f"{players} players"
        raise NotTwoPlayerZeroSum(f"{game} has {count}, but these methods are for two")
    kind = game.get_type()
    if str(kind.chance_mode) == "ChanceMode.SAMPLED_STOCHASTIC" or not kind.provides_information_state_string:
        raise GameError(f"{game} does not give its chance probabilities, or no information-state strings")
    simultaneous = str(kind.dynamics) == "Dynamics.SIMULTANEOUS"
    return pyspiel.convert_to_turn_based(game) if simultaneous else game


def _picker(seed: int, iteration: int, player: int) -> Pick:
    """Return the random choices of one walk."""
    source = random.Random(f"{seed} {iteration} {player}")

    def pick(probabilities: Sequence[float]) -> int:
        left = source.random()
        for k, probability in enumerate(probabilities):
            left -= probability
            if left < 0.0:
                return k
        return max(range(len(probabilities)), key=probabilities.__getitem__)  # the sum is 1 but for rounding

    return pick


def _sample_chance(state: Any, pick: Pick) -> float:
    """Apply a sampled outcome and return its probability."""
    outcomes = chance_outcomes(state)
    action, probability = outcomes[pick([chance for _, chance in outcomes])]
    state.apply_action(action)
    return float(probability)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0.0 else [1.0 / len(weights)] * len(weights)
