"""What workloads ask of FederatedResourceQuotas: what each counts as now, and what it would count as by its new decision.

What counts is Karmada's (pkg/util/helper, CalculateResourceUsage): the requests of one replica, times the replicas of the decided
placement; for a workload of several components, all of them in each cluster. Copies that wait for their successor do not count
twice. An object that is expanded asks for all that its children run, in the namespace of each; what a child counts as is recorded
with the child.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.manifest import get, mapping
from reconciler.model.memo import Memo
from reconciler.model.quantity import Quantity
from reconciler.model.quota import PODS
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.transition.quota import Amounts, Demand


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
class Demands:
    """Of one namespace."""

    demands: tuple[Demand[ResourceKey], ...]
    """Of those that run Pods, sorted by key."""
    malformed: Mapping[ResourceKey, MalformedObjectError]
    """Those whose requests cannot be read."""


def demands_in(
    namespace: str,
    asked: Iterable[Asked],
    resources: Collection[str],
    families: Families,
    interpreter: Interpreter,
    memo: Memo,
    refused: Collection[ResourceKey] = (),
) -> Demands:
    """resources: what quotas limit there. families: from `families_in`. refused: objects that a quota of another namespace
    refuses, and that stay as they are here, too."""
    demands: list[Demand[ResourceKey]] = []
    malformed: dict[ResourceKey, MalformedObjectError] = {}
    for one in asked:
        key, known = one.template.key, {} if one.previous is None else recorded_amounts(one.previous)
        if one.template.is_expanded:
            held, wanted = _of_contents(one, namespace, families.get(key, {}), resources)
            known = {}
        elif key.namespace != namespace:
            continue
        else:
            try:
                held, wanted = _of_workload(one, known, resources, interpreter, memo)
            except MalformedObjectError as error:
                demands.append(Demand(key, known, known))
                malformed[key] = error
                continue
        if held or wanted or known:
            demands.append(Demand(key, held, held if wanted is None or key in refused else wanted))
    return Demands(tuple(sorted(demands, key=lambda demand: demand.key)), malformed)


Families: TypeAlias = Mapping[ResourceKey, Mapping[ResourceKey, RecordedDecision]]
"""By object that is expanded: its children, as they are recorded."""


def families_in(recorded: RecordedState) -> Families:
    found: defaultdict[ResourceKey, dict[ResourceKey, RecordedDecision]] = defaultdict(dict)
    for key, decision in recorded.decisions.items():
        if decision.parent is not None:
            found[decision.parent][key] = decision
    return found


def recorded_amounts(decision: RecordedDecision) -> Amounts:
    return {name: amount.nanos for name, amount in decision.counted.items()}


def _of_workload(
    one: Asked, known: Amounts, resources: Collection[str], interpreter: Interpreter, memo: Memo
) -> tuple[Amounts, Amounts | None]:
    """What it counts as now, and as `_wanted`. Raises MalformedObjectError."""
    computed = memo(_counted, one.template, one.last, interpreter)
    wanted = _wanted(one, interpreter, memo)
    held = {name: known.get(name, computed.get(name, 0)) for name in resources} if one.last else {}
    return held, None if wanted is None else _limited(wanted, resources)


def _of_contents(
    one: Asked, namespace: str, recorded: Mapping[ResourceKey, RecordedDecision], resources: Collection[str]
) -> tuple[Amounts, Amounts | None]:
    """As `_of_workload`, for its children in this namespace. One that was never counted counts as it does now."""
    contents = one.template.contents
    requested = contents.requested if contents is not None else {}
    held: Counter[str] = Counter()
    for key, last in recorded.items():
        if key.namespace == namespace and last.cluster_names:
            held.update(recorded_amounts(last) or _limited(requested.get(key, {}), resources))
    if contents is None or one.rests or one.frozen or isinstance(one.scheduling, Unschedulable):
        return dict(held), None
    if one.scheduling is None:
        return dict(held), None if one.kept else {}
    wanted: Counter[str] = Counter()
    for key, amounts in requested.items():
        if key.namespace == namespace:
            wanted.update(_limited(amounts, resources))
    return dict(held), dict(wanted if contents.complete else wanted | held)


def _limited(amounts: Amounts, resources: Collection[str]) -> dict[str, int]:
    return {name: amount for name, amount in amounts.items() if name in resources}


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
