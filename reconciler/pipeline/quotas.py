"""FederatedResourceQuotas: what the workloads of a namespace use over all clusters, and which decisions would be too much.

What counts is Karmada's (pkg/util/helper, CalculateResourceUsage): the requests of one replica, times the replicas of the decided
placement; for a workload of several components, all of them in each cluster. Copies that wait for their successor do not count
twice. Which decisions are refused, `transition/quota.py` decides. A refused one is like one that fits nowhere: the last good
placement stays, with its content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.manifest import get, mapping
from reconciler.model.memo import Memo
from reconciler.model.quantity import Format, Quantity
from reconciler.model.quota import PODS, Quota, QuotaUse, counted_as
from reconciler.model.recorded import RecordedDecision
from reconciler.model.workload import Resources
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.result import SCHEDULER_ERROR
from reconciler.transition.protection import still_declared
from reconciler.transition.quota import Admitted, Amounts, Demand, Excess, Limit, admit

QUOTA_EXCEEDED = "QuotaExceeded"
"""Reason of Karmada's `Scheduled` condition."""
_NANO = -9


@dataclass(frozen=True, slots=True)
class Asked:
    """One template of a namespace with quotas, with what scheduling says."""

    template: ResourceTemplate
    policy: PolicyRef | None
    scheduling: Binding | Unschedulable | None
    previous: RecordedDecision | None
    last: tuple[TargetCluster, ...]
    """The placement that was decided last; empty for a new object."""
    rests: bool
    """Whether it stays as it is now, with its content: its policy waits."""
    frozen: bool
    """Whether a file with an error keeps its placement."""
    kept: bool
    """Whether its copies stay if no policy claims it."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """What the quotas of all namespaces come to in this pass."""

    refused: Mapping[ResourceKey, Unschedulable] = field(default_factory=dict)
    counted: Mapping[ResourceKey, Resources] = field(default_factory=dict)
    """What each workload counts as after this pass, by the resources that quotas of its namespace limit."""
    uses: tuple[QuotaUse, ...] = ()
    """Sorted by namespace and name."""

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
    """asked: every template in a namespace with quotas, sorted by key."""
    by_namespace: defaultdict[str, list[QuotaUse | Quota]] = defaultdict(list)
    for one in quotas_in_force(snapshot):
        by_namespace[one.namespace].append(one)
    unread = still_declared(snapshot.protected, snapshot.recorded, asked) if by_namespace else {}
    refused: dict[ResourceKey, Unschedulable] = {}
    counted: dict[ResourceKey, Resources] = {}
    uses: list[QuotaUse] = []
    for namespace, quotas in by_namespace.items():
        limits = [Limit(one, _hard(one)) for one in quotas]
        formats = {name: amount.format for one in quotas for name, amount in _counted_limits(one)}
        own = [one for key, one in asked.items() if key.namespace == namespace]
        demands, malformed = _demands(own, formats, snapshot.interpreter, memo)
        rest = [
            Demand(key, kept, kept) for key, last in unread.items() if (kept := _recorded(last)) and key.namespace == namespace
        ]
        admitted = admit(sorted([*demands, *rest], key=lambda demand: demand.key), limits)
        refused |= malformed | {key: _refusal(asked[key], excesses) for key, excesses in admitted.refused.items()}
        for demand in demands:
            amounts = demand.held if demand.key in admitted.refused else demand.wanted
            counted[demand.key] = {name: _quantity(amounts.get(name, 0), form) for name, form in sorted(formats.items())}
        uses += [_use(one, admitted) for one in quotas]
    return Quotas(refused, counted, tuple(uses))


def _demands(
    asked: Iterable[Asked], formats: Mapping[str, Format], interpreter: Interpreter, memo: Memo
) -> tuple[list[Demand[ResourceKey]], dict[ResourceKey, Unschedulable]]:
    """Of those that run Pods, and refusals of those whose requests cannot be read."""
    demands: list[Demand[ResourceKey]] = []
    malformed: dict[ResourceKey, Unschedulable] = {}
    for one in asked:
        key, known = one.template.key, {} if one.previous is None else _recorded(one.previous)
        try:
            per_replicas = memo(_counted, one.template, one.last, interpreter)
            wanted = _wanted(one, interpreter, memo)
        except MalformedObjectError as error:
            demands.append(Demand(key, known, known))
            if isinstance(one.scheduling, Binding):
                malformed[key] = _unreadable(one, error)
            continue
        held = {name: known.get(name, per_replicas.get(name, 0)) for name in formats} if one.last else {}
        wanted = held if wanted is None else {name: amount for name, amount in wanted.items() if name in formats}
        if held or wanted or known:
            demands.append(Demand(key, held, wanted))
    return demands, malformed


def _wanted(one: Asked, interpreter: Interpreter, memo: Memo) -> Amounts | None:
    """What it counts as if nothing refuses it; None: what it counts as now."""
    if one.rests or isinstance(one.scheduling, Unschedulable):
        return None
    if one.frozen:
        return memo(_counted, one.template, one.last, interpreter)
    if one.scheduling is None:
        return None if one.kept else {}
    return memo(_counted, one.template, one.scheduling.targets, interpreter)


def _counted(template: ResourceTemplate, targets: tuple[TargetCluster, ...], interpreter: Interpreter) -> Amounts:
    """In billionths. Raises MalformedObjectError."""
    components = interpreter.components(template.manifest)
    if components is not None:
        parts = [(get(one, "replicaRequirements"), int(get(one, "replicas", default=0)) * len(targets)) for one in components]
    else:
        parts = [(interpreter.requirements(template.manifest), sum(target.replicas for target in targets))]
    amounts: defaultdict[str, int] = defaultdict(int)
    for needs, replicas in parts:
        if replicas:
            amounts[PODS] += replicas * 10**9
        for name, value in mapping(needs, "resourceRequest").items():
            amounts[name] += Quantity.from_json(value).nanos * replicas
    return dict(amounts)


def _recorded(decision: RecordedDecision) -> Amounts:
    return {name: amount.nanos for name, amount in decision.counted.items()}


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


def _unreadable(one: Asked, error: MalformedObjectError) -> Unschedulable:
    return _unschedulable(one, SCHEDULER_ERROR, error.message, error.remedy)


def _unschedulable(one: Asked, reason: str, message: str, remedy: str) -> Unschedulable:
    decision = one.scheduling
    rejected = {}
    if isinstance(decision, Binding):
        rejected = dict(sorted({**decision.rejected, **dict.fromkeys(decision.cluster_names, message)}.items()))
    return Unschedulable(one.template.key, one.policy, reason, message, rejected, remedy)


def _quantity(nanos: int, form: Format) -> Quantity:
    return Quantity(nanos, _NANO, form)
