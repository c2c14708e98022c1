"""The process of an isolated agent: it loads one agent, and its forks answer what a table asks.

It is a playing process (``agents.runs.playing_process``) whose forks, instead of playing games, hold a player: the
table with its state is in another process.
"""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from agents.agent import Seating, Sees, ViewAgent
from agents.game import load_game
from agents.isolated.messages import ACT, OBSERVE, START, answer_of
from agents.modules import allow_local_modules
from agents.registry import agent_type
from agents.runs import playing_process


class Loaded(NamedTuple):
    """What is told of an agent that has been loaded: as ``agents.registry.AgentType``, and what its players want.

    given_state : it wants the state of the game. observes : it takes note of moves. sees : what it wants in views.
    """

    label: str
    text: str
    weights: str | None
    repeats: bool
    given_state: bool
    observes: bool
    sees: Sees


def load(what: tuple[str, str]) -> Loaded:
    """Load the agent of (game, specification) in this process, whose forks are its players from then on.

    Raises ``ValueError`` with one sentence if it cannot be had.
    """
    allow_local_modules()
    game = load_game(what[0])
    kind = agent_type(what[1], game)
    player: Any = kind.make()
    playing_process.server = lambda link: _answer(link, game.rules, player)
    observes = getattr(type(player), "observe", None) is not ViewAgent.observe or "observe" in vars(player)
    given_state = hasattr(player, "act_at")
    sees: Sees = getattr(player, "sees", "actions")
    return Loaded(kind.label, kind.text, kind.weights, kind.repeats, given_state, observes, sees)


def _answer(link: Connection, rules: Any, player: Any) -> None:
    """Answer a table until it is gone."""
    while True:
        try:
            doing, arguments = pickle.loads(link.recv_bytes())
        except (EOFError, OSError):
            return
        if doing == START:
            seat, seed, view = arguments
            answer = answer_of(player.start, (Seating(rules, seat, seed, view),), acts=False)
        else:
            call = {ACT: player.act, OBSERVE: player.observe}[doing]
            answer = answer_of(call, arguments, acts=doing == ACT)
        link.send_bytes(answer)
