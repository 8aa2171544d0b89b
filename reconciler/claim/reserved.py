"""What no policy is asked about: Karmada's own objects and namespaces, and what a cluster writes for itself.

The rules look at `metadata.namespace`, so a Namespace object called kube-system is not reserved by them; that it does
not go everywhere by itself is `is_auto_propagated`'s business. Karmada: pkg/detector/detector.go (EventFilter),
pkg/util/apigroup.go, pkg/util/names/names.go, pkg/controllers/namespace; its flags at their defaults.
"""

from __future__ import annotations

from reconciler.interpreter.containers import is_namespace
from reconciler.model.desired import ResourceTemplate
from reconciler.model.manifest import labels_of

SKIP_AUTO_PROPAGATION = "namespace.karmada.io/skip-auto-propagation"
"""A Namespace with this label, true in any spelling of case, goes only where a ClusterPropagationPolicy sends it."""

CLAIMED_BY = "resourcetemplate.karmada.io/claimed-by"
"""Names the controller that propagates the template by itself; empty counts as absent."""

_KARMADA_GROUPS = frozenset(
    f"{name}.karmada.io" for name in ("apps", "autoscaling", "cluster", "config", "networking", "policy", "remedy", "work")
)
_KARMADA_NAMESPACES = frozenset({"karmada-system", "karmada-cluster"})
_EXECUTION_PREFIX, _KUBERNETES_PREFIX = "karmada-es-", "kube-"


def is_reserved_namespace(name: str) -> bool:
    """karmada-system, karmada-cluster, karmada-es-* and kube-*."""
    return name in _KARMADA_NAMESPACES or name.startswith((_EXECUTION_PREFIX, _KUBERNETES_PREFIX))


def never_propagated(template: ResourceTemplate) -> str:
    """Why policies do not apply to this template, as a sentence; empty when they do.

    The one ConfigMap that Karmada names besides, kube-system/extension-apiserver-authentication, lies in a reserved
    namespace anyway.
    """
    gvk = template.gvk
    if is_reserved_namespace(template.key.namespace):
        return f"the namespace {template.key.namespace} is reserved: nothing in it is propagated"
    if gvk.group in _KARMADA_GROUPS:
        return f"objects of {gvk.group} govern propagation and are never propagated themselves"
    if gvk.group == "events.k8s.io" or (gvk.group, gvk.version, gvk.kind) == ("", "v1", "Event"):
        return "events are never propagated: each cluster writes its own"
    if gvk.api_version == "coordination.k8s.io/v1":
        return "leases are never propagated: each cluster writes its own"
    if owner := labels_of(template.manifest).get(CLAIMED_BY):
        return f"the label {CLAIMED_BY} leaves it to {owner}"
    return ""


def is_auto_propagated(template: ResourceTemplate) -> bool:
    """Whether this is a Namespace that goes to every cluster without a policy.

    All do, except `default`, the reserved ones, and those with the label `namespace.karmada.io/skip-auto-propagation`.
    """
    key = template.key
    if not is_namespace(key) or key.name == "default" or is_reserved_namespace(key.name):
        return False
    return str(labels_of(template.manifest).get(SKIP_AUTO_PROPAGATION, "")).lower() != "true"
