"""The whole way from files to members, in memory: no Git, no folders, members that do as they are told or fail on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import TreeEntry
from reconciler.passes.fleet import Fleet
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass, run_passes
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import CompilerClient, ThreadCompiler
from tests.support.fakemember import FakeMember

Files = Mapping[str, str]
"""Path → YAML text: one revision."""

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def load(files: Files, compiler: Compiler | None = None) -> DesiredState:
    return (compiler or Compiler()).load(*committed(files))


def committed(files: Files) -> tuple[dict[str, TreeEntry], dict[str, bytes]]:
    """As `repo/` reads them: path → entry, and blob id → content."""
    tree = {path: TreeEntry(hashlib.sha1(text.encode()).hexdigest(), 0o100644) for path, text in files.items()}  # noqa: S324
    return tree, {tree[path].blob: text.encode() for path, text in files.items()}


def compile_files(files: Files, recorded: RecordedState | None = None, *, settled: bool = False) -> Compiled:
    compiler = Compiler()
    return compiler.compile(load(files, compiler), recorded or RecordedState(), NOW, settled=settled)


class Playground:
    """A fleet and its memory, from sync to sync."""

    def __init__(self, *names: str, compiler: CompilerClient | None = None) -> None:
        self.members = {name: FakeMember(name) for name in names}
        self.recorded = RecordedState()
        self.compiler = compiler or ThreadCompiler()
        self.now = NOW
        self.passes: list[Pass] = []

    async def sync(self, files: Files, *, options: Options | None = None) -> Pass:
        """The last pass. Each look at the clock is a second later."""
        for member in self.members.values():
            member.log.clear()
        reconciliation = await self.reconciliation(files, options)
        self.passes = await run_passes(reconciliation, self.recorded)
        if not reconciliation.options.dry_run:
            self.recorded = self.passes[-1].recorded
        return self.passes[-1]

    async def reconciliation(self, files: Files, options: Options | None = None) -> Reconciliation:
        """For tests that make single passes; what members announce sets `changed` of its fleet."""
        fleet = Fleet({ClusterName(name): member for name, member in self.members.items()}, {})
        for member in self.members.values():
            member.on_change(partial(fleet.note_change, member.name))
        desired = await self.compiler.load(*committed(files))
        return Reconciliation(desired, "3f2c1ab", fleet, self.compiler, self._clock, options or Options())

    def holds(self) -> dict[str, list[str]]:
        """Member → what it holds, printed and sorted."""
        return {name: list(member.holds()) for name, member in self.members.items()}

    def requests(self) -> dict[str, list[str]]:
        """What the last sync asked of each member that it asked anything of."""
        return {name: member.log for name, member in self.members.items() if member.log}

    def _clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
