"""Reads the facts: once for each pair of commits, when somebody asks, or while somebody waits for newer ones.

A process that nobody asks does nothing. Where somebody does, two names are resolved, at most twice a second; files are read where
one of the commits is another one than before. The revision is parsed by a compiler that remembers files, and of the status branch
only files are read that differ (`record/state_reader.py`), so that a commit costs what it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from reconciler.dashboard.facts import Facts
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.passes.member_branches import MemberBranches
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.record.object_history import RecordedStep
from reconciler.record.state_reader import StateReader
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.simulate import Scenario, Simulation, simulate

_ANSWERS = 8
"""Simulations that are kept."""
_LOOK = 0.5
"""Seconds between two looks at the names."""


@dataclass
class FactsReader:
    """Of one repository. Its methods may be called at the same time."""

    repository: Repository
    compiler: CompilerClient
    clock: Callable[[], datetime]
    revision: str = "HEAD"
    """The name whose files are shown."""
    branch: str = ""
    """The status branch; empty for the one that the Configuration names."""
    fetch: Callable[[], Awaitable[None]] | None = None
    """Brings what is new at the remote; called at most once in `fetch_every` seconds. Its errors are kept in `trouble`."""
    fetch_every: float = 10.0
    trouble: str = ""
    """Why what is shown may be older than the remote; empty where it is not."""
    _facts: Facts | None = None
    _looked: float = 0.0
    _fetched: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _compiling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _compiled: tuple[str, Compiled] | None = None
    _simulated: tuple[str, dict[frozenset[ClusterName], Simulation]] | None = None

    def __post_init__(self) -> None:
        self._members = MemberBranches(self.repository)
        self._states = StateReader()

    async def facts(self) -> Facts:
        """The newest. Raises RepositoryError, UnreadableStatusError, and what loading a revision raises."""
        async with self._turn:
            if self._facts is None or monotonic() - self._looked > _LOOK:
                self._facts = await self._newest(self._facts)
                self._looked = monotonic()
            return self._facts

    async def newer_than(self, version: str) -> Facts:
        """Returns when there are other facts than those of a version."""
        while True:
            found = await self.facts()
            if found.version != version:
                return found
            await asyncio.sleep(_LOOK)

    async def whole(self, version: str) -> Facts:
        """The facts of which a person sees a part. version: of this part; newer ones where these are forgotten already."""
        found = self._facts
        return found if found is not None and found.version == version else await self.facts()

    async def compiled(self, whole: Facts, now: datetime) -> Compiled:
        """The decisions about everything, with their reasons; kept for the newest facts alone. Raises what compiling raises."""
        async with self._compiling:
            if self._compiled is None or self._compiled[0] != whole.version:
                self._compiled = whole.version, await self.compiler.compile(whole.desired, whole.state, now)
                await self.compiler.next_pass()
            return self._compiled[1]

    async def simulated(self, whole: Facts, lost: frozenset[ClusterName], now: datetime) -> Simulation:
        """What would be different without these members. The last answers about the newest facts are kept: the whole fleet is
        decided twice for each. Raises what compiling raises."""
        async with self._compiling:
            if self._simulated is None or self._simulated[0] != whole.version:
                self._simulated = whole.version, {}
            answers = self._simulated[1]
            if lost not in answers:
                if len(answers) >= _ANSWERS:
                    del answers[next(iter(answers))]
                answers[lost] = await simulate(whole.desired, whole.state, Scenario(frozenset(lost)), self.compiler, now)
                await self.compiler.next_pass()
            return answers[lost]

    async def warm(self, now: datetime) -> None:
        """Reads and compiles before anybody asks. What cannot be read now is told to who asks."""
        with suppress(ReconcilerError):
            found = await self.facts()
            await asyncio.to_thread(lambda: found.objects)
            await self.compiled(found, now)

    async def _newest(self, last: Facts | None) -> Facts:
        """The same facts again where nothing moved."""
        await self._fetch()
        head = await self.repository.resolve(self.revision)
        if last is None or last.head.sha != head.sha:
            desired = await load_revision(self.repository, head, self.compiler)
            branch = self.branch or desired.settings.status_branch
        else:
            desired, branch = last.desired, last.branch
        commit = await self.repository.branch_head(branch)
        if last is None or commit != (last.recorded.sha if last.recorded is not None else None):
            recorded, state = await self._read(commit)
        else:
            recorded, state = last.recorded, last.state
        reports = await self._members.read(desired.clusters)
        if last is not None and last.desired is desired and last.state is state and last.reports == reports:
            return last
        if last is None:
            return Facts(head, desired, branch, recorded, state, reports)
        return Facts(head, desired, branch, recorded, state, reports, last.number + 1, last.summaries)

    async def _read(self, commit: str | None) -> tuple[Commit | None, RecordedState]:
        if commit is None:
            return None, RecordedState()
        recorded = await self.repository.resolve(commit, recorded=True)
        return recorded, await self._states.read(self.repository, recorded)

    async def _fetch(self) -> None:
        if self.fetch is None or monotonic() - self._fetched < self.fetch_every:
            return
        try:
            await self.fetch()
            self.trouble = ""
        except TemporaryError as error:
            self.trouble = error.message
        self._fetched = monotonic()

    @staticmethod
    def only(facts: Facts, step: RecordedStep) -> RecordedStep:
        """A commit of the status branch with the objects that may be seen."""
        seen = {namespace for namespace in facts.namespaces if namespace}
        return replace(step, objects={key: one for key, one in step.objects.items() if key.namespace in seen})
