"""Override policies applied for one cluster, without the sharing between clusters that `render/render_template.py` adds."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.cluster import Cluster
from reconciler.model.manifest import Manifest, text
from reconciler.model.overrides import OverridePolicy
from reconciler.render.override import (
    Overridden,
    Signature,
    apply_rules,
    by_namespace,
    candidates,
    matching,
    not_overridden,
    rules_of,
)


def apply_overrides(
    manifest: Manifest, cluster: Cluster, policies: Iterable[OverridePolicy], *, karmada_exact: bool = False
) -> Overridden:
    """The object for this cluster. policies: in any order. karmada_exact: as in `apply_rules`. Raises OverrideError."""
    classes = by_namespace(policies)
    first = apply_rules(not_overridden(manifest), _rules_for(manifest, cluster, classes.get("", ())), karmada_exact=karmada_exact)
    namespace = text(first.manifest, "metadata", "namespace")
    if not namespace:
        return first
    rules = _rules_for(first.manifest, cluster, classes.get(namespace, ()))
    return apply_rules(first, rules, karmada_exact=karmada_exact)


def _rules_for(manifest: Manifest, cluster: Cluster, policies: Iterable[OverridePolicy]) -> Signature:
    return matching(rules_of(candidates(manifest, policies)), (cluster,))[cluster.name]
