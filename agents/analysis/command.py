"""Look at a game of Hanabi move by move: ``python -m agents.hanabi_analysis``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.analysis.agreement import agreement
from agents.analysis.asking import FREE, search_for
from agents.analysis.data import analysis_data
from agents.analysis.decisions import DecisionAnalysis, analyse_moves, analyse_position
from agents.analysis.options import Options
from agents.analysis.page import page_of
from agents.analysis.sources import Source, read_records, read_source
from agents.blueprints.registry import full_name
from agents.hanabi.blueprints import policy_for
from agents.modules import allow_local_modules
from agents.own.names import short_name
from agents.turns import turns_named
from games._base.command_line import check_workers, refuse_given
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.progress import progress_bar, working
from games.hanabi.game import HanabiGame
from games.hanabi.replay import GameRecord
from search.hanabi.policy.follower import Policy
from search.hanabi.spec import ResolvedSearch
from search.spec import OptionError


def _turns(text: str | None, length: int) -> range:
    """Return the turns, from 0, that are named from 1; raises ``UsageError`` for none of the game's."""
    named = turns_named(text) or range(1, length + 1)
    if not 1 <= named.start <= length:
        raise UsageError(f"--turns must be within 1 to {length}, not {text}")
    return range(named.start - 1, min(named.stop - 1, length))


def _prepared(options: Options, console: Console) -> tuple[Source, ResolvedSearch, Policy]:
    if not options.game:
        raise UsageError("name a game: a file, a link to hanab.live, or the folder of a search")
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers must be at least 1, not {options.workers}")
    allow_local_modules()
    with working(console, "reading the game"):
        source = read_source(options.game, options.number)
    game = source.game.game
    try:
        search = search_for(
            game,
            source.search,
            blueprint=options.blueprint,
            rollouts=options.rollouts,
            seconds=options.seconds,
            softening=options.softening,
            bomb=options.bomb,
        )
        with working(console, "loading the blueprint (compiling it, the first time)"):
            policy = policy_for(search.game, search.blueprint, options.workers, search.device)
    except OptionError as error:
        raise UsageError(f"--{error.option.replace('_', '-')} {error.fault}") from None
    except ValueError as error:
        raise error if isinstance(error, UsageError) else UsageError(str(error)) from None
    return source, search, policy


def _analysed(
    options: Options, source: Source, search: ResolvedSearch, policy: Policy, console: Console
) -> list[DecisionAnalysis]:
    game = source.game
    if not isinstance(game, GameRecord):
        refuse_given("on a position, which is a single decision", options, ("turns",))
        with working(console, "analysing the position"):
            return [analyse_position(search, policy, game, seed=options.seed, threads=options.workers)]
    turns = _turns(options.turns, len(game.moves) + (not game.is_over))
    found = []
    with progress_bar(console, "decisions", len(turns)) as bar:
        told = analyse_moves(
            search, policy, game.deck, game.moves, seed=options.seed, threads=options.workers, turns=turns
        )
        for one in told:
            found.append(one)
            bar.advance(1, "")
    return found


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    if options.agreement:
        _agree(options, console, command)
        return
    page = options.output or Path("analysis.html")
    if page.suffix != ".html":
        raise UsageError(f"--output must be a file .html, not {page}")
    source, search, policy = _prepared(options, console)
    decisions = _analysed(options, source, search, policy, console)
    data = analysis_data(source.game, decisions, _described(search, options.seed), command)
    write_whole(page, page_of(data))
    write_whole(page.with_suffix(".json"), json.dumps(data, ensure_ascii=False) + "\n")
    row = data["accuracy"][0]
    if row["moves"]:
        console.print(
            f"{row['moves']} moves lost {row['lost']:.3f} ± {row['error']:.3f} points each against the best "
            f"of other worlds; {row['agree']:.0%} are the planner's; {row['blunder']} blunders, "
            f"{row['mistake']} mistakes, {row['inaccuracy']} inaccuracies.",
            highlight=False,
        )
    for sentence in _unknown(row, decisions):
        console.print(sentence, highlight=False)
    console.print(f"Written: {page} and {page.with_suffix('.json')}.", highlight=False, soft_wrap=True)


def _unknown(row: Mapping[str, Any], decisions: Sequence[DecisionAnalysis]) -> list[str]:
    """Return sentences on what the numbers leave out: decisions without values, and moves whose loss is not known."""
    without = [str(one.turn + 1) for one in decisions if one.outcome == "fallback"]
    found = []
    if without:
        named = f"turn{'s' if len(without) > 1 else ''} {', '.join(without)}"
        found.append(f"Without values, for want of a usable belief: {named}.")
    if row["unknown"]:
        moves = f"{row['unknown']} move{'s' if row['unknown'] > 1 else ''}"
        found.append(f"What {moves} lost is not known, and not counted: there were no values, or too few rollouts.")
    return found


def _agree(options: Options, console: Console, command: str) -> None:
    """Print how often the blueprint would have made the moves of recorded games, and write the table if asked to."""
    refuse_given(
        "with --agreement, which searches nothing", options, ("rollouts", "seconds", "softening", "bomb", "turns")
    )
    if options.output is not None and options.output.suffix != ".json":
        raise UsageError(f"--output must be a file .json with --agreement, not {options.output}")
    if not options.game:
        raise UsageError("name a game: a file, a link to hanab.live, a folder of games, or a data set")
    check_workers(options)
    allow_local_modules()
    with working(console, "reading the games"):
        records, played = read_records(options.game, options.number)
    name = options.blueprint or (FREE if played is None else played.blueprint)

    @cache
    def policy(game: HanabiGame) -> Policy:
        try:
            return policy_for(game, full_name(name), options.workers)
        except ValueError as error:
            raise UsageError(str(error)) from None

    with working(console, "loading the blueprint (compiling it, the first time)"):
        policy(records[0].game)
    with progress_bar(console, "games", len(records)) as bar:
        rows = agreement(policy, records, options.seed, lambda: bar.advance(1, ""))
    _print_agreement(console, short_name(name), len(records), rows)
    if options.output is not None:
        data = {"blueprint": name, "games": len(records), "seed": options.seed, "agreement": rows, "command": command}
        write_whole(options.output, json.dumps(data, indent=2) + "\n")
        console.print(f"Written: {options.output}.", highlight=False, soft_wrap=True)


def _print_agreement(console: Console, name: str, games: int, rows: Sequence[dict[str, Any]]) -> None:
    likely = rows[0]["log_likelihood"] is not None
    table = Table(caption="±: one standard error, clustered by game; at random: a uniform choice among the legal moves")
    for heading in ("", "moves", "agreement", "at random", *(("log-likelihood a move",) if likely else ())):
        table.add_column(heading, justify="right" if heading else "left")
    for row in rows:
        if row["moves"]:
            error = "" if row["error"] is None else f" ± {row['error']:.1%}"
            cells = [row["of"], f"{row['moves']:,}", f"{row['agree']:.1%}{error}", f"{row['chance']:.1%}"]
            if likely:
                error = row["log_likelihood_error"]
                cells.append(f"{row['log_likelihood']:.3f}" + ("" if error is None else f" ± {error:.3f}"))
            table.add_row(*cells)
    console.print(f"{name} beside {games} recorded game{'s' if games > 1 else ''}", style="bold", highlight=False)
    console.print(table)


def _described(search: ResolvedSearch, seed: int) -> dict[str, Any]:
    numbers = asdict(search)
    names = (
        "blueprint",
        "search",
        "rollouts",
        "seconds",
        "eta",
        "softening",
        "caution",
        "plies",
        "allocation",
        "reinvest",
    )
    return {name: numbers[name] for name in names} | {"bomb": search.game.bomb, "seed": seed}
