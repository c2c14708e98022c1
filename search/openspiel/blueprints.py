"""Blueprints: the policies that everybody is assumed to follow, asked for many states at a time.

A blueprint is asked at states that the planner made up, never at the real one, and answers for the player to move
there. Batches serve networks: rollouts advance together, and each ply is one call of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from games.extensive.game import ExtensiveGame, Policy
from games.extensive.policies import policy_table, read_policy_tables

FloatArray = NDArray[np.float64]
Table = Mapping[str, Sequence[tuple[int, float]]]
"""Information-state string → [(action, probability), ...]; actions that are not named have probability 0."""

_TOLERANCE = 1e-6


class Blueprint(Protocol):
    """A policy for all players."""

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        """Return the probabilities of ``state.legal_actions()`` at each state, for the player to move."""
        ...


class UniformBlueprint:
    """Every legal action with the same probability."""

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        return [np.full(count, 1.0 / count) for count in (len(state.legal_actions()) for state in states)]


class OpenSpielBlueprint:
    """Any object with OpenSpiel's ``action_probabilities(state)``, Python's or C++'s."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        return [_row(self._policy.action_probabilities(state), state) for state in states]


class TabularBlueprint:
    """A table for each player (or one for all), by information-state strings.

    ``tables`` is what it was made of (``games.extensive.policies.policy_from_table`` takes it). Asking for an
    information state that the table lacks raises ``ValueError``, which names it.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tuple(tables)
        self._tables = [{text: dict(row) for text, row in table.items()} for table in tables]

    @classmethod
    def of_compiled(cls, game: ExtensiveGame, policy: Policy) -> TabularBlueprint:
        """Return the blueprint of a policy of a compiled game (``games.extensive``, ``solvers.extensive``)."""
        return cls([policy_table(game, policy, player) for player in (0, 1)])

    @classmethod
    def from_file(cls, path: Path | str) -> TabularBlueprint:
        """Return the blueprint of a ``policy.npz`` as ``python -m solvers.extensive`` writes it."""
        return cls(read_policy_tables(Path(path)))

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        rows = []
        for state in states:
            player = state.current_player()
            text = state.information_state_string()
            table = self._tables[player if len(self._tables) > 1 else 0]
            if text not in table:
                raise ValueError(f"the blueprint lacks the information state {text!r} of player {player}")
            rows.append(_row(table[text], state))
        return rows


class NetworkBlueprint:
    """A torch network, or anything called like one: ``network(tensors, masks)``.

    ``tensors`` [states, size] are information-state tensors (observation tensors where the game has no others),
    ``masks`` [states, actions] is True at legal actions; both are torch tensors (float32, bool) on ``device``. The
    result [states, actions] are logits; those of illegal actions are not used. Gradients are off.
    """

    def __init__(self, network: Callable[[Any, Any], Any], device: str = "cpu") -> None:
        self._network = network
        self._device = device

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        import torch

        if not states:
            return []
        information = states[0].get_game().get_type().provides_information_state_tensor
        tensors = [s.information_state_tensor() if information else s.observation_tensor() for s in states]
        masks = np.array([state.legal_actions_mask() for state in states], dtype=np.bool_)
        with torch.no_grad():
            inputs = torch.as_tensor(np.array(tensors, dtype=np.float32), device=self._device)
            answer = self._network(inputs, torch.as_tensor(masks, device=self._device))
        logits = answer.detach().cpu().double().numpy()
        if logits.shape != masks.shape:
            raise ValueError(f"the network must return logits of shape {masks.shape}, not {logits.shape}")
        return [_softmax(row[mask]) for row, mask in zip(logits, masks, strict=True)]


class Softened:
    """A blueprint mixed with the uniform policy: ``(1 - epsilon) pi + epsilon / k`` over the ``k`` legal actions.

    Mirror descent never returns to an action of probability 0, and a belief rules out every history in which one was
    played; so a deterministic blueprint should be softened.
    """

    def __init__(self, blueprint: Blueprint, epsilon: float) -> None:
        if not 0.0 <= epsilon <= 1.0:
            raise ValueError(f"epsilon must be in [0, 1], not {epsilon}")
        self._blueprint = blueprint
        self._epsilon = epsilon

    def probabilities(self, states: Sequence[Any]) -> list[FloatArray]:
        epsilon = self._epsilon
        return [(1.0 - epsilon) * row + epsilon / len(row) for row in self._blueprint.probabilities(states)]


def as_blueprint(source: Any) -> Blueprint:
    """Return a blueprint from what people have.

    ``"uniform"``; the path of a ``policy.npz``; a blueprint; an OpenSpiel policy; a ``torch.nn.Module``. Raises
    ``ValueError`` for anything else.
    """
    if isinstance(source, str) and source == "uniform":
        return UniformBlueprint()
    if isinstance(source, str | Path):
        return TabularBlueprint.from_file(source)
    if hasattr(source, "probabilities"):
        blueprint: Blueprint = source
        return blueprint
    if hasattr(source, "action_probabilities"):
        return OpenSpielBlueprint(source)
    if hasattr(source, "state_dict") and callable(source):
        return NetworkBlueprint(source)
    raise ValueError(
        f"a {type(source).__name__} is no blueprint: give 'uniform', the path of a policy.npz, an OpenSpiel policy or "
        "an object with probabilities(states)"
    )


def _softmax(logits: FloatArray) -> FloatArray:
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum())


def _row(answer: Any, state: Any) -> FloatArray:
    """Return the probabilities of the legal actions from a mapping or pairs; checked."""
    given = answer if isinstance(answer, dict) else dict(answer)
    row = np.array([given.get(action, 0.0) for action in state.legal_actions()], dtype=np.float64)
    if not (abs(row.sum() - 1.0) <= _TOLERANCE and (row >= 0.0).all()):
        text = f"the blueprint's probabilities after {state.history()} must be at least 0 and sum to 1"
        raise ValueError(f"{text}, not {row.tolist()}")
    return row
