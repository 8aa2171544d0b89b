"""What one Tenant allows, as reasons: each function returns a Denial, or None where it allows what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.interpreter.containers import is_namespace
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.tenant import Tenant
from reconciler.model.wording import first_few

FORBIDDEN = "TenantForbids"
"""The reason of an issue about what a Tenant does not allow."""


REASONS = frozenset({FORBIDDEN, "GovernedFolder", "OutsideFolder", "OwnedElsewhere"})
"""Of all issues that depend on the Tenants that judge a revision."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that a Tenant does not allow."""

    reason: str
    """A clause without a full stop."""
    remedy: str
    """Sentences."""

    def __str__(self) -> str:
        """Both, without the last full stop, as the reason of a change that is skipped."""
        return f"{self.reason}. {self.remedy.removesuffix('.')}"


def object_denial(tenant: Tenant, key: ResourceKey) -> Denial | None:
    """Whether it allows the kind and the namespace."""
    if not tenant.allows_kind(key):
        field = "kinds" if key.namespace else "clusterScopedKinds"
        scope = "kind" if key.namespace else "cluster-scoped kind"
        return _denial(tenant, field, f"the {scope} {key.qualified_kind}")
    namespace = key.name if is_namespace(key) else key.namespace
    if namespace and not tenant.allows_namespace(namespace):
        return _denial(tenant, "namespaces", f"the namespace {namespace}")
    return None


def cluster_denial(tenant: Tenant, names: Sequence[ClusterName]) -> Denial:
    """names: clusters that it does not allow."""
    noun = "the cluster" if len(names) == 1 else "the clusters"
    return _denial(tenant, "clusters", f"{noun} {first_few(names, _NAMED)}")


def override_denial(tenant: Tenant, rule: str, paths: Sequence[str]) -> Denial | None:
    """rule: in words. paths: RFC 6901 pointers of the fields that it changed."""
    forbidden = sorted({path or "/" for path in paths if not tenant.allows_override(path)})
    if not forbidden:
        return None
    return _denial(tenant, "overrides", f"{rule} to change {first_few(forbidden, _NAMED)}")


def _denial(tenant: Tenant, field: str, what: str) -> Denial:
    place: Origin = tenant.place_of(field)
    return Denial(
        f"{tenant} ({place}) does not allow {what} (spec.{field})",
        f"Change it, or have spec.{field} of the Tenant extended by those who keep {place.file or 'it'}.",
    )


_NAMED = 3
"""Clusters or fields that a message names before it counts the rest."""
