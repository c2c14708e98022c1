r"""How often a policy would have made the moves of recorded games, people's for example.

In every seat sits the policy, which sees what that player saw, and every decision of the game is put to it. Over the
:math:`n` decisions of all games the agreement is :math:`\frac1n \sum_d 1[a_d = b_d]`, :math:`a_d` the move made and
:math:`b_d` the policy's, and for policies with probabilities the log-likelihood :math:`\frac1n \sum_d \log \pi(a_d)`.
Decisions of one game are not independent: standard errors are clustered by game (``agents.statistics.clusters``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from agents.statistics.clusters import CellMeans
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_from_id
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Policy
from search.hanabi.seat import FollowSeat
from search.seating import Seating

KINDS = (("all moves", None), ("plays", ("play",)), ("discards", ("discard",)), ("hints", ("colour", "rank")))


class Opinion(NamedTuple):
    """What the policy thought of a decision: its game, the kind of the move made, and whether it agrees.

    chance : the policy's probability of the move, softened as a search softens it. legal : how many moves there were.
    certain : the policy had a probability of 0 or 1 for every move.
    """

    game: int
    kind: str
    agrees: bool
    chance: float
    legal: int
    certain: bool


def opinions(policy: Policy, record: GameRecord, number: int, seed: int = 0) -> list[Opinion]:
    """Return the policy's opinion of every decision of a game with more than one legal move."""
    game, state = record.game, HanabiState(record.game, record.deck)
    keys = SeatKeys.of_game(game, seed, number)
    seats = [FollowSeat(policy) for _ in range(game.players)]
    for seat, member in enumerate(seats):
        member.start(Seating(game, seat, 0, state.view(seat), keys))
    found = []
    for move in record.moves:
        player = state.current_player
        told = seats[player].explain(state.view(player))
        chances = np.array(told.policy)
        if len(chances) > 1:
            made = told.actions.index(move)
            softened = (1.0 - policy.softening) * chances[made] + policy.softening / len(chances)
            likeliest = told.actions[int(np.argmax(chances))]
            kind, certain = move_from_id(game, move).kind, bool(np.isin(chances, (0.0, 1.0)).all())
            found.append(Opinion(number, kind, likeliest == move, float(softened), len(chances), certain))
        before = [state.view(seat) for seat in range(game.players)]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))
    return found


def agreement(
    policy: Callable[[HanabiGame], Policy],
    records: Sequence[GameRecord],
    seed: int = 0,
    report: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Return rows of agreement: of all moves, and of each kind of move that was made.

    Each has ``of``, ``moves``, ``agree`` with its ``error`` (both None without moves, the error for a single game),
    ``chance`` (the agreement of a uniformly random player), and for policies with probabilities ``log_likelihood`` (a
    move, natural logarithm, None where some move was impossible) with ``log_likelihood_error``. ``policy`` is asked for
    that of a game, ``report`` called after every one; ``seed`` is for policies that randomise.
    """
    found: list[Opinion] = []
    for number, record in enumerate(records):
        found += opinions(policy(record.game), record, number, seed)
        report()
    certain = all(one.certain for one in found) or any(one.chance == 0 for one in found)
    return [
        {"of": name, **_row([one for one in found if kinds is None or one.kind in kinds], certain)}
        for name, kinds in KINDS
    ]


def _row(found: Sequence[Opinion], certain: bool) -> dict[str, Any]:
    agree, error = _mean(found, [one.agrees for one in found])
    row = {"moves": len(found), "agree": agree, "error": error, "chance": _mean(found, [1 / n.legal for n in found])[0]}
    likely, likely_error = (None, None) if certain else _mean(found, [math.log(one.chance) for one in found])
    return row | {"log_likelihood": likely, "log_likelihood_error": likely_error}


def _mean(found: Sequence[Opinion], values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return a mean over decisions and its standard error, clustered by game; None for what is not known."""
    if not found:
        return None, None
    cell = np.array([one.game for one in found], np.int64), np.array(values, np.float64)
    means, covariance = CellMeans([cell]).combine(np.ones((1, 1)))
    variance = float(covariance[0, 0])
    return float(means[0]), math.sqrt(variance) if math.isfinite(variance) else None
