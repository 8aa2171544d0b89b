"""Issues about autoscalers that scale nothing, or that something else works against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reconciler.model.autoscaling import is_scaler, scaled_by
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.customization import Operation
from reconciler.model.federated_hpa import FederatedHpa, MetricType
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.spelling import nearest_parts
from reconciler.model.wording import first_few, one_of
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.snapshot import Snapshot

TARGET_NOT_FOUND = "ScaleTargetNotFound"
NOT_SCALABLE = "NotScalable"
SCALED_TWICE = "ScaledTwice"
METRICS_NOT_READ = "MetricsNotRead"
Autoscaler = FederatedHpa | CronFederatedHpa
Templates = Mapping[ResourceKey, CompiledTemplate]


def autoscaler_issues(templates: Templates, snapshot: Snapshot) -> Iterator[Issue]:
    """Warnings, because each other object of the file is as it should be. While a file has an error, its objects count as
    present."""
    desired = snapshot.desired
    if not desired.autoscalers:
        return
    declared = {one.key for one in desired.federated_hpas}
    for one in desired.autoscalers:
        if isinstance(one, CronFederatedHpa) and one.sets_limits:
            if one.target not in declared and not desired.broken_files:
                yield _not_found(one, "no file declares", declared)
        elif (item := templates.get(one.target)) is None or item.decided.claim.policy is None:
            if not desired.broken_files:
                claimed = {key for key, item in templates.items() if item.decided.claim.policy is not None}
                yield _not_found(one, "no policy of the repository claims", claimed)
        else:
            yield from _of_target(one, item, snapshot)
    yield from _twice(templates, snapshot)


def _not_found(one: Autoscaler, why: str, known: set[ResourceKey]) -> Issue:
    near = nearest_parts(one.target, sorted(known))
    guess = f"Did you mean {one_of([ResourceKey(*parts) for parts in near])}? " if near else ""
    remedy = f"{guess}Correct spec.scaleTargetRef; the target is in the namespace of the {one.key.kind}."
    return warning(TARGET_NOT_FOUND, f"{one} names {one.target}, which {why}", remedy, origin=one.origin, subject=one)


def _of_target(one: Autoscaler, item: CompiledTemplate, snapshot: Snapshot) -> Iterator[Issue]:
    parent = item.template.parent
    if parent is not None:
        message = f"{one} names {one.target}, which {parent.key} makes: that states its replicas"
        yield warning(NOT_SCALABLE, message, "Set the number in the values or patches there.", origin=one.origin, subject=one)
        return
    if not snapshot.interpreter.has_rule(item.template.gvk, Operation.REPLICAS):
        message = f"{one} names {one.target}, and no rule says where its kind has replicas"
        remedy = "Write a ResourceInterpreterCustomization with replicaResource and replicaRevision for the kind."
        yield warning(NOT_SCALABLE, message, remedy, origin=one.origin, subject=one)
    if isinstance(one, FederatedHpa):
        pulled = {cluster.name for cluster in snapshot.desired.clusters if cluster.sync_mode == "Pull"}
        unread = sorted(target.name for target in item.placed.targets if target.name in pulled)
        if unread:
            message = f"{one}: agents do not report metrics, so those of {first_few(unread, 3)} (syncMode: Pull) do not count"
            if any(metric.type is MetricType.OBJECT and metric.target.value is not None for metric in one.metrics):
                message += ", and a metric of an object is the sum over the other members alone"
            remedy = "Make them Push members, or place the workload on Push members alone."
            yield warning(METRICS_NOT_READ, message, remedy, origin=one.origin, subject=one)


def _twice(templates: Templates, snapshot: Snapshot) -> Iterator[Issue]:
    """Where something else sets the replicas of the same workload."""
    by_target: defaultdict[ResourceKey, list[FederatedHpa]] = defaultdict(list)
    for one in snapshot.desired.federated_hpas:
        by_target[one.target].append(one)
    for target, (first, *others) in sorted(by_target.items()):
        for other in others:
            message = f"{other} names {target}, as {first} does ({first.origin}), which alone scales it"
            yield warning(SCALED_TWICE, message, "Remove one of them.", origin=other.origin, subject=other)
    for cron in snapshot.desired.cron_federated_hpas:
        for hpa in by_target.get(cron.target, ())[:1]:
            message = f"{cron} sets the replicas of {cron.target}, which {hpa} changes again ({hpa.origin})"
            remedy = f"Name {hpa} in spec.scaleTargetRef, and set its limits."
            yield warning(SCALED_TWICE, message, remedy, origin=cron.origin, subject=cron)
    named: dict[ResourceKey, Autoscaler] = {one.target: one for one in snapshot.desired.cron_federated_hpas}
    named |= {target: first for target, (first, *_) in by_target.items()}
    for key, item in templates.items():
        if is_scaler(key) and (acting := named.get(scaled_by(item.template.manifest))) is not None:
            message = f"{key} scales {acting.target} in its members, as {acting} does over all of them ({acting.origin})"
            yield warning(SCALED_TWICE, message, "Remove one of them.", origin=item.template.origin, subject=key)
