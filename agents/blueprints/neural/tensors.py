"""Files of named arrays with a description, and one sentence for whatever is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open


def read_tensors(path: Path) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
    """Return metadata and arrays of a safetensors file; raises ``ValueError`` with one sentence if it is none."""
    try:
        with safe_open(path, framework="numpy") as stream:
            return stream.metadata() or {}, {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except (OSError, SafetensorError, ValueError) as error:
        raise ValueError(f"{path} is not a safetensors file: {first_line(error)}") from None


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a description is read into ``ValueError`` with one sentence that names the file."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{path} is damaged: it lacks {error.args[0]!r}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged or of another version: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).partition("\n")[0]
