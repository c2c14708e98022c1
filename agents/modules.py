"""Things of the user by module and name, or by file and name: ``mymodule`` and ``mypolicy.py``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from agents.runs.forfeit import in_words
from agents.specification import nearest


def allow_local_modules() -> None:
    """Let ``mymodule:MyAgent`` be found in the current folder, as ``python -m`` does, in workers, too."""
    if "" not in sys.path:
        sys.path.insert(0, "")


def module_of(name: str) -> ModuleType:
    """Return a module by its name, or by the path of its file (``.py``), as the file is now.

    Raises ``ValueError`` with one sentence if there is none, or it cannot be imported.
    """
    if name.endswith(".py"):
        return _of_file(Path(name))
    allow_local_modules()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.split(".")[0] and error.name != name:
            raise ValueError(f"{name} cannot be imported: {error}") from None
        raise ValueError(
            f"there is no agent and no module called {name!r} (modules of this folder are found, too)"
        ) from None
    except Exception as error:
        raise ValueError(f"{name} cannot be imported: {in_words(error)}") from None


def _of_file(path: Path) -> ModuleType:
    try:
        digest = hashlib.sha256(str(path.resolve()).encode() + path.read_bytes()).hexdigest()[:16]
    except OSError:
        raise ValueError(f"there is no file {path}") from None
    alias = f"own_{path.stem}_{digest}"
    if alias in sys.modules:
        return sys.modules[alias]
    spec = importlib.util.spec_from_file_location(alias, path)
    assert spec is not None and spec.loader is not None  # a name that ends in .py has a loader
    module = sys.modules[alias] = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # for modules beside it
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[alias]
        if isinstance(error, Exception):
            raise ValueError(f"{path} cannot be imported: {in_words(error)}") from None
        raise
    return module


def named(module: str, name: str) -> Any:
    """Return what a module calls ``name``; raises ``ValueError`` with one sentence if there is no such thing."""
    found = module_of(module)
    if not hasattr(found, name):
        names = [one for one in vars(found) if not one.startswith("_")] or ["nothing"]
        raise ValueError(f"the module {module} has no {name!r}: {nearest(name, names)}")
    return getattr(found, name)


def digest_of_source(module: ModuleType) -> str:
    """Return what tells the source of a module from another: of its own file only, not of what it imports."""
    file = getattr(module, "__file__", None)
    return "" if file is None else hashlib.sha256(Path(file).read_bytes()).hexdigest()
