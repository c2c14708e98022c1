"""``python -m tamaya``: see ``tamaya.command``."""

from __future__ import annotations

import sys

from tamaya.command import main

if __name__ == "__main__":
    sys.exit(main())
