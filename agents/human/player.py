"""A person at the terminal, as an agent: sees what the seat sees, asks a planner for hints, types moves.

A person is shown text made from the seat's view only. ``?`` shows what a planner thinks of the decision: the policy it
would play and the value it expects of each action. What is typed and is not a legal move is asked for again; a move
once made stays made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.agent import AnyAgent, Explains, Explanation, Seating
from agents.game import Game
from agents.openspiel.adapters import view_of
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_text, parse_move
from games.hanabi.position import Position
from games.hanabi.text import position_text

_SHORT = re.compile(r"([pdh])\s*(?:\+(\d)\s*)?([a-z]+|\d)")
_HELP = "Type a move, ? for a hint, q to leave."


class Quit(BaseException):
    """The person has left the table."""


@dataclass
class Terminal:
    """Where a person reads and types. ``read(prompt)`` returns a line, and raises ``EOFError`` at the end."""

    console: Console
    read: Callable[[str], str]

    def say(self, text: str | Text = "") -> None:
        """Print plain text."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def ask(self, prompt: str) -> str:
        """Return what the person types; raises ``Quit`` for ``q`` or the end of the input."""
        try:
            answer = self.read(prompt).strip()
        except EOFError:
            raise Quit from None
        if answer.lower() in ("q", "quit", "exit"):
            raise Quit
        return answer


class Human:
    """What a person does in any game; ``hints``: the planner that is asked, or None."""

    def __init__(self, terminal: Terminal, hints: Any | None = None) -> None:
        self.terminal = terminal
        self.hints = hints

    def start(self, seating: Seating) -> None:
        """Begin a game."""
        self.seating = seating
        if self.hints is not None:
            self.hints.start(seating)

    def choose(self, parse: Callable[[str], int], words: Callable[[int], str], explain: Callable[[], Any]) -> int:
        """Ask until a legal move is typed. ``parse`` raises ``ValueError`` with one sentence for anything else."""
        while True:
            answer = self.terminal.ask("> ")
            if answer == "?":
                self._show_hint(words, explain)
            elif not answer:
                self.terminal.say(_HELP)
            else:
                try:
                    return parse(answer)
                except ValueError as error:
                    self.terminal.say(f"{error}. {_HELP}")

    def _show_hint(self, words: Callable[[int], str], explain: Callable[[], Explanation]) -> None:
        if self.hints is None:
            self.terminal.say("There is no planner to ask: start again with --hints.")
            return
        try:
            explanation = explain()
        except (ValueError, LookupError) as error:
            self.terminal.say(f"The planner has no answer: {error}.")
            return
        self.terminal.console.print(explanation_table(explanation, words))


class OpenSpielHuman(Human):
    """A person in a game of OpenSpiel: shown the observation (or information state), and the legal actions in words."""

    def act_at(self, state: Any) -> int:
        """Return the action that the person types."""
        seat = self.seating.seat
        self.terminal.say(f"\n{seen_text(state, seat)}\n")
        words = {action: state.action_to_string(seat, action) for action in state.legal_actions()}
        for action, word in words.items():
            self.terminal.say(f"{action:>4}  {word}")
        return self.choose(lambda typed: parse_action(typed, words), words.__getitem__, lambda: self._explain(state))

    def inform(self, state: Any, player: int, action: int) -> None:
        """Pass on to the planner what happens."""
        planner: Any = self.hints
        if hasattr(planner, "inform"):
            planner.inform(state, player, action)

    def _explain(self, state: Any) -> Explanation:
        planner: Any = self.hints
        if hasattr(planner, "explain_at"):
            found: Explanation = planner.explain_at(state)
            return found
        return planner.explain(view_of(state, self.seating.seat, planner.sees))  # type: ignore[no-any-return]


class HanabiHuman(Human):
    """A person at Hanabi: shown the table with the own cards hidden."""

    sees = "actions"

    def act(self, view: NDArray[np.int32]) -> int:
        """Return the move that the person types."""
        game, seat = self.seating.game, self.seating.seat
        shown = Position(game, view)
        self.terminal.say(f"\n{position_text(shown, seat)}\n")
        legal = shown.legal_moves()
        return self.choose(
            lambda typed: parse_hanabi(game, typed, legal),
            lambda move: move_text(game, move),
            lambda: self.hints.explain(view),  # type: ignore[union-attr]
        )

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        """Pass on to the planner what happens."""
        if self.hints is not None:
            self.hints.observe(before, after)


def seen_text(state: Any, seat: int) -> str:
    """Return what the player of ``seat`` sees of a state of OpenSpiel, as text."""
    kind = state.get_game().get_type()
    if kind.information == type(kind.information).PERFECT_INFORMATION:
        return str(state)
    if kind.provides_information_state_string:
        return str(state.information_state_string(seat))
    return str(state.observation_string(seat))


def parse_action(typed: str, words: dict[int, str]) -> int:
    """Return the legal action with this number or this word, or the only one that begins so."""
    if typed.isdigit() and int(typed) in words:
        return int(typed)
    wanted = typed.casefold()
    exact = [action for action, word in words.items() if word.casefold() == wanted]
    found = exact or [action for action, word in words.items() if word.casefold().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    what = "could be several actions" if found else "is not a legal action"
    raise ValueError(f"{typed!r} {what}; legal are {', '.join(f'{a} ({w})' for a, w in words.items())}")


def parse_hanabi(game: HanabiGame, typed: str, legal: list[int]) -> int:
    """Return the legal move in these words; ``p0``, ``d0``, ``h red``, ``h2`` and ``h+2 red`` are short for them."""
    move = parse_move(game, _in_full(typed.strip().lower()))
    if move not in legal:
        choices = ", ".join(move_text(game, one) for one in legal)
        raise ValueError(f"{move_text(game, move)} is not legal here; legal are {choices}")
    return move


def _in_full(typed: str) -> str:
    found = _SHORT.fullmatch(typed)
    if not found:
        return typed
    verb, target, what = found.groups()
    if verb in "pd":
        return f"{'play' if verb == 'p' else 'discard'} {what}"
    return f"hint +{target or 1} {what}"


def explanation_table(explanation: Explanation, words: Callable[[int], str]) -> Table:
    """Return a planner's thoughts as a table, the most probable action first."""
    table = Table(title=Text(explanation.source), title_justify="left")
    table.add_column("action")
    for heading in ("policy", "value", "± s.e."):
        table.add_column(heading, justify="right")
    rows = zip(explanation.actions, explanation.policy, explanation.values, explanation.errors, strict=True)
    for action, probability, value, error in sorted(rows, key=lambda row: -row[1]):
        table.add_row(Text(words(action)), f"{probability:.1%}", _number(value), _number(error))
    return table


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def human(game: Game) -> Callable[[], AnyAgent]:
    """A person at this terminal (``python -m agents.play``)."""
    kind = HanabiHuman if game.hanabi else OpenSpielHuman
    return lambda: kind(Terminal(Console(), input))  # type: ignore[return-value]


def can_explain(agent: Any) -> bool:
    """Return whether an agent can be asked for hints."""
    return hasattr(agent, "explain_at") or isinstance(agent, Explains)
