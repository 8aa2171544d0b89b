"""What a Karmada API server holds, as far as it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, gvk_of, labels_of, mapping, text

KARMADA_GROUPS = ".karmada.io"
"""The end of every API group of Karmada."""
BINDINGS = frozenset({"ResourceBinding", "ClusterResourceBinding"})
POLICIES = frozenset({"PropagationPolicy", "ClusterPropagationPolicy"})


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """Plain documents, each with apiVersion and kind, sorted by kind, namespace and name."""

    objects: tuple[Manifest, ...] = ()
    unread: Mapping[GroupVersionKind, str] = field(default_factory=dict)
    """Kinds whose objects could not be listed, and why, as a sentence."""

    def of_karmada(self) -> Iterator[Manifest]:
        """Objects of Karmada's own kinds."""
        return (one for one in self.objects if is_of_karmada(gvk_of(one)))

    def candidates(self) -> Iterator[Manifest]:
        """Objects that may be templates."""
        return (one for one in self.objects if not is_of_karmada(gvk_of(one)))

    def bindings(self) -> Iterator[Manifest]:
        return (one for one in self.of_karmada() if one["kind"] in BINDINGS)


def is_of_karmada(gvk: GroupVersionKind) -> bool:
    return gvk.group.endswith(KARMADA_GROUPS)


def bound_key(binding: Manifest) -> ResourceKey:
    """The template of a binding (`spec.resource`)."""
    reference = mapping(binding, "spec", "resource")
    gvk = GroupVersionKind.parse(text(reference, "apiVersion"), text(reference, "kind"))
    return ResourceKey(gvk.group, gvk.kind, text(reference, "namespace"), text(reference, "name"))


def claim_of(manifest: Manifest) -> PolicyRef | None:
    """The policy that claimed a template or a binding, by its annotations, or by the labels of older versions; that of the
    namespace goes first.

    Source: Karmada pkg/detector/claim.go.
    """
    annotations = {**labels_of(manifest), **annotations_of(manifest)}
    if name := annotations.get("propagationpolicy.karmada.io/name"):
        return PolicyRef("PropagationPolicy", annotations.get("propagationpolicy.karmada.io/namespace", ""), name)
    if name := annotations.get("clusterpropagationpolicy.karmada.io/name"):
        return PolicyRef("ClusterPropagationPolicy", "", name)
    return None
