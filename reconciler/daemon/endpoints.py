"""Keeps the endpoints of services over clusters up to date while `run` runs, beside the passes.

A pass says which Service is to be reached from where. After that, what changes at a provider goes to its consumers without a
pass and without a commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from reconciler.cluster.member_protocol import MemberSlices
from reconciler.daemon.log import ErrorLog, Log
from reconciler.endpoints.exchange import Exchange, Orders, Written
from reconciler.endpoints.orders import not_exchanged, orders_of, slices_of
from reconciler.endpoints.report_exports import report_exports
from reconciler.endpoints.routes import ServiceName, exported_services
from reconciler.endpoints.silent_providers import Silence
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.passes.controller import Controller
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass


class EndpointExchange:
    """`run` is to run beside the loop of the controller."""

    def __init__(self, controller: Controller, clock: Clock, told: Callable[[Written], None] = lambda written: None) -> None:
        """told: as for `Exchange`."""
        self._controller = controller
        self._clock = clock
        self._told = told
        self._done: Pass | None = None
        self._reported: Pass | None = None
        """The last one after which it was looked at exports."""
        self._passed = asyncio.Event()
        self._memo = Memo()
        controller.on_pass, controller.on_adopt = self._take, self._stop_soon

    def _stop_soon(self) -> None:
        """A revision that observes stops writes before the end of its first pass, which may wait for members."""
        if self._controller.observes:
            self._passed.set()

    def _take(self, done: Pass) -> None:
        self._done = done
        self._passed.set()

    async def run(self, log: Log) -> None:
        """Exchanges endpoints until it is cancelled; nothing before the first pass."""
        said, errors = _Said(log), ErrorLog(log)
        exchange = Exchange(partial(self._tell, said))
        reports = _ExportReports(said, errors, self._clock)
        silence, reporting = Silence(), asyncio.create_task(reports.run())
        try:
            while True:
                await self._next(silence)
                if self._done is None:
                    continue
                try:
                    silence = self._order(exchange, said, reports, self._done)
                except Exception as error:  # A defect here must not end the process: passes go on.
                    errors.add("endpoints are not exchanged", error)
                    silence = Silence()  # A moment that has passed would call for the next attempt at once.
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            await exchange.close()

    def _tell(self, said: _Said, written: Written) -> None:
        said.written(written)
        self._told(written)

    def _order(self, exchange: Exchange, said: _Said, reports: _ExportReports, done: Pass) -> Silence:
        orders, silence = orders_of(done.compiled, done.recorded, self._clock(), self._writable(done), memo=self._memo)
        self._memo.next_pass()
        members = slices_of(self._controller.reached)
        exchange.order(orders, members)
        said.orders(orders, not_exchanged(orders.routes, members))
        said.troubles({} if not orders.routes else exchange.troubles, done.unreadable)
        if self._reports_are_due(done):
            reports.ask(_Asked(members, exported_services(done.compiled), orders.halted))
        return silence

    def _writable(self, done: Pass) -> Collection[str] | None:
        """The members that may be written to; None: all."""
        return () if self._controller.observes or done.differences is not None else None

    def _reports_are_due(self, done: Pass) -> bool:
        """Once for each pass that wrote something, and for each revision."""
        before, self._reported = self._reported, done
        return before is None or (done is not before and (done.wrote or done.compiled.desired is not before.compiled.desired))

    async def _next(self, silence: Silence) -> None:
        """Waits for a pass, or until a silent member loses its endpoints."""
        seconds = None if silence.due is None else max(0.0, (silence.due - self._clock()).total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._passed.wait()
        self._passed.clear()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The arguments of `report_exports`."""

    members: Mapping[ClusterName, MemberSlices]
    services: Collection[ServiceName]
    halted: Collection[ClusterName]


class _ExportReports:
    """Reports on exports beside the exchange: a member that hangs must not hold up the orders for the others."""

    def __init__(self, said: _Said, errors: ErrorLog, clock: Clock) -> None:
        self._said = said
        self._errors = errors
        self._clock = clock
        self._asked: _Asked | None = None
        self._is_asked = asyncio.Event()

    def ask(self, asked: _Asked) -> None:
        """Of what is asked meanwhile, the last counts."""
        self._asked = asked
        self._is_asked.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._is_asked.wait()
            self._is_asked.clear()
            asked, self._asked = self._asked, None
            try:
                if asked is not None:
                    report = await report_exports(asked.members, asked.services, asked.halted, self._clock())
                    self._said.conflicts(list(report.conflicts))
            except Exception as error:  # As in the exchange.
                self._errors.add("exports are not reported on", error)


@dataclass(slots=True)
class _Said:
    """What the log has of it: what fails, and what people must know; not each endpoint."""

    log: Log
    failing: dict[tuple[ClusterName, str], str] = field(default_factory=dict)
    """Consumer and Service → the last error."""
    lost: frozenset[ClusterName] = frozenset()
    left_out: list[ClusterName] = field(default_factory=list)
    in_conflict: list[str] = field(default_factory=list)
    unread: dict[ClusterName, str] = field(default_factory=dict)

    def written(self, one: Written) -> None:
        service = "/".join(one.target)
        place = one.consumer, service
        if one.error is None:
            if self.failing.pop(place, None) is not None:
                self.log.info("endpoints dispatched again", cluster=one.consumer, service=service)
        elif self.failing.get(place) != one.error.message:
            self.failing[place] = one.error.message
            self.log.warning(
                "endpoints not dispatched",
                cluster=one.consumer,
                service=service,
                error=one.error.message,
                remedy=one.error.remedy,
            )

    def conflicts(self, conflicts: list[str]) -> None:
        for one in conflicts if conflicts != self.in_conflict else ():
            self.log.warning("exports are in conflict", export=one, remedy="Make the Services alike, or export one of them.")
        self.in_conflict = conflicts

    def troubles(self, troubles: Mapping[ClusterName, str], unreadable: Collection[ClusterName]) -> None:
        """troubles: why the slices of a member cannot be read. unreadable: members of which the pass has said so."""
        found = {name: why for name, why in troubles.items() if name not in unreadable}
        for name, why in sorted(found.items()):
            if self.unread.get(name) != why:
                self.log.warning("endpoints cannot be read", cluster=name, error=why, remedy=_RIGHTS)
        self.unread = found

    def orders(self, orders: Orders, left_out: list[ClusterName]) -> None:
        named = {name for routes in orders.routes.values() for route in routes for name in route.providers}
        lost = orders.lost & named
        for name in sorted(lost - self.lost):
            self.log.warning("endpoints withdrawn: the member does not answer", cluster=name)
        for name in sorted(self.lost - lost):
            self.log.info("endpoints dispatched again: the member answers", cluster=name)
        self.lost = lost
        if left_out and left_out != self.left_out:
            remedy = "They have an agent of their own, are folders, or this process cannot reach them: see `reconciler validate`."
            self.log.warning("endpoints of these members are not exchanged", clusters=left_out, remedy=remedy)
        self.left_out = left_out


_RIGHTS = "The account in the member needs get, list and watch on endpointslices of discovery.k8s.io."
