"""Let agents play each other: ``python -m agents.tournament`` (``agents.tournament.command``)."""

from __future__ import annotations

import sys

from agents.tournament.options import Options
from games._base.command_line import door

main = door("python -m agents.tournament", Options, "agents.tournament.command:run")

if __name__ == "__main__":
    sys.exit(main(None))
