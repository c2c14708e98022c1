"""The agents of OpenSpiel's games: random, tabular, solved on the spot, OpenSpiel's bots, mirror-descent search.

Every builder takes a game and its options (keyword-only; ``agents.registry`` converts what people type to their types)
and returns a function that makes players. What is expensive is done once, by the builder, and shared by its players.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyspiel

from agents.agent import AnyAgent, Explanation, OpenSpielView, Seating, Sees, ViewAgent
from agents.game import Game
from agents.openspiel.adapters import bots, check_sees
from agents.runs.random_stream import RandomStream
from agents.specification import nearest

Make = Callable[[], AnyAgent]
Row = tuple[list[int], list[float]]  # actions, cumulative probabilities

_NAN = float("nan")
_ITERATIONS = 1000  # of a solver
_LARGEST = 2**31 - 1  # count that OpenSpiel takes


class UniformAgent(ViewAgent):
    """Plays every legal action with the same probability."""

    def __init__(self) -> None:
        self._stream = RandomStream(0)

    def start(self, seating: Seating) -> None:
        self._stream = RandomStream(seating.seed)

    def act(self, view: OpenSpielView) -> int:
        legal = view.legal_actions
        return legal[self._stream.below(len(legal))]

    def explain(self, view: OpenSpielView) -> Explanation:
        """Return the uniform policy."""
        legal = tuple(view.legal_actions)
        unknown = (_NAN,) * len(legal)
        return Explanation(legal, (1.0 / len(legal),) * len(legal), unknown, unknown, "the uniform policy")


class TabularAgent(ViewAgent):
    """Plays a table: information-state string -> probabilities of actions.

    ``tables``: for each player, text -> (actions, cumulative probabilities). ``values``: for each player, text ->
    expected utility of each action if both players follow the table, where known.
    """

    sees: Sees = "information-state"

    def __init__(
        self, tables: Sequence[Mapping[str, Row]], source: str, values: Sequence[Mapping[str, Sequence[float]]] = ()
    ) -> None:
        self._tables, self._source, self._values = tables, source, values
        self._table: Mapping[str, Row] = {}
        self._stream = RandomStream(0)

    def start(self, seating: Seating) -> None:
        super().start(seating)
        self._table = self._tables[seating.seat] if seating.seat < len(self._tables) else {}
        self._stream = RandomStream(seating.seed)

    def act(self, view: OpenSpielView) -> int:
        row = self._table.get(view.text)
        if row is None:
            raise LookupError(f"{self._source} has no entry for the information state {view.text!r}")
        actions, cumulative = row
        position = bisect_right(cumulative, self._stream.uniform() * cumulative[-1])
        return actions[min(position, len(actions) - 1)]

    def tables(self) -> list[dict[str, list[tuple[int, float]]]]:
        """Return the tables as OpenSpiel writes them: for each player, text -> [(action, probability), ...]."""
        return [{text: _entries(row) for text, row in table.items()} for table in self._tables]

    def explain(self, view: OpenSpielView) -> Explanation:
        """Return the row of the table."""
        actions, probabilities = zip(*_entries(self._table[view.text]), strict=True)
        unknown = (_NAN,) * len(actions)
        seat = self.seating.seat
        values = tuple(self._values[seat].get(view.text, unknown)) if seat < len(self._values) else unknown
        return Explanation(actions, probabilities, values, unknown, self._source)


def _entries(row: Row) -> list[tuple[int, float]]:
    actions, cumulative = row
    steps = (after - before for before, after in zip([0.0, *cumulative], cumulative, strict=False))
    return list(zip(actions, steps, strict=True))


def _rows(table: Mapping[str, Sequence[tuple[int, float]]]) -> dict[str, Row]:
    """Return a table ready to be sampled; actions of probability 0 stay, at no width."""
    rows = {}
    for text, entries in table.items():
        cumulative = list(accumulate(probability for _, probability in entries))
        if not cumulative or not 1.0 - 1e-3 < cumulative[-1] < 1.0 + 1e-3 or min(p for _, p in entries) < 0.0:
            raise ValueError(f"the probabilities of the information state {text!r} must be at least 0 and sum to 1")
        rows[text] = ([action for action, _ in entries], cumulative)
    return rows


def uniform(game: Game) -> Make:
    """Every legal action with the same probability."""
    return UniformAgent


def policy(game: Game, file: str) -> Make:
    """A policy file that ``python -m solvers.extensive`` wrote: ``policy:solution/policy.npz``."""
    from games.extensive.policies import read_policy_tables

    if not file:
        raise ValueError("policy needs a file, as in policy:solution/policy.npz")
    check_sees(game.rules, "information-state", "policy")
    tables = [_rows(table) for table in read_policy_tables(Path(file))]
    _check_covers(game, tables, file)
    return partial(TabularAgent, tables, file)


def _check_covers(game: Game, tables: Sequence[Mapping[str, Row]], file: str) -> None:
    """Raise ``ValueError`` if one random game meets an information state that the tables lack."""
    stream, state = RandomStream(0), game.rules.new_initial_state()
    while not state.is_terminal():
        player, legal = state.current_player(), state.legal_actions()
        if player >= 0:
            row = tables[player].get(state.information_state_string(player)) if player < len(tables) else None
            if row is None or not set(row[0]) <= set(legal):
                raise ValueError(f"{file} is not a policy of {game.name} for all its players")
        state.apply_action(legal[stream.below(len(legal))])


def solved(game: Game, name: str, *, iterations: int | None = None, alpha: float | None = None) -> Make:
    """The policy that a tabular solver finds for a small two-player zero-sum game: ``cfr(iterations=100)``."""
    from games.extensive import compile_game
    from games.extensive.policies import policy_table
    from solvers.extensive import solve
    from solvers.extensive.registry import name_of_form

    if name == "lp" and (iterations, alpha) != (None, None):
        raise ValueError("lp is exact: it has neither iterations nor alpha")
    iterations = _ITERATIONS if iterations is None else iterations
    _check_counts(name, iterations=iterations)
    compiled = compile_game(str(game.rules))
    algorithm = name if name == "lp" else name_of_form(name)
    solution = solve(compiled, algorithm, iterations=iterations, alpha=alpha)
    tables = [_rows(policy_table(compiled, solution.policy, player)) for player in (0, 1)]
    return partial(TabularAgent, tables, name, action_values(compiled, solution.policy))


def action_values(compiled: Any, policy: Any) -> list[dict[str, list[float]]]:
    """Return, for each player, information state -> expected utility of each action under a policy of both.

    Counterfactual values divided by the reach of the infoset (``games.extensive.reach``); NaN where that is 0.
    """
    import numpy as np

    from games.extensive.reach import reach_of
    from solvers.extensive.evaluation import counterfactual_values, realisation_weights

    found = []
    for player, (tree, names, sums) in enumerate(
        zip(compiled.treeplexes, compiled.names, reach_of(compiled), strict=True)
    ):
        weights = realisation_weights(compiled, policy, 1 - player)
        infosets = len(tree.parent)
        counts = np.diff(sums.start)
        own = np.bincount(np.repeat(np.arange(infosets), counts), sums.value * weights[sums.column], infosets)
        for infoset in range(infosets - 1, -1, -1):
            into = int(sums.into[infoset])
            if into < infosets:
                own[into] += own[infoset]
        values = counterfactual_values(compiled, policy, player)[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            divided = (values / np.repeat(own, np.diff(tree.first))).tolist()
        first = (tree.first - 1).tolist()
        texts = names.information_states
        found.append({text: divided[a:b] for text, a, b in zip(texts, first[:-1], first[1:], strict=True)})
    return found


def _ismcts_bot(game: Any, seat: int, seed: int, simulations: int, uct: float, rollouts: int) -> Any:
    return pyspiel.ISMCTSBot(seed, pyspiel.RandomRolloutEvaluator(rollouts, seed), uct, simulations)


def ismcts(game: Game, *, simulations: int = 1000, uct: float = 2.0, rollouts: int = 1, repeats: bool = False) -> Make:
    """Information-set Monte Carlo tree search: OpenSpiel's, or with ``repeats`` one that repeats from its seed.

    Where a game gives away what is hidden when it is asked for states like the present one, it is the latter
    (``agents.openspiel.ismcts``).
    """
    from agents.openspiel.ismcts import Ismcts, resamples_honestly

    _check_counts("ismcts", simulations=simulations, rollouts=rollouts)
    _check_exploration("ismcts", uct)
    check_sees(game.rules, "information-state", "ismcts")
    if game.rules.get_type().information == pyspiel.GameType.Information.PERFECT_INFORMATION:
        raise ValueError(f"ismcts is for games of imperfect information, which {game.name} is not: use mcts")
    if repeats or not resamples_honestly(game):
        return partial(Ismcts, game, simulations, uct, rollouts)
    bot = partial(_ismcts_bot, simulations=simulations, uct=uct, rollouts=rollouts)
    return bots(game, "ismcts", bot, repeats=False)


def _mcts_bot(game: Any, seat: int, seed: int, simulations: int, uct: float, rollouts: int, solve: bool) -> Any:
    evaluator = pyspiel.RandomRolloutEvaluator(rollouts, seed)
    return pyspiel.MCTSBot(game, evaluator, uct, simulations, 100, solve, seed, False)


def mcts(game: Game, *, simulations: int = 1000, uct: float = 2.0, rollouts: int = 1, solve: bool = True) -> Make:
    """OpenSpiel's Monte Carlo tree search, for games of perfect information."""
    _check_counts("mcts", simulations=simulations, rollouts=rollouts)
    _check_exploration("mcts", uct)
    if game.rules.get_type().information != pyspiel.GameType.Information.PERFECT_INFORMATION:
        raise ValueError(f"mcts is for games of perfect information, which {game.name} is not: use ismcts")
    bot = partial(_mcts_bot, simulations=simulations, uct=uct, rollouts=rollouts, solve=solve)
    return bots(game, "mcts", bot)


def _check_counts(name: str, **counts: int) -> None:
    for key, count in counts.items():
        if not 1 <= count <= _LARGEST:
            bound = "least 1" if count < 1 else f"most {_LARGEST}"
            raise ValueError(f"the option {key} of {name} must be at {bound}, not {count}")


def _check_exploration(name: str, uct: float) -> None:
    if not 0.0 <= uct < math.inf:
        raise ValueError(f"the option uct of {name} must be finite and at least 0, not {uct}")


def _registered_bot(game: Any, seat: int, seed: int, name: str) -> Any:
    if name == "uniform_random":  # the only one of OpenSpiel's that takes a seed of its own
        return pyspiel.make_uniform_random_bot(seat, seed)
    return pyspiel.load_bot(name, game, seat)


def bot(game: Game, name: str) -> Make:
    """A bot that OpenSpiel knows by name: ``bot:uniform_random``."""
    known = pyspiel.bots_that_can_play_game(game.rules)
    if name not in known:
        raise ValueError(f"OpenSpiel has no bot {name!r} for {game.name}: {nearest(name, known)}")
    return bots(game, f"bot:{name}", partial(_registered_bot, name=name), repeats=name == "uniform_random")
