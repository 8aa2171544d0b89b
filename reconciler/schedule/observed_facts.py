"""What was observed of the members, put beside what their files declare: the APIs they serve, the room they have.

A kind that a CustomResourceDefinition of the repository defines counts as served wherever APIs are known: the definition is on
its way there, and a member that never gets it refuses the objects when they are applied. Karmada learns of such kinds only after
the definition has arrived; going by that, a first pass over a repository would place nothing of them.
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


def with_known(
    clusters: tuple[Cluster, ...],
    recorded: Mapping[ClusterName, RecordedCluster],
    templates: Iterable[ResourceTemplate],
    memo: Memo,
) -> tuple[Cluster, ...]:
    """The very same tuple while nothing new is known. What a cluster already comes with stays: someone supposes it."""
    facts = {name: seen for name, seen in recorded.items() if seen.apis is not None or seen.capacity is not None}
    if not facts:
        return clusters
    defined = memo(_defined, memo.tuple(template for template in templates if is_definition(template.key)))
    return memo.tuple(
        memo(_with_facts, cluster, facts[cluster.name].apis, facts[cluster.name].capacity, defined)
        if cluster.name in facts
        else cluster
        for cluster in clusters
    )


def _with_facts(cluster: Cluster, apis: Apis | None, capacity: Capacity | None, defined: Apis) -> Cluster:
    served = None if apis is None else apis | defined
    return replace(
        cluster,
        apis=served if cluster.apis is None else cluster.apis,
        capacity=capacity if cluster.capacity is None else cluster.capacity,
    )


def _defined(definitions: tuple[ResourceTemplate, ...]) -> Apis:
    return frozenset(kind for template in definitions for kind in served_kinds(template.manifest))
