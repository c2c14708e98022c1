"""Train a belief: ``python -m agents.train_belief`` (``agents.training.belief.command``)."""

from __future__ import annotations

import sys

from agents.training.belief.options import PROGRAM, Options
from games._base.command_line import door

main = door(PROGRAM, Options, "agents.training.belief.command:run")

if __name__ == "__main__":
    sys.exit(main())
