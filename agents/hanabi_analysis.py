"""Look at a game of Hanabi move by move: ``python -m agents.hanabi_analysis`` (``agents.analysis.command``)."""

from __future__ import annotations

import sys

from agents.analysis.options import PROGRAM, Options
from games._base.command_line import door

main = door(PROGRAM, Options, "agents.analysis.command:run")

if __name__ == "__main__":
    sys.exit(main(None))
