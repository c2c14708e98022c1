r"""Control variates for played games: luck taken out of the returns, with the expectation unchanged.

At every event whose probabilities are known – a chance event, or a decision of a player whose policy is known – the
value of what happened is compared with what was to be expected:

.. math:: \text{adjustment} = \sum_{\text{events } h} \Bigl[ v(h a_h) - \sum_a \pi(a \mid h)\, v(h a) \Bigr].

Each term has the mean 0 given the past, for *any* function v, so ``returns − adjustment`` has the same expectation as
the returns; where v is near the true value of a history, it has far less variance, and none if v is exact and all
events are known. These are the terms of MIVAT and of AIVAT without its imaginary observations (White and Bowling 2009;
Burch, Schmid, Moravčík, Morrill and Bowling, "AIVAT", AAAI 2018).

Two conditions. v must not have been fitted to the games that it corrects. And ``policies`` must be what the agents
really played: a policy that is not what was played makes it biased; leave ``None`` for a player one is not sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pyspiel

FloatArray = NDArray[np.float64]
Policy = Callable[["pyspiel.State"], Mapping[int, float]]
Value = Callable[["pyspiel.State"], ArrayLike]


def _policy(policy: Any) -> Policy | None:
    """Return a policy as a function of the state; an OpenSpiel ``Policy`` has ``action_probabilities(state)``."""
    if policy is None:
        return None
    found: Policy | None = getattr(policy, "action_probabilities", None) or (policy if callable(policy) else None)
    if found is None:
        raise ValueError(f"{policy!r} is no policy: it has no action_probabilities and cannot be called with a state")
    return found


def _checked_game(game: pyspiel.Game) -> pyspiel.Game:
    import pyspiel

    kind = game.get_type()
    if kind.dynamics != pyspiel.GameType.Dynamics.SEQUENTIAL:
        raise ValueError(f"{game} has simultaneous moves: load it with pyspiel.load_game_as_turn_based")
    if kind.chance_mode == pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError(f"{game} samples its chance events: control variates need their probabilities")
    return game


class ExactValue:
    """The exact expected returns of every history when all seats play known policies, by walking the tree below it.

    Call it with a state: returns [players]. Histories are remembered, so all of a game costs one walk through its tree;
    for games whose tree can be walked. ``policies``: one a seat, as in ``ControlVariate``.
    """

    def __init__(self, game: pyspiel.Game, policies: Sequence[Any]) -> None:
        self.game = _checked_game(game)
        if len(policies) != game.num_players():
            raise ValueError(f"{game} has {game.num_players()} players, not {len(policies)}: give one policy each")
        self._policies = [_policy(policy) for policy in policies]
        if None in self._policies:
            raise ValueError("exact values need the policy of every seat")
        self._known: dict[tuple[int, ...], FloatArray] = {}

    def __call__(self, state: pyspiel.State) -> FloatArray:
        key = tuple(state.history())
        if (found := self._known.get(key)) is None:
            found = np.asarray(self._value(state), dtype=np.float64)
            self._known[key] = found
        return found

    def _value(self, state: pyspiel.State) -> Any:
        if state.is_terminal():
            return state.returns()
        children = _children(state, self._policies)
        assert children is not None
        return sum(probability * self(state.child(action)) for action, probability in children)


def _children(state: pyspiel.State, policies: Sequence[Policy | None]) -> list[tuple[int, float]] | None:
    """Return the actions of positive probability with it; ``None`` at a decision whose policy is not known."""
    if state.is_chance_node():
        return [(action, probability) for action, probability in state.chance_outcomes() if probability > 0]
    policy = policies[state.current_player()]
    if policy is None:
        return None
    pairs = [(int(action), float(chance)) for action, chance in policy(state).items() if chance > 0]
    if abs(sum(chance for _, chance in pairs) - 1.0) > 1e-6:
        raise ValueError(f"the policy of seat {state.current_player()} does not sum to 1 after {state.history_str()}")
    return pairs


class ControlVariate:
    """Adjustments of finished games of one OpenSpiel game with sequential moves.

    Parameters
    ----------
    game
        The game; its chance events have explicit probabilities.
    value
        v: takes a state – at any history, the last one included – and returns a number for each seat, [players]. An
        ``ExactValue`` of solved policies, or any function of the state.
    policies
        What each seat plays, or ``None`` where it is not known: OpenSpiel policies, or functions of the state that
        return {action: probability}. Left out: chance events only.

    Raises
    ------
    ValueError
        For games with simultaneous moves or sampled chance events, and if a policy gave what was played no chance.
    """

    def __init__(self, game: pyspiel.Game, value: Value, policies: Sequence[Any] | None = None) -> None:
        self.game = _checked_game(game)
        players = game.num_players()
        self._policies = [_policy(policy) for policy in policies] if policies is not None else [None] * players
        if len(self._policies) != players:
            raise ValueError(f"{game} has {players} players, not {len(self._policies)}: give a policy or None for each")
        self._value = value

    def adjustment(self, history: Sequence[int]) -> FloatArray:
        """Return what to subtract from the returns of each seat. [players]

        ``history``: all actions of the game with its chance outcomes, as ``state.history()`` gives them. A game that
        ended early (a forfeit) is adjusted for what was played of it.
        """
        state = self.game.new_initial_state()
        total = np.zeros(self.game.num_players())
        for action in history:
            children = _children(state, self._policies)
            if children is not None and len(children) > 1:
                total += self._term(state, int(action), children)
            state.apply_action(int(action))
        return total

    def adjusted(self, history: Sequence[int], returns: ArrayLike) -> FloatArray:
        """Return ``returns − adjustment``, [players]: the same expectation with less luck."""
        return np.asarray(returns, dtype=np.float64) - self.adjustment(history)

    def _term(self, state: pyspiel.State, played: int, children: Sequence[tuple[int, float]]) -> FloatArray:
        expected = np.zeros(self.game.num_players())
        reached: FloatArray | None = None
        for action, probability in children:
            value = np.asarray(self._value(state.child(action)), dtype=np.float64)
            expected += probability * value
            if action == played:
                reached = value
        if reached is None:
            raise ValueError(
                f"seat {state.current_player()} played {state.action_to_string(played)} after "
                f"{state.history_str() or 'nothing'}, which its policy never plays: give None for its policy"
            )
        return np.asarray(reached - expected)
