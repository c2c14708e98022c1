"""Packages that only some of the work needs, and the extra of ``pip install 'tamaya[…]'`` that brings each.

Modules that need one import it where they stand; the sentence that a person reads when it is not there is made in one
place, where a command ends (``games._base.command_line.run_command``).
"""

from __future__ import annotations

from games._base.errors import UsageError

_EXTRAS = {
    "torch": "neural",
    "distributed": "dask",
    "dask": "dask",
    "ray": "ray",
    "hanabi_learning_environment": "reference",
    "LiteEFG": "benchmark",
    "tensorboard": "tensorboard",
    "pettingzoo": "pettingzoo",
    "gymnasium": "pettingzoo",
}


def without_extra(error: ModuleNotFoundError) -> UsageError | None:
    """Return what to tell a person about a package that is not installed, or ``None`` if no extra brings it."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(package)
    if extra is None:
        return None
    return UsageError(f"this needs {package}, which is not installed: pip install 'tamaya[{extra}]'")
