"""Which process of a run takes which files of tests, where pytest-xdist distributes them (`--dist loadfile`).

Files go to the processes in order, as with pytest-xdist itself, with one exception: those that use the API servers that a process
starts once (`planes` and `bare_planes` in `tests/conftest.py`) go to the first `SERVING` processes only, and these take them
before anything else. So a run can have more processes than the memory has room for servers. Tests on API servers wait for much of
their time; meanwhile the other processes use the cores.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SERVING = 2
"""Processes that start API servers: six of 400 MB each, for as long as the process runs."""

ON_SERVERS = ("tests/e2e/kubernetes/", "tests/forge/test_applied.py")
"""What uses the shared API servers. A file that is missing here is slower to start, and needs more memory; it proves the same."""


class ServersOnFew(LoadFileScheduling):  # type: ignore[misc]
    """A scope is a file; `workqueue` holds those that no process has taken yet, in order."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        chosen = self._choice(node)
        if chosen is not None:
            self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if self.workqueue and not (node.shutting_down or self._serves(node) or self._choice(node)):
            node.shutdown()  # After what it has. What is left is for the processes with servers.
        else:
            super()._reschedule(node)

    def _serves(self, node: WorkerController) -> bool:
        return node in [each for each in self.nodes if not each.shutting_down][:SERVING]

    def _choice(self, node: WorkerController) -> str | None:
        """The file that this process takes next; None where the rest is for others."""
        if self._serves(node):
            on_servers = (scope for scope in self.workqueue if scope.startswith(ON_SERVERS))
            return next(on_servers, None) or next(iter(self.workqueue))
        return next((scope for scope in self.workqueue if not scope.startswith(ON_SERVERS)), None)
