"""Which objects of a Karmada API server are resource templates. Pure.

A template is what Karmada propagates: an object with a binding, with the mark of a claim, or one that a policy selects; and each
Namespace that goes everywhere. Everything else stays where it is, because no member ever had it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.claim.reserved import CLAIMED_BY, is_auto_propagated, is_reserved_namespace, never_propagated
from reconciler.interpreter.containers import is_namespace
from reconciler.load.parse import parse_propagation_policy
from reconciler.migrate.karmada.control_plane import POLICIES, ControlPlane, bound_key, claim_of
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, gvk_of, key_of, labels_of, sequence, text
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE
from reconciler.model.origin import NOWHERE
from reconciler.model.policy import PropagationPolicy
from reconciler.model.resource_selectors import closeness_of

_SYSTEM_LABEL = "karmada.io/system"
_DERIVED = "derived-"
"""With the name of a ServiceImport, the Service that Karmada makes of it."""
_MADE_BY_SERVERS = frozenset(
    {
        ("", "ConfigMap", "kube-root-ca.crt"),
        ("", "ServiceAccount", "default"),
        ("", "Namespace", "default"),
    }
)
"""(group, kind, name)."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a control plane, as it holds them, and what else was looked at."""

    objects: tuple[Manifest, ...]
    not_propagated: tuple[ResourceKey, ...]
    """Objects that nothing propagates and that no server made: they stay in Karmada's API server."""
    controlled: tuple[ResourceKey, ...] = ()
    """Objects that Karmada propagates and that a controller keeps in its API server: a file would be a copy of one moment."""


def templates_of(control: ControlPlane) -> Templates:
    """Each part sorted by key."""
    bound = {bound_key(binding) for binding in control.bindings()}
    policies = [parse_propagation_policy(one) for one in control.of_karmada() if one["kind"] in POLICIES]
    imports = {(key.namespace, key.name) for key in map(key_of, control.candidates()) if key.kind == "ServiceImport"}
    templates: dict[ResourceKey, Manifest] = {}
    others: list[ResourceKey] = []
    controlled: list[ResourceKey] = []
    for one in control.candidates():
        key = key_of(one)
        if _is_made(one, key, imports):
            if key in bound and _has_controller(one):
                controlled.append(key)
            continue
        if key in bound or claim_of(one) is not None or _is_selected(one, policies):
            templates[key] = one
        elif not is_namespace(key):
            others.append(key)
    namespaces = {key.namespace for key in templates}
    for one in control.candidates():
        key = key_of(one)
        if is_namespace(key) and not _is_made(one, key, imports) and _is_wanted(one, key, namespaces):
            templates[key] = one
    return Templates(tuple(templates[key] for key in sorted(templates)), tuple(sorted(others)), tuple(sorted(controlled)))


def _is_wanted(namespace: Manifest, key: ResourceKey, used: Iterable[str]) -> bool:
    return key.name in used or is_auto_propagated(_as_template(namespace))


def _is_selected(one: Manifest, policies: Iterable[PropagationPolicy]) -> bool:
    namespace = text(one, "metadata", "namespace")
    own = (policy for policy in policies if not policy.ref.namespace or policy.ref.namespace == namespace)
    return any(closeness_of(policy.selectors, one) for policy in own)


def _is_made(one: Manifest, key: ResourceKey, imports: Iterable[tuple[str, str]]) -> bool:
    """Whether a server or a controller makes it."""
    if (key.group, key.kind, key.name) in _MADE_BY_SERVERS or _SYSTEM_LABEL in labels_of(one):
        return True
    if is_namespace(key) and is_reserved_namespace(key.name):
        return True
    if _has_controller(one):
        return True
    if key.kind == "Secret" and text(one, "type") == "kubernetes.io/service-account-token":
        return True
    if key.kind == "Service" and key.name.startswith(_DERIVED) and (key.namespace, key.name[len(_DERIVED) :]) in imports:
        return True
    connected = labels_of(one).get(CLAIMED_BY) == MULTI_CLUSTER_SERVICE
    return not connected and bool(never_propagated(_as_template(one)))


def _has_controller(one: Manifest) -> bool:
    return any(get(owner, "controller") is True for owner in sequence(one, "metadata", "ownerReferences"))


def _as_template(one: Manifest) -> ResourceTemplate:
    return ResourceTemplate(key_of(one), gvk_of(one), one, NOWHERE)
