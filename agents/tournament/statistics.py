"""What a tournament's games say: from the lines of ``games.jsonl`` to the content of ``results.json``.

Every number comes from paired observations: games that share unit and deal are one (``agents.statistics.paired``).
Nothing here depends on the order in which games were finished, on time, or on anything random.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.statistics.clusters import CellMeans
from agents.statistics.compact import CompactLines
from agents.statistics.confidence_sequences import confidence_sequence
from agents.statistics.cyclicity import HodgeDecomposition, decided_cycles, hodge_decomposition, log_odds
from agents.statistics.grouped import Grouped, in_order
from agents.statistics.nash_averaging import alpha_rank, nash_average
from agents.statistics.paired import (
    DRAW,
    Interval,
    Pair,
    by_deal,
    mean_interval,
    means_by_deal,
    pairs_of,
    positions,
    reduction,
    superiority,
)
from agents.statistics.ratings import (
    VIRTUAL_DRAWS,
    Comparisons,
    Ratings,
    clustered,
    differences,
    likelihood_of_superiority,
)
from agents.tournament.teams import team_results
from games.version import __version__

FloatArray = NDArray[np.float64]
Lines = Iterable[Mapping[str, Any]]
"""Gone through several times (``agents.statistics.compact.CompactLines``)."""

_FEW = 20  # paired observations below which a warning is due
_CYCLIC = 0.1  # share of the log-odds that ratings leave unexplained from which a warning is due
_STOPPED = (
    "Matches were stopped when they were decided: the matrix has the intervals that allow for it; those of ratings and "
    "of the advantage over the field do not and are too narrow."
)
_BINS = 24  # of the histogram of game lengths, at most


def plain(value: Any) -> Any:
    """Return a value as JSON has it: no numpy, ``None`` for NaN and infinities, -0 as 0."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Interval):
        return plain(
            {"value": value.value, "standard_error": value.standard_error, "low": value.low, "high": value.high}
        )
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return value


def summarise(
    lines: Lines,
    agents: Sequence[str],
    utility_range: tuple[float, float],
    game: str,
    confidence: float = 0.95,
    cooperative: bool = False,
    sequential: bool = False,
    stopped: bool = True,
) -> dict[str, Any]:
    """Return the content of ``results.json``, ready for JSON.

    ``lines``: games as in ``games.jsonl``, in their order; a list may be in any. ``agents``: all names, in the order of
    the tables. ``utility_range``: lowest and highest return. ``sequential``: matches were to be stopped when
    they were decided, so that only the intervals valid at any time hold; the report then shows these. ``stopped``: one
    of them was, before its games were used up. Raises ``ValueError`` if
    there are no games, for games of agents not listed, and for returns out of range.
    """
    lines = CompactLines(in_order(lines))
    counts = _checked(lines, agents, utility_range, confidence)
    shared = {
        "format": "tamaya-tournament",
        "version": __version__,
        "game": game,
        "cooperative": cooperative,
        "agents": list(agents),
        "utility_range": list(utility_range),
        "confidence": confidence,
        "sequential": sequential,
        **counts,
    }
    if cooperative:
        found = team_results(lines, agents, utility_range, confidence)
    else:
        found = _competitive(lines, agents, utility_range, confidence)
    further: dict[str, Any] = {
        "seat_effects": seat_effects(lines, agents, confidence, cooperative),
        "lengths": lengths(lines, agents),
        "forfeits": forfeits(lines, agents),
        "beliefs": beliefs(lines, agents),
    }
    warnings = [
        *found.pop("warnings"),
        *([_STOPPED] if sequential and stopped else []),
        *_forfeit_warning(further["forfeits"], counts["games"]),
        *_belief_warning(further["beliefs"]),
    ]
    result: dict[str, Any] = plain({**shared, "warnings": warnings, **found, **further})
    return result


def _checked(
    lines: Lines, agents: Sequence[str], utility_range: tuple[float, float], confidence: float
) -> dict[str, int]:
    """Return how many games, groups, deals and players there are; raise ``ValueError`` for what cannot be."""
    positions(agents, lines)
    low, high = utility_range
    if not low < high:
        raise ValueError(f"the utility range must go up, not from {low:g} to {high:g}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"the confidence must be between 0 and 1, not {confidence}")
    room = 1e-9 * max(1.0, abs(low), abs(high))
    counts, deals, group = {"games": 0, "groups": 0, "deals": 0, "players": 0}, set(), None
    for line in lines:
        if len(line["returns"]) != len(line["seats"]):
            raise ValueError(f"a game of unit {line['unit']} has {len(line['seats'])} seats and other returns")
        if not all(low - room <= value <= high + room for value in line["returns"]):
            raise ValueError(f"a game of unit {line['unit']} has returns outside of {low:g} to {high:g}")
        counts["games"] += 1
        counts["groups"] += (line["unit"], line["deal"]) != group
        counts["players"] = max(counts["players"], len(line["seats"]))
        group = line["unit"], line["deal"]
        deals.add(line["deal"])
    if not counts["games"]:
        raise ValueError("there are no games to summarise")
    return counts | {"deals": len(deals)}


def _competitive(
    lines: Lines, agents: Sequence[str], utility_range: tuple[float, float], confidence: float
) -> dict[str, Any]:
    pairs = pairs_of(lines, agents)
    n = len(agents)
    matrix = payoff_matrix(pairs, n, utility_range, confidence)
    comparisons = comparisons_of(pairs, max(len(set(line["seats"])) for line in lines))
    ratings = clustered(comparisons, n)
    hodge = hodge_decomposition(*log_odds(comparisons.table(n)))
    cycles = decided_cycles(matrix["superiority"], confidence)
    fields = _field_advantages(pairs, n, confidence)
    complete = len(pairs) == n * (n - 1) // 2
    advantages = np.where(np.isfinite(matrix["advantage"]), matrix["advantage"], 0.0)
    nash = nash_average(advantages) if complete else None
    shrunk = reduction(pairs.values())
    return {
        "warnings": _warnings(pairs, agents, hodge, cycles, confidence, complete),
        "matrix": matrix,
        "ratings": _rating_lines(agents, ratings, fields[0], pairs, confidence),
        "rating_differences": _difference_tables(*ratings.differences()),
        "advantage_differences": _difference_tables(*fields[1]),
        "virtual_draws": VIRTUAL_DRAWS,
        "nash": nash
        and {
            "policy": nash.policy,
            "ratings": nash.ratings,
            "duality_gap": nash.duality_gap,
            "entropy": nash.entropy,
        },
        "alpha_rank": alpha_rank(advantages) if complete else None,
        "cyclicity": {
            "share": hodge.share,
            "p_value": hodge.p_value,
            "payoff_share": hodge_decomposition(advantages).share if complete else None,
            "cycles": [[agents[agent] for agent in cycle] for cycle in cycles],
        },
        "variance_reduction": {"pairing": shrunk.pairing, "control_variates": shrunk.control},
    }


def payoff_matrix(
    pairs: Mapping[tuple[int, int], Pair], n: int, utility_range: tuple[float, float], confidence: float
) -> dict[str, Any]:
    """Return the tables [n, n] of the payoff matrix: row against column, NaN on the diagonal and where none met.

    ``payoff`` of the row agent with ``standard_error``, ``low``, ``high``; ``advantage`` (antisymmetric) likewise,
    with ``anytime_low/high`` valid at every look; ``superiority``; ``groups``, ``games``, ``wins``, ``draws``,
    ``losses``; ``adjusted``: by control variates.
    """
    intervals = ("payoff", "advantage")
    names = [f"{kind}{part}" for kind in intervals for part in ("", "_standard_error", "_low", "_high")]
    table: dict[str, Any] = {
        name: np.full((n, n), np.nan) for name in [*names, "anytime_low", "anytime_high", "superiority"]
    }
    table |= {name: np.zeros((n, n), dtype=np.int64) for name in ("groups", "games", "wins", "draws", "losses")}
    table["adjusted"] = np.zeros((n, n), dtype=np.bool_)
    half = (utility_range[1] - utility_range[0]) / 2
    for pair in pairs.values():
        payoff_bounds = None if pair.adjusted else utility_range
        advantage_bounds = None if pair.adjusted else (-half, half)
        raw = means_by_deal(pair.deals, (pair.raw[:, 0] - pair.raw[:, 1]) / 2)
        low, high = confidence_sequence(raw, 1.0 - confidence, -half, half)
        won, drawn, lost = pair.outcomes
        for sign, row, column in ((1.0, pair.first, pair.second), (-1.0, pair.second, pair.first)):
            own = by_deal(pair.deals, pair.payoffs[:, 0 if sign > 0 else 1])
            ahead = sign * by_deal(pair.deals, pair.advantages)
            for kind, found in (
                ("payoff", mean_interval(own, confidence, payoff_bounds)),
                ("advantage", mean_interval(ahead, confidence, advantage_bounds)),
            ):
                table[kind][row, column] = found.value
                table[f"{kind}_standard_error"][row, column] = found.standard_error
                table[f"{kind}_low"][row, column], table[f"{kind}_high"][row, column] = found.low, found.high
            anytime = (low[-1], high[-1]) if sign > 0 else (-high[-1], -low[-1])
            table["anytime_low"][row, column], table["anytime_high"][row, column] = anytime
            table["superiority"][row, column] = superiority(ahead)
            table["groups"][row, column], table["games"][row, column] = len(pair.deals), pair.games.sum()
            table["wins"][row, column], table["losses"][row, column] = (won, lost) if sign > 0 else (lost, won)
            table["draws"][row, column] = drawn
            table["adjusted"][row, column] = pair.adjusted
    return table


def comparisons_of(pairs: Mapping[tuple[int, int], Pair], most: int) -> Comparisons:
    """Return who won, drew and lost which group; ``most`` different agents sit at a table.

    At a table of k, k(k − 1)/2 comparisons are made of a game that orders k agents; each counts 2/k, k − 1 in all.
    """
    weight = 2.0 / max(2, most)
    margins = [pair.raw[:, 0] - pair.raw[:, 1] for pair in pairs.values()] or [np.zeros(0)]
    sizes = [len(pair.deals) for pair in pairs.values()]
    agents = np.repeat(np.array(list(pairs), dtype=np.int64).reshape(-1, 2), sizes, axis=0)
    margin = np.concatenate(margins)
    deals = np.concatenate([pair.deals for pair in pairs.values()] or [np.zeros(0, dtype=np.int64)])
    score = np.where(margin > DRAW, 1.0, np.where(margin < -DRAW, 0.0, 0.5))
    return Comparisons(agents[:, 0], agents[:, 1], score, np.full(len(score), weight), deals)


def _field_advantages(
    pairs: Mapping[tuple[int, int], Pair], n: int, confidence: float
) -> tuple[list[Interval], tuple[FloatArray, FloatArray]]:
    """Return each agent's advantage over the field, and all differences with standard errors, clustered by deal.

    The field's advantages are the least-squares potentials of the pairs' (all weights 1); where all pairs met, the
    mean of a row of the matrix with 0 for the agent itself.
    """
    if not pairs:
        return [Interval(0.0, math.nan, math.nan, math.nan)] * n, (np.zeros((n, n)), np.zeros((n, n)))
    incidence = np.zeros((len(pairs), n))
    for row, (i, j) in enumerate(pairs):
        incidence[row, i], incidence[row, j] = 1.0, -1.0
    cells = CellMeans([(pair.deals, pair.advantages) for pair in pairs.values()])
    weights = np.asarray(np.linalg.pinv(incidence), dtype=np.float64)
    return cells.intervals(weights, confidence), differences(*cells.combine(weights))


def _difference_tables(difference: FloatArray, error: FloatArray) -> dict[str, Any]:
    return {
        "difference": difference,
        "standard_error": error,
        "superiority": likelihood_of_superiority(difference, error),
    }


def _rating_lines(
    agents: Sequence[str],
    ratings: Ratings,
    fields: Sequence[Interval],
    pairs: Mapping[tuple[int, int], Pair],
    confidence: float,
) -> list[dict[str, Any]]:
    record = np.zeros((len(agents), 3), dtype=np.int64)
    for (i, j), pair in pairs.items():
        record[i] += pair.outcomes
        record[j] += pair.outcomes[::-1]
    intervals = ratings.intervals(confidence)
    return [
        {
            "agent": name,
            "elo": ratings.elo[agent],
            "standard_error": ratings.standard_errors[agent],
            "low": intervals[agent, 0],
            "high": intervals[agent, 1],
            "advantage": fields[agent],
            "wins": record[agent, 0],
            "draws": record[agent, 1],
            "losses": record[agent, 2],
        }
        for agent, name in enumerate(agents)
    ]


def _warnings(
    pairs: Mapping[tuple[int, int], Pair],
    agents: Sequence[str],
    hodge: HodgeDecomposition,
    cycles: Sequence[tuple[int, int, int]],
    confidence: float,
    complete: bool,
) -> list[str]:
    found = []
    significant = hodge.share >= _CYCLIC and hodge.p_value < 1.0 - confidence
    if significant or cycles:
        example = ""
        if cycles:
            first, second, third = (agents[agent] for agent in cycles[0])
            example = f", {first} beats {second} beats {third} beats {first}"
        found.append(
            f"The field is cyclic: ratings leave {hodge.share:.0%} of the log-odds unexplained (p = "
            f"{hodge.p_value:.2g}){example}. One number an agent misleads; read the matrix and Nash averaging."
        )
    if not complete:
        found.append(
            "Not every pair met: there is no Nash averaging and no alpha-rank, and ratings compare indirectly."
        )
    fewest = min((len(pair.games) for pair in pairs.values()), default=0)
    if fewest < _FEW:
        found.append(f"Some pair has only {fewest} paired observations: its interval trusts in their normality.")
    record = {name: [0, 0] for name in agents}
    for (i, j), pair in pairs.items():
        won, drawn, lost = pair.outcomes
        for name, good, bad in ((agents[i], won + drawn, lost + drawn), (agents[j], lost + drawn, won + drawn)):
            record[name][0] += good
            record[name][1] += bad
    for name, (good, bad) in record.items():
        if (good == 0) != (bad == 0):
            what = "won" if bad == 0 else "lost"
            found.append(f"{name} {what} everything: how far its rating is from the others is the prior's doing.")
    if any(pair.partly for pair in pairs.values()):
        found.append("Control variates were at hand for only some games of a pair, and were not used there.")
    return found


def _in_seat(deals: array[int], values: array[float], confidence: float) -> dict[str, Any]:
    """Return what an agent got in a seat, with its error over deals."""
    found = mean_interval(by_deal(np.array(deals, dtype=np.int64), np.array(values)), confidence)
    return {"games": len(values), "value": found.value, "standard_error": found.standard_error}


def seat_effects(lines: Lines, agents: Sequence[str], confidence: float, cooperative: bool) -> dict[str, Any]:
    """Return what each seat got and what each agent got in it.

    ``seats``: payoff, and effect = payoff − mean of all seats, with intervals clustered by deal; ``by_agent``: mean
    return, standard error and games in each seat.

    In a cooperative game all seats get the same, so there is only ``by_agent``.
    """
    players = max(len(line["seats"]) for line in lines)
    groups = Grouped(players)
    own: dict[tuple[str, int], tuple[array[int], array[float]]] = {}
    for line in lines:
        if len(line["returns"]) == players:
            groups.add(line, *line["returns"])
        for seat, (name, value) in enumerate(zip(line["seats"], line["returns"], strict=True)):
            deals_of, values_of = own.setdefault((name, seat), (array("q"), array("d")))
            deals_of.append(int(line["deal"]))
            values_of.append(value)
    by_agent = [
        {
            "agent": name,
            "seats": [
                None if (name, seat) not in own else _in_seat(*own[name, seat], confidence) for seat in range(players)
            ],
        }
        for name in agents
    ]
    if cooperative:
        return {"seats": None, "by_agent": by_agent}
    payoffs, deals = groups.means, groups.deals
    effects = payoffs - payoffs.mean(axis=1, keepdims=True)

    def over_deals(values: FloatArray) -> Interval:
        return CellMeans([(deals, values)]).intervals(np.ones((1, 1)), confidence)[0]

    seats = [
        {"seat": seat, "payoff": over_deals(payoffs[:, seat]), "effect": over_deals(effects[:, seat])}
        for seat in range(players)
    ]
    return {"seats": seats, "by_agent": by_agent}


def lengths(lines: Lines, agents: Sequence[str]) -> dict[str, Any]:
    """Return mean, standard deviation, quantiles and a histogram of the moves of a game, and means by agent."""
    moves = np.array(array("d", (line["moves"] for line in lines)))
    low, high = math.floor(moves.min()), math.floor(moves.max()) + 1
    width = max(1, -(-(high - low) // _BINS))
    edges = np.arange(low, high + width, width)
    counts, _ = np.histogram(moves, edges)
    own = {name: array("d") for name in agents}
    for line in lines:
        for name in set(line["seats"]):
            own[name].append(line["moves"])
    return {
        "mean": moves.mean(),
        "standard_deviation": moves.std(ddof=1) if len(moves) > 1 else None,
        "quantiles": dict(zip(("0", "5", "50", "95", "100"), np.percentile(moves, [0, 5, 50, 95, 100]), strict=True)),
        "histogram": {"edges": edges, "counts": counts},
        "by_agent": {name: float(np.mean(values)) if values else None for name, values in own.items()},
    }


def forfeits(lines: Lines, agents: Sequence[str]) -> dict[str, Any]:
    """Return how many games were forfeited, by which agent and for which reasons."""
    lost = ((line["seats"][line["forfeit"]["seat"]], line["forfeit"]) for line in lines if line.get("forfeit"))
    reasons = Counter((name, forfeit["reason"]) for name, forfeit in lost)
    who = Counter[str]()
    for (name, _), count in reasons.items():
        who[name] += count
    return {
        "games": reasons.total(),
        "by_agent": {name: who[name] for name in agents if who[name]},
        "reasons": [
            {"agent": name, "reason": reason, "games": count}
            for (name, reason), count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:20]
        ],
    }


def _forfeit_warning(found: Mapping[str, Any], games: int) -> list[str]:
    if not found["games"]:
        return []
    who = ", ".join(f"{name} {count}" for name, count in found["by_agent"].items())
    return [f"{found['games']:,} of {games:,} games were forfeited ({who}) and count with the forfeit's returns."]


def beliefs(lines: Lines, agents: Sequence[str]) -> list[dict[str, Any]]:
    """Return, for each agent that searches, its decisions, those without a usable belief, and beliefs built anew."""
    counts: dict[str, list[int]] = {}
    for line in lines:
        for name, record in zip(line["seats"], line.get("beliefs") or (), strict=False):
            if record is not None:
                counts[name] = [one + more for one, more in zip(counts.get(name, (0, 0, 0)), record, strict=True)]
    fields = ("decisions", "fallbacks", "rebuilds")
    return [{"agent": name, **dict(zip(fields, counts[name], strict=True))} for name in agents if name in counts]


def _belief_warning(found: Sequence[Mapping[str, Any]]) -> list[str]:
    who = [f"{line['agent']} {line['fallbacks']:,} of {line['decisions']:,}" for line in found if line["fallbacks"]]
    if not who:
        return []
    return [
        f"Decisions were made without search, for want of a usable belief, and left to the blueprint: {', '.join(who)}."
    ]
