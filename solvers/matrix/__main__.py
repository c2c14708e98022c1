"""``python -m solvers.matrix``: see ``solvers.matrix.command``."""

from __future__ import annotations

import sys

from solvers.matrix.command import main

if __name__ == "__main__":
    sys.exit(main())
