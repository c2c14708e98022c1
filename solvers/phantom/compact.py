"""Put a policy into a small file: ``python -m solvers.phantom.compact POLICY FILE``.

A solver's average policy is spread over millions of information states, most of which it never reaches itself. What it
plays where it comes with a probability below ``least_reach`` (the product of its own probabilities) is forgotten, and
the rest written once for all images under the symmetries of the board (``games.phantom.compact``). What is then in the
file is measured exactly; ``FILE.json``, beside it, has the result.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from rich.console import Console
from tyro.conf import Positional, arg

from games._base.command_line import command_line, parse, run_command
from games._base.errors import UsageError
from games._base.files import write_whole
from games.phantom.compact import write_compact
from games.phantom.game import PhantomGame
from games.phantom.information_states import information_states
from games.phantom.policies import Policies, load_policies
from games.phantom.symmetry import fold, folded, unfold
from games.version import __version__
from solvers.phantom.evaluation import evaluate_checked
from solvers.phantom.solving import run_of_state
from solvers.phantom.sweeps import reaches

PROGRAM = "python -m solvers.phantom.compact"
_INVARIANT = 1e-4  # files of the solver are rounded to 1/65535


def save_compact(path: Path, game: PhantomGame, kept: Policies, least_reach: float) -> tuple[int, int]:
    """Write policies of folded states to a compact file; return how many information states of each player it has."""
    states = folded(game)
    marked = [reaches(states, player, kept[player])[0] >= least_reach for player in range(2)]
    write_compact(path, game, marked, kept)
    return int(marked[0].sum()), int(marked[1].sum())


def folded_policies(game: PhantomGame, policies: Policies) -> Policies:
    """Return policies at the states that folded ones keep; ``ValueError`` if a symmetry of the board changes them."""
    states = folded(game)
    kept = fold(states, 0, policies[0]), fold(states, 1, policies[1])
    for player, policy in enumerate(policies):
        if np.abs(unfold(states, player, kept[player]) - policy).max() > _INVARIANT:
            raise ValueError(f"a symmetry of the board changes the policy of player {player}: no compact file has it")
    return kept


@dataclass(frozen=True)
class Options:
    """Put a policy of a phantom game into a small file, and measure exactly what is in the file."""

    policy: Positional[Annotated[Path, arg(metavar="POLICY")]]
    """state.npz, or policy.npz (rounded, with solution.json beside it), as solvers.phantom writes them."""
    output: Positional[Annotated[Path, arg(metavar="FILE")]]
    """The compact file, *.npz; a file *.json beside it says what it is."""
    least_reach: float = 1e-9
    """Information states that the policy itself reaches with a smaller probability are uniform in the file."""
    workers: Annotated[int | None, arg(metavar="THREADS", help_behavior_hint="(default: all cores)")] = None
    """Threads; the results do not depend on it."""


def _read(path: Path) -> tuple[PhantomGame, Policies, dict[str, Any]]:
    """Return game, policies of folded states, and the facts of the run: of a state, or of ``solution.json`` beside."""
    keys = ("algorithm", "iterations", "seconds", "processor_seconds")
    state = run_of_state(path)
    if state is not None:
        run, record = state
        spent = run.algorithm, run.done, record.seconds, record.processor_seconds
        return run.states.game, run.kept_policies(), {"run": dict(zip(keys, spent, strict=True))}
    game, policies = load_policies(path)
    beside = path.with_name("solution.json")
    content = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else None
    facts = {} if content is None else {"run": {key: content[key] for key in keys}}
    return game, folded_policies(game, policies), facts


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    try:
        if options.output.suffix != ".npz":
            raise ValueError(f"the file must be called *.npz, not {options.output}")
        game, policies, source = _read(options.policy)
        kept = save_compact(options.output, game, policies, options.least_reach)
        policies = load_policies(options.output, game)[1]  # what is in the file, at all information states
    except (ValueError, FileNotFoundError) as error:
        raise UsageError(str(error)) from None
    found = evaluate_checked(information_states(game), policies, options.workers)
    facts = {
        "game": game.name,
        "value": found.value,
        "best_response_values": list(found.best_response_values),
        "exploitability": found.exploitability,
        "bytes": options.output.stat().st_size,
        "information_states": kept,
        "least_reach": options.least_reach,
        **source,
        "version": __version__,
        "command": command,
    }
    write_whole(options.output.with_suffix(".json"), json.dumps(facts, indent=1) + "\n")
    console.print(
        f"{game.name}: {facts['bytes']:,} bytes, {kept[0]:,} + {kept[1]:,} information states, "
        f"exploitability {found.exploitability:.6g}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: run(parse(Options, given, PROGRAM), Console(), command_line(PROGRAM, given)))


if __name__ == "__main__":
    sys.exit(main())
