"""``python -m solvers.matrix``: see ``solvers.matrix.command``, imported when the options have been read."""

from __future__ import annotations

import sys

from games._base.command_line import door
from solvers.matrix.options import Options
from solvers.report import wide_console

PROGRAM = "python -m solvers.matrix"
main = door(PROGRAM, Options, "solvers.matrix.command:run", wide_console)

if __name__ == "__main__":
    sys.exit(main(None))
