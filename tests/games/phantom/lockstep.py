"""Phantom games in lockstep with OpenSpiel: everything a player can see or do, after every attempt."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from games.phantom import rules
from games.phantom.bridges import row_of_string
from games.phantom.game import PhantomGame
from games.phantom.information_states import InformationStates, information_states
from games.phantom.sequences import attempts_of, row_of


class Mismatch(AssertionError):
    """The two engines disagree; the message shows where."""


class Played(NamedTuple):
    attempts: int
    returns: float


class PhantomLockstep:
    """One of the phantom games on our rules and, by its ``open_spiel_name``, on OpenSpiel's."""

    def __init__(self, game: PhantomGame) -> None:
        import pyspiel

        self.game = game
        self.states: InformationStates = information_states(game)
        self.reference: Any = pyspiel.load_game(game.open_spiel_name)

    def play(self, seed: int, number: int) -> Played:
        """Play a random game in both engines; raise ``Mismatch`` at the first difference."""
        game, generator = self.game, random.Random(f"{seed} {number}")
        state, reference = rules.START, self.reference.new_initial_state()
        attempts: tuple[list[tuple[int, bool]], list[tuple[int, bool]]] = ([], [])
        while not rules.is_over(state):
            self.compare(state, reference, attempts)
            player = rules.player_to_move(state)
            cell = generator.choice(reference.legal_actions())
            state = rules.attempt(state, cell, game.winning, game.cells, game.abrupt)
            attempts[player].append((cell, bool(rules.refused(state, player) >> cell & 1)))
            reference.apply_action(cell)
        if not reference.is_terminal() or reference.returns() != [rules.utility(state), -rules.utility(state)]:
            raise Mismatch(f"the end: {rules.utility(state)}, OpenSpiel {reference.returns()}\n{reference}")
        return Played(len(attempts[0]) + len(attempts[1]), rules.utility(state))

    def compare(self, state: int, reference: Any, attempts: tuple[list[tuple[int, bool]], ...]) -> None:
        """Compare player, legal actions and what both players know."""
        game, player = self.game, rules.player_to_move(state)
        if reference.is_terminal() or reference.current_player() != player:
            raise Mismatch(f"player {player} is to move, OpenSpiel says {reference.current_player()}\n{reference}")
        legal = [cell for cell in range(game.cells) if rules.legal_cells(state, game.cells) >> cell & 1]
        if legal != reference.legal_actions():
            raise Mismatch(f"legal cells {legal}, OpenSpiel {reference.legal_actions()}\n{reference}")
        row = row_of(self.states, player, attempts[player])
        if attempts_of(self.states, player, row) != tuple(attempts[player]):
            raise Mismatch(f"row {row} does not lead back to {attempts[player]}")
        for seat in range(2):
            text = reference.information_state_string(seat)
            mine = open_spiel_string(game, seat, attempts[seat], len(attempts[0]) + len(attempts[1]))
            if text != mine:
                raise Mismatch(f"player {seat} knows {mine!r}, OpenSpiel says {text!r}")
        if row_of_string(self.states, player, reference.information_state_string(player)) != row:
            raise Mismatch(f"row {row} is not {reference.information_state_string(player)!r}")


def open_spiel_string(game: PhantomGame, player: int, attempts: list[tuple[int, bool]], length: int) -> str:
    """Return OpenSpiel's information-state string, written anew from what is documented of it."""
    view = {cell: "xo"[player ^ refused] for cell, refused in attempts}
    text = ""
    for cell in range(game.cells):
        text += view.get(cell, ".") + ("\n" if cell % game.columns == game.columns - 1 else "")
    text += f"{length}\n" if game.hex else ""
    return text + "".join(f"{player},{cell} " for cell, _ in attempts)
