"""The front door: what it names is there, is what it says, and is loaded only when it is asked for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tamaya
from games.version import __version__

SOURCE = Path(tamaya.__file__).read_text(encoding="utf-8")


def typed_names() -> dict[str, tuple[str, str]]:
    """Return the names that type checkers see: the module of each, and what it is called there."""
    (block,) = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.If)]
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            found[alias.asname or alias.name] = (str(node.module), alias.name)
    return found


def test_type_checkers_see_the_names_that_are_loaded() -> None:
    assert sorted(typed_names()) == sorted(tamaya.__all__)
    assert dir(tamaya) == tamaya.__all__ == sorted(tamaya.__all__)


@pytest.mark.parametrize("name", tamaya.__all__)
def test_every_name_is_what_its_module_has(name: str) -> None:
    module, there = typed_names()[name]
    expected = import_module("games.hanabi") if name == "hanabi" else getattr(import_module(module), there)
    assert getattr(tamaya, name) is expected


def test_the_docstring_is_the_table_of_contents() -> None:
    listed = set(re.findall(r"``([\w.]+)``", tamaya.__doc__ or "")) - {"hanabi.standard", "hanabi.small"}
    assert listed - {"hanabi.seven_card"} == set(tamaya.__all__) - {"__version__"}
    assert tamaya.__version__ == __version__


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="'tamaya' has no attribute 'sovle'"):
        tamaya.sovle  # noqa: B018


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import tamaya, tamaya.command; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], cwd=Path(tamaya.__file__).parents[1], capture_output=True)
    loaded = {name.partition(".")[0] for name in run.stdout.decode().split()}
    assert loaded >= {"tamaya"}
    assert loaded <= {"tamaya", *sys.stdlib_module_names}
