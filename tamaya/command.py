"""The console script: ``tamaya COMMAND …``, each command being what ``python -m`` runs, too."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from tamaya.own import foreign_package

COMMANDS = {  # the module that ``python -m`` runs, and a line for the list
    "hanabi-search": ("agents.hanabi_search", "play Hanabi with decision-time search, and without"),
    "hanabi-analysis": (
        "agents.hanabi_analysis",
        "look at a game of Hanabi move by move",
    ),
    "play": ("agents.play", "play against agents, or with them, with hints"),
    "tournament": ("agents.tournament", "let agents play each other: who is better, how surely"),
    "train-blueprint": ("agents.train_blueprint", "train a Hanabi blueprint by self-play"),
    "train-belief": ("agents.train_belief", "train a model of the own hand on a blueprint's games"),
    "solve": ("", "solve a game of any kind, by the solver for it"),
    "preference": ("solvers.preference", "solve tables of preferences, votes and rankings"),
    "matrix": ("solvers.matrix", "solve two-player zero-sum matrix games"),
    "extensive": ("solvers.extensive", "solve games of OpenSpiel and Gambit in sequence form"),
    "phantom": ("solvers.phantom", "solve Phantom Tic-Tac-Toe and Dark Hex"),
    "exploitability": ("solvers.exploitability", "measure how far a policy is from an equilibrium"),
    "agent-exploitability": (
        "agents.exploitability",
        "how much an agent can be made to lose at least",
    ),
}

_HELP = """usage: tamaya COMMAND [ARGUMENT ...]

Games of imperfect information by mirror descent.

{commands}

tamaya COMMAND --help lists what a command takes; tamaya --version, the version.
"""
_SOLVE = """usage: tamaya solve GAME [OPTION ...]

GAME is a file of preferences, votes or payoffs, a Gambit file (.efg), the name
of a phantom game, or OpenSpiel's string, as leduc_poker. It goes to one of
these commands, which has its own options (--help):

{commands}
"""
_SOLVERS = ("preference", "matrix", "extensive", "phantom")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; 2 after one sentence for what is none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sentence := foreign_package():
        return _refused(sentence)
    if not given:
        return _refused("name a command, as in tamaya solve leduc_poker: tamaya --help lists them")
    name, rest = given[0], given[1:]
    if name in ("-h", "--help"):
        print(_HELP.format(commands=_listed(COMMANDS)), end="")
        return 0
    if name == "--version":
        from games.version import __version__

        print(__version__)
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.4)
        return _refused(
            f"there is no command {name or repr(name)}: "
            + (f"did you mean {near[0]}?" if near else "--help lists them")
        )
    return _solve(rest) if name == "solve" else _run(name, rest)


def _solve(arguments: list[str]) -> int:
    if arguments and arguments[0] in ("-h", "--help"):
        print(_SOLVE.format(commands=_listed(_SOLVERS)), end="")
        return 0
    if not arguments or arguments[0].startswith("-"):
        return _refused("say first what is to be solved: tamaya solve GAME [OPTION ...]")
    from tamaya.solving import command_of

    return _run(command_of(arguments[0]), arguments)


def _run(name: str, arguments: list[str]) -> int:
    code: int = door_of(name).main(arguments)
    return code


def door_of(name: str) -> Any:
    """Return the module that ``python -m`` runs for a command."""
    module = importlib.import_module(COMMANDS[name][0])
    return importlib.import_module(f"{module.__name__}.__main__") if hasattr(module, "__path__") else module


def _listed(names: Sequence[str] | dict[str, tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<22}{COMMANDS[name][1]}" for name in names)


def _refused(sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return 2
