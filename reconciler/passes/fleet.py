"""All declared members at once: what they serve and what they hold. An unreachable member never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.cluster.concurrency import Turns
from reconciler.cluster.member_protocol import (
    CapacityLook,
    Discovery,
    MemberClient,
    MemberError,
    MemberUnreachableError,
    NotConfiguredError,
    Wanted,
)
from reconciler.model.capacity import ResourceModels
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import gvk_of
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import RecordedCluster
from reconciler.model.tracing import NO_TRACER, Tracer, member
from reconciler.model.work import RenderedManifest, Work
from reconciler.observe.member_health import CLUSTER_READY, COLLECTION_FAILED, NOT_REACHABLE, NOT_READY
from reconciler.passes.defects import REMEDY, describe
from reconciler.passes.same_server import find_same_servers
from reconciler.passes.stragglers import answers_of


@dataclass(frozen=True, slots=True)
class Fleet:
    """The members that one revision declares, with their connections; `connections.py` opens and closes them."""

    clients: Mapping[ClusterName, MemberClient]
    unreachable: Mapping[ClusterName, str]
    """Members without a connection, and the reason."""
    not_configured: set[ClusterName] = field(default_factory=set)
    """Members that this process is not configured to reach, as of the last `look`. Nothing was asked of them."""
    same_server: dict[ClusterName, str] = field(default_factory=dict)
    """Members that are the API server of another member, as of the last `discover`, and why. They count as not configured."""
    pulled: dict[ClusterName, MemberReport | str] = field(default_factory=dict)
    """Members that agents keep (`syncMode: Pull`), each with its last report, or why there is none. This process has no
    connection to them, and writes nothing to them."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a pass has to look at what another client changed. `survey` clears it before its first look, and nothing else
    does: a change that arrives later in the pass is not in the plan of that pass, so it must cause another pass."""
    named: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when another client changed objects that may be corrected without a pass (`correction.py`); a pass sees them, too."""
    _named: dict[ClusterName, set[ResourceKey]] = field(default_factory=dict)
    lacks_kinds: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while templates are of kinds that members do not serve. The members are then asked for their kinds more often."""
    strangers: dict[ClusterName, Wanted] = field(default_factory=dict)
    """The objects of each member that no file declares, and that others depend on."""
    wanted: dict[ClusterName, tuple[tuple[RenderedManifest, ...], Wanted, Wanted]] = field(default_factory=dict)
    """The manifests and the strangers of the last `look` at each member, and the mapping that was made of them. It may outlive
    the revision."""

    sweep_first: set[ClusterName] = field(default_factory=set)
    """Members whose sweep `look` makes if it was postponed."""
    looks: dict[ClusterName, CapacityLook] = field(default_factory=dict)
    """The capacities of the members that were asked for them in this pass and answered."""
    readiness: dict[ClusterName, str] = field(default_factory=dict)
    """What the last `look` at each member observed, as a reason in `observe/member_health.py`; empty where nothing was asked."""

    @property
    def reports(self) -> Mapping[ClusterName, MemberReport | str]:
        """`pulled`, without the reports on members that are the API server of another member, as of the last `discover`."""
        return {name: self.same_server.get(name, report) for name, report in self.pulled.items()}

    def note_change(self, name: ClusterName, key: ResourceKey | None) -> None:
        """Another client changed something in a member. key: see `MemberClient.on_change`."""
        if key is None:
            self.changed.set()
        else:
            self._named.setdefault(name, set()).add(key)
            self.named.set()

    def take_named(self) -> dict[ClusterName, set[ResourceKey]]:
        """The objects of `named`, which is clear then."""
        taken = dict(self._named)
        self._named.clear()
        self.named.clear()
        return taken

    async def change_within(self, seconds: float) -> None:
        """Waits for a change by somebody else, at most for `seconds`."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self.changed, self.named)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def discover(
        self, recorded: Mapping[ClusterName, RecordedCluster], straggler_timeout: timedelta | None = None
    ) -> dict[ClusterName, Discovery]:
        """The version and the kinds that each member serves. Members that do not answer are missing, and so are those that are
        the server of another member: `look` reports them.

        recorded: what is known of members. straggler_timeout: as for `look`.
        """

        async def ask(client: MemberClient) -> Discovery | None:
            try:
                return await client.discover(lacking=self.lacks_kinds.is_set())
            except Exception:  # Also one that nobody expected: `look` meets it again, and reports it.
                return None

        answers = await answers_of({name: ask(client) for name, client in self.clients.items()}, straggler_timeout)
        found = {name: discovery for name, discovery in answers.items() if discovery is not None}
        known = {name: recorded[name].id for name in (*self.clients, *self.pulled) if name in recorded}
        said = {name: one.facts.id for name, one in self.pulled.items() if isinstance(one, MemberReport)}
        self.same_server.clear()
        self.same_server.update(find_same_servers({**said, **{name: one.id for name, one in found.items()}}, known, self.pulled))
        return {name: discovery for name, discovery in found.items() if name not in self.same_server}

    async def read_ahead(self, kinds: Mapping[ClusterName, Collection[GroupVersionKind]]) -> None:
        """See `MemberClient.read_ahead`. kinds: by member, of those that `discover` found."""
        for name, of_member in kinds.items():
            with suppress(Exception):  # As in `discover`.
                await self.clients[name].read_ahead(of_member)

    def postpone_sweeps(self, names: Iterable[ClusterName]) -> None:
        """See `MemberClient.postpone_sweep`."""
        for name in names:
            if name in self.clients:
                self.clients[name].postpone_sweep()

    async def capacities(
        self, models: Mapping[ClusterName, ResourceModels], now: datetime, straggler_timeout: timedelta | None = None
    ) -> dict[ClusterName, CapacityLook]:
        """What these members have, at most a minute old. Missing are members that do not answer, which `look` reports, and those
        of agents; a few members at a time, because each of them takes the memory of a page.

        models: the grades of their nodes, by member. straggler_timeout: as for `look`.
        """
        gate = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def ask(client: MemberClient) -> CapacityLook | None:
            async with gate:
                try:
                    return await client.capacity(models[client.name], now)
                except Exception:  # As in `discover`.
                    return None

        asked = [client for name, client in self.clients.items() if name in models and name not in self.same_server]
        answers = await answers_of({client.name: ask(client) for client in asked}, straggler_timeout)
        self.looks.clear()
        self.looks.update({name: look for name, look in answers.items() if look is not None})
        return dict(self.looks)

    async def look(
        self,
        works: Mapping[ClusterName, Work],
        names: Iterable[ClusterName],
        straggler_timeout: timedelta | None = None,
        also: Wanted | None = None,
        tracer: Tracer = NO_TRACER,
        step: str = "survey",
    ) -> dict[ClusterName, LiveView | str]:
        """What these members hold, all members at the same time; a sentence for a member that cannot be read.

        straggler_timeout: how long to wait for a slow member after another one has answered. None: until its requests time out.
        also: objects to read, ours or not, although nothing in `works` wants them.
        step: the name of the span for each member.
        """

        async def traced(name: ClusterName) -> LiveView | str:
            with tracer.step(step, member(name)) as span:
                answer = await self._look_at(name, wanted.get(name, _NONE), also)
                if isinstance(answer, str):
                    span.fail(answer)
                return answer

        names, wanted, turns = list(names), {}, Turns()
        for name in names:
            await turns.take()
            if name in self.clients:
                wanted[name] = self._wanted_of(works[name])
        answers = await answers_of({name: traced(name) for name in names}, straggler_timeout)
        return {name: answers.get(name, f"{name} {_TOO_SLOW}") for name in names}

    async def _look_at(self, name: ClusterName, wanted: Wanted, also: Wanted | None) -> LiveView | str:
        if name not in self.clients:
            self.readiness[name] = "" if name in self.not_configured else COLLECTION_FAILED
            return self.unreachable.get(name, f"{name}: there is no connection")
        self.readiness[name] = ""
        if name in self.same_server:
            self.not_configured.add(name)
            return self.same_server[name]
        try:
            if self.clients[name].owes_sweep and (name in self.sweep_first or self.strangers.get(name)):
                await self.clients[name].sweep()
            view = await self.clients[name].look({**wanted, **also} if also else wanted)
            self.not_configured.discard(name)
            self.readiness[name] = CLUSTER_READY
            return view
        except asyncio.CancelledError:  # It is a straggler, and may be one in each pass.
            self.readiness[name] = NOT_REACHABLE
            raise
        except MemberError as error:
            configured = not isinstance(error, NotConfiguredError)
            (self.not_configured.discard if configured else self.not_configured.add)(name)
            if configured:
                self.readiness[name] = NOT_REACHABLE if isinstance(error, MemberUnreachableError) else NOT_READY
            return str(error)
        except Exception as error:
            self.readiness[name] = COLLECTION_FAILED
            return f"{name}: {describe(error)}\n  {REMEDY}"

    def _wanted_of(self, work: Work) -> Wanted:
        """The same mapping object as long as the same objects are wanted: clients cache by its identity."""
        strangers = self.strangers.get(work.cluster, _NONE)
        manifests, last, wanted = self.wanted.get(work.cluster, ((), _NONE, _NONE))
        if last != strangers or not _are_of_the_same_objects(manifests, work.manifests):
            wanted = {**strangers, **{item.key: gvk_of(item.manifest) for item in work.manifests}}
        self.wanted[work.cluster] = (work.manifests, strangers, wanted)
        return wanted


def _are_of_the_same_objects(manifests: tuple[RenderedManifest, ...], others: tuple[RenderedManifest, ...]) -> bool:
    return len(manifests) == len(others) and all(
        one is other or (one.key == other.key and gvk_of(one.manifest) == gvk_of(other.manifest))
        for one, other in zip(manifests, others, strict=True)
    )


_LOOKS_AT_ONCE = 4
_NONE: Wanted = {}
_TOO_SLOW = "is slower than the other members; the next pass reads it again"
