"""Observed facts of the members, added to the declared clusters: the APIs that they serve, their version and their capacity.

A kind that a CustomResourceDefinition of the repository defines counts as served by every cluster whose APIs are known, because
the definition will be applied before its objects; a member that never gets it refuses the objects. Karmada learns of such a kind
only after the definition has arrived. By that rule, the first pass over a repository would place no object of the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster

Apis = frozenset[GroupVersionKind]


def with_observed_facts(
    clusters: tuple[Cluster, ...],
    recorded: Mapping[ClusterName, RecordedCluster],
    templates: Iterable[ResourceTemplate],
    memo: Memo,
) -> tuple[Cluster, ...]:
    """The clusters with recorded APIs, version and capacity; the same tuple if none are recorded.

    APIs and capacity that a cluster has already are kept: they are assumptions of a simulation.
    """
    facts = {name: one for name, one in recorded.items() if one.apis is not None or one.capacity is not None or one.version}
    if not facts:
        return clusters
    counting = (template for template in templates if template.translated or is_definition(template.key))
    defined = memo(_defined_kinds, memo.tuple(counting))
    return memo.tuple(
        memo(_with_facts, cluster, one.apis, one.version, one.capacity, defined) if (one := facts.get(cluster.name)) else cluster
        for cluster in clusters
    )


def _with_facts(cluster: Cluster, apis: Apis | None, version: str, capacity: Capacity | None, defined: Apis) -> Cluster:
    served = None if apis is None else apis | defined
    return replace(
        cluster,
        apis=served if cluster.apis is None else cluster.apis,
        version=cluster.version or version,
        capacity=capacity if cluster.capacity is None else cluster.capacity,
    )


def _defined_kinds(templates: tuple[ResourceTemplate, ...]) -> Apis:
    """Kinds that the revision defines, and kinds of objects that are expanded: no cluster has to serve these."""
    defined = {kind for one in templates if not one.translated for kind in served_kinds(one.manifest)}
    return frozenset(defined.union(one.gvk for one in templates if one.translated))
