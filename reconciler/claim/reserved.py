"""Objects that no policy applies to: Karmada's own objects and namespaces, and objects that each cluster writes for itself.

The rules check `metadata.namespace`, so they do not reserve a Namespace object called kube-system; `is_auto_propagated` keeps
that one from going everywhere. Karmada: pkg/detector/detector.go (EventFilter), pkg/util/apigroup.go, pkg/util/names/names.go,
pkg/controllers/namespace; its flags have their default values.
"""

from __future__ import annotations

from reconciler.interpreter.containers import is_namespace
from reconciler.model.desired import ResourceTemplate
from reconciler.model.manifest import labels_of

SKIP_AUTO_PROPAGATION = "namespace.karmada.io/skip-auto-propagation"
"""A Namespace with this label, `true` in upper or lower case, goes only where a ClusterPropagationPolicy places it."""

CLAIMED_BY = "resourcetemplate.karmada.io/claimed-by"
"""Names the controller that propagates the template itself; empty counts as absent."""

_KARMADA_GROUPS = frozenset(
    f"{name}.karmada.io" for name in ("apps", "autoscaling", "cluster", "config", "networking", "policy", "remedy", "work")
)
_KARMADA_NAMESPACES = frozenset({"karmada-system", "karmada-cluster"})
_EXECUTION_PREFIX, _KUBERNETES_PREFIX = "karmada-es-", "kube-"


def is_reserved_namespace(name: str) -> bool:
    """Whether the namespace is karmada-system, karmada-cluster, karmada-es-* or kube-*."""
    return name in _KARMADA_NAMESPACES or name.startswith((_EXECUTION_PREFIX, _KUBERNETES_PREFIX))


def never_propagated(template: ResourceTemplate) -> str:
    """Why policies do not apply to this template, as a sentence; empty if they do.

    Karmada also names one ConfigMap, kube-system/extension-apiserver-authentication. It is in a reserved namespace anyway.
    """
    gvk = template.gvk
    if is_reserved_namespace(template.key.namespace):
        return f"the namespace {template.key.namespace} is reserved: nothing in it is propagated"
    if gvk.group in _KARMADA_GROUPS:
        return f"objects of {gvk.group} control propagation and are never propagated themselves"
    if gvk.group == "events.k8s.io" or (gvk.group, gvk.version, gvk.kind) == ("", "v1", "Event"):
        return "events are never propagated: each cluster writes its own"
    if gvk.api_version == "coordination.k8s.io/v1":
        return "leases are never propagated: each cluster writes its own"
    if owner := labels_of(template.manifest).get(CLAIMED_BY):
        return f"the label {CLAIMED_BY} says that {owner} propagates it"
    return ""


def remedy_for_reserved(template: ResourceTemplate) -> str:
    """What the user can do about a template that `never_propagated` excludes. No policy can change it."""
    if is_reserved_namespace(template.key.namespace):
        return "No policy can change this. Write another namespace, or leave the file out with spec.exclude of the Configuration."
    if labels_of(template.manifest).get(CLAIMED_BY):
        return f"If a policy is to propagate it, remove the label {CLAIMED_BY}; otherwise leave it out with spec.exclude."
    return "No policy can change this. Leave the file out with spec.exclude of the Configuration."


def is_auto_propagated(template: ResourceTemplate) -> bool:
    """Whether this is a Namespace that goes to every cluster without a policy.

    All Namespaces do, except `default`, the reserved ones, and those with the label `namespace.karmada.io/skip-auto-propagation`.
    """
    key = template.key
    if not is_namespace(key) or key.name == "default" or is_reserved_namespace(key.name):
        return False
    return str(labels_of(template.manifest).get(SKIP_AUTO_PROPAGATION, "")).lower() != "true"


ASSIGNED = "a FederatedResourceQuota assigns it to clusters; no policy is needed"


def is_assigned(template: ResourceTemplate) -> bool:
    """Whether a FederatedResourceQuota says what each cluster gets. Not in a reserved namespace."""
    return bool(template.parts) and not never_propagated(template)
