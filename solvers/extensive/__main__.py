"""Solve two-player zero-sum extensive-form games from the command line: ``python -m solvers.extensive GAME``.

See ``solvers.extensive.command``, which is imported when the options have been read.
"""

from __future__ import annotations

import sys

from games._base.command_line import door
from solvers.extensive.options import Options
from solvers.report import wide_console

PROGRAM = "python -m solvers.extensive"
main = door(PROGRAM, Options, "solvers.extensive.command:run", wide_console)

if __name__ == "__main__":
    sys.exit(main(None))
