"""``python -m solvers.phantom``: see ``solvers.phantom.command``, imported when the options have been read."""

from __future__ import annotations

import sys

from games._base.command_line import door
from solvers.phantom.options import Options

PROGRAM = "python -m solvers.phantom"
main = door(PROGRAM, Options, "solvers.phantom.command:run")

if __name__ == "__main__":
    sys.exit(main(None))
