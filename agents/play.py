"""Play against an agent, or with one: ``python -m agents.play`` (``agents.human.command``)."""

from __future__ import annotations

import sys

from agents.human.command import main

if __name__ == "__main__":
    sys.exit(main())
