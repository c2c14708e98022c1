"""Learned and exact beliefs in Hanabi: ``python -m benchmarks.learned_belief``.

Three questions for each game, at decisions of softened blueprints. How well does a belief predict the own hand:
cross-entropy, in nats a card. What does a search gain with it: the true value – over the posterior, in rollouts of
their own – of the move it takes, less that of the blueprint's. And, with ``--games``, whole games on the same decks.
Everything is kept under ``--folder``: a second call goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from agents.blueprints import registry
from agents.blueprints.neural.belief.model import BeliefModel, find
from agents.blueprints.neural.belief.network import views
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.job import HanabiJob
from agents.hanabi.report import plus_minus
from agents.statistics import mean
from benchmarks.belief_positions import Posterior, Spot, spots
from benchmarks.common import conditions, conditions_text, publish, table_head
from benchmarks.hanabi_search import play
from games._base.command_line import run_command
from games._base.files import write_whole
from games._base.threads import available_cores
from games.hanabi.game import HanabiGame, seven_card, standard
from search.allocation import Racing
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.rollouts.compiled import CompiledRollouts
from search.hanabi.seat import SearchSeat
from search.hanabi.spec import EXACT_LIMIT, BeliefName, SearchSpec
from search.planner import MirrorDescent, Planner

SEED = 2027
SOFTENING = 0.05  # of the games, of the posterior and of training
GAMES = {"5 cards": standard(2), "7 cards": seven_card()}
BLUEPRINT = "smart"
BELIEFS: dict[str, BeliefName] = {
    "exact": "exact",
    "learned proposal": "learned-proposal",
    "learned": "learned",
    "hints and counts": "learned",  # from a model that learned nothing
}
SOURCES = ("hints and counts", "with the convention's masks", "learned", "posterior")
JUDGES = 2000  # worlds in which moves are compared


def models(game: HanabiGame, weights: Path | None) -> tuple[BeliefModel, BeliefModel]:
    """Return the learned model of a game, and one that is the prior."""
    model = find(game, blueprint_by_name(BLUEPRINT), weights)
    untrained = model.parameters.copy()
    for name in ("output", "output_bias"):
        views(untrained)[name][:] = 0.0
    return model, replace(model, parameters=untrained)


def measure(spot: Spot, model: BeliefModel, prior: BeliefModel, particles: int) -> dict[str, Any]:
    """Return what is found at a decision: log-probabilities of the true hand, and gains of the searches."""
    follower, truth = spot.follower, spot.hand[None, :].copy()
    history = follower.history
    exact = Posterior(spot, model, particles, SOFTENING)
    logs = (
        float(prior.log_density(history, follower.memory, truth)[0]),
        exact.log_proposals(),
        float(model.log_density(history, follower.memory, truth)[0]),
        exact.log_probability(),
    )
    decisions = {name: each.decide(spot.view) for name, each in spot.seats.items()}
    own = follower.move(spot.view, spot.any.keys.policy[history.turns])
    moves = np.unique([own, *(decision.action for decision in decisions.values())])
    values = np.zeros(len(moves))
    if len(moves) > 1:
        values = exact.values(moves.astype(np.int64), JUDGES, 1 + history.turns)
    value = dict(zip(moves.tolist(), values.tolist(), strict=True))
    base = value[own]
    return {
        "game": spot.number,
        "turn": history.turns,
        "cards": len(spot.hand),
        "logs": logs,
        "effective": exact.effective_sample_size,
        "gains": {name: value[decision.action] - base for name, decision in decisions.items()},
        "deviations": {name: bool(decision.deviates) for name, decision in decisions.items()},
    }


def measured(game: HanabiGame, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the measurements of all spots of a game, going on after the last game in the folder."""
    model, prior = models(game, options.weights)
    path = options.folder / f"spots-{game.cards_in_hand}-{options.rollouts}-{options.every}-{options.particles}.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    policy, planner = CompiledPolicy(blueprint_by_name(BLUEPRINT)), Planner(MirrorDescent(30.0), Racing(), caution=1.0)
    rollouts = CompiledRollouts(game, policy.blueprint, 1)
    make: dict[str, Callable[[], SearchSeat]] = {}
    for name, kind in BELIEFS.items():
        used = None if kind == "exact" else prior if name == "hints and counts" else model
        belief = BeliefOptions(2 * options.rollouts, EXACT_LIMIT, SOFTENING, kind=kind, model=used)
        make[name] = partial(SearchSeat, policy, belief, rollouts, planner, options.rollouts)
    for number in range(1 + max((line["game"] for line in lines), default=-1), options.positions):
        found = [
            measure(spot, model, prior, options.particles)
            for spot in spots(game, make, range(number, number + 1), options.every, SOFTENING, SEED)
        ]
        lines += found
        text += "".join(json.dumps(line) + "\n" for line in found)
        write_whole(path, text)
    return [line for line in lines if line["game"] < options.positions]


def ratio(lines: Sequence[dict[str, Any]], values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two sums over decisions and its standard error, games being independent."""
    estimate = values.sum() / weights.sum()
    games = np.array([line["game"] for line in lines])
    rest = [(values - estimate * weights)[games == game].sum() for game in np.unique(games)]
    return float(estimate), float(np.sqrt(np.sum(np.square(rest)) * len(rest) / (len(rest) - 1)) / weights.sum())


def entropy_table(results: dict[str, Any]) -> list[str]:
    """Return the rows of cross-entropies."""
    rows = [
        "Cross-entropy of the true hand, nats a card (in brackets: above the posterior, which is the least possible):",
        "",
        *table_head("hand | decisions | hints and counts | and the convention's masks | **learned** | posterior"),
    ]
    for label, result in results.items():
        lines = result["spots"]
        logs = -np.array([line["logs"] for line in lines])
        cards = np.array([line["cards"] for line in lines], dtype=np.float64)
        cells = []
        for column in range(len(SOURCES) - 1):
            nats = ratio(lines, logs[:, column], cards)[0]
            excess = ratio(lines, logs[:, column] - logs[:, -1], cards)
            cells.append(f"{nats:.3f} ({plus_minus(*excess)})")
        least = ratio(lines, logs[:, -1], cards)[0]
        rows.append(f"| {label} | {len(lines)} | {' | '.join(cells)} | {least:.3f} |")
    return rows


def decision_table(results: dict[str, Any]) -> list[str]:
    """Return the rows of gains of single decisions."""
    rows = [
        "Gain of one searched decision over the blueprint's move, points a hundred decisions:",
        "",
        *table_head("hand | belief | gain | less than exact | other moves than the blueprint's", 2),
    ]
    for label, result in results.items():
        lines = result["spots"]
        ones = np.ones(len(lines))
        gains = {name: 100 * np.array([line["gains"][name] for line in lines]) for name in BELIEFS}
        for name in BELIEFS:
            behind = "" if name == "exact" else plus_minus(*ratio(lines, gains["exact"] - gains[name], ones), digits=2)
            rows.append(
                f"| {label} | {name} | {plus_minus(*ratio(lines, gains[name], ones), '+', 2)} | {behind} "
                f"| {np.mean([line['deviations'][name] for line in lines]):.1%} |"
            )
    return rows


def games_played(label: str, game: HanabiGame, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Play the decks with each belief; return the summaries, and the scores against the exact belief."""
    rows: dict[str, Any] = {}
    scores: dict[str, np.ndarray] = {}
    for belief in sorted(set(BELIEFS.values())):
        weights = str(options.weights) if options.weights and belief != "exact" else None
        spec = SearchSpec(
            blueprint=BLUEPRINT,
            rollouts=options.rollouts,
            particles=2 * options.rollouts,
            softening=None if belief == "learned" else 0.2,
            belief=belief,
            belief_weights=weights,
        )
        job = HanabiJob.of(spec.resolved(game, registry), SEED)
        folder = options.folder / f"games-{game.cards_in_hand}-{options.rollouts}-{belief}"
        rows[belief] = play(job, options.games, folder, options.workers, f"{label}, {belief}", console)
        lines = [json.loads(line) for line in (folder / "games.jsonl").read_text(encoding="utf-8").splitlines()]
        scores[belief] = np.array([line["score"] for line in sorted(lines, key=lambda line: line["game"])])
    for belief, row in rows.items():
        difference = mean((scores[belief] - scores["exact"])[: options.games])
        row["against_exact"] = "" if belief == "exact" else plus_minus(*difference, "+")
    return rows


def games_table(results: dict[str, Any]) -> list[str]:
    """Return the rows of whole games."""
    rows = [
        "Whole games, all seats searching, on the same decks:",
        "",
        *table_head("hand | belief | decks | blueprint | with search | gain | against exact | seconds a decision", 2),
    ]
    for label, result in results.items():
        for name, row in result["games"].items():
            rows.append(
                f"| {label} | {name} | {row['games']} "
                f"| {plus_minus(row['blueprint_mean'], row['blueprint_standard_error'], digits=2)} "
                f"| {plus_minus(row['mean'], row['standard_error'], digits=2)} "
                f"| {plus_minus(row['gain'], row['gain_standard_error'], '+', 2)} | {row['against_exact']} "
                f"| {row['seconds_per_decision']:.3f} |"
            )
    return rows


def markdown(results: dict[str, Any], facts: dict[str, Any], options: argparse.Namespace) -> str:
    """Return the tables, with what a reader needs to judge them."""
    lines = [*entropy_table(results), "", *decision_table(results)]
    if options.games:
        lines += ["", *games_table(results)]
    effective = [f"{np.median([line['effective'] for line in result['spots']]):,.0f}" for result in results.values()]
    note = (
        f"2 players, {BLUEPRINT}, seed {SEED}, {options.positions} games in which a move is a random one with "
        f"probability {SOFTENING}, every {options.every}th decision; standard errors over games. The posterior is that "
        f"of {options.particles:,} weighted hands (median effective sizes {', '.join(effective)}), and judges moves in "
        f"{JUDGES:,} worlds. Search: mirror descent, eta 30, caution 1, {options.rollouts:,} rollouts a decision. "
        f"{conditions_text(facts)}"
    )
    return "\n".join([*lines, "", note])


def run(options: argparse.Namespace) -> None:
    """Measure and play what is missing, print the tables and write the files."""
    facts = conditions("benchmarks.learned_belief")
    console = Console(stderr=True)
    results: dict[str, Any] = {}
    for label in options.hands:
        results[label] = {"spots": measured(GAMES[label], options)}
        if options.games:
            results[label]["games"] = games_played(label, GAMES[label], options, console)
    table = markdown(results, facts, options)
    publish("learned belief", table, facts | {"results": results}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned_belief", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hands", nargs="+", default=list(GAMES), choices=list(GAMES))
    parser.add_argument("--positions", type=int, default=40, help="games whose decisions are looked at")
    parser.add_argument("--every", type=int, default=5, help="one decision in so many of these games")
    parser.add_argument("--particles", type=int, default=4000, help="hands that make up the posterior")
    parser.add_argument("--rollouts", type=int, default=1000, help="rollouts a decision")
    parser.add_argument("--games", type=int, default=0, help="decks for whole games; 0 plays none")
    parser.add_argument("--weights", type=Path, help="file of the learned belief, instead of the shipped ones")
    parser.add_argument("--folder", type=Path, default=Path("runs/learned_belief"), help="where measurements are kept")
    parser.add_argument("--workers", type=int, default=available_cores(), help="processes for whole games")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a 'learned belief' section")
    options = parser.parse_args()
    if options.positions < 2 or options.games == 1:
        parser.error("a standard error needs at least 2 games")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
