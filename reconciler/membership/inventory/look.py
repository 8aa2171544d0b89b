"""Asks host clusters for the objects that describe clusters.

A host cluster that does not answer, refuses, or does not serve the kind tells nothing about its clusters: the look has a problem
in place of objects, and no member changes because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from reconciler.cluster.failures import RefusedError
from reconciler.cluster.host_clusters import HostClusters, preferred_path
from reconciler.cluster.member_protocol import MemberError
from reconciler.membership.inventory.facts import Look
from reconciler.membership.inventory.objects import ClusterObject, cluster_object
from reconciler.model.cluster_inventory import HostRef, InventoryRule, Source
from reconciler.model.issues import error


async def look_at(hosts: HostClusters, rules: Sequence[InventoryRule]) -> dict[str, Look]:
    """By the name of the rule. Each list is asked for once."""
    wanted = sorted({_place(rule) for rule in rules})
    lists = dict(zip(wanted, await asyncio.gather(*(_listed(hosts, *place) for place in wanted)), strict=True))
    return {rule.name: _look(rule, lists[_place(rule)]) for rule in rules}


def _place(rule: InventoryRule) -> tuple[str, str, Source, str]:
    return rule.host.kubeconfig, rule.host.context, rule.source, rule.namespace


def _look(rule: InventoryRule, found: Iterable[ClusterObject] | MemberError) -> Look:
    if isinstance(found, MemberError):
        remedy = found.remedy or "Check the host cluster, and what this process may list there."
        message = f"rule {rule.name}: {found.message}; no member of the rule changes"
        return Look(problem=error("InventoryUnknown", message, remedy, subject=rule.name))
    objects = tuple(found)
    return Look(tuple(one for one in objects if rule.selector.matches(one.labels)), len(objects))


async def _listed(
    hosts: HostClusters, kubeconfig: str, context: str, source: Source, namespace: str
) -> tuple[ClusterObject, ...] | MemberError:
    try:
        return await _objects(hosts, HostRef(kubeconfig, context), source, namespace)
    except MemberError as problem:
        return problem


async def _objects(hosts: HostClusters, host: HostRef, source: Source, namespace: str) -> tuple[ClusterObject, ...]:
    """In the version that the server prefers. Raises MemberError."""
    api = hosts.open(host.kubeconfig, host.context)
    what = f"list {source.plural}.{source.group}"
    try:
        within = f"/namespaces/{namespace}" if namespace else ""
        path = f"{await preferred_path(api, source.group, what)}{within}/{source.plural}"
        answer = await api.request("GET", path, what=what)
    except RefusedError as problem:
        if problem.status != 404:
            raise
        message = f"{api.name} does not serve {source.plural}.{source.group}"
        raise MemberError(message, remedy="Install the CustomResourceDefinition there, or remove the rule.") from problem
    return tuple(cluster_object(source, item) for item in answer.page[0])
