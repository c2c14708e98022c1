"""How a policy of one's own is named: ``mymodule:Policy``, ``mypolicy.py:Policy(seed=1)``, ``torchscript:net.pt``.

Light: nothing is imported that is named.
"""

from __future__ import annotations

from pathlib import Path

from agents.specification import Specification, parse_specification

TORCHSCRIPT = "torchscript"
_TAMAYA = "neural"  # takes a file after a colon, too


def is_own(name: str) -> bool:
    """Return whether a blueprint's name is that of a policy of one's own."""
    head = name.split("(", 1)[0]
    return ":" in head and head.partition(":")[0].strip() != _TAMAYA


def specification_of(name: str) -> Specification:
    """Return the parts of a name; raises ``ValueError`` if it is none, or of a file that is not there."""
    found = parse_specification(name)
    if not found.rest:
        raise ValueError(f"{name!r} names no policy: write mymodule:Policy or mypolicy.py:Policy")
    file = found.rest if found.name == TORCHSCRIPT else found.name if found.name.endswith(".py") else None
    if file is not None and not Path(file).is_file():
        raise ValueError(f"there is no file {file}")
    return found


def full_name(name: str) -> str:
    """Return the name with the whole paths of its files; raises ``ValueError`` as ``specification_of`` does."""
    found = specification_of(name)
    head, rest, arguments = found.name, found.rest, dict(found.arguments)
    if head.endswith(".py"):
        head = str(Path(head).resolve())
    if head == TORCHSCRIPT:
        rest = str(Path(rest).resolve())
    weights = arguments.get("weights")
    if isinstance(weights, str):
        arguments["weights"] = str(Path(weights).resolve())
    listed = ", ".join(f"{key}={_shown(value)}" for key, value in arguments.items())
    return f"{head}:{rest}({listed})" if listed else f"{head}:{rest}"


def _shown(value: object) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def short_name(name: str) -> str:
    """Return a blueprint's name without folders: ``mypolicy.py:Policy``, or of a weights file the file."""
    if not is_own(name):
        return Path(name).name
    head, colon, rest = name.partition("(")
    file, _, thing = head.rpartition(":")
    options = ", ".join(
        f"{key}={Path(value).name}" for key, _, value in (part.strip().partition("=") for part in rest[:-1].split(","))
    )
    return f"{Path(file).name}:{Path(thing).name}" + (f"({options})" if colon else "")
