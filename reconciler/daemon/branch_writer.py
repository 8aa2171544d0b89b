"""What writes to another branch than that of the status, after what a pass found was recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from reconciler.daemon.log import Log
from reconciler.passes.passes import Pass


class BranchWriter(Protocol):
    @property
    def is_news(self) -> bool:
        """Whether something of it was not tried yet, and must not wait for the end of a batch of the status branch."""

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to write."""

    def due(self) -> Callable[[Log], Awaitable[None]]:
        """What writes that which is pending now, to be called when the pass is recorded. What fails is logged, and tried again
        with the next commit to the status branch."""
