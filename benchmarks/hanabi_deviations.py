"""What a partner's deviation tells: ``python -m benchmarks.hanabi_deviations``.

Games in which all seats search are recorded under two seeds. On those of the first, models of how searching partners
choose their moves are fitted (``benchmarks.searchers_fit``). On those of the second, at every decision that follows a
partner's deviation from the blueprint and at some others, each model's posterior of the own hand is computed – over all
hands where they are few, else over the same sample for all models –, and the probability that it gives to the *true*
hand. The measurement sees that hand; the posterior does not. A second call goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import types
from rich.console import Console

from agents.blueprints import registry
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.job import HanabiJob, play_job
from agents.hanabi.report import plus_minus
from benchmarks.common import conditions, conditions_text, publish, table_head
from benchmarks.learned_belief import ratio
from benchmarks.searchers_fit import FAMILIES, Rows, fitted
from games._base.command_line import run_command
from games._base.files import write_whole
from games._base.jit import kernel
from games._base.progress import tracked
from games.hanabi.blueprint import CHANCES_TYPE, OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.layout import CURRENT_PLAYER, HAND_SIZE, LAST_MOVE, MOVES, STATE_SIZE
from games.hanabi.rules import hide_hand, legal_moves, show_hand
from games.hanabi.state import HanabiState
from search.hanabi.beliefs import posterior
from search.hanabi.beliefs.hands import BeliefOptions, HandBelief
from search.hanabi.history import SEEN_TYPE, SeatHistory, suppose, view_supposed
from search.hanabi.policy.compiled import CompiledFollower
from search.hanabi.policy.likelihood import kind_of, phase_of, weigh
from search.hanabi.searchers import Searchers
from search.hanabi.spec import SearchSpec
from search.hanabi.views import STATES_TYPE
from search.hanabi.worlds import HANDS_TYPE, PARTICLE_MEMORIES_TYPE

FIT_SEED, SEED = 41001, 41002
HANDS = 4000  # that a posterior is over
BLUEPRINT, PLAYERS = "neural", 2
TODAY = "uniform, softening 0.2"


class Moment(NamedTuple):
    """A decision of a recorded game: the state, the players' followers, and the move that is made."""

    state: HanabiState
    followers: list[CompiledFollower]
    move: int

    @property
    def follower(self) -> CompiledFollower:
        return self.followers[self.state.current_player]


def search_of(options: argparse.Namespace) -> SearchSpec:
    """Return the search of the recorded games."""
    return SearchSpec(blueprint=BLUEPRINT, seats="all", partners="uniform", eta=options.eta, caution=options.caution)


def path_of(options: argparse.Namespace, name: str) -> Path:
    """Return a file in the folder, by the search and its name."""
    given = [f"{name}-{value:g}" for name in ("eta", "caution") if (value := getattr(options, name)) is not None]
    folder: Path = options.folder
    return folder / "-".join([str(PLAYERS), BLUEPRINT, *given, name])


def recorded(options: argparse.Namespace, seed: int, games: int, console: Console) -> list[dict[str, Any]]:
    """Return the games of a seed, playing those that are missing."""
    game, path = standard(PLAYERS), path_of(options, f"{seed}.jsonl")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    job = HanabiJob.of(search_of(options).resolved(game, registry), seed)
    for number in tracked(range(len(lines), games), console, f"games of seed {seed}"):
        lines.append(play_job(job, number).line(seed))
        text += json.dumps(lines[-1]) + "\n"
        write_whole(path, text)
    return lines[:games]


def replayed(game: HanabiGame, line: dict[str, Any], blueprint: Blueprint) -> Iterator[Moment]:
    """Yield the decisions of a recorded game."""
    state = HanabiState.from_seed(game, line["seed"], line["game"])
    seats = range(game.players)
    followers = [CompiledFollower(SeatHistory(game, seat, state.view(seat)), blueprint) for seat in seats]
    for move in line["moves"]:
        yield Moment(state, followers, move)
        before = [state.view(seat) for seat in seats]
        state.apply(move)
        for seat, follower in enumerate(followers):
            follower.observe(before[seat], state.view(seat))


def rows_of(game: HanabiGame, lines: list[dict[str, Any]], blueprint: Blueprint) -> Rows:
    """Return the decisions of games, as their movers saw them."""
    assert blueprint.chances is not None
    chances, kinds, phases, made = [], [], [], []
    for line in lines:
        for moment in replayed(game, line, blueprint):
            state, row = moment.state, np.zeros(game.moves)
            view = state.view(state.current_player)
            blueprint.chances(game.rules, view, moment.follower.memory, row)
            row[np.setdiff1d(np.arange(game.moves), state.legal_moves())] = np.nan
            chances.append(row)
            kinds.append([kind_of(game.rules, view, move) for move in range(game.moves)])
            phases.append(phase_of(game.rules, view))
            made.append(moment.move)
    return Rows(np.array(chances), *(np.array(each, np.int64) for each in (kinds, phases, made)))


_LOGS_TYPE = types.Array(types.float64, 2, "C")


@kernel(
    types.void(
        *(RULES_TYPE, SEEN_TYPE, HANDS_TYPE, PARTICLE_MEMORIES_TYPE, CHANCES_TYPE, OBSERVE_TYPE),
        *(types.int64, STATES_TYPE, _LOGS_TYPE),
    )
)
def _turn(rules, seen, hands, memories, chances, observe, turn, states, logs):
    """Go through a turn in every world; write its states and, of a partner's, the log-probabilities of all moves."""
    after = np.empty(rules[STATE_SIZE], np.int32)
    held, card_of_index = np.empty(rules[HAND_SIZE], np.int32), np.empty(seen.revealed.shape[0], np.int32)
    moves, row = np.empty(rules[MOVES], np.int32), np.empty(rules[MOVES])
    for p in range(hands.shape[0]):
        before = states[p]
        suppose(seen, hands[p], card_of_index)
        view_supposed(rules, seen, turn, card_of_index, before)
        view_supposed(rules, seen, turn + 1, card_of_index, after)
        player = before[CURRENT_PLAYER]
        if player != seen.seat:
            hide_hand(rules, before, player, held)
            chances(rules, before, memories[p, player], row)
            show_hand(rules, before, player, held)
            logs[p, :] = -np.inf
            for i in range(legal_moves(rules, before, moves)):
                logs[p, moves[i]] = np.log(max(row[moves[i]], 1e-300))
        observe(rules, before, after, memories[p])


class Hands(HandBelief):
    """Hands of the seat to move that the posteriors of all models are over, the true one in addition."""

    def __init__(self, moment: Moment, key: int) -> None:
        super().__init__(moment.follower, BeliefOptions(HANDS, HANDS, 0.2), 1)
        counts, masks = self._present()
        every = self._enumerated(counts, masks, HANDS)
        self.exact = every is not None
        if every is None:
            self._propose(counts, masks, key, HANDS, True)
        else:
            self.hands, self._log_inclusion = every, np.zeros(len(every))
        true = np.array(moment.state.hand(self._history.seat), np.int32)
        self.hands = np.ascontiguousarray(np.vstack([self.hands, true]))
        self.memories = self._new_memories()
        self._prior = np.empty(len(self.hands))
        posterior.log_prior(counts, masks, self.hands, self._prior)

    def true_hand(self, models: dict[str, Searchers]) -> tuple[dict[str, float], float]:
        """Return the log-posterior of the true hand under each model, and the effective sample size of the first."""
        base, history = self._follower.base, self._history
        rules, seen = self._game.rules, history.seen()
        logs = np.empty((len(self.hands), self._game.moves))
        states = np.empty((len(self.hands), self._game.state_size), np.int32)
        likelihood = {name: np.zeros(len(self.hands)) for name in models}
        for turn in range(history.turns):
            _turn(rules, seen, self.hands, self.memories, base.chances, base.observe, turn, states, logs)
            if history.views[turn, CURRENT_PLAYER] != history.seat:
                made = history.views[turn + 1, LAST_MOVE]
                for name, model in models.items():
                    numbers = np.array(model.numbers)
                    weigh(rules, states, numbers, logs, made, model.softening, likelihood[name])
        found, effective = {}, []
        for name, logs_of in likelihood.items():
            joint = self._prior + logs_of
            weights = joint[:-1] - self._log_inclusion
            found[name] = float(joint[-1] - np.logaddexp.reduce(weights))
            shares = np.exp(weights - np.logaddexp.reduce(weights))
            effective.append(1.0 / max(float((shares**2 * -np.expm1(self._log_inclusion)).sum()), 1e-12))
        return found, effective[0]


def judged(
    options: argparse.Namespace, line: dict[str, Any], blueprint: Blueprint, models: dict[str, Searchers]
) -> Iterator[dict[str, Any]]:
    """Yield what the models say of the true hand at decisions of a game."""
    game = standard(PLAYERS)
    deviates = [made != advised for made, advised in zip(line["moves"], line["blueprint_moves"], strict=True)]
    for moment in replayed(game, line, blueprint):
        turn = moment.state.turn
        after = any(deviates[max(0, turn - PLAYERS + 1) : turn])
        if turn and (after or turn % options.every == line["game"] % options.every):
            hands = Hands(moment, turn)
            found, effective = hands.true_hand(models)
            yield {
                "game": line["game"],
                "turn": turn,
                "deck": moment.state.cards_left,
                "after": after,
                "since": sum(deviates[:turn]),
                "exact": hands.exact,
                "effective": effective,
                "logs": found,
            }


def measured(
    options: argparse.Namespace, lines: list[dict[str, Any]], models: dict[str, Searchers], console: Console
) -> list[dict[str, Any]]:
    """Return the judgements of all games, going on after the last one that was made with the same models."""
    blueprint = blueprint_by_name(BLUEPRINT)
    path = path_of(options, f"{SEED}-judged.json")
    same = {"models": {name: list(model.numbers) for name, model in models.items()}, "every": options.every}
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = kept["decisions"] if kept.get("of") == same else []
    done = kept["games"] if kept.get("of") == same else 0
    for number in tracked(range(done, len(lines)), console, "games judged"):
        found += judged(options, lines[number], blueprint, models)
        write_whole(path, json.dumps({"of": same, "games": number + 1, "decisions": found}) + "\n")
    return [line for line in found if line["game"] < options.games]


def markdown(
    found: list[dict[str, Any]],
    models: dict[str, Searchers],
    rows: dict[str, Rows],
    facts: dict[str, Any],
    options: argparse.Namespace,
) -> str:
    """Return the tables, with what a reader needs to judge them."""
    fit, new = rows["fit"], rows["new"]
    groups = {
        "all decisions": found,
        "after a deviation": [line for line in found if line["after"]],
        "others": [line for line in found if not line["after"]],
    }
    table = table_head("likelihood | a move, nats | " + " | ".join(f"{name}: true hand | more" for name in groups))
    for name, model in models.items():
        cells = [f"{new.log_likelihood(model).mean():.4f}"]
        for lines in groups.values():
            weights = np.array([1.0 if line["after"] else options.every for line in lines])
            logs, usual = (np.array([line["logs"][each] for line in lines]) for each in (name, TODAY))
            cells.append(plus_minus(*ratio(lines, weights * logs, weights)))
            cells.append("" if name == TODAY else plus_minus(*ratio(lines, weights * (logs - usual), weights), "+"))
        table.append(f"| {name} | {' | '.join(cells)} |")
    games = len({line["game"] for line in found})
    given = [f"{name} {value:g}" for name in ("eta", "caution") if (value := getattr(options, name)) is not None]
    note = (
        f"Mean log-probability of the true hand (nats) at decisions of {games} games of seed {SEED} by seats that all "
        f"search{' with ' + ' and '.join(given) if given else ''}: "
        f"{len(groups['after a deviation'])} that follow a partner's deviation and "
        f"{len(groups['others'])} of every {options.every}th other (which count {options.every} times), "
        f"{np.mean([line['exact'] for line in found]):.0%} over all hands, the others over a sample of {HANDS:,} "
        f"(median effective size {np.median([line['effective'] for line in found if not line['exact']]):,.0f}); paired "
        f"differences to the first row, standard errors over games. The models are fitted to {len(fit.made):,} moves "
        f"of seed {FIT_SEED}, {fit.deviations:.1%} of them deviations, {fit.unexplained:.1%} unexplained. The first "
        f"column is the mean log-likelihood of {len(new.made):,} moves of seed {SEED} in the true world. "
        f"{conditions_text(facts)}"
    )
    return "\n".join([*table, "", note])


def run(options: argparse.Namespace) -> None:
    """Measure what is missing, print the table and the fitted numbers, and write the files."""
    facts = conditions("benchmarks.hanabi_deviations")
    console, game, blueprint = Console(stderr=True), standard(PLAYERS), blueprint_by_name(BLUEPRINT)
    fit = recorded(options, FIT_SEED, options.fit or options.games, console)
    new = recorded(options, SEED, options.games, console)
    rows = {"fit": rows_of(game, fit, blueprint), "new": rows_of(game, new, blueprint)}
    models = {TODAY: Searchers(0.2)}
    models |= {family: fitted(rows["fit"], family) for family in FAMILIES}
    for name, model in models.items():
        console.print(f"{name}: {model}", highlight=False)
    found = measured(options, new, models, console)
    table = markdown(found, models, rows, facts, options)
    figures = {name: model._asdict() for name, model in models.items()}
    publish("hanabi deviations", table, facts | {"models": figures, "decisions": found}, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hanabi_deviations", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--eta", type=float, help="step of the searches (default: that of SearchSpec)")
    parser.add_argument("--caution", type=float, help="and their caution")
    parser.add_argument("--games", type=int, default=40, help="games whose decisions are looked at")
    parser.add_argument("--fit", type=int, help="games that models are fitted to (default: as many)")
    parser.add_argument("--every", type=int, default=6, help="one other decision in so many is looked at, too")
    parser.add_argument("--folder", type=Path, default=Path("runs/hanabi_deviations"), help="where games are kept")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument(
        "--update", type=Path, nargs="*", default=[], help="documents with a 'hanabi deviations' section"
    )
    options = parser.parse_args()
    if options.games < 2 or options.every < 1 or (options.fit is not None and options.fit < 1):
        parser.error("--games must be at least 2, --every and --fit at least 1")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
