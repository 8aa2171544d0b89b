"""A shop whose members record who owns which field: what other clients change, and how it is put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.passes.correction import Correction, correct
from reconciler.passes.object_backoff import Attempts
from reconciler.passes.passes import Pass, run_pass
from reconciler.pipeline.process.client import CachingCompiler, ThreadCompiler
from tests.support.in_memory_fleet import Files, Playground, committed
from tests.support.sharedmember import SharedMember

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SETTINGS = ResourceKey("", "ConfigMap", "shop", "settings")


def value(text: str) -> Callable[[Any], None]:
    return lambda item: item["data"].update(value=text)


def replicas(count: int) -> Callable[[Any], None]:
    return lambda item: item["spec"].update(replicas=count)


class DriftingShop:
    """Three members that record owners, after passes over the files."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.playground = Playground(compiler=CachingCompiler(ThreadCompiler()))
        self.members = {name: SharedMember(name) for name in ("m1", "m2", "m3")}
        self.playground.members.update(self.members)
        self.seconds = 0.0
        self.last: Pass | None = None
        self.recorded = RecordedState()

    async def begin(self, passes: int = 5) -> DriftingShop:
        self.reconciliation = await self.playground.reconciliation(self.files)
        self.reconciliation = replace(self.reconciliation, attempts=Attempts(lambda: self.seconds))
        await self.run_pass()
        return await self.settle(passes)

    async def settle(self, passes: int = 5) -> DriftingShop:
        """Passes in which the members show that all copies are Current."""
        for _ in range(passes):
            self.become_ready()
            await self.run_pass()
        return self

    def become_ready(self) -> None:
        for member in self.members.values():
            for key in [key for key in member.objects if key.kind == "Deployment"]:
                member.report_ready(key)

    async def run_pass(self) -> Pass:
        for member in self.members.values():
            member.log.clear()
        self.last = await run_pass(self.reconciliation, self.recorded)
        self.recorded = self.last.recorded
        return self.last

    async def put(self, files: Files) -> None:
        """Another revision in force, without a pass."""
        desired = await self.playground.compiler.load(*committed(files))
        self.reconciliation = replace(self.reconciliation, desired=desired)

    async def correct(self) -> Correction:
        """What members announced since the last pass; there must be something."""
        assert self.last is not None
        assert self.reconciliation.fleet.named.is_set()
        for member in self.members.values():
            member.log.clear()
        done = await correct(self.reconciliation, self.last, self.recorded, self.reconciliation.fleet.take_named())
        self.recorded = done.recorded
        return done

    @property
    def log(self) -> dict[str, list[str]]:
        return {name: member.log for name, member in self.members.items() if member.log}

    def status(self, key: ResourceKey, member: str) -> ClusterStatus:
        found = self.recorded.report_of(key).status_in(member)
        assert found is not None
        return found
