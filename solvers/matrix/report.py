"""What ``python -m solvers.matrix`` prints and writes: both players' policies and the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from games.matrix import MatrixGame
from solvers.normal_form.command.report import left_out, most_probable, short
from solvers.normal_form.solution import NormalFormSolution

FloatArray = NDArray[np.float64]


def print_policies(console: Console, game: MatrixGame, solution: NormalFormSolution) -> None:
    """Print both policies, most probable actions first, with what each action earns against the other policy."""
    against_columns = game.payoffs @ solution.column_policy
    against_rows = -(solution.policy @ game.payoffs)
    players = (
        ("row player", game.row_labels, game.row_reference, solution.policy, against_columns),
        ("column player", game.column_labels, game.column_reference, solution.column_policy, against_rows),
    )
    scale = float(np.abs(game.payoffs).max())
    for player, labels, reference, policy, values in players:
        payoffs = [_plain(value, scale) for value in values]
        _print_player(console, player, labels, reference, policy, payoffs)
    console.print(f"value to the row player: {_plain(solution.value, scale, 9)}", highlight=False)


def _plain(value: float, scale: float, digits: int = 6) -> str:
    """Return a payoff; what is a rounding error of payoffs of this scale is 0."""
    return f"{0.0 if abs(value) <= 1e-12 * scale else value:.{digits}g}"


def _print_player(
    console: Console,
    player: str,
    labels: Sequence[str],
    reference: FloatArray,
    policy: FloatArray,
    payoffs: Sequence[str],
) -> None:
    order = most_probable(policy)
    note = left_out(len(order), len(labels), policy, order)
    table = Table(caption=note or None, caption_justify="left")
    table.add_column(player)
    for heading in ("reference", "policy", "payoff"):
        table.add_column(heading, justify="right", no_wrap=True)
    for index in order:
        numbers = f"{reference[index]:.4f}", f"{policy[index]:.4f}", payoffs[index]
        table.add_row(escape(short(labels[index])), *numbers)
    console.print(table)


def game_content(game: MatrixGame, solution: NormalFormSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says of the game."""
    return {
        "labels": list(game.row_labels),
        "policy": solution.policy.tolist(),
        "column_labels": list(game.column_labels),
        "column_policy": solution.column_policy.tolist(),
        "value": solution.value,
        "reference": game.row_reference.tolist(),
        "column_reference": game.column_reference.tolist(),
    }
