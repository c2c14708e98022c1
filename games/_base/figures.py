"""Pictures: how a figure is begun and written, in one place, so that all look alike and appear whole or not at all.

matplotlib takes half a second to load, so it is loaded when the first figure is drawn and never by an import.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from games._base.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches, which makes room for titles and legends by itself.

    Examples
    --------
    >>> from games._base.figures import new_figure
    >>> new_figure(7, 4).get_size_inches().tolist()
    [7.0, 4.0]
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, path: Path, title: str = "", dpi: int = 150) -> None:
    """Write a figure to a PNG file, with a title above all of its panels if there is one."""
    if title:
        figure.suptitle(title, fontsize=12)
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=dpi)
