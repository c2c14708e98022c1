"""What a table tells a player at the start, and what a player can say of a decision: plain data, for any game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from search.planner import Decision

Sees = Literal["actions", "information-state", "observation", "information-state-tensor", "observation-tensor"]
"""What an agent wants in the ``text`` or ``tensor`` of a view; ``"actions"``: neither."""


class Seating(NamedTuple):
    """Where an agent sits in a game.

    game : a ``pyspiel.Game`` (rules only) or a ``games.hanabi.game.HanabiGame``.
    seat : the player's number.
    seed : of the agent's randomness in this game, 64 bits; nothing hidden can be computed from it.
    view : the view at the start of the game (Hanabi), otherwise None.
    keys : random keys that the table has made (``search.hanabi.keys.SeatKeys``), used in place of the seed; or None.
    """

    game: Any
    seat: int
    seed: int
    view: Any = None
    keys: Any = None


class BeliefRecord(NamedTuple):
    """How often a player that searches could not say what is hidden, in one game or several.

    decisions : that it made. fallbacks : of them, those without a usable belief, in which it did not search. rebuilds :
    decisions before which its belief was built anew, because it was empty or did not explain what was seen.
    """

    decisions: int = 0
    fallbacks: int = 0
    rebuilds: int = 0

    def plus(self, decision: Decision) -> BeliefRecord:
        """Return the record with one more decision."""
        fallback = decision.outcome == "fallback"
        return BeliefRecord(self.decisions + 1, self.fallbacks + fallback, self.rebuilds + decision.rebuilt)


class RecordsBeliefs:
    """A base class of players that search: a table asks them for their record at the end of a game."""

    def belief_record(self) -> BeliefRecord:
        """Return the record of the present game."""
        raise NotImplementedError


@dataclass(frozen=True)
class Explanation:
    """What a planner thinks of a decision: a row for each legal action.

    Attributes
    ----------
    actions : the legal actions. [actions]
    policy : their probabilities. [actions]
    values : expected utilities, NaN where unknown. [actions]
    errors : their standard errors, NaN where exact or unknown. [actions]
    source : a few words on where they come from.

    Examples
    --------
    >>> found = Explanation((0, 1), (0.25, 0.75), (-0.5, 0.1), (0.02, 0.03), "mds over smart")
    >>> found.actions[found.policy.index(max(found.policy))]
    1
    """

    actions: tuple[int, ...]
    policy: tuple[float, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    source: str

    @classmethod
    def of(cls, decision: Decision, source: str, scale: float = 1.0, offset: float = 0.0) -> Explanation:
        """Return the explanation of a decision whose values ``q`` are utilities ``scale q + offset``."""
        policy = np.exp(decision.log_policy)
        notes = "; ".join(filter(None, (decision.fault, "belief built anew" if decision.rebuilt else "")))
        return cls(
            tuple(decision.actions.tolist()),
            tuple((policy / policy.sum()).tolist()),
            tuple((decision.q * scale + offset).tolist()),
            tuple((decision.standard_error * scale).tolist()),
            f"{decision.rollouts} rollouts{source}, {decision.outcome}" + (f" ({notes})" if notes else ""),
        )
