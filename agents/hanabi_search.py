"""Play Hanabi with decision-time search: ``python -m agents.hanabi_search`` (``agents.hanabi.command``)."""

from __future__ import annotations

import sys

from agents.hanabi.command import main

if __name__ == "__main__":
    sys.exit(main())
