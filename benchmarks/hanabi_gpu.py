"""Hanabi on a CUDA card, beside what its memory and its arithmetic allow: ``python -m benchmarks.hanabi_gpu``.

Four tables for the card that it names. *Environment*: moves a second with legal moves and observations of every slot
written in every step, moves drawn uniformly on the card included. *Trainer*: decisions a second of the vector learner,
rollouts and updates together. Each is beside a floor measured in the same run: the bytes that a step cannot avoid
(state read and written once, observation and legal moves written once) over the rate of a plain copy, and the
operations of the network's matrices over the rate of one large product. *Search*: decisions a second, the rollouts of
some decisions in one call (no belief, no planner), from turn 22 of a game in which nobody plays a card, so that every
rollout lasts until the deck is empty. *Card*: those two rates.

Without a card it says so and ends with exit code 2. ``--device cpu`` times the compiled engine through the same code.
"""

from __future__ import annotations

import copy
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from agents.blueprints.neural.batched import batched_blueprint
from agents.blueprints.neural.graphs import Recorded
from agents.blueprints.neural.torch_networks import PolicyNetwork, make_network
from agents.training.options import TrainingOptions
from agents.training.vector.environment import CardEnvironment, Environment, HostEnvironment, Version
from agents.training.vector.learner import TURNS, VectorLearner
from benchmarks import neural_positions
from benchmarks.common import conditions, conditions_text, processor, publish, run_benchmark, table_head
from games._base.errors import UsageError
from games.hanabi.game import HanabiGame, standard
from games.hanabi.state import HanabiState
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.batched import BatchedRollouts
from search.hanabi.rollouts.requests import Request

SEED = 0
STEPS = 32  # of the environment in one call


@dataclass(frozen=True)
class Options:
    """Time the environment, the trainer and the rollouts of a search on a card."""

    device: Literal["cuda", "cpu"] = "cuda"
    """cpu: the compiled engine and float32 networks instead, through the same code."""
    players: tuple[int, ...] = (2, 5)
    """Numbers of players of the environment."""
    slots: tuple[int, ...] = (16_384, 65_536)
    """Games side by side."""
    hidden: tuple[int, ...] = (512, 512)
    """Units of the trained network's hidden layers, for 2 players."""
    epochs: tuple[int, ...] = (1, 2)
    """Passes over the decisions of an iteration."""
    minibatch: int = 32_768
    """Decisions a gradient step."""
    decisions: tuple[int, ...] = (1, 16, 128)
    """Decisions of a search whose rollouts are asked for together."""
    rollouts: int = 10_000
    """Rollouts of a decision."""
    rounds: int = 5
    """Timed calls, after those that compile, warm up and record; the median counts."""
    output: Path | None = None
    """Also write the figures to this file, as JSON."""
    update: tuple[Path, ...] = ()
    """Documents whose hanabi_gpu section gets the tables."""


def seconds_of(work: Callable[[], object], device: torch.device, rounds: int, warm_up: int = 5) -> float:
    """Return the median seconds of a call, waiting for the card after each."""
    taken = []
    for turn in range(warm_up + rounds):
        begun = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        if turn >= warm_up:
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def rates(device: torch.device, rounds: int) -> dict[str, float]:
    """Return bytes a second of a copy (read and written) and operations a second of a matrix product."""
    on_card = device.type == "cuda"
    source = torch.zeros(1 << (30 if on_card else 26), dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    size, kind = (8192, torch.bfloat16) if on_card else (1024, torch.float32)
    left, right = torch.ones((2, size, size), dtype=kind, device=device)
    copied = seconds_of(lambda: target.copy_(source), device, rounds)
    multiplied = seconds_of(lambda: torch.mm(left, right), device, rounds)
    return {"bytes": 2 * len(source) / copied, "operations": 2 * size**3 / multiplied}


def necessary_bytes(environment: Environment) -> int:
    """Return the bytes that a step of one slot must move, whatever the program."""
    state = 2 * environment.states.element_size() * environment.states.shape[0]
    results = sum(part.element_size() for part in (environment.moves, environment.rewards, environment.done))
    row = environment.observations.element_size() * environment.observations.shape[1]
    return state + results + row + environment.legal.shape[1]


def make_environment(game: HanabiGame, slots: int, seed: int, version: Version, device: torch.device) -> Environment:
    if device.type == "cuda":
        return CardEnvironment(game, slots, seed, version)
    return HostEnvironment(game, slots, seed, version)


def time_environment(players: int, slots: int, version: Version, device: torch.device, rounds: int) -> dict[str, Any]:
    """Return moves a second of random legal play with observations, and the bytes of a step."""
    environment = make_environment(standard(players), slots, SEED, version, device)
    noise = torch.rand((STEPS, *environment.legal.shape), device=device)

    def play() -> None:
        for step in range(STEPS):
            environment.moves.copy_((environment.legal * noise[step]).argmax(dim=-1))
            environment.step()

    recorded = Recorded(play, device)
    seconds = seconds_of(recorded, device, rounds)
    if isinstance(environment, CardEnvironment):
        environment.check()
    return {
        "players": players,
        "slots": slots,
        "version": version,
        "rate": STEPS * slots / seconds,
        "bytes": necessary_bytes(environment),
        "recorded": recorded.recorded,
    }


def forward_operations(game: HanabiGame, hidden: tuple[int, ...]) -> int:
    """Return the operations of a network's matrices for one row."""
    widths = [game.observation_size, *hidden, game.moves + 1 + game.cards_in_hand * game.types]
    return 2 * sum(before * after for before, after in pairwise(widths))


def operations(game: HanabiGame, options: TrainingOptions) -> int:
    """Return the operations of the network's matrices for one decision: to act, and to learn from it."""
    renamed = (options.epochs - 1) if options.augment else 0  # the policy that played is asked anew
    return forward_operations(game, options.hidden) * (1 + 3 * options.epochs + renamed)


def time_trainer(settings: TrainingOptions, device: torch.device, rounds: int) -> dict[str, Any]:
    """Return decisions a second of play, of learning and of both."""
    game = standard(2)

    def environment(slots: int, seed: int, auto_reset: bool) -> Environment:
        return make_environment(game, slots, seed, "v0", device)

    learner = VectorLearner(game, settings, environment, str(device))
    found: list[dict[str, float]] = []
    seconds_of(lambda: found.append(learner.iterate()), device, rounds, warm_up=5)
    parts = {
        name: statistics.median(line[f"seconds_{name}"] for line in found[-rounds:]) for name in ("play", "update")
    }
    steps = settings.games * TURNS
    return {
        "slots": settings.games,
        "epochs": settings.epochs,
        "play": steps / parts["play"],
        "update": steps / parts["update"],
        "rate": steps / sum(parts.values()),
        "operations": operations(game, settings),
        "recorded": learner.recorded,
    }


def time_search(options: Options, device: torch.device) -> list[dict[str, Any]]:
    """Return decisions a second for each number of decisions, and the operations that a decision cannot avoid."""
    game, hidden, rollouts = standard(2), options.hidden, options.rollouts
    network = make_network(game, "feed-forward", hidden, "v0", 0.0, SEED)
    with torch.no_grad():
        network.heads.policy.bias[game.cards_in_hand : 2 * game.cards_in_hand] = -1e4  # plays
    on_host = batched_blueprint(copy.deepcopy(network), "none")
    values, legal = neural_positions.position(game, on_host, rollouts)
    state = HanabiState.from_seed(game, neural_positions.SEED, 1)
    neural_positions.play(state, neural_positions.followers(game, on_host), 1)
    moves = np.flatnonzero(legal)
    roll_out = rollouts_on(game, network, on_host, device)
    found = []
    for decisions in options.decisions:
        positions = [values._position._replace(key=key) for key in range(decisions)]
        requests = [Request(position, moves, 0, max(1, rollouts // len(moves))) for position in positions]
        rows = sum(returns.size for returns in roll_out(requests))
        seconds = seconds_of(partial(roll_out, requests), device, options.rounds, warm_up=1)
        plies = state.turn - neural_positions.TURN - 1
        work = forward_operations(game, hidden) * plies * rows // decisions
        found.append({"decisions": decisions, "rate": decisions / seconds, "plies": plies, "operations": work})
    return found


def rollouts_on(
    game: HanabiGame, network: PolicyNetwork, on_host: BatchedBlueprint, device: torch.device
) -> Callable[[list[Request]], list[NDArray[np.float64]]]:
    """Return what rolls requests out on a device."""
    if device.type == "cpu":
        return BatchedRollouts(game, on_host).roll_out
    from search.hanabi.rollouts.cuda import CudaRollouts

    return CudaRollouts(game, batched_blueprint(network, "none", device=str(device))).roll_out


def markdown(figures: dict[str, Any], facts: dict[str, Any], options: Options) -> str:
    """Return the tables, with the line that says how they came about."""
    rates_found = figures["rates"]
    lines = [
        f"**{figures['card']}**: copies {rates_found['bytes'] / 1e9:,.0f} GB/s, multiplies "
        f"{rates_found['operations'] / 1e12:.3g} TFLOP/s.",
        "",
        *table_head("observation | players | slots | moves/s | bytes a move | allowed by memory | share"),
    ]
    for row in figures["environment"]:
        floor = rates_found["bytes"] / row["bytes"]
        lines.append(
            f"| {row['version']} | {row['players']} | {row['slots']:,} | {row['rate']:,.0f} | {row['bytes']:,} "
            f"| {floor:,.0f} | {row['rate'] / floor:.1%} |"
        )
    head = "slots | epochs | self-play, decisions/s | update | together | allowed by arithmetic | share"
    lines += ["", *table_head(head, texts=0)]
    for row in figures["trainer"]:
        floor = rates_found["operations"] / row["operations"]
        cells = " | ".join(f"{row[name]:,.0f}" for name in ("play", "update", "rate"))
        lines.append(f"| {row['slots']:,} | {row['epochs']} | {cells} | {floor:,.0f} | {row['rate'] / floor:.1%} |")
    lines += ["", *table_head("decisions together | decisions/s | turns | allowed by arithmetic | share", texts=0)]
    for row in figures["search"]:
        floor = rates_found["operations"] / row["operations"]
        lines.append(
            f"| {row['decisions']:,} | {row['rate']:,.3g} | {row['plies']} | {floor:,.3g} | {row['rate'] / floor:.1%} |"
        )
    shape = " × ".join(map(str, options.hidden))
    graphs = all(row["recorded"] for row in figures["environment"] + figures["trainer"])
    kind = "bfloat16" if options.device == "cuda" else "float32"
    note = (
        f"Observations in {kind}. Trainer: 2 players, {shape} units, V0 observations, {TURNS} turns a slot and "
        f"iteration, minibatches of {options.minibatch:,}. Search: the same network, {options.rollouts:,} rollouts a "
        f"decision, of so many turns. Medians of {options.rounds}; CUDA graphs: "
        f"{'yes' if graphs else 'no'}; torch {torch.__version__}. {conditions_text(facts)}"
    )
    return "\n".join([*lines, "", note])


def run(options: Options) -> None:
    device, card = torch.device(options.device), _card() if options.device == "cuda" else processor()
    facts, console = conditions("benchmarks.hanabi_gpu"), Console(stderr=True)
    figures: dict[str, Any] = {"card": card, "rates": rates(device, options.rounds)}
    with console.status("environment"):
        figures["environment"] = [
            time_environment(players, slots, version, device, options.rounds)
            for players in options.players
            for version in ("canonical", "v0")
            for slots in options.slots
        ]
    settings = TrainingOptions(
        network="feed-forward",
        base="none",
        inputs="v0",
        hidden=options.hidden,
        minibatch=options.minibatch,
        clone_games=0,
        kl_magnet=0.0,
        seed=SEED,
    )
    with console.status("trainer"):
        figures["trainer"] = [
            time_trainer(replace(settings, games=slots, epochs=epochs), device, options.rounds)
            for slots in options.slots
            for epochs in options.epochs
        ]
    with console.status("search"):
        figures["search"] = time_search(options, device)
    publish("hanabi_gpu", markdown(figures, facts, options), facts | figures, options.output, options.update)


def _card() -> str:
    """Return the name of the card; raises ``UsageError`` with one sentence if there is none to be used."""
    if not torch.cuda.is_available():
        raise UsageError("there is no CUDA card, or torch was not built for it: nothing was measured")
    from games.hanabi.cuda.device import NoCardError, require_card

    try:
        require_card()
    except NoCardError as error:
        raise UsageError(str(error)) from None
    return torch.cuda.get_device_name()


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.hanabi_gpu"))
