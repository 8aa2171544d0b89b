"""Discovery in the recorded state: the version of each member, and the APIs that it serves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.cluster.member_protocol import Discovery
from reconciler.load.scope import scope_of
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.settings import DeclaredKind


def update_discovery(
    recorded: RecordedState, clusters: Iterable[Cluster], discoveries: Mapping[ClusterName, Discovery]
) -> RecordedState:
    """The state with what the members serve now. The same state where nothing changed.

    discoveries: of the members that answered; for the others the recorded facts stay.
    """
    facts = dict(recorded.clusters)
    for cluster in clusters:
        if cluster.name in discoveries:
            discovery = discoveries[cluster.name]
            last = facts.get(cluster.name, RecordedCluster(cluster.name, cluster.origin.file, read=False))
            # A kind whose API server does not answer is still there, as far as anyone knows.
            unanswered = {gvk for gvk in last.apis or () if (gvk.group, gvk.version) in discovery.unanswered}
            found = replace(
                last,
                version=discovery.version,
                id=discovery.id,
                apis=discovery.apis | unanswered,
                custom_kinds=_custom_kinds(discovery).union(one for one in last.custom_kinds if one.gvk in unanswered),
            )
            if found != last:
                facts[cluster.name] = found
    return recorded if facts == recorded.clusters else replace(recorded, clusters=dict(sorted(facts.items())))


def _custom_kinds(discovery: Discovery) -> frozenset[DeclaredKind]:
    """The kinds that are not built in: their scope is in no table of ours."""
    return frozenset(
        DeclaredKind(gvk, gvk in discovery.namespaced) for gvk in discovery.apis if scope_of(gvk.group, gvk.kind) is None
    )
