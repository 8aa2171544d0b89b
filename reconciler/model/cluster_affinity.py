"""Which clusters a placement or an override rule selects: by name, labels and fields (Karmada pkg/util/selector.go)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.selector import LabelSelector, Requirement


@dataclass(frozen=True, slots=True)
class ClusterAffinity:
    """A selector of clusters: every part that is set must match (Karmada pkg/util/selector.go, ClusterMatches)."""

    label_selector: LabelSelector | None = None
    """None means any labels. An invalid one matches no cluster."""
    fields: tuple[Requirement, ...] = ()
    """Conditions on `provider`, `region` and `zone`."""
    cluster_names: tuple[str, ...] = ()
    """Empty means any name."""
    exclude: tuple[str, ...] = ()

    def matches(self, cluster: Cluster) -> bool:
        if cluster.name in self.exclude or (self.cluster_names and cluster.name not in self.cluster_names):
            return False
        if self.label_selector is not None and not self.label_selector.matches(cluster.labels):
            return False
        return all(_field_matches(field, cluster) for field in self.fields)


def _field_matches(field: Requirement, cluster: Cluster) -> bool:
    """Zones are compared as a set, because there can be several. The other fields match like labels if they are set."""
    if field.key == "zone":
        return _zones_match(field, cluster.zones)
    present = {"provider": cluster.provider, "region": cluster.region}
    return not field.problem and field.matches({name: value for name, value in present.items() if value})


def _zones_match(field: Requirement, zones: tuple[str, ...]) -> bool:
    shared = not set(field.values).isdisjoint(zones)
    results = {"In": shared, "NotIn": not shared, "Exists": bool(zones), "DoesNotExist": not zones}
    return results.get(field.operator, False)
