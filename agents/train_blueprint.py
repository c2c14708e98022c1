"""Train a Hanabi blueprint: ``python -m agents.train_blueprint`` (``agents.training.command``)."""

from __future__ import annotations

import sys

from agents.training.command_options import PROGRAM, Options
from games._base.command_line import door

main = door(PROGRAM, Options, "agents.training.command:run")

if __name__ == "__main__":
    sys.exit(main())
