"""Whether the packages that Python finds are Tamaya's: their names are general, and others use them, too.

The wheel of openai-agents, for one, owns ``agents/__init__.py`` and ``agents/agent.py``. Whichever is installed last
overwrites the other, so what counts is what is in the file. Nothing is imported here but the standard library.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("games", "solvers", "search", "agents")
MARK = "(Part of Tamaya.)"
"""What the docstring of each of these packages says."""


@cache
def foreign_package() -> str | None:
    """Return one sentence about a package that is not Tamaya's, or ``None`` if all are."""
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None:
            return f"the package {package!r} of Tamaya is missing: install Tamaya again"
        place = spec.origin or next(iter(spec.submodule_search_locations or []), "nowhere")
        if spec.origin is None or MARK not in Path(spec.origin).read_text(encoding="utf-8", errors="replace"):
            return (
                f"the package {package!r} that Python finds ({place}) is not Tamaya's but somebody else's: install "
                "Tamaya in an environment of its own"
            )
    return None
