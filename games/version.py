"""The version of the project, written here only (``pyproject.toml`` reads it without importing anything)."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.2.0"
