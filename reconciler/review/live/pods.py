"""The Pods that an argument names or selects, by member and namespace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.cluster.listing import Row, Selection
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, mapping
from reconciler.observe.waiting_pods import pod_labels
from reconciler.passes.fleet import Fleet
from reconciler.review.get import GetResult, list_objects


@dataclass(frozen=True, slots=True)
class MemberPods:
    """Those of one namespace of a member; at least one."""

    cluster: ClusterName
    namespace: str
    names: tuple[str, ...]
    selector: str = ""
    """The labels by which kubectl finds them; empty where one Pod was named."""


@dataclass(frozen=True, slots=True)
class FoundPods:
    groups: tuple[MemberPods, ...]
    """Sorted by member and namespace."""
    result: GetResult
    """What was asked for first: the Pods, or what selects them."""
    without_pods: tuple[ClusterName, ...] = ()
    """Members with an object of this name that selects no Pod now."""
    problems: Mapping[ClusterName, str] = field(default_factory=dict)
    """Members that did not answer, and why."""

    @property
    def members(self) -> list[ClusterName]:
        """Those with such Pods, sorted."""
        return list(dict.fromkeys(pods.cluster for pods in self.groups))

    @property
    def count(self) -> int:
        return sum(len(pods.names) for pods in self.groups)


async def find_pods(fleet: Fleet, selection: Selection) -> FoundPods:
    """selection: Pods by name or label, or one object with a selector of Pods, such as a Deployment or a Service."""
    if "pod" in selection.meant:
        result = await list_objects(fleet, [selection])
        return FoundPods(tuple(_grouped(result, selection.labels)), result, problems=result.unanswered)
    result = await list_objects(fleet, [replace(selection, whole=True)])
    selectors: dict[tuple[ClusterName, str], str] = {}
    for name, rows in rows_by_member(result).items():
        for row in rows:
            selectors.setdefault((name, row.namespace), pod_selector(row.object))
    groups: list[MemberPods] = []
    problems = dict(result.unanswered)
    for one in await _selected(fleet, selectors):
        groups += one.groups
        problems |= one.problems
    with_pods = {pods.cluster for pods in groups}
    without = [name for name, _ in selectors if name not in with_pods and name not in problems]
    return FoundPods(tuple(groups), result, tuple(dict.fromkeys(without)), problems)


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


def _grouped(result: GetResult, selector: str) -> Iterator[MemberPods]:
    """selector: by which the Pods were found; empty where they were named."""
    for name, rows in rows_by_member(result).items():
        for namespace in sorted({row.namespace for row in rows}):
            yield MemberPods(name, namespace, tuple(row.name for row in rows if row.namespace == namespace), selector)


async def _selected(fleet: Fleet, selectors: Mapping[tuple[ClusterName, str], str]) -> list[FoundPods]:
    """What the selectors of workloads select now, by the member and the namespace of each."""

    async def pods(name: ClusterName, namespace: str, selector: str) -> FoundPods:
        one = replace(fleet, clients={name: fleet.clients[name]}, unreachable={}, pulled={})
        result = await list_objects(one, [Selection("pods", frozenset({"pod"}), (), namespace, selector)])
        return FoundPods(tuple(_grouped(result, selector)), result, problems=result.unanswered)

    found = [pods(name, namespace, selector) for (name, namespace), selector in sorted(selectors.items()) if selector]
    return await asyncio.gather(*found)
