"""Which source files a module is compiled from: itself, and everything of the project that it imports.

A compiled kernel holds the code of the functions that it calls, wherever they stand, so a kernel on disk is fresh as
long as none of these files has changed – and only then. Imports are read from the text, without importing anything: a
line that merely looks like one (in a docstring) makes the closure larger than need be, never smaller.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

PACKAGES = ("games", "solvers", "search", "agents")
ROOT = Path(__file__).resolve().parents[2]

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_NAME = re.compile(r"\w+")


def _file_of(module: str) -> Path | None:
    """Return the file of a module of the project, or ``None``."""
    if module.partition(".")[0] not in PACKAGES:
        return None
    path = ROOT / module.replace(".", "/")
    found = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return found if found.is_file() else None


@cache
def _read(path: Path) -> tuple[bytes, tuple[Path, ...]]:
    """Return the digest of a file and the files of the project that it imports."""
    content = path.read_bytes()
    imported: list[Path | None] = []
    for module, names, plain in _IMPORT.findall(content.decode("utf-8", errors="replace")):
        if module.startswith(".") or not module:
            imported += [_file_of(name) for name in re.findall(r"[\w.]+", plain)]
            continue
        inside = {name: _file_of(f"{module}.{name}") for name in _NAME.findall(names)}
        imported += [*inside.values(), None if all(inside.values()) and inside else _file_of(module)]
    return hashlib.sha256(content).digest(), tuple(dict.fromkeys(one for one in imported if one is not None))


@cache
def closure_hash(path: Path) -> str:
    """Return 16 hexadecimal digits that change whenever a file does from which the module in ``path`` is compiled."""
    found, waiting = {path}, [path]
    while waiting:
        for one in _read(waiting.pop())[1]:
            if one not in found:
                found.add(one)
                waiting.append(one)
    digest = hashlib.sha256()
    for one in sorted(found):
        name = one.relative_to(ROOT).as_posix() if one.is_relative_to(ROOT) else one.name
        digest.update(name.encode() + _read(one)[0])
    return digest.hexdigest()[:16]
