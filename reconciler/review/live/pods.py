"""The Pods that an argument names or selects, by member."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.cluster.listing import Row, Selection
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, mapping
from reconciler.observe.waiting_pods import pod_labels
from reconciler.passes.fleet import Fleet
from reconciler.review.get import GetResult, list_objects


@dataclass(frozen=True, slots=True)
class MemberPods:
    """Those of one member; at least one."""

    names: tuple[str, ...]
    selector: str = ""
    """The labels by which kubectl finds them; empty where one Pod was named."""


@dataclass(frozen=True, slots=True)
class FoundPods:
    by_member: Mapping[ClusterName, MemberPods]
    """Sorted; only members with such Pods."""
    result: GetResult
    """What was asked for first: the Pods, or what selects them."""
    without_pods: tuple[ClusterName, ...] = ()
    """Members with an object of this name that selects no Pod now."""
    problems: Mapping[ClusterName, str] = field(default_factory=dict)
    """Members that did not answer, and why."""


async def find_pods(fleet: Fleet, selection: Selection) -> FoundPods:
    """selection: Pods by name or label, or one object with a selector of Pods, such as a Deployment or a Service."""
    if "pod" in selection.meant:
        result = await list_objects(fleet, [selection])
        pods = {name: tuple(row.name for row in rows) for name, rows in rows_by_member(result).items()}
        found = {name: MemberPods(names, selection.labels) for name, names in pods.items()}
        return FoundPods(found, result, problems=result.unanswered)
    result = await list_objects(fleet, [replace(selection, whole=True)])
    selectors = {name: pod_selector(rows[0].object) for name, rows in rows_by_member(result).items()}
    found, problems = {}, dict(result.unanswered)
    for name, (pods_there, why) in (await _selected(fleet, selectors, selection.namespace)).items():
        if pods_there:
            found[name] = MemberPods(pods_there, selectors[name])
        if why:
            problems[name] = why
    return FoundPods(found, result, tuple(name for name in selectors if name not in found and name not in problems), problems)


def pod_selector(owner: Manifest) -> str:
    """The selector of the Pods of an object, as in `-l`; empty where its kind has none.

    Workloads have a LabelSelector, Services and ReplicationControllers a map of labels.
    """
    selector = mapping(owner, "spec", "selector")
    if "matchLabels" in selector or "matchExpressions" in selector:
        return pod_labels(owner)
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()) if isinstance(value, str))


def rows_by_member(result: GetResult) -> dict[ClusterName, list[Row]]:
    """The objects of all kinds of a result, by member, sorted; only members that have one."""
    rows: dict[ClusterName, list[Row]] = {}
    for block in result.blocks:
        for name, listing in block.listings.items():
            if listing.rows:
                rows.setdefault(name, []).extend(listing.rows)
    return dict(sorted(rows.items()))


async def _selected(
    fleet: Fleet, selectors: Mapping[ClusterName, str], namespace: str
) -> dict[ClusterName, tuple[tuple[str, ...], str]]:
    """By member: the names of the Pods, and why they are not known."""
    names = [name for name, selector in selectors.items() if selector]

    async def pods(name: ClusterName) -> tuple[tuple[str, ...], str]:
        one = replace(fleet, clients={name: fleet.clients[name]}, unreachable={}, pulled={})
        result = await list_objects(one, [Selection("pods", frozenset({"pod"}), (), namespace, selectors[name])])
        return tuple(row.name for row in rows_by_member(result).get(name, ())), result.unanswered.get(name, "")

    return dict(zip(names, await asyncio.gather(*map(pods, names)), strict=True))
