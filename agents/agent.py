"""What sits at a table: an agent is started, shown views, and asked for actions.

One protocol serves OpenSpiel's games and Hanabi; only the view differs. **A view is all that the player may know, as
plain data**: it holds no state of the game, no seed and no reference to either, so that what is hidden cannot be
reached from it.

- ``OpenSpielView``: the legal actions and what the game itself tells this player, as OpenSpiel writes it.
- Hanabi: the flat state array with the own hand reading ``HIDDEN`` (``games.hanabi.layout``), int32 [state_size].

Players of others, made for OpenSpiel, are given its state, because their interface asks for it (``StateAgent``): like
OpenSpiel's own ``evaluate_bots``, a table trusts them not to look at what is hidden. Nothing written here does.

An agent is made once and plays many games; it must not carry anything from one game to the next, or results would
depend on which worker played what. All its randomness must come from the ``seed`` of ``start``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from search.seating import Explanation as Explanation
from search.seating import Seating as Seating
from search.seating import Sees as Sees


class OpenSpielView(NamedTuple):
    """What a player of an OpenSpiel game sees when it is to act.

    legal_actions : OpenSpiel's numbers of the legal actions.
    text : the information-state or observation string, as the agent's ``sees`` asks, otherwise empty.
    tensor : likewise the tensor, flat, otherwise empty.
    """

    legal_actions: tuple[int, ...]
    text: str = ""
    tensor: Sequence[float] = ()


class Agent(Protocol):
    """A player that decides by views: what a table asks of whoever sits at it.

    Anything with these methods is one; ``ViewAgent`` has all but ``act``. Made once, it plays many games.

    Attributes
    ----------
    sees : what it wants in the ``text`` or ``tensor`` of a view, as ``"information-state"``; ``"actions"``: neither.

    Examples
    --------
    >>> import tamaya
    >>> maker = tamaya.agent("uniform", tamaya.table_game("kuhn_poker")).make
    >>> [name for name in ("start", "act", "observe") if hasattr(maker(), name)]
    ['start', 'act', 'observe']
    """

    sees: Sees

    def start(self, seating: Seating) -> None:
        """Begin a game, forgetting any other."""
        ...

    def act(self, view: Any) -> int:
        """Return a legal action for the present view, this player to move."""
        ...

    def observe(self, before: Any, after: Any) -> None:
        """Take note of a move of any player, from the views around it.

        Called in Hanabi, where every move is public. OpenSpiel's tables do not call it: how often others move may be
        hidden, and an information state says what the player saw.
        """
        ...


class StateAgent(Protocol):
    """A player of somebody else's making that is given OpenSpiel's state and trusted with it."""

    def start(self, seating: Seating) -> None:
        """Begin a game."""
        ...

    def act_at(self, state: Any) -> int:
        """Return a legal action at a state, this player to move."""
        ...

    def inform(self, state: Any, player: int, action: int) -> None:
        """Take note that ``player`` (chance: -1) does ``action`` at ``state``."""
        ...


@runtime_checkable
class Explains(Protocol):
    """An agent that can say what it thinks."""

    def explain(self, view: Any) -> Explanation:
        """Return what the agent thinks of the present view, this player to move."""
        ...


class ViewAgent:
    """A base class for agents: remembers the seating, sees actions only, observes nothing; ``act`` is left to write.

    Attributes
    ----------
    sees : what a view has besides the legal actions, ``"actions"`` (nothing) unless a class says otherwise.
    seating : the game, the seat and the seed, from ``start`` on.

    Raises
    ------
    NotImplementedError
        By ``act``, until a class has one of its own.

    Examples
    --------
    >>> import tamaya
    >>> class Passive(tamaya.ViewAgent):
    ...     def act(self, view):
    ...         return min(view.legal_actions)
    >>> Passive().act(OpenSpielView(legal_actions=(0, 1)))
    0
    """

    sees: Sees = "actions"
    seating: Seating

    def start(self, seating: Seating) -> None:
        self.seating = seating

    def act(self, view: Any) -> int:
        raise NotImplementedError

    def observe(self, before: Any, after: Any) -> None:
        return None


AnyAgent = Agent | StateAgent
