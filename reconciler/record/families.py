"""The status of a Chart or Kustomize on a member: the roll-up of its children there. Pure.

No member has such an object, so none reports it. What rollouts, handovers and `status` know of it is this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.model.health import Health, HealthStatus, worst
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus
from reconciler.pipeline.compiled import Compiled, CompiledTemplate

Statuses = Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]]


def with_roll_ups(compiled: Compiled, statuses: Statuses) -> Statuses:
    """The statuses with those of the objects that are expanded; the same mapping if there are none. statuses: of members that
    were asked."""
    parents = [key for key, item in compiled.templates.items() if item.template.is_expanded]
    if not parents:
        return statuses
    children: defaultdict[ResourceKey, list[ResourceKey]] = defaultdict(list)
    for key, item in compiled.templates.items():
        if item.template.parent is not None:
            children[item.template.parent.key].append(key)
    for key, last in compiled.unreadable_templates.items():
        if last.parent is not None:
            children[last.parent].append(key)
    found = {name: dict(reported) for name, reported in statuses.items()}
    for parent in parents:
        item = compiled.templates[parent]
        wanted = {target.name for target in item.placed.targets}
        for name, reported in found.items():
            if name in wanted:
                reported[parent] = _roll_up(item, name, children[parent], reported, compiled)
            else:
                reported.pop(parent, None)
    return {name: dict(sorted(reported.items())) for name, reported in found.items()}


def _roll_up(
    parent: CompiledTemplate,
    name: ClusterName,
    children: Collection[ResourceKey],
    reported: Mapping[ResourceKey, ClusterStatus],
    compiled: Compiled,
) -> ClusterStatus:
    own = parent.rendering.manifests.get(name)
    digest = own.public_digest if own is not None else ""
    statuses = {key: status for key in children if (status := reported.get(key)) is not None and not status.kept}
    health = worst(_named(key, status.health) for key, status in statuses.items())
    if (issue := parent.rendering.failed.get(name)) is not None:
        return ClusterStatus(name, False, health if statuses else Health(HealthStatus.UNKNOWN), issue.message)
    waiting = next((f"{key}: {one.message}" for key, one in statuses.items() if not one.applied), "")
    stale = next((f"{key} is not written yet" for key, one in statuses.items() if _is_stale(key, name, one, compiled)), "")
    problem = waiting or stale or next((f"{key}: {one.message}" for key, one in statuses.items() if one.message), "")
    applied = not (waiting or stale)
    return ClusterStatus(name, applied, health, problem, digest if applied else "")


def _named(key: ResourceKey, health: Health) -> Health:
    if health.status is HealthStatus.CURRENT:
        return replace(health, message="")
    return replace(health, message=f"{key}: {health.message or health.status.value}")


def _is_stale(key: ResourceKey, name: ClusterName, status: ClusterStatus, compiled: Compiled) -> bool:
    item = compiled.templates.get(key)
    wanted = item.rendering.manifests.get(name) if item is not None else None
    return bool(wanted is not None and wanted.public_digest and status.digest != wanted.public_digest)
