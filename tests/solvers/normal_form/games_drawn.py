"""Games drawn by hypothesis, and the game on which quantal response equilibria are known."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from games.matrix import MatrixGame, biased_rock_paper_scissors
from games.preference import PreferenceGame

betas = st.floats(0.05, 1.0)


@st.composite
def preference_games(draw: st.DrawFn) -> PreferenceGame:
    """Two to five alternatives, any preferences, a reference with logits between -2 and 2."""
    n = draw(st.integers(2, 5))
    above = draw(arrays(np.float64, (n, n), elements=st.floats(0, 1, width=32)))
    matrix = np.triu(above, 1) + np.tril(1 - above.T, -1) + 0.5 * np.eye(n)
    weights = np.exp(draw(arrays(np.float64, n, elements=st.floats(-2, 2, width=32))))
    return PreferenceGame(matrix, reference=weights / weights.sum())


@st.composite
def matrix_games(draw: st.DrawFn) -> MatrixGame:
    """Two to four actions each, payoffs between -1 and 1 and not all the same."""
    shape = (draw(st.integers(2, 4)), draw(st.integers(2, 4)))
    payoffs = draw(arrays(np.float64, shape, elements=st.floats(-1, 1, width=32)))
    payoffs[0, 0], payoffs[1, 1] = 1.0, -1.0
    return MatrixGame(payoffs)


games = st.one_of(preference_games(), matrix_games())


def biased_preferences() -> PreferenceGame:
    """Biased rock-paper-scissors, scaled to [0, 1]."""
    payoffs = biased_rock_paper_scissors().payoffs
    return PreferenceGame((payoffs - payoffs.min()) / (payoffs.max() - payoffs.min()))
