"""Which objects a Namespace or a CustomResourceDefinition contains. They cannot exist without it, and are deleted with it.

A Namespace contains every object in it; a CustomResourceDefinition contains every object of the kind that it defines. Other rooms
use this to order writes, to prune, and to find what a deletion would delete too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, sequence, text

_NAMESPACE = ("", "Namespace")
_DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")

NAMESPACE_TYPE = GroupVersionKind("", "v1", "Namespace")


def is_namespace(subject: ResourceKey | GroupVersionKind) -> bool:
    return (subject.group, subject.kind) == _NAMESPACE


def is_definition(subject: ResourceKey | GroupVersionKind) -> bool:
    """Whether this is a CustomResourceDefinition."""
    return (subject.group, subject.kind) == _DEFINITION


def is_container(key: ResourceKey) -> bool:
    """Whether other objects are deleted together with this one."""
    return (key.group, key.kind) in (_NAMESPACE, _DEFINITION)


def namespace_key(name: str) -> ResourceKey:
    return ResourceKey(*_NAMESPACE, "", name)


def namespace_manifest(name: str) -> dict[str, Any]:
    """A Namespace with nothing but its name."""
    return {"apiVersion": NAMESPACE_TYPE.api_version, "kind": NAMESPACE_TYPE.kind, "metadata": {"name": name}}


def defined_kind(definition: Manifest) -> tuple[str, str]:
    """The (group, kind) that a CustomResourceDefinition defines; empty strings if it names none."""
    return text(definition, "spec", "group"), text(definition, "spec", "names", "kind")


def served_kinds(definition: Manifest) -> frozenset[GroupVersionKind]:
    """The kind that a CustomResourceDefinition defines, in each version that it serves."""
    group, kind = defined_kind(definition)
    versions = [item for item in sequence(definition, "spec", "versions") if get(item, "served") is not False]
    return frozenset(GroupVersionKind(group, text(item, "name"), kind) for item in versions)


def holds(container: ResourceKey, manifest: Manifest | None, key: ResourceKey) -> bool:
    """Whether `container` contains the object `key`. manifest: the container's; needed for a CustomResourceDefinition only."""
    if is_namespace(container):
        return key.namespace == container.name
    return is_definition(container) and manifest is not None and defined_kind(manifest) == (key.group, key.kind)


class Containers:
    """Several Namespaces and CustomResourceDefinitions, indexed by what they hold: `holds` for many objects at once."""

    def __init__(self, manifests: Mapping[ResourceKey, Manifest]) -> None:
        """manifests: of the containers."""
        self._namespaces = {key.name: key for key in manifests if is_namespace(key)}
        self._definitions: dict[tuple[str, str], list[ResourceKey]] = {}
        for key, manifest in manifests.items():
            if is_definition(key):
                self._definitions.setdefault(defined_kind(manifest), []).append(key)

    def holding(self, key: ResourceKey) -> list[ResourceKey]:
        """The containers that hold this object: its Namespace, then the definitions of its kind."""
        namespace = self._namespaces.get(key.namespace)
        definitions = self._definitions.get((key.group, key.kind), [])
        return definitions if namespace is None else [namespace, *definitions]
