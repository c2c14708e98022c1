"""The public checks of agents: what the project has passes them, and what is wrong does not."""

from __future__ import annotations

from typing import Any

import pytest

from agents import conformance
from agents.agent import Explanation, OpenSpielView, ViewAgent
from agents.conformance import NonConformance

NAN = float("nan")


class First(ViewAgent):
    """Takes the first legal action."""

    def act(self, view: OpenSpielView) -> int:
        return view.legal_actions[0]


class Counting(First):
    """Remembers how many decisions it has made in all its games."""

    decisions = 0

    def act(self, view: OpenSpielView) -> int:
        self.decisions += 1
        return view.legal_actions[self.decisions % 3 % len(view.legal_actions)]


class Wild(First):
    def act(self, view: OpenSpielView) -> int:
        return 99


class Boasting(First):
    def explain(self, view: OpenSpielView) -> Explanation:
        legal = tuple(view.legal_actions)
        unknown = (NAN,) * len(legal)
        return Explanation(legal, (0.7,) * len(legal), unknown, unknown, "boasts")


@pytest.mark.parametrize("agent", ["uniform", "cfr(iterations=10)", First])
def test_agents_of_open_spiel_pass(agent: Any) -> None:
    conformance.check(agent, "kuhn_poker")


def test_agents_of_hanabi_pass() -> None:
    conformance.check("piers", "hanabi(players=2, variant=small)", deals=2)
    conformance.check("examples/own_policy.py:Policy", "hanabi(players=2, variant=small)", deals=2)


@pytest.mark.parametrize(
    ("agent", "sentence"),
    [
        (Counting, "another game after other games"),
        (Wild, "made the illegal move 99"),
        (Boasting, "no distribution"),
    ],
)
def test_what_is_wrong_is_found(agent: Any, sentence: str) -> None:
    with pytest.raises(NonConformance, match=sentence):
        conformance.check(agent, "kuhn_poker")
