"""Train a belief: ``python -m agents.train_belief`` (``agents.training.belief.command``)."""

from __future__ import annotations

import sys

from agents.training.belief.command import main

if __name__ == "__main__":
    sys.exit(main())
