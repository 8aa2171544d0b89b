"""Deployment, StatefulSet, DaemonSet, ReplicaSet: a rollout is over when enough new Pods are available.

The order of the questions is `kubectl rollout status`'s. An absent count is 0, so the controller's silence about the
generation counts as not having seen it.
"""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import ALL_WELL, DEGRADED, PROGRESSING, SUSPENDED, number
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, mapping, text


def deployment(manifest: Manifest) -> Opinion:
    check(manifest, "Deployment")
    if get(manifest, "spec", "paused") is True:
        return Opinion(SUSPENDED, "the rollout is paused")
    if (behind := _unseen(manifest)) is not None:
        return behind
    progress = next((one for one in conditions_of(manifest) if one.type == "Progressing"), None)
    if progress is not None and progress.reason == "ProgressDeadlineExceeded":
        return Opinion(DEGRADED, progress.message or "the progress deadline has passed")
    existing, updated, available = (_reached(manifest, name) for name in ("replicas", "updatedReplicas", "availableReplicas"))
    wanted = _wanted(manifest)
    if wanted is not None and updated < wanted:
        return Opinion(PROGRESSING, f"{updated} of {wanted} replicas are updated")
    if existing > updated:
        return Opinion(PROGRESSING, f"{existing - updated} old replicas have yet to go")
    if available < updated:
        return Opinion(PROGRESSING, f"{available} of {updated} updated replicas are available")
    return ALL_WELL


def stateful_set(manifest: Manifest) -> Opinion:
    check(manifest, "StatefulSet")
    if (behind := _unseen(manifest)) is not None or _reached(manifest, "observedGeneration") == 0:
        return behind or Opinion(PROGRESSING, "the controller has not seen it yet")
    wanted, ready = _wanted(manifest), _reached(manifest, "readyReplicas")
    if wanted is not None and ready < wanted:
        return Opinion(PROGRESSING, f"{ready} of {wanted} replicas are ready")
    strategy = mapping(manifest, "spec", "updateStrategy")
    if text(strategy, "type") == "RollingUpdate" and get(strategy, "rollingUpdate") is not None:
        return _partitioned(manifest, wanted)
    current, update = text(manifest, "status", "currentRevision"), text(manifest, "status", "updateRevision")
    if text(strategy, "type") != "OnDelete" and current != update:
        return Opinion(PROGRESSING, f"{_reached(manifest, 'updatedReplicas')} replicas are at revision {update}")
    return ALL_WELL


def _partitioned(manifest: Manifest, wanted: int | None) -> Opinion:
    """With the strategy spelled out, only the Pods above the partition count; the revisions are not compared."""
    partition = get(manifest, "spec", "updateStrategy", "rollingUpdate", "partition")
    updated = _reached(manifest, "updatedReplicas")
    if wanted is not None and partition is not None and updated < wanted - partition:
        return Opinion(PROGRESSING, f"{updated} of {wanted - partition} replicas above the partition are updated")
    return ALL_WELL


def daemon_set(manifest: Manifest) -> Opinion:
    check(manifest, "DaemonSet")
    if (behind := _unseen(manifest)) is not None:
        return behind
    if text(manifest, "spec", "updateStrategy", "type") == "OnDelete":
        return ALL_WELL
    wanted = _reached(manifest, "desiredNumberScheduled")
    for counter, what in (("updatedNumberScheduled", "the updated Pod"), ("numberAvailable", "an available Pod")):
        if (reached := _reached(manifest, counter)) < wanted:
            return Opinion(PROGRESSING, f"{reached} of {wanted} nodes have {what}")
    return ALL_WELL


def replica_set(manifest: Manifest) -> Opinion:
    check(manifest, "ReplicaSet")
    if (behind := _unseen(manifest)) is not None:
        return behind
    failure = next((one for one in conditions_of(manifest) if one.type == "ReplicaFailure"), None)
    if failure is not None and failure.status == "True":
        return Opinion(DEGRADED, failure.message)
    wanted, available = _wanted(manifest), _reached(manifest, "availableReplicas")
    if wanted is not None and available < wanted:
        return Opinion(PROGRESSING, f"{available} of {wanted} replicas are available")
    return ALL_WELL


def _unseen(manifest: Manifest) -> Opinion | None:
    generation = number(manifest, "metadata", "generation")
    if generation > _reached(manifest, "observedGeneration"):
        return Opinion(PROGRESSING, f"the controller has not seen generation {generation} yet")
    return None


def _wanted(manifest: Manifest) -> int | None:
    """What the template states; None where it leaves the number to the API server's default."""
    return None if get(manifest, "spec", "replicas") is None else number(manifest, "spec", "replicas")


def _reached(manifest: Manifest, counter: str) -> int:
    return number(manifest, "status", counter)
