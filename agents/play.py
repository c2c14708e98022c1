"""Play against an agent, or with one: ``python -m agents.play`` (``agents.human.command``)."""

from __future__ import annotations

import sys

from agents.human.options import PROGRAM, Options
from games._base.command_line import door

main = door(PROGRAM, Options, "agents.human.command:run")

if __name__ == "__main__":
    sys.exit(main(None))
