"""What a table and an isolated agent tell each other, as bytes.

A question is what the agent would be given at the table, less what it has already: the rules of its game, and the state
(``agents.agent``). An answer is a number, or words: it is taken apart by hand, never unpickled, so that what an agent
sends is read as an answer or not at all.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import Any

from agents.agent import Seating
from agents.runs.forfeit import Elsewhere, Returned, exact_action, illegal_reason, in_words

START, ACT, OBSERVE = range(3)
_DONE, _ACTION, _ODD, _NONE, _RAISED = (bytes([kind]) for kind in range(5))
_NUMBER = struct.Struct("<q")
LONGEST = 4096
"""Bytes of an answer."""


def start_question(seating: Seating) -> bytes:
    """Return the beginning of a game; the rules are those that the agent has loaded."""
    if seating.keys is not None:
        raise ValueError("an isolated agent makes its own random numbers")
    return pickle.dumps((START, (seating.seat, seating.seed, seating.view)))


def act_question(view: Any) -> bytes:
    """Return the question for an action at a view."""
    return pickle.dumps((ACT, (view,)))


def observe_question(before: Any, after: Any) -> bytes:
    """Return the news of a move, the views around it."""
    return pickle.dumps((OBSERVE, (before, after)))


def answer_of(function: Callable[..., Any], arguments: tuple[Any, ...], acts: bool) -> bytes:
    """Return the answer that calling an agent gives, whatever it returns or raises."""
    try:
        found = function(*arguments)
    except BaseException as error:  # an agent's code, as at a table (``agents.runs.forfeit.blame``)
        return _RAISED + in_words(error).encode()
    if not acts:
        return _DONE
    exact = exact_action(found)
    if exact is None or abs(exact) >= 1 << 63:
        return _NONE + illegal_reason(found).encode()
    if type(found) is int:
        return _ACTION + _NUMBER.pack(exact)
    return _ODD + _NUMBER.pack(exact) + illegal_reason(found).encode()


def read_answer(answer: bytes) -> Any:
    """Return what the agent returned, ``None`` if it was asked for nothing; raises ``Elsewhere`` for what it raised.

    Raises ``ValueError`` for what is no answer.
    """
    kind, rest = answer[:1], answer[1:]
    if kind == _DONE and not rest:
        return None
    if kind == _ACTION and len(rest) == _NUMBER.size:
        return _NUMBER.unpack(rest)[0]
    if kind == _ODD and len(rest) > _NUMBER.size:
        return Returned(_NUMBER.unpack(rest[: _NUMBER.size])[0], rest[_NUMBER.size :].decode(errors="replace"))
    if kind == _NONE:
        return Returned(None, rest.decode(errors="replace"))
    if kind == _RAISED:
        raise Elsewhere(rest.decode(errors="replace"))
    raise ValueError("no answer")
