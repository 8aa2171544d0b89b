"""Deployment, StatefulSet, DaemonSet, ReplicaSet: Healthy when enough new Pods are available.

The order of the checks is that of `kubectl rollout status`. An absent counter is 0, so a controller that does not report
`observedGeneration` has not observed the object.
"""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import ALL_WELL, DEGRADED, PROGRESSING, SUSPENDED, number
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, text
from reconciler.model.wording import plural


def deployment(manifest: Manifest) -> ArgoHealth:
    check(manifest, "Deployment")
    if get(manifest, "spec", "paused") is True:
        return ArgoHealth(SUSPENDED, "the rollout is paused")
    if (behind := _unobserved(manifest)) is not None:
        return behind
    progress = next((one for one in conditions_of(manifest) if one.type == "Progressing"), None)
    if progress is not None and progress.reason == "ProgressDeadlineExceeded":
        return ArgoHealth(DEGRADED, progress.message or "the progress deadline has passed")
    existing, updated, available = (_counter(manifest, name) for name in ("replicas", "updatedReplicas", "availableReplicas"))
    desired = _desired(manifest)
    if desired is not None and updated < desired:
        return ArgoHealth(PROGRESSING, f"{updated} of {desired} replicas are updated")
    if existing > updated:
        return ArgoHealth(PROGRESSING, f"{plural(existing - updated, 'old replica')} must still be removed")
    if available < updated:
        return ArgoHealth(PROGRESSING, f"{available} of {updated} updated replicas are available")
    return ALL_WELL


def stateful_set(manifest: Manifest) -> ArgoHealth:
    check(manifest, "StatefulSet")
    if (behind := _unobserved(manifest)) is not None or _counter(manifest, "observedGeneration") == 0:
        return behind or ArgoHealth(PROGRESSING, "the controller has not observed it yet")
    desired, ready = _desired(manifest), _counter(manifest, "readyReplicas")
    if desired is not None and ready < desired:
        return ArgoHealth(PROGRESSING, f"{ready} of {desired} replicas are ready")
    strategy = mapping(manifest, "spec", "updateStrategy")
    if text(strategy, "type") == "RollingUpdate" and get(strategy, "rollingUpdate") is not None:
        return _partitioned(manifest, desired)
    current, update = text(manifest, "status", "currentRevision"), text(manifest, "status", "updateRevision")
    if text(strategy, "type") != "OnDelete" and current != update:
        return ArgoHealth(PROGRESSING, f"{_counter(manifest, 'updatedReplicas')} replicas are at revision {update}")
    return ALL_WELL


def _partitioned(manifest: Manifest, desired: int | None) -> ArgoHealth:
    """The health with `rollingUpdate` in the strategy: only the Pods above the partition count; revisions are not compared."""
    partition = get(manifest, "spec", "updateStrategy", "rollingUpdate", "partition")
    updated = _counter(manifest, "updatedReplicas")
    if desired is not None and partition is not None and updated < desired - partition:
        return ArgoHealth(PROGRESSING, f"{updated} of {desired - partition} replicas above the partition are updated")
    return ALL_WELL


def daemon_set(manifest: Manifest) -> ArgoHealth:
    check(manifest, "DaemonSet")
    if (behind := _unobserved(manifest)) is not None:
        return behind
    if text(manifest, "spec", "updateStrategy", "type") == "OnDelete":
        return ALL_WELL
    desired = _counter(manifest, "desiredNumberScheduled")
    for counter, what in (("updatedNumberScheduled", "the updated Pod"), ("numberAvailable", "an available Pod")):
        if (reached := _counter(manifest, counter)) < desired:
            return ArgoHealth(PROGRESSING, f"{reached} of {desired} nodes have {what}")
    return ALL_WELL


def replica_set(manifest: Manifest) -> ArgoHealth:
    check(manifest, "ReplicaSet")
    if (behind := _unobserved(manifest)) is not None:
        return behind
    failure = next((one for one in conditions_of(manifest) if one.type == "ReplicaFailure"), None)
    if failure is not None and failure.status == "True":
        return ArgoHealth(DEGRADED, failure.message)
    desired, available = _desired(manifest), _counter(manifest, "availableReplicas")
    if desired is not None and available < desired:
        return ArgoHealth(PROGRESSING, f"{available} of {desired} replicas are available")
    return ALL_WELL


def _unobserved(manifest: Manifest) -> ArgoHealth | None:
    generation = number(manifest, "metadata", "generation")
    if generation > _counter(manifest, "observedGeneration"):
        return ArgoHealth(PROGRESSING, f"the controller has not observed generation {generation} yet")
    return None


def _desired(manifest: Manifest) -> int | None:
    """`spec.replicas`; None if it is absent, so that the API server's default applies."""
    return None if get(manifest, "spec", "replicas") is None else number(manifest, "spec", "replicas")


def _counter(manifest: Manifest, counter: str) -> int:
    return number(manifest, "status", counter)
