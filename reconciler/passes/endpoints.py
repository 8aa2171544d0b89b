"""The endpoints of services over clusters, in a command that ends: exchanged once, after the passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.cluster.member_protocol import MemberSlices
from reconciler.endpoints.exchange import Exchange, Orders, Written
from reconciler.endpoints.export_conditions import Exported
from reconciler.endpoints.orders import orders_of, slices_of
from reconciler.endpoints.report_exports import report_exports
from reconciler.endpoints.routes import ServiceName, exported_services
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import key_of
from reconciler.passes.passes import Pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.record.judged_later import with_health_of


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was written, or would be."""

    written: tuple[Written, ...] = ()
    """Sorted by Service, then by consumer; failures, too."""
    unread: Mapping[ClusterName, str] = field(default_factory=dict)
    """Why the slices of a member could not be read."""
    conflicts: tuple[str, ...] = ()
    """Sentences about ServiceExports that disagree."""
    exports: tuple[Exported, ...] = ()
    """The ServiceExports whose conditions were written."""

    @property
    def failed(self) -> bool:
        return bool(self.unread) or any(one.error is not None for one in self.written)


NOTHING_EXCHANGED = Exchanged()


async def exchange_after(reconciliation: Reconciliation, passes: list[Pass]) -> tuple[list[Pass], Exchanged]:
    """`exchange_once` after these passes, and the passes: the last one records what became of the ServiceExports, and that counts
    for the result."""
    *earlier, done = passes
    exchanged = await exchange_once(reconciliation, done)
    copies = {(key_of(one.export), one.cluster): one.export for one in exchanged.exports}
    state = with_health_of(done.recorded, copies, done.compiled.interpreter, reconciliation.clock())
    return [*earlier, replace(done, recorded=state)], exchanged


async def exchange_once(reconciliation: Reconciliation, done: Pass) -> Exchanged:
    """Brings the copies of all consumers up to date, or says what that would write, in a dry run. A member that does not answer
    is part of the result of the passes, and none of this one."""
    options = reconciliation.options
    orders, _ = orders_of(done.compiled, done.recorded, reconciliation.clock(), options.only)
    members = {name: one for name, one in slices_of(reconciliation.fleet.clients).items() if name not in done.unreadable}
    if options.dry_run or reconciliation.observes:
        return await planned_exchange(orders, members)
    told: list[Written] = []
    exchange = Exchange(told.append)
    try:
        exchange.order(orders, members)
        await exchange.settled()
        exports = await report_exports(members, exported_services(done.compiled), orders.halted, reconciliation.clock())
        unread = exchange.troubles if orders.routes else {}
    finally:
        await exchange.close()
    return Exchanged(tuple(sorted(told, key=_place)), unread, exports.conflicts, exports.written)


async def planned_exchange(orders: Orders, members: Mapping[ClusterName, MemberSlices]) -> Exchanged:
    """What `exchange_once` would write; nothing is."""
    exchange = Exchange()
    try:
        exchange.order(replace(orders, halted=frozenset(members)), members)
        await exchange.settled()
        planned = [
            Written(name, target, len(gap.written), len(gap.removed))
            for name, target, gap in exchange.pending()
            if name not in orders.halted
        ]
        unread = exchange.troubles if orders.routes else {}
    finally:
        await exchange.close()
    return Exchanged(tuple(sorted(planned, key=_place)), unread)


def _place(written: Written) -> tuple[ServiceName, ClusterName]:
    return written.target, written.consumer
