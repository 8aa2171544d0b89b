"""OpenKruise: workloads that can be paused, or stop at a partition until someone approves. Game servers are based on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    UNKNOWN,
    Lagging,
    absent,
    find_conditions,
    message_of,
    number,
    paused,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_HALTED = ArgoHealth(SUSPENDED, "stopped at the partition until someone approves")
_PAUSED = ArgoHealth(SUSPENDED, "updateStrategy is paused")


def _strategy(manifest: Manifest) -> Mapping[str, Any]:
    """The fields of the update strategy. Most kinds have them below `rollingUpdate`, CloneSet does not."""
    strategy = mapping(manifest, "spec", "updateStrategy")
    return mapping(strategy, "rollingUpdate") if "rollingUpdate" in strategy else strategy


def _is_halted(manifest: Manifest, updated: int, goal: int) -> bool:
    return bool(number(_strategy(manifest), "partition")) and number(manifest, "metadata", "generation") > 1 and updated >= goal


def _replicas(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    available, total = number(status, "updatedAvailableReplicas"), number(status, "replicas")
    if get(_strategy(manifest), "paused") is True:
        return _PAUSED
    goal = number(status, "expectedUpdatedReplicas", default=total - number(_strategy(manifest), "partition"))
    if _is_halted(manifest, number(status, "updatedReplicas"), goal):
        return _HALTED
    if number(_strategy(manifest), "partition") and number(manifest, "metadata", "generation") > 1:
        return ArgoHealth(PROGRESSING, "updating up to the partition")
    return ALL_WELL if available == total else ArgoHealth(DEGRADED, f"{available} of {total} updated replicas are available")


def _nodes(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    desired, updated = number(status, "desiredNumberScheduled"), number(status, "updatedNumberScheduled")
    if get(_strategy(manifest), "paused") is True:
        return _PAUSED
    if _is_halted(manifest, updated, desired - number(_strategy(manifest), "partition")):
        return _HALTED
    if updated == desired and get(status, "numberAvailable") == desired:
        return ALL_WELL
    missing = number(status, "numberUnavailable")
    return ArgoHealth(DEGRADED, f"{missing} nodes lack an available Pod") if updated == desired and missing else None


def _cron(manifest: Manifest) -> ArgoHealth | None:
    if sequence(manifest, "status", "active"):
        return ArgoHealth(PROGRESSING, "a run is active")
    if "status" not in manifest:
        return None
    return ALL_WELL if get(manifest, "status", "lastScheduleTime") else ArgoHealth(DEGRADED, "not run yet")


def _games(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    total, partition = number(status, "replicas"), number(_strategy(manifest), "partition")
    if get(_strategy(manifest), "paused") is True:
        return _PAUSED
    if partition and number(status, "updatedReplicas") >= total - partition:
        return _HALTED
    updated, ready = number(status, "updatedReadyReplicas"), number(status, "readyReplicas")
    return (
        ALL_WELL
        if updated == total
        else ArgoHealth(PROGRESSING, f"{min(updated, ready)} of {total} replicas are updated and ready")
    )


def _game(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    now, goal = text(status, "currentState"), text(status, "desiredState")
    if now != goal:
        return ArgoHealth(PROGRESSING, f"changing from {now or 'no state'} to {goal or 'no state'}")
    for one in find_conditions(status, "KruisePodReady", status=None, path=("podStatus", "conditions")):
        if text(one, "status") != "True":
            return ArgoHealth(DEGRADED, message_of(one) or "its Pod is not ready")
    return ALL_WELL if now == "Ready" else None


_RUNS = {"completed": HEALTHY, "failed": DEGRADED, "paused": SUSPENDED}

RULES = {
    "AdvancedCronJob.apps.kruise.io": rule(paused(), _cron),
    "BroadcastJob.apps.kruise.io": rule(paused(), word("status.phase", _RUNS, other=PROGRESSING)),
    "CloneSet.apps.kruise.io": rule(absent("status"), Lagging(strict=True), _replicas),
    "DaemonSet.apps.kruise.io": rule(absent("status"), Lagging(strict=True), _nodes),
    "StatefulSet.apps.kruise.io": rule(absent("status"), Lagging(strict=True), _replicas),
    "GameServer.game.kruise.io": rule(_game, otherwise=UNKNOWN),
    "GameServerSet.game.kruise.io": rule(absent("status"), Lagging(strict=True), _games),
}
