"""Play Hanabi with decision-time search: ``python -m agents.hanabi_search`` (``agents.hanabi.command``)."""

from __future__ import annotations

import sys

from agents.hanabi.options import PROGRAM, Options
from games._base.command_line import door

main = door(PROGRAM, Options, "agents.hanabi.command:run")

if __name__ == "__main__":
    sys.exit(main(None))
