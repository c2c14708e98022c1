"""The votes of each judge, language or whatever a column says, solved by themselves beside all votes together.

A group has the alternatives that it compared, so that one which a judge never saw is not "undefeated" there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console

from games.preference import PreferenceGame
from solvers.normal_form.command import solve_shown
from solvers.normal_form.leaderboard import most_probable
from solvers.normal_form.solution import NormalFormSolution
from solvers.output import number, short
from solvers.preference.report import game_content
from solvers.report import print_table
from solvers.solution import finite

if TYPE_CHECKING:
    from solvers.preference.options import Options

_NAMED = 3  # alternatives named in the line of a group
_LEAST = 5e-5  # probabilities that print as 0.0000 are not


class Group(NamedTuple):
    """One value of the column, its votes as a game, and the solution."""

    name: str
    game: PreferenceGame
    solution: NormalFormSolution


def solve_groups(
    console: Console, games: Mapping[str, PreferenceGame], algorithm: str, options: Options
) -> list[Group]:
    """Solve the game of every group as all votes together are solved."""
    arguments = options.solve_arguments()
    return [
        Group(name, game, solve_shown(console, game, algorithm, f"{options.by} {name}", **arguments))
        for name, game in games.items()
    ]


def print_groups(console: Console, column: str, groups: Sequence[Group]) -> None:
    """Print a line for each group: its votes, its most probable alternatives, and how well it is solved."""
    if not groups:
        return
    rows = []
    for name, game, solution in groups:
        best = [place for place in most_probable(solution.policy, _NAMED) if solution.policy[place] > _LEAST]
        policy = ", ".join(f"{short(game.labels[place], 24)} {solution.policy[place]:.3f}" for place in best)
        assert game.votes is not None
        counts = [
            f"{game.alternatives:,}",
            f"{game.votes.total:,.10g}",
            f"{game.pairs_never_compared:,} of {game.pairs:,}",
        ]
        unique = {True: "yes", False: "no", None: "?"}[solution.unique]
        rows.append([name or "–", *counts, policy, unique, number(solution.duality_gap)])
    headings = (column, "alternatives", "votes", "pairs never compared", "policy", "unique", "duality gap")
    print_table(console, headings, rows, text=(0, 4, 5), title=f"by {column}: each group by itself")


def groups_content(column: str | None, groups: Sequence[Group]) -> dict[str, Any]:
    """Return what ``solution.json`` says of the groups."""
    if column is None:
        return {}
    return {
        "by": column,
        "groups": [
            {
                "group": name,
                **game_content(game, solution),
                "duality_gap": finite(solution.duality_gap),
                "exploitability": finite(solution.exploitability),
                "converged": solution.converged,
            }
            for name, game, solution in groups
        ],
    }
