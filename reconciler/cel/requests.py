"""The request with which an object is written, and what is known of the cluster that gets it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.cel.policies import Binding, Policy
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, labels_of, text

if TYPE_CHECKING:  # The library is loaded only where expressions are evaluated.
    from reconciler.cel.expression import Expression, Path

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label with its own name that a server gives to each Namespace."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterContents:
    """What a cluster holds, as far as it matters to admission."""

    policies: tuple[Policy, ...] = ()
    """Sorted by name."""
    bindings: Mapping[str, Sequence[Binding]] = field(default_factory=dict)
    """Policy → its bindings, sorted by name."""
    params: Mapping[tuple[str, str], Sequence[Manifest]] = field(default_factory=dict)
    """apiVersion and kind → objects, of the kinds that policies take as parameters."""
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name → labels, of the Namespaces that are declared."""
    versions: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """Group and kind → versions that a CustomResourceDefinition serves."""
    plurals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Group and kind → the name of the resource, of the kinds that CustomResourceDefinitions define."""
    matches: dict[Hashable, str] = field(default_factory=dict)
    """What `matching.py` found for requests that differ in nothing that matters."""
    is_complete: bool = False
    """Whether the cluster holds no other parameters and Namespaces. Otherwise what is not here is unknown."""


@dataclass(frozen=True, eq=False)
class Request:
    """The write of one object. Its properties are asked for by every policy, so they are computed once."""

    object: Manifest
    """As the server stores it (`stored_objects.py`)."""
    old: Manifest | None
    """The object before, as stored; None where it is created."""
    cluster: ClusterContents

    @cached_property
    def operation(self) -> str:
        return "CREATE" if self.old is None else "UPDATE"

    @cached_property
    def gvk(self) -> GroupVersionKind:
        return gvk_of(self.object)

    @cached_property
    def name(self) -> str:
        return text(self.object, "metadata", "name")

    @cached_property
    def is_namespace(self) -> bool:
        return self.gvk.group == "" and self.gvk.kind == "Namespace"

    @cached_property
    def namespace(self) -> str:
        """Empty for cluster-scoped objects; a Namespace is in itself."""
        return self.name if self.is_namespace else text(self.object, "metadata", "namespace")

    @cached_property
    def resource(self) -> str:
        gvk = self.gvk
        return self.cluster.plurals.get((gvk.group, gvk.kind)) or plural_of(gvk.kind)

    def namespace_labels(self) -> Mapping[str, str] | None:
        """Those of the object's namespace; None where they are not known."""
        if self.is_namespace:
            return {NAMESPACE_NAME: self.name, **labels_of(self.object)}
        labels = self.cluster.namespaces.get(self.namespace)
        if labels is None and not self.cluster.is_complete:
            return None
        return {NAMESPACE_NAME: self.namespace, **(labels or {})}

    @cached_property
    def activations(self) -> dict[Hashable, Any]:
        """What is kept between policies that see the same values: the library converts an object once for each activation."""
        return {}

    def variables(self, version: str) -> dict[str, Any]:
        """The variables of a policy's expressions, without parameters. version: the one that the policy asks for."""
        return {
            "object": _in_version(self.object, self.gvk.group, version),
            "oldObject": None if self.old is None else _in_version(self.old, self.gvk.group, version),
            "request": self._request(version),
            **self._namespace_object(),
        }

    def _request(self, version: str) -> dict[str, Any]:
        gvk = self.gvk
        kinds, resources = ({"group": gvk.group, "version": one} for one in (version, version))
        asked = {"group": gvk.group, "version": gvk.version}
        request = {
            "kind": {**kinds, "kind": gvk.kind},
            "resource": {**resources, "resource": self.resource},
            "requestKind": {**asked, "kind": gvk.kind},
            "requestResource": {**asked, "resource": self.resource},
            "name": self.name,
            "operation": self.operation,
        }
        return {**request, "namespace": self.namespace} if self.namespace else request

    def _namespace_object(self) -> dict[str, Any]:
        """Nothing where it is not known: an expression that reads it gives an error then."""
        if self.is_namespace or not self.namespace:
            return {"namespaceObject": None}
        labels = self.namespace_labels()
        if labels is None:
            return {}
        metadata = {"name": self.namespace, "labels": dict(labels)}
        return {"namespaceObject": {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}}

    def unknown(self, expression: Expression) -> str:
        """What the expression reads and nobody knows before the request is made; empty where there is no such thing."""
        return expression.first_touched(self._unknown_paths)

    @cached_property
    def _unknown_paths(self) -> tuple[Path, ...]:
        paths = [*_UNKNOWN]
        if not self.is_namespace and self.namespace and self.namespace_labels() is None:
            paths.append(("namespaceObject",))
        gvk = self.gvk
        filled = _FILLED_IN.get((gvk.group, gvk.kind), "").split()
        spec = self.object.get("spec")
        paths += [("object", "spec", name) for name in filled if not isinstance(spec, Mapping) or name not in spec]
        if self.old is not None:
            paths += [("object", "status"), ("oldObject", "status"), *(("oldObject", *path[1:]) for path in _UNKNOWN_METADATA)]
        return tuple(paths)


def plural_of(kind: str) -> str:
    """The resource of a kind, as Kubernetes guesses it (apimachinery, meta.UnsafeGuessKindToResource)."""
    lower = kind.lower()
    if lower == "endpoints":
        return lower
    if lower.endswith("s"):
        return f"{lower}es"
    return f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"


def _in_version(manifest: Manifest, group: str, version: str) -> Manifest:
    """As conversion without a webhook does it: nothing but the version changes."""
    return {**manifest, "apiVersion": f"{group}/{version}" if group else version}


_UNKNOWN_METADATA: tuple[Path, ...] = tuple(
    ("object", "metadata", field)
    for field in ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
)
_UNKNOWN: tuple[Path, ...] = (
    *(("request", field) for field in ("dryRun", "options", "uid", "userInfo")),
    *_UNKNOWN_METADATA,
)
"""What a server or its caller decides."""
_FILLED_IN: Mapping[tuple[str, str], str] = {
    (
        "",
        "Pod",
    ): "nodeName priority priorityClassName serviceAccount serviceAccountName tolerations volumes overhead preemptionPolicy",
    ("", "PersistentVolumeClaim"): "storageClassName volumeName",
    ("", "Service"): "clusterIP clusterIPs healthCheckNodePort ipFamilies ipFamilyPolicy",
    ("networking.k8s.io", "Ingress"): "ingressClassName",
}
"""Fields of `spec` that a server allocates, or takes from other objects, where they are absent."""
