"""Runs a notebook cell by cell in this process, with other parameters than it shows.

A notebook's parameters are the assignments of the cell that is tagged ``parameters`` (papermill's convention). Cells
use nothing of IPython, so that running one needs no kernel.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any


def cells_of(notebook: Path) -> list[tuple[str, bool]]:
    """Return the code cells in order, each with whether it holds the parameters."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        ("".join(cell["source"]), "parameters" in cell["metadata"].get("tags", ()))
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def assigned(text: str) -> set[str]:
    """Return the names that a cell assigns."""
    targets = [target for node in ast.parse(text).body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def run_notebook(notebook: Path, **parameters: Any) -> dict[str, Any]:
    """Run a notebook and return its names; raises ``ValueError`` for a parameter that it does not have."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, (text, has_parameters) in enumerate(cells_of(notebook), 1):
        exec(compile(text, f"{notebook.name}, code cell {number}", "exec"), names)
        if has_parameters:
            if unknown := parameters.keys() - assigned(text):
                raise ValueError(f"{notebook.name} has no parameters {', '.join(sorted(unknown))}")
            names |= parameters
    return names
