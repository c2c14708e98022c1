"""The bar of a running solver: how far it is, and what it says."""

from __future__ import annotations

import io
import math
from operator import attrgetter

import pytest
from rich.console import Console
from solvers.progress import progress_bar, share_done

from solvers.solution import Checkpoint


@pytest.mark.parametrize(
    ("iteration", "distance", "expected"),
    [
        (0, 1.0, 0.0),
        (1, 1e-3, 0.5),  # three of six orders of magnitude
        (70, 1e-3, 0.7),  # further in iterations
        (1, 1e-9, 1.0),
        (30, 5.0, 0.3),  # further away than at first
        (30, 0.0, 0.3),
        (30, math.inf, 0.3),
        (200, 0.5, 1.0),
    ],
)
def test_the_share_is_that_of_iterations_or_of_orders_of_magnitude(
    iteration: int, distance: float, expected: float
) -> None:
    assert share_done(iteration, 100, distance, 1.0, 1e-6) == pytest.approx(expected)


def test_no_tolerance_leaves_iterations() -> None:
    assert share_done(5, 20, 1e-3, 1.0, 0.0) == 0.25
    assert share_done(5, 20, 1e-3, math.nan, 1e-6) == 0.25
    assert share_done(0, 0, 1e-3, 1.0, 0.0) == 0.0


def test_the_bar_shows_what_it_is_told_on_a_terminal_only() -> None:
    for terminal in (True, False):
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=terminal, width=100)
        asked = attrgetter("exploitability"), "at {0.seconds}".format
        with progress_bar(console, "a solver", 100, 1e-6, *asked) as bar:
            for iteration, exploitability in ((0, 1.0), (1234, 1e-3)):
                bar(Checkpoint(iteration, 0, exploitability, exploitability, seconds=7.5))
        shown = stream.getvalue()
        assert ("a solver" in shown) is terminal
        assert ("iteration 1,234, at 7.5" in shown) is terminal
