"""Which process of a run takes which files of tests, where pytest-xdist distributes them (`--dist loadfile`).

Files go to the processes in order, as with pytest-xdist itself, with one exception: those on API servers that a process shares
(`planes` and `bare_planes` in `tests/conftest.py`) go to the first `SERVING` processes only, and these take them before anything
else. The first of them begins with files on servers with controllers, the second with those on servers without; who is through
with its own takes those of the other. So most of the time a process has one set of servers, in the end it has none
(`tests/controlplane/shared.py`), and a run can have more processes than the memory has room for servers. Tests on API servers
wait for much of their time; meanwhile the other processes use the cores.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import SupportsIndex

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SERVING = 2
"""Processes that start API servers: three of 400 MB each, six for as long as one has both sets."""

ON_SERVERS = ("tests/e2e/kubernetes/", "tests/forge/test_applied.py")
"""What uses the shared API servers. A file that is missing here is slower to start, and needs more memory; it proves the same."""

PROJECT = Path(__file__).parents[2]


class ServersOnFew(LoadFileScheduling):  # type: ignore[misc]
    """A scope is a file; `workqueue` holds those that no process has taken yet, in order."""

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        super().add_node_collection(node, _Places(collection))

    def _assign_work_unit(self, node: WorkerController) -> None:
        chosen = self._choice(node)
        if chosen is not None:
            self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if self.workqueue and not (node.shutting_down or self._serving(node) is not None or self._choice(node)):
            node.shutdown()  # After what it has. What is left is for the processes with servers.
        else:
            super()._reschedule(node)

    def _serving(self, node: WorkerController) -> int | None:
        """The how manieth of the processes with servers it is; None where it is none of them."""
        serving = [each for each in self.nodes if not each.shutting_down][:SERVING]
        return serving.index(node) if node in serving else None

    def _choice(self, node: WorkerController) -> str | None:
        """The file that this process takes next; None where the rest is for others."""
        serving = self._serving(node)
        if serving is not None:
            return min(self.workqueue, key=_with_controllers_first if serving == 0 else _without_controllers_first)
        return next((scope for scope in self.workqueue if not scope.startswith(ON_SERVERS)), None)


class _Places(list[str]):
    """Ids of tests, of which each is found at once: they are looked up one by one, and there are tens of thousands."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(ids)
        self._places = {name: place for place, name in enumerate(ids)}

    def index(self, name: str, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize, /) -> int:
        """Of a list without repetitions, from its beginning: nobody here asks otherwise."""
        return self._places[name]


def _ranked(*order: str) -> Callable[[str], int]:
    return lambda scope: order.index(_servers(scope))


@cache
def _servers(scope: str) -> str:
    """Which servers a file uses, by its words: "bare", "full", "own" (it starts some itself) or "none"."""
    if not scope.startswith(ON_SERVERS):
        return "none"
    words = (PROJECT / scope).read_text()
    if re.search(r"\bbare_(world|planes)\b", words):
        return "bare"
    return "full" if re.search(r"\b(world|planes)\b", words) else "own"


_with_controllers_first = _ranked("full", "own", "bare", "none")
_without_controllers_first = _ranked("bare", "own", "full", "none")
