"""FederatedResourceQuotas: what the workloads of a namespace use over all clusters, and which decisions would be too much.

What counts is in `demands.py`. Which decisions are refused, `transition/quota.py` decides. A refused one is like one that fits
nowhere: the last good placement stays, with its content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.quantity import Format, Quantity
from reconciler.model.quota import Quota, QuotaUse, counted_as
from reconciler.model.workload import Resources
from reconciler.pipeline.demands import Asked, demands_in, families_in, recorded_amounts
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.result import SCHEDULER_ERROR
from reconciler.transition.protection import still_declared
from reconciler.transition.quota import Admitted, Amounts, Demand, Excess, Limit, admit

QUOTA_EXCEEDED = "QuotaExceeded"
"""Reason of Karmada's `Scheduled` condition."""
_NANO = -9


@dataclass(frozen=True, slots=True)
class Quotas:
    """What the quotas of all namespaces come to in this pass."""

    refused: Mapping[ResourceKey, Unschedulable] = field(default_factory=dict)
    counted: Mapping[ResourceKey, Resources] = field(default_factory=dict)
    """What each workload counts as after this pass, by the resources that quotas of its namespace limit."""
    uses: tuple[QuotaUse, ...] = ()
    """Sorted by namespace and name."""
    formats: Mapping[str, Mapping[str, Format]] = field(default_factory=dict)
    """By namespace: the resources that its quotas limit, and how their amounts are written."""

    limited: Mapping[ResourceKey, Unschedulable] = field(default_factory=dict)
    """Why what they ask for is refused, of workloads that move with what they have."""

    def limiting(self, smaller: Iterable[ResourceKey], again: Quotas) -> Quotas:
        """again: where these of the refused ask for less, and are perhaps not refused."""
        return replace(again, limited={key: self.refused[key] for key in smaller if key not in again.refused})


NO_QUOTAS = Quotas()


def quotas_in_force(snapshot: Snapshot) -> tuple[QuotaUse | Quota, ...]:
    """Those that are declared, and those whose file has an error, as they were recorded."""
    declared = snapshot.desired.quotas
    names = {(one.namespace, one.name) for one in declared}
    unread = snapshot.desired.broken_files | snapshot.desired.hidden
    lost = [one for one in snapshot.recorded.quotas if one.file in unread and (one.namespace, one.name) not in names]
    return tuple(sorted([*declared, *lost], key=lambda one: (one.namespace, one.name)))


def limited_namespaces(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(one.namespace for one in quotas_in_force(snapshot))


def enforce(asked: Mapping[ResourceKey, Asked], snapshot: Snapshot, memo: Memo) -> Quotas:
    """asked: every template in a namespace with quotas, and every one that is expanded, sorted by key.

    What is expanded may have children in several namespaces: it is refused as a whole, and decided again what the others get.
    """
    by_namespace: defaultdict[str, list[QuotaUse | Quota]] = defaultdict(list)
    for one in quotas_in_force(snapshot):
        by_namespace[one.namespace].append(one)
    if not by_namespace:
        return NO_QUOTAS
    refused: dict[ResourceKey, Unschedulable] = {}
    while True:
        found = _enforce(asked, by_namespace, refused.keys(), snapshot, memo)
        again = len(by_namespace) > 1 and any(asked[key].template.is_expanded for key in found.refused)
        refused = {**found.refused, **refused}
        if not again:
            return replace(found, refused=refused)


def _enforce(
    asked: Mapping[ResourceKey, Asked],
    by_namespace: Mapping[str, Sequence[QuotaUse | Quota]],
    before: Collection[ResourceKey],
    snapshot: Snapshot,
    memo: Memo,
) -> Quotas:
    """before: what was refused before."""
    families = families_in(snapshot.recorded)
    expanded = {key for key, one in asked.items() if one.template.is_expanded}
    unread = still_declared(snapshot.protected, snapshot.recorded, asked)
    unread = {key: last for key, last in unread.items() if last.parent not in expanded}
    refused: dict[ResourceKey, Unschedulable] = {}
    counted: dict[ResourceKey, Resources] = {}
    formats: dict[str, Mapping[str, Format]] = {}
    uses: list[QuotaUse] = []
    for namespace, quotas in by_namespace.items():
        limits = [Limit(one, _hard(one)) for one in quotas]
        formats[namespace] = forms = memo(_formats, *quotas)
        found = demands_in(namespace, asked.values(), forms, families, snapshot.interpreter, memo, before)
        rest = [
            Demand(key, kept, kept)
            for key, last in unread.items()
            if (kept := recorded_amounts(last)) and key.namespace == namespace
        ]
        admitted = admit(sorted([*found.demands, *rest], key=lambda demand: demand.key), limits)
        for key, error in found.malformed.items():
            if isinstance(asked[key].scheduling, Binding):
                refused[key] = _unschedulable(asked[key], SCHEDULER_ERROR, error.message, error.remedy)
        refused |= {key: _refusal(asked[key], excesses) for key, excesses in admitted.refused.items()}
        for demand in found.demands:
            if demand.key not in expanded:
                counted[demand.key] = written(demand.held if demand.key in admitted.refused else demand.wanted, forms)
        uses += [_use(one, admitted) for one in quotas]
    return Quotas(refused, counted, tuple(uses), formats)


def written(amounts: Amounts, formats: Mapping[str, Format]) -> Resources:
    """Each amount that is limited, as it is recorded."""
    return {name: _quantity(amounts.get(name, 0), form) for name, form in sorted(formats.items())}


def _formats(*quotas: QuotaUse | Quota) -> Mapping[str, Format]:
    return {name: amount.format for one in quotas for name, amount in _counted_limits(one)}


def _counted_limits(quota: Quota | QuotaUse) -> Iterator[tuple[str, Quantity]]:
    """What is limited, without `requests.`; the smallest limit last."""
    for name, amount in sorted(quota.overall.items(), key=lambda item: item[1], reverse=True):
        if counted := counted_as(name):
            yield counted, amount


def _hard(quota: Quota | QuotaUse) -> Amounts:
    return {name: amount.nanos for name, amount in _counted_limits(quota)}


def _use(quota: Quota | QuotaUse, admitted: Admitted[ResourceKey, Quota | QuotaUse]) -> QuotaUse:
    overall = {name: amount for name, amount in quota.overall.items() if counted_as(name)}
    used = {name: _quantity(admitted.used.get(counted_as(name), 0), amount.format) for name, amount in overall.items()}
    return QuotaUse(quota.namespace, quota.name, _file(quota), overall, used)


def _file(quota: Quota | QuotaUse) -> str:
    return quota.origin.file if isinstance(quota, Quota) else quota.file


def _refusal(one: Asked, excesses: Iterable[Excess[Quota | QuotaUse]]) -> Unschedulable:
    message = f"it would exceed {'; and '.join(map(_sentence, excesses))}"
    remedy = "Lower its requests or replicas, or raise spec.overall of the quota."
    return _unschedulable(one, QUOTA_EXCEEDED, message, remedy)


def _sentence(excess: Excess[Quota | QuotaUse]) -> str:
    quota = excess.limit
    place = str(quota.origin) if isinstance(quota, Quota) else f"{quota.file}, which has an error now"
    hard = dict(_counted_limits(quota))[excess.resource]
    by, used, more = (_quantity(amount, hard.format) for amount in (excess.by, excess.used, excess.more))
    return f"{quota} {excess.resource} {hard} by {by}: {used} are used, and it asks for {more} more ({place})"


def _unschedulable(one: Asked, reason: str, message: str, remedy: str) -> Unschedulable:
    decision = one.scheduling
    rejected = {}
    if isinstance(decision, Binding):
        rejected = dict(sorted({**decision.rejected, **dict.fromkeys(decision.cluster_names, message)}.items()))
    return Unschedulable(one.template.key, one.policy, reason, message, rejected, remedy)


def _quantity(nanos: int, form: Format) -> Quantity:
    return Quantity(nanos, _NANO, form)
