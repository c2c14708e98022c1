"""Iterations of other programs on the same game: OpenSpiel's C++ CFR and CFR+, LiteEFG's CFR+ and MMD, SciPy's product.

Each function returns ``work(iterations)``, or a sentence that says why there is none. They go on from where they were,
as a solve does, since some skip what is no longer reached.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from games.extensive import ExtensiveGame
from games.extensive.open_spiel import load_open_spiel

Work = Callable[[int], None]

_LITEEFG_HISTORIES = 500_000  # its text file of a game holds every history in full


def _sequential(text: str) -> Any:
    import pyspiel

    game = load_open_spiel(text)
    return pyspiel.convert_to_turn_based(game) if "SIMULTANEOUS" in str(game.get_type().dynamics) else game


def open_spiel(text: str, solver: str) -> Work:
    """``CFRSolver`` or ``CFRPlusSolver`` of pyspiel."""
    import pyspiel

    going = getattr(pyspiel, solver)(_sequential(text))

    def work(iterations: int) -> None:
        for _ in range(iterations):
            going.evaluate_and_update_policy()

    return work


def liteefg(text: str, baseline: str, histories: int) -> Work | str:
    """LiteEFG's ``CFRplus`` with its average strategy, or its ``MMD``, whose last iterate counts; one thread."""
    if find_spec("LiteEFG") is None:
        return "not installed"
    if histories > _LITEEFG_HISTORIES:
        return "not tried"
    home = os.environ.get("HOME")
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.environ["HOME"] = folder  # where it would keep the file
        try:
            import LiteEFG
            from LiteEFG.baselines import MMD, CFRplus

            LiteEFG.set_threads(1)
            environment = LiteEFG.OpenSpielEnv(_sequential(text), traverse_type="Enumerate")
            graph = {"CFRplus": CFRplus, "MMD": MMD}[baseline].graph()
            environment.set_graph(graph)
        except (RuntimeError, ValueError) as error:
            return f"refused: {str(error).splitlines()[0][:60]}"
        finally:
            if home is None:
                del os.environ["HOME"]
            else:
                os.environ["HOME"] = home

    def work(iterations: int) -> None:
        for _ in range(iterations):
            graph.update_graph(environment)
            if baseline == "CFRplus":
                environment.update_strategy(graph.current_strategy())

    return work


def scipy_products(game: ExtensiveGame) -> Work:
    """The two sparse products of an iteration, by SciPy."""
    matrices = [
        csr_matrix((payoffs.value, payoffs.column, payoffs.start), (game.sequences[p], game.sequences[1 - p]))
        for p, payoffs in enumerate(game.payoffs)
    ]
    vectors = [np.ones(game.sequences[1 - p]) for p in (0, 1)]

    def work(iterations: int) -> None:
        for _ in range(iterations):
            for matrix, vector in zip(matrices, vectors, strict=True):
                matrix @ vector

    return work
