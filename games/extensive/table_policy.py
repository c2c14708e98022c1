"""A policy as plain tables: it can be pickled, sent to other processes, and asked as OpenSpiel's policies are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from games.extensive.game import Floats
from games.extensive.policies import SequenceForm, policy_table


@dataclass(frozen=True)
class TablePolicy:
    """For each player information-state string → action → probability; needs neither the game nor its arrays.

    Examples
    --------
    >>> import pickle
    >>> from games.extensive import compile_game
    >>> from games.extensive.policies import uniform_policy
    >>> kuhn = compile_game("kuhn_poker")
    >>> policy = pickle.loads(pickle.dumps(table_policy(kuhn, uniform_policy(kuhn))))
    >>> policy.tables[1]["0b"]
    {0: 0.5, 1: 0.5}
    """

    game: str
    tables: tuple[Mapping[str, Mapping[int, float]], ...]

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        """Return action → probability at a state; uniform where the tables say nothing."""
        player = state.current_player() if player_id is None else player_id
        row = self.tables[player].get(state.information_state_string(player))
        if row is not None:
            return dict(row)
        legal = state.legal_actions(player)
        return dict.fromkeys(legal, 1.0 / len(legal))


def table_policy(game: SequenceForm, policy: Sequence[Floats]) -> TablePolicy:
    """Return a policy of a compiled game, for any number of players."""
    players = range(len(game.treeplexes))
    tables = tuple({text: dict(row) for text, row in policy_table(game, policy, player).items()} for player in players)
    return TablePolicy(game.name, tables)
