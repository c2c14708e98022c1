"""Look at a game of Hanabi move by move: ``python -m agents.hanabi_analysis``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.analysis.asking import search_for
from agents.analysis.data import analysis_data
from agents.analysis.decisions import DecisionAnalysis, analyse_moves, analyse_position
from agents.analysis.options import Options
from agents.analysis.page import page_of
from agents.analysis.sources import Source, read_source
from agents.hanabi.blueprints import policy_for
from agents.modules import allow_local_modules
from agents.turns import turns_named
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.progress import progress_bar
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
        with console.status("loading the blueprint (compiling it, the first time)"):
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
            f"{row['moves']} moves lost {row['lost']:.3f} ± {row['error']:.3f} points each against the best; "
            f"{row['agree']:.0%} are the planner's; {row['blunder']} blunders, {row['mistake']} mistakes, "
            f"{row['inaccuracy']} inaccuracies.",
            highlight=False,
        )
    console.print(f"Written: {page} and {page.with_suffix('.json')}.", highlight=False, soft_wrap=True)


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
