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
from games.hanabi.text import event_text, position_text
from games.hanabi.view import Watcher

_CARD = re.compile(r"(p|play|d|discard) ?(\d)")
_HINT = re.compile(
    r"(?:(?:hint|h)(?: |(?=[+\d])))?(?:\+(\d) ?)?(?:(?:r|rank) ?(\d)|(\d|(?!p$|d$|h$|hint$|play$|discard$)[a-z]+))"
)
_HELP = "Type a move, ? for a hint, q to leave."
_HANABI_HELP = """Cards are numbered from 0, the oldest; under each is what hints leave possible: R. is red, .1 a 1.
  play 0, p0            play card 0
  discard 0, d0         discard card 0 (not with all hint tokens)
  red, hint red, h red  tell of all red cards, to the only player who can be told
  r1, hint 1, h1        tell of all cards of rank 1
  +2 red, hint +2 1     tell the player two seats on
  ?                     what a planner thinks of each move
  q                     leave the table"""


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
    """What a person does in any game; ``hints``: the planner that is asked, or None; ``help``: what can be typed."""

    help = _HELP

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
            elif answer.lower() in ("help", "h"):
                self.terminal.say(self.help)
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
        if remark := why_not_the_highest(explanation, words):
            self.terminal.say(remark)


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
    """A person at Hanabi: told what happened since the last own move, shown the table with the own cards hidden."""

    sees = "actions"
    help = _HANABI_HELP

    def start(self, seating: Seating) -> None:
        super().start(seating)
        self._watcher = Watcher(seating.game, seating.seat)

    def act(self, view: NDArray[np.int32]) -> int:
        """Return the move that the person types."""
        game, seat = self.seating.game, self.seating.seat
        shown = self._watcher.view(view)
        if shown.since_my_move:
            self.terminal.say("\nSince your last move:" if shown.since_my_move[0].player == seat else "\nSo far:")
        for event in shown.since_my_move:
            self.terminal.say(f"  {event_text(game, event, self._name)}")
        self.terminal.say(f"\n{position_text(shown, seat)}\n")
        legal = shown.legal_moves()
        return self.choose(
            lambda typed: parse_hanabi(game, typed, legal),
            lambda move: move_text(game, move),
            lambda: self.hints.explain(view),  # type: ignore[union-attr]
        )

    def _name(self, player: int) -> str:
        return "you" if player == self.seating.seat else f"player {player}"

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        """Take note of what happens, and pass it on to the planner."""
        self._watcher.note(after)
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
    """Return the legal move in these words, or in short ones.

    ``p0``, ``d0``: play or discard card 0. ``red``, ``r1`` or ``1``, ``h red``, ``hint 1``: to the only player who can
    get such a hint. ``+2 red``, ``h+2 red``, ``hint +2 1``: to the player two seats on.
    """
    words = " ".join(typed.strip().lower().split())
    if card := _CARD.fullmatch(words):
        move = parse_move(game, f"{'play' if card[1].startswith('p') else 'discard'} {card[2]}")
    elif hint := _HINT.fullmatch(words):
        move = _hint(game, hint[1], hint[2] or hint[3], legal)
    else:
        move = parse_move(game, typed)
    if move not in legal:
        choices = ", ".join(move_text(game, one) for one in legal)
        raise ValueError(f"{move_text(game, move)} is not legal here; legal are {choices}")
    return move


def _hint(game: HanabiGame, target: str | None, value: str, legal: list[int]) -> int:
    """Return a hint; one that names no target goes to the only player whom it can go to."""
    if target is not None:
        return parse_move(game, f"hint +{target} {value}")
    moves = [parse_move(game, f"hint +{offset} {value}") for offset in range(1, game.players)]
    possible = [move for move in moves if move in legal]
    if len(possible) > 1:
        choices = " or ".join(move_text(game, move) for move in possible)
        raise ValueError(f"{value!r} could be a hint to several players: say {choices}")
    return possible[0] if possible else moves[0]


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


def why_not_the_highest(explanation: Explanation, words: Callable[[int], str]) -> str:
    """Return why the recommendation, the most probable action, is not that of the highest value; empty if it is."""
    rows = list(zip(explanation.actions, explanation.policy, explanation.values, explanation.errors, strict=True))
    known = [row for row in rows if math.isfinite(row[2])]
    if len(known) < 2:
        return ""
    recommended, best = max(rows, key=lambda row: row[1]), max(known, key=lambda row: row[2])
    if best[0] == recommended[0] or not math.isfinite(recommended[2]):
        return ""
    ahead, error = best[2] - recommended[2], math.hypot(*(row[3] for row in (best, recommended)))
    noise = f", which is {ahead / error:.1f} standard errors of the two" if math.isfinite(error) and error > 0 else ""
    return (
        f"{words(best[0])} has the highest value, {ahead:.3f} above {words(recommended[0])}{noise}. The search "
        "starts from what its blueprint would do, and leaves that only for more than noise and habit are worth: others "
        "read a move as the blueprint's."
    )


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def human(game: Game) -> Callable[[], AnyAgent]:
    """A person at this terminal (``python -m agents.play``)."""
    kind = HanabiHuman if game.hanabi else OpenSpielHuman
    return lambda: kind(Terminal(Console(), input))  # type: ignore[return-value]


def can_explain(agent: Any) -> bool:
    """Return whether an agent can be asked for hints."""
    return hasattr(agent, "explain_at") or isinstance(agent, Explains)
