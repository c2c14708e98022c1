"""Which process runs which files of tests: one those about solvers, the other those about Hanabi, while there are any.

What takes the longest where nothing is compiled yet are the kernels that many files need. Two processes that begin with
files about the same things compile the same kernels at the same time; who comes later finds them on the disk.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

SOLVERS = ("solvers", "games/extensive", "games/phantom", "search/phantom", "search/openspiel")


def about_solvers(name: str) -> bool:
    """Tell whether a file of tests, relative to the root of the project, is about solvers."""
    return name.removeprefix("tests/").startswith(SOLVERS)


class ByArea(LoadFileScheduling):
    """Files are handed out one by one, in order; whose area has none left takes the other's last one."""

    def _assign_work_unit(self, node: Any) -> None:
        solvers = self.nodes.index(node) % 2 == 1
        own = [name for name in self.workqueue if about_solvers(name) == solvers]
        self.workqueue.move_to_end(own[0] if own else next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)
