"""Train a blueprint: ``python -m agents.train_blueprint`` (``agents.training.command``)."""

from __future__ import annotations

import sys

from agents.training.command import main

if __name__ == "__main__":
    sys.exit(main())
