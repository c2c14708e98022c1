"""Let agents play each other: ``python -m agents.tournament`` (``agents.tournament.command``)."""

from __future__ import annotations

import sys

from agents.tournament.command import main

if __name__ == "__main__":
    sys.exit(main())
