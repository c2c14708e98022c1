"""Play against an agent, or with one: ``python -m agents.play --game leduc_poker --against cfr``.

A person sits at one seat and agents at the others. ``?`` asks a planner for its policy and action values. The game is
saved as text and JSON, also if it is left early.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.blueprints.files import WEIGHTS
from agents.game import Game, load_game
from agents.hanabi.table import HanabiTable
from agents.human.options import Options
from agents.human.player import HanabiHuman, Human, OpenSpielHuman, Quit, Terminal, can_explain
from agents.modules import allow_local_modules
from agents.openspiel.table import OpenSpielTable
from agents.registry import agent_type
from agents.runs.random_stream import fold
from agents.runs.replays import ending_of, write_hanabi_replay, write_openspiel_replay
from games._base.errors import UsageError
from games._base.progress import working
from games.hanabi.state import HanabiState
from games.hanabi.text import position_text

_CHANCE_STREAM, _AGENT_STREAM, _HINT_STREAM = 41, 42, 43


@dataclass
class Setup:
    """A table laid for one game."""

    game: Game
    names: list[str]
    players: list[Any]
    human: Human
    seed: int


def _hints(options: Options, game: Game) -> Any | None:
    """Return the planner that is asked for hints."""
    if options.hints == "none":
        return None
    if options.hints is not None:
        planner = agent_type(options.hints, game).make()
        if not can_explain(planner):
            raise ValueError(f"{options.hints!r} does not say what it thinks: choose a search or a solver")
        return planner
    if game.hanabi:
        partner = options.against[0].removeprefix("neural:")
        known = ("smart", "information", "piers", "iggi", "neural", "neural-wide")
        if partner not in known and not partner.endswith(WEIGHTS):
            partner = "smart"
        choices = [f"mds(blueprint={partner!r}, rollouts=500)", "mds(blueprint=iggi, rollouts=500)"]
    else:
        choices = ["mmds(rollouts=2000)", "cfr(iterations=200)", "ismcts(simulations=1000)"]
    for text in choices:
        try:
            return agent_type(text, game).make()
        except ValueError:
            continue
    return None


def prepared(options: Options, terminal: Terminal) -> Setup:
    """Return the table; raises ``UsageError`` with one sentence if an option makes no sense."""
    options.check()
    try:
        allow_local_modules()
        game = load_game(options.game)
        if not 0 <= options.seat < game.players:
            raise UsageError(f"--seat must be 0 to {game.players - 1}, not {options.seat}")
        others = options.against * (game.players - 1) if len(options.against) == 1 else options.against
        if len(others) != game.players - 1:
            raise UsageError(f"{game.name} has {game.players - 1} other seats: --against names 1 or all of them")
        with working(terminal.console, "loading the agents (compiling them, the first time)"):
            types = [agent_type(text, game) for text in others]
            hints = _hints(options, game)
    except ValueError as error:
        raise error if isinstance(error, UsageError) else UsageError(str(error)) from None
    kind: Callable[..., Any] = HanabiHuman if game.hanabi else OpenSpielHuman
    human = kind(terminal, hints)
    players, names = [made.make() for made in types], [made.label for made in types]
    players.insert(options.seat, human)
    names.insert(options.seat, "you")
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    return Setup(game, names, players, human, seed)


def play(setup: Setup, path: Path) -> str:
    """Play the game, write its replay to ``path`` (``.txt``, ``.json``), and return how it ended."""
    seeds = [fold(setup.seed, _AGENT_STREAM, seat) for seat in range(setup.game.players)]
    if setup.game.hanabi:
        return _play_hanabi(setup, seeds, path)
    history: list[int] = []
    ending = "Left before the end."
    try:
        table = OpenSpielTable(setup.game, setup.players, passing=(Quit,))
        key = fold(setup.seed, _CHANCE_STREAM)
        played = table.play(key, seeds, narrator=lambda state, action: history.append(int(action)))
        ending = ending_of(played.returns, setup.names, played.forfeit)
    except Quit:
        pass
    finally:
        write_openspiel_replay(path, setup.game, setup.names, history, ending)
    return ending


def _play_hanabi(setup: Setup, seeds: list[int], path: Path) -> str:
    state = HanabiState.from_seed(setup.game.rules, setup.seed)
    ending = "Left before the end."
    try:
        played = HanabiTable(setup.game.rules, setup.players, passing=(Quit,)).play(state, seeds)
        ending = ending_of(played.returns[:1], ["team"], None)
        if played.forfeit is not None:
            ending = ending_of(played.returns, setup.names, played.forfeit)
        setup.human.terminal.say(f"\n{position_text(state)}\n")
    except Quit:
        pass
    finally:
        write_hanabi_replay(path, state, setup.names, ending, setup.seed, 0)
    return ending


def run(options: Options, console: Console, command: str = "", read: Callable[[str], str] = input) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    terminal = Terminal(console, read)
    setup = prepared(options, terminal)
    others = ", ".join(f"{name} (seat {seat})" for seat, name in enumerate(setup.names) if seat != options.seat)
    terminal.say(f"{setup.game.name}: you have seat {options.seat}, at the table with {others}; seed {setup.seed}.")
    path = options.output / f"{options.game.split('(')[0]}-{setup.seed}-seat-{options.seat}.txt"
    terminal.say(play(setup, path))
    terminal.say(f"The replay is in {path}.")
