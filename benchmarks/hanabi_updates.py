"""Which update a Hanabi search should make: ``python -m benchmarks.hanabi_updates``.

At decisions of blueprint games, all updates – mirror descent with several step sizes, SPARTA's threshold, Monte Carlo –
look at the *same* belief and the same worlds with the same budget, and mirror descent with other budgets and rollouts
that end earlier, too. Where they take another move than the blueprint, its worth is measured in many worlds of another,
larger belief that is built for the purpose, played to the end: the gain of one searched decision, everybody following
the blueprint after it. (In worlds of their own belief moves look better that were chosen for what this belief happens
to hold.) Decisions are kept under ``--folder``: a second call goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.blueprints import registry
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.blueprints.registry import strongest_for
from agents.hanabi.players import searcher
from agents.hanabi.report import plus_minus
from benchmarks.belief_positions import Spot, spots, values_at
from benchmarks.common import conditions, conditions_text, publish, table_head
from benchmarks.learned_belief import ratio
from games._base.command_line import run_command
from games._base.files import write_whole
from games._base.progress import tracked
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import standard
from games.hanabi.position import Position
from search.allocation import Racing
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import legal_moves_of
from search.hanabi.spec import EXACT_LIMIT, SearchSpec
from search.planner import MirrorDescent, Planner, PolicyIteration, Update

SEED = 2028
SOFTENING = 0.05  # of the games, of the blueprint in the update, and of the belief
PARTICLES = 4000
JUDGES = 2000  # worlds in which moves are compared
JUDGING = BeliefOptions(5 * PARTICLES, 5 * EXACT_LIMIT, SOFTENING)  # the belief that they are of
MOST = 4  # times the budget: worlds that a search may look at


class Search(NamedTuple):
    """An update with its caution, its share of the budget, and the plies of a rollout."""

    update: Update = MirrorDescent(30.0)
    caution: float = 1.0
    share: float = 1.0
    plies: int | None = None


SPARTA = Search(PolicyIteration(0.1), caution=0.0)
MONTE_CARLO = Search(PolicyIteration(0.0), caution=0.0)
REFERENCE = "MDS, eta 30"
SEARCHES = {
    **{f"MDS, eta {eta}": Search(MirrorDescent(float(eta))) for eta in (3, 10, 30, 100)},
    "MDS, eta 30, no caution": Search(caution=0.0),
    "MDS, eta 30, caution 2": Search(caution=2.0),
    "MDS, eta 30, twice the budget": Search(share=2.0),
    "SPARTA, threshold 0.1": SPARTA,
    "Monte Carlo": MONTE_CARLO,
}
UNFINISHED = {  # of blueprints that have values to end a rollout in
    **{f"MDS, eta 30, {plies} plies": Search(plies=plies) for plies in (2, 4, 8, 12, 16, 24)},
    **{f"MDS, eta {eta}, 12 plies": Search(MirrorDescent(float(eta)), plies=12) for eta in (3, 10, 100)},
    "MDS, eta 30, 12 plies, no caution": Search(caution=0.0, plies=12),
    "MDS, eta 30, 12 plies, caution 2": Search(caution=2.0, plies=12),
    "MDS, eta 30, 12 plies, four times the budget": Search(share=4.0, plies=12),
    "MDS, eta 30, 12 plies, caution 2, four times": Search(caution=2.0, share=4.0, plies=12),
    "SPARTA, threshold 0.1, 12 plies": SPARTA._replace(plies=12),
    "Monte Carlo, 12 plies": MONTE_CARLO._replace(plies=12),
}


LARGER = {  # budgets by which is seen when more rollouts are worth most
    REFERENCE: "MDS, eta 30, twice the budget",
    "MDS, eta 30, 12 plies": "MDS, eta 30, 12 plies, four times the budget",
}
EARLY = 20  # cards: more than so many in the deck are the first half of a game


def searches_over(blueprint: Blueprint) -> dict[str, Search]:
    """Return what is compared."""
    return SEARCHES if blueprint.value is None else SEARCHES | UNFINISHED


def measure(spot: Spot, rollouts: int) -> dict[str, Any] | None:
    """Return what each update gains at a decision and how many rollouts it took; ``None`` without a belief."""
    seat, history = spot.any, spot.follower.history
    turn = history.turns
    seat.belief.update(turn)
    if seat.belief.collapsed:
        return None
    moves = legal_moves_of(history.game, spot.view)
    log_policy = seat.log_policy(spot.view, moves)
    worlds = seat.belief.worlds(MOST * rollouts, 2 * turn)
    decisions, seconds = {}, {}
    for name, search in searches_over(spot.follower.base).items():
        values = values_at(spot, worlds, 2 * turn, search.plies, seat.belief.origins(worlds))
        planner = Planner(search.update, Racing(reinvest=8.0), search.caution)
        began = time.process_time()
        decisions[name] = planner.decide(moves, log_policy, values, int(search.share * rollouts))
        seconds[name] = time.process_time() - began
    advised = int(moves[np.argmax(log_policy)])
    chosen: NDArray[np.int64] = np.unique([advised, *(decision.action for decision in decisions.values())])
    worth = np.zeros(len(chosen))
    if len(chosen) > 1:
        belief = HandBelief(spot.follower, JUDGING, 1)
        belief.update(_judges_key(spot))
        if belief.collapsed:
            return None
        judges = belief.worlds(JUDGES, 2 * turn + 1)
        worth = values_at(spot, judges, 2 * turn + 1).returns(chosen, 0, JUDGES).mean(axis=0)
    value = dict(zip(chosen.tolist(), worth.tolist(), strict=True))
    return {
        "game": spot.number,
        "turn": turn,
        "deck": Position(history.game, spot.view).cards_left,
        "gains": {name: value[decision.action] - value[advised] for name, decision in decisions.items()},
        "deviations": {name: decision.action != advised for name, decision in decisions.items()},
        "rollouts": {name: decision.rollouts for name, decision in decisions.items()},
        "seconds": seconds,
    }


def _judges_key(spot: Spot) -> int:
    return int(np.random.SeedSequence([SEED, spot.number, spot.follower.history.turns]).generate_state(1, np.uint64)[0])


def measured(options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """Return the measurements of all games, going on after the last one in the folder."""
    game = standard(options.players)
    name = options.blueprint or strongest_for(game)
    kind = f"{options.players}-{Path(name).stem}-{options.rollouts}-{options.every}-{JUDGING.particles}"
    path = options.folder / f"{kind}.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    spec = SearchSpec(blueprint=name, rollouts=options.rollouts, particles=PARTICLES, softening=SOFTENING)
    first = 1 + max((line["game"] for line in lines), default=-1)
    make = searcher(spec.resolved(game, registry), CompiledPolicy(blueprint_by_name(name)))

    def found_in(number: int) -> Iterator[dict[str, Any]]:
        for spot in spots(game, {"search": make}, range(number, number + 1), options.every, SOFTENING, SEED):
            found = measure(spot, options.rollouts)
            if found is not None:
                yield found

    for number in tracked(range(first, options.games), console, "games"):
        found = list(found_in(number)) or [{"game": number, "gains": {}}]
        lines += found
        text += "".join(json.dumps(line) + "\n" for line in found)
        write_whole(path, text)
    return [line for line in lines if line["game"] < options.games and line["gains"]]


def by_phase(lines: list[dict[str, Any]]) -> list[str]:
    """Return the table of what larger budgets gain, early and late in a game."""
    rows = table_head(
        "update, with a larger budget | cards in the deck | decisions | gain | with the larger budget more"
    )
    for small, large in LARGER.items():
        for label, early in ((f"> {EARLY}", True), (f"≤ {EARLY}", False)):
            known = [line for line in lines if "deck" in line and large in line["gains"]]
            some = [line for line in known if (line["deck"] > EARLY) == early]
            if len({line["game"] for line in some}) > 1:
                gain, more = (100.0 * np.array([line["gains"][name] for line in some]) for name in (small, large))
                figures = [plus_minus(*ratio(some, each, np.ones(len(some))), "+", 2) for each in (gain, more - gain)]
                rows.append(f"| {large} | {label} | {len(some)} | {' | '.join(figures)} |")
    return rows


def markdown(lines: list[dict[str, Any]], facts: dict[str, Any], options: argparse.Namespace) -> str:
    """Return the table, with what a reader needs to judge it."""
    rows = [
        "| update | gain, points a hundred decisions | less than eta 30 | not the blueprint's move | rollouts "
        "| their time, ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    ones = np.ones(len(lines))
    searches = {name: search for name, search in (SEARCHES | UNFINISHED).items() if name in lines[0]["gains"]}
    gains = {name: 100.0 * np.array([line["gains"][name] for line in lines]) for name in searches}
    reference = gains[REFERENCE]
    for name, gain in gains.items():
        behind = "" if gain is reference else plus_minus(*ratio(lines, reference - gain, ones), "+", 2)
        rows.append(
            f"| {name} | {plus_minus(*ratio(lines, gain, ones), '+', 2)} | {behind} "
            f"| {np.mean([line['deviations'][name] for line in lines]):.1%} "
            f"| {np.mean([line['rollouts'][name] for line in lines]):,.0f} "
            f"of {searches[name].share * options.rollouts:,.0f} "
            f"| {1e3 * np.mean([line['seconds'][name] for line in lines]):.0f} |"
        )
    game = standard(options.players)
    note = (
        f"{options.players} players, {options.blueprint or strongest_for(game)}, seed {SEED}, {len(lines)} decisions: "
        f"every {options.every}th of {options.games} games in which a move is a random one with probability "
        f"{SOFTENING}; standard errors over games. Belief of {PARTICLES:,} hands; moves are judged in {JUDGES:,} "
        f"worlds of another of {JUDGING.particles:,} hands. MDS with caution 1 and rollouts to the end of the game "
        f"unless it says otherwise; processor time of one core, without the belief. "
        f"{conditions_text(facts)}"
    )
    return "\n".join([*rows, "", *by_phase(lines), "", note])


def run(options: argparse.Namespace) -> None:
    """Measure what is missing, print the table and write the files."""
    facts = conditions("benchmarks.hanabi_updates")
    lines = measured(options, Console(stderr=True))
    table = markdown(lines, facts, options)
    publish("hanabi updates", table, facts | {"decisions": lines}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_updates", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--players", type=int, default=2, choices=[2, 3, 4, 5])
    parser.add_argument("--blueprint", help="name, or file of weights (default: the strongest that comes with Tamaya)")
    parser.add_argument("--games", type=int, default=60, help="games whose decisions are looked at")
    parser.add_argument("--every", type=int, default=7, help="one decision in so many of these games")
    parser.add_argument("--rollouts", type=int, default=1000, help="rollouts a decision")
    parser.add_argument("--folder", type=Path, default=Path("runs/hanabi_updates"), help="where decisions are kept")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a 'hanabi updates' section")
    options = parser.parse_args()
    if options.games < 2 or options.every < 1 or options.rollouts < 1:
        parser.error("--games must be at least 2, --every and --rollouts at least 1")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
