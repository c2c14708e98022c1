"""Blueprints by name: what is listed can be had, and a wrong name is answered with the right one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agents.blueprints import registry
from games.hanabi.blueprint import Blueprint


@pytest.mark.parametrize("name", registry.names())
def test_every_name_gives_its_blueprint(name: str) -> None:
    found = registry.blueprint(name)
    assert isinstance(found, Blueprint)
    assert found.name == name
    assert registry.blueprint(name) is found


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("smrt", "smart"), ("Information", "information"), ("igi", "iggi"), ("cheat", "cheating")]
)
def test_an_unknown_name_is_answered_with_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"no blueprint called {wrong!r}: did you mean {nearest!r}"):
        registry.blueprint(wrong)


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(ValueError, match="choose one of") as error:
        registry.blueprint("zzz")
    assert all(name in str(error.value) for name in registry.names())


def test_only_the_reference_point_cheats() -> None:
    assert [name for name in registry.names() if registry.blueprint(name).sees_own_hand] == ["cheating"]


def test_listing_the_names_imports_no_blueprint() -> None:
    code = (
        "import sys; from agents.blueprints import registry; registry.names();"
        "own = [name for name in sys.modules if name.startswith('agents.blueprints.')];"
        "print([name for name in own if not name.endswith(('registry', 'files'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
