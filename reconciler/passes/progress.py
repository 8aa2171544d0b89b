"""How far a pass has come, for whoever watches it. The passes report; `cli/` draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from reconciler.model.changes import Outcome
from reconciler.model.keys import ClusterName


class Progress(Protocol):
    """Called in the event loop; it must return at once."""

    def begin(self, planned: Mapping[ClusterName, int]) -> None:
        """A pass begins to write. planned: how many changes it makes on each member; members without any are absent."""

    def done(self, cluster: ClusterName, outcome: Outcome) -> None:
        """A change was made or failed. A failure that is the same as before is not reported again."""


class NobodyWatches:
    """The progress of a process that nobody watches."""

    def begin(self, planned: Mapping[ClusterName, int]) -> None: ...

    def done(self, cluster: ClusterName, outcome: Outcome) -> None: ...
