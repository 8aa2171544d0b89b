"""Issues about members that do not serve the kind of an object that is for them, or not in its version, as far as is recorded.

Where no member at all serves it, nothing can be scheduled, and the scheduler says so (`schedule/diagnosis.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.wording import COPIES_STAY, first_few
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.schedule.diagnosis import lacking_api, remedy_for_missing_api
from reconciler.schedule.filters import MISSING_API, api_reason


def lacks_kinds(compiled: Compiled) -> bool:
    """Whether anything is not placed, or not known, because members do not serve its kind. A folder accepts every kind."""
    if all(cluster.apis is None for cluster in compiled.recorded.clusters.values()):
        return False
    return any(issue.reason in ("KindNotServed", "UnknownKind") for issue in compiled.issues) or any(
        isinstance(item.decided.scheduling, Unschedulable) and MISSING_API in item.decided.scheduling.rejected.values()
        for item in compiled.templates.values()
    )


def unserved(templates: Mapping[ResourceKey, CompiledTemplate], clusters: Collection[Cluster]) -> Iterator[Issue]:
    """An error for each template that none of its members serves, and a warning for each that lacks some of its members."""
    lacking: dict[GroupVersionKind, dict[str, Cluster]] = {}
    expanded = {kind for item in templates.values() if item.template.parent and is_definition(item.template.key)
                for kind in served_kinds(item.template.manifest)}  # fmt: skip
    for item in templates.values():
        gvk = item.template.gvk
        if gvk in expanded:  # The definition goes there first.
            continue
        if gvk not in lacking:
            lacking[gvk] = {cluster.name: cluster for cluster in clusters if api_reason(gvk, cluster)}
        if lacking[gvk]:
            yield from _of_template(item, lacking[gvk])


def _of_template(item: CompiledTemplate, lacking: Mapping[str, Cluster]) -> Iterator[Issue]:
    scheduling, template, policy = item.decided.scheduling, item.template, item.decided.claim.policy
    if not isinstance(scheduling, Binding):
        return
    targets = [target.name for target in item.placed.targets]
    without = [lacking[name] for name in targets if name in lacking]
    if without and len(without) == len(targets):  # They hold it already, so they were not rejected.
        message = f"{template.key}: {template.gvk} is not served by {first_few(targets, 3)} any more"
        remedy = f"{remedy_for_missing_api(template.gvk, without)} {COPIES_STAY}"
        yield error("KindNotServed", message, remedy, origin=template.origin, subject=template.key)
    elif policy is not None and not policy.placement.spread:
        missed = [one for one in lacking_api(policy.placement, lacking.values(), scheduling.rejected) if one.name not in targets]
        if missed:
            names = first_few([cluster.name for cluster in missed], 3)
            message = f"{template.key} is not placed on {names}: {template.gvk} is not served there"
            remedy = remedy_for_missing_api(template.gvk, missed)
            yield warning("KindNotServed", message, remedy, origin=template.origin, subject=template.key)
