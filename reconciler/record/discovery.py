"""Discovery in the recorded state: the version of each member, and the APIs that it serves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.cluster.member_client import Discovery
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState


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
            apis = discovery.apis | unanswered
            if (last.version, last.apis) != (discovery.version, apis):
                facts[cluster.name] = replace(last, version=discovery.version, apis=apis)
    return recorded if facts == recorded.clusters else replace(recorded, clusters=dict(sorted(facts.items())))
