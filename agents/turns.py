"""Turns as people name them: ``7``, ``10-20``."""

from __future__ import annotations

import re

from games._base.errors import UsageError


def turns_named(text: str | None) -> range | None:
    """Return the turns from FIRST to LAST, both included; ``None`` for all. Raises ``UsageError`` for other text."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    first, last = (1, 0) if found is None else (int(found[1]), int(found[2] or found[1]))
    if first > last:
        raise UsageError(f"--turns must be FIRST-LAST, as in 10-20, not {text}")
    return range(first, last + 1)
