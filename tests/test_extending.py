"""The extension guide: every file that it shows runs as it stands, its checks included."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "extending.md"
FILES = {
    name: text
    for text, name in re.findall(r"^```python\n(# (\w+\.py)\n.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S)
}


def test_every_part_has_a_file() -> None:
    parts = ("blueprint", "policy", "agent", "solver", "update", "belief", "game")
    assert sorted(FILES) == sorted(f"my{part}.py" for part in parts)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_guide_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    runpy.run_path(str(path), run_name="__main__")
