"""Solve two-player zero-sum extensive-form games from the command line: ``python -m solvers.extensive GAME``.

See ``solvers.extensive.command``, which is imported, and the solvers compiled, only when the options have been read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from games._base.command_line import command_line, parse, run_command
from solvers.extensive.options import Options
from solvers.normal_form.command.report import wide_console

PROGRAM = "python -m solvers.extensive"


def _run(arguments: Sequence[str]) -> None:
    options, console = parse(Options, arguments, PROGRAM), wide_console()
    with console.status("loading the solvers (compiling them, the first time)"):
        from solvers.extensive.command import run
    run(options, console, command_line(PROGRAM, arguments))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _run(given))


if __name__ == "__main__":
    sys.exit(main())
