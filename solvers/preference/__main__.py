"""``python -m solvers.preference``: see ``solvers.preference.command``."""

from __future__ import annotations

import sys

from solvers.preference.command import main

if __name__ == "__main__":
    sys.exit(main())
