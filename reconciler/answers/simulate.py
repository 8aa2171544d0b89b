"""What would move if the fleet were different: what somebody wrote as the difference, and the simulation of a revision."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.answers.arguments import ArgumentError, label_selector, refuse_unknown_clusters
from reconciler.answers.session import Session
from reconciler.model.cluster import Cluster, Taint
from reconciler.model.desired import DesiredState
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.survival import DomainKind, MinAvailable
from reconciler.review.n_minus_1 import NMinusOne, n_minus_1
from reconciler.review.simulate import Scenario, Simulation, simulate
from reconciler.review.timeline import Incident, Timeline, simulate_time


@dataclass(frozen=True, slots=True)
class Simulated:
    simulation: Simulation
    uncommitted: tuple[str, ...]
    """Files that were not looked at."""


async def simulate_revision(
    opened: Session,
    revision: str,
    scenario: Scenario,
    now: datetime,
    added: Callable[[DesiredState], tuple[Cluster, ...]] = lambda desired: (),
) -> Simulated:
    """added: further clusters, read as the Configuration of the revision says. Raises ArgumentError, ReconcilerError."""
    commit, desired = await opened.load(revision)
    scenario = replace(scenario, added=added(desired))
    declared = {cluster.name for cluster in (*desired.clusters, *scenario.added)}
    refuse_unknown_clusters(scenario.named, declared)
    recorded = await opened.recorded(desired)
    uncommitted = await opened.uncommitted(commit, desired)
    return Simulated(await simulate(desired, recorded.state, scenario, opened.compiler, now), uncommitted)


@dataclass(frozen=True, slots=True)
class SimulatedTime:
    timeline: Timeline
    uncommitted: tuple[str, ...]
    """Files that were not looked at."""


async def simulate_incident(
    opened: Session, revision: str, incident: Incident, length: timedelta, now: datetime
) -> SimulatedTime:
    """What is evicted, and when, within a time. Raises ArgumentError, ReconcilerError."""
    commit, desired = await opened.load(revision)
    refuse_unknown_clusters(incident.members, {cluster.name for cluster in desired.clusters})
    uncommitted = await opened.uncommitted(commit, desired)
    recorded = await opened.recorded(desired)
    timeline = await simulate_time(desired, recorded.state, incident, length, opened.compiler, now)
    return SimulatedTime(timeline, uncommitted)


async def simulate_each_loss(
    opened: Session, revision: str, kinds: Collection[DomainKind], minimum: MinAvailable, selector: str, now: datetime
) -> NMinusOne:
    """The loss of each failure domain, one at a time. selector: labels of workloads; empty for all. Raises ArgumentError,
    ReconcilerError."""
    chosen = label_selector(selector) if selector else None
    _, desired = await opened.load(revision)
    recorded = await opened.recorded(desired)
    compiled = await opened.compiler.compile(desired, recorded.state, now, settled=True)
    return n_minus_1(compiled, kinds, minimum, now, opened.place, chosen)


def taints_of(arguments: Iterable[str]) -> Mapping[str, tuple[Taint, ...]]:
    """`CLUSTER:KEY=VALUE:EFFECT` → the taints of each cluster. Raises ArgumentError."""
    taints: dict[str, tuple[Taint, ...]] = defaultdict(tuple)
    for text in arguments:
        match = re.fullmatch(r"([^:]+):([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)", text)
        if match is None:
            raise ArgumentError(f"{text} is not a taint; write CLUSTER:KEY=VALUE:EFFECT, such as member1:gpu=no:NoSchedule")
        taints[match[1]] += (Taint(match[2], match[3] or "", match[4]),)
    return taints


def labels_of(arguments: Iterable[str]) -> Mapping[str, Mapping[str, str | None]]:
    """`CLUSTER:KEY=VALUE` or `CLUSTER:KEY-` → the labels of each cluster; None for one that goes. Raises ArgumentError."""
    labels: dict[str, dict[str, str | None]] = defaultdict(dict)
    for text in arguments:
        match = re.fullmatch(r"([^:]+):([^=]+?)(?:=(.*)|-)", text)
        if match is None:
            raise ArgumentError(f"{text} is not a label; write CLUSTER:KEY=VALUE, or CLUSTER:KEY- to remove it")
        labels[match[1]][match[2]] = match[3]
    return labels


def free_of(arguments: Iterable[str]) -> Mapping[str, Mapping[str, Quantity]]:
    """`CLUSTER:RESOURCE=QUANTITY,…` → what each cluster has free. Raises ArgumentError."""
    free: dict[str, dict[str, Quantity]] = defaultdict(dict)
    for text in arguments:
        cluster, _, amounts = text.partition(":")
        for amount in amounts.split(","):
            name, sign, quantity = amount.partition("=")
            try:
                free[cluster][name] = Quantity.parse(quantity)
            except QuantityError as error:
                sign = ""
                problem = error.message
            else:
                problem = f"{text} contains no amounts"
            if not sign or not cluster:
                raise ArgumentError(f"{problem}; write CLUSTER:RESOURCE=QUANTITY, such as member1:cpu=4,memory=8Gi,pods=20")
    return free
