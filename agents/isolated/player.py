"""A player whose agent is in a process of its own: at a table it is an agent like others.

The process is sent what the agent may see, and its answers are numbers and words (``agents.isolated.messages``). An
agent that ends it, or that does not answer in time, forfeits that game and has a new one for the next.
"""

from __future__ import annotations

import atexit
import weakref
from typing import Any

from agents.agent import Seating
from agents.isolated.messages import LONGEST, act_question, observe_question, read_answer, start_question
from agents.isolated.process import Loaded, load
from agents.runs.forfeit import Died, Elsewhere, OutOfTime
from agents.runs.watched import WatchedProcess

_processes: weakref.WeakSet[AgentProcess] = weakref.WeakSet()


@atexit.register
def close_all() -> None:
    """End the processes of all isolated agents."""
    for process in list(_processes):
        process.close()


class AgentProcess(WatchedProcess):
    """The process of one agent at one seat; raises what loading it raises."""

    def __init__(self, game: str, text: str) -> None:
        super().__init__()
        _processes.add(self)
        self._game, self._text = game, text
        self.loaded: Loaded = self.load(load, (game, text), [text])

    def ask(self, question: bytes, limit: float | None) -> Any:
        """Return what the agent answers; raises ``Elsewhere``, ``Died`` or ``OutOfTime`` for what it does instead."""
        try:
            self.load(load, (self._game, self._text), [self._text])  # a process that is gone is started anew
            link = self._opened()
            link.send_bytes(question)
            if limit is not None and not link.poll(limit):
                raise OutOfTime
            return read_answer(link.recv_bytes(LONGEST))
        except Elsewhere:
            raise
        except (EOFError, OSError):
            raise Died(self._end_session(kill=False)) from None
        except ValueError:
            self._end_session(kill=True)
            raise Elsewhere("it sent what is no answer") from None
        except BaseException:
            self._end_session(kill=True)  # whatever it is at, the next game has another fork
            raise


class IsolatedPlayer:
    """An agent at a table, somewhere else (``agents.agent.Agent``)."""

    def __init__(self, process: AgentProcess, limit: float | None) -> None:
        self._process, self._limit = process, limit
        self.sees = process.loaded.sees
        if not process.loaded.observes:
            self.observe = lambda before, after: None  # type: ignore[method-assign]

    def start(self, seating: Seating) -> None:
        """Begin a game."""
        self._process.ask(start_question(seating), self._limit)

    def act(self, view: Any) -> Any:
        """Return what the agent returned."""
        return self._process.ask(act_question(view), self._limit)

    def observe(self, before: Any, after: Any) -> None:
        """Tell the agent of a move."""
        self._process.ask(observe_question(before, after), self._limit)
