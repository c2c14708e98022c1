"""``--ask``: the pairs of a log of votes whose judgement would tell most (``solvers.normal_form.asking``)."""

from __future__ import annotations

from typing import Any, NamedTuple

from games.preference import PreferenceGame


class Question(NamedTuple):
    """A pair to be judged, the votes that it has, and the probability with which it is the next one."""

    first: str
    second: str
    votes: float
    chance: float


def questions(game: PreferenceGame, count: int, beta: float) -> list[Question]:
    """Return up to ``count`` pairs, those first that optimism would most probably ask next."""
    from solvers.normal_form.asking import pairs_to_judge

    votes = game.votes
    assert votes is not None
    found = pairs_to_judge(votes.wins, count, beta=beta, reference=game.reference)
    return [
        Question(game.labels[y], game.labels[z], float(votes.wins[y, z] + votes.wins[z, y]), chance)
        for y, z, chance in found
    ]


def questions_content(asked: list[Question] | None) -> dict[str, Any]:
    """Return what ``solution.json`` says of them."""
    return {} if asked is None else {"ask": [one._asdict() for one in asked]}
