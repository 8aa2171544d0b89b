"""Keeps hydrated branches in step with what passes find, by one commit for each branch that differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from reconciler.daemon.log import ErrorLog, Log
from reconciler.edit.hydration import HydratedBranch, Hydrator, targets_of
from reconciler.model.hydration import HydrationTarget
from reconciler.model.keys import ClusterName
from reconciler.model.work import Work
from reconciler.passes.passes import Pass

_NAMED = 10


class Hydration:
    def __init__(self, hydrator: Callable[[], Hydrator]) -> None:
        """hydrator: as of now, for the time of a commit and the branches that are read."""
        self._hydrator = hydrator
        self._wanted: tuple[str, Pass] | None = None
        self._written: Mapping[ClusterName, Work] | None = None
        self._errors: dict[HydrationTarget, str] = {}

    @property
    def pending(self) -> bool:
        """Whether there is something to write."""
        return self._wanted is not None and self._wanted[1].works is not self._written

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to write."""
        self._wanted = (revision, done) if targets_of(done.compiled.desired.clusters) else None
        return self.pending

    @property
    def is_news(self) -> bool:
        """A branch may wait for the end of a batch."""
        return False

    def due(self) -> Callable[[Log], Awaitable[None]]:
        """What writes that which is pending now."""
        return partial(self._write, self._wanted if self.pending else None)

    async def _write(self, wanted: tuple[str, Pass] | None, log: Log) -> None:
        """With a line of the log for each branch that changed. What fails is tried again with the next commit to the status
        branch."""
        if wanted is None:
            return
        (revision, done), errors = wanted, ErrorLog(log)
        branches = await self._hydrator().write(done.works, done.compiled.desired, revision)
        for one in branches:
            if one.error is not None:
                self._errors[one.target] = errors.add_news("cannot hydrate", one.error, self._errors.get(one.target, ""))
            else:
                self._errors.pop(one.target, None)
                _tell(one, revision, log)
        if not self._errors:
            self._written = done.works


def _tell(branch: HydratedBranch, revision: str, log: Log) -> None:
    if branch.commit:
        counts = {"written": len(branch.written), "removed": len(branch.removed), "secrets left out": len(branch.secrets)}
        log.info("hydrated", branch=str(branch.target), commit=branch.commit, revision=revision, **counts)
    if branch.foreign:
        remedy = "Move these files, or hydrate to another branch."
        log.warning(
            "not hydrated: somebody else's files", branch=str(branch.target), files=branch.foreign[:_NAMED], remedy=remedy
        )
