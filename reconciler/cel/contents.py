"""What a cluster holds that matters to admission, from the objects that it gets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cel.policies import BINDING, GROUP, POLICY, parse_binding, parse_policy
from reconciler.cel.requests import ClusterContents, plural_of
from reconciler.cel.stored_objects import stored
from reconciler.cel.structural import RuledSchema, Schema, ruled_schema
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, labels_of, mapping, sequence, text


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """The policies, parameters, Namespaces and definitions of one cluster."""

    contents: ClusterContents
    schemas: Mapping[GroupVersionKind, Schema]
    """Of custom resources."""
    ruled: Mapping[GroupVersionKind, RuledSchema]
    """Of custom resources whose schema has rules."""

    def concerns(self, gvk: GroupVersionKind) -> bool:
        """Whether a rule or a policy may have something to say about objects of a kind."""
        resource = self.contents.plurals.get((gvk.group, gvk.kind)) or plural_of(gvk.kind)
        return gvk in self.ruled or any(
            policy.name in self.contents.bindings and policy.match.concerns(gvk.group, resource)
            for policy in self.contents.policies
        )


def is_relevant(manifest: Manifest) -> bool:
    """Whether an object decides about others, apart from parameters."""
    kind = manifest.get("kind")
    group = gvk_of(manifest).group
    return (
        (group == GROUP and kind in (POLICY, BINDING))
        or (group == "apiextensions.k8s.io" and kind == "CustomResourceDefinition")
        or (group == "" and kind == "Namespace")
    )


def cluster_of(manifests: Iterable[Manifest], *, is_complete: bool = False) -> Cluster:
    """manifests: all objects that the cluster gets; only those count that matter."""
    by_kind: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        gvk = gvk_of(manifest)
        by_kind[gvk.group, gvk.kind].append(manifest)
    definitions = by_kind["apiextensions.k8s.io", "CustomResourceDefinition"]
    policies = sorted(map(parse_policy, by_kind[GROUP, POLICY]), key=lambda policy: policy.name)
    bindings: dict[str, list[Any]] = {}
    for binding in sorted(map(parse_binding, by_kind[GROUP, BINDING]), key=lambda binding: binding.name):
        bindings.setdefault(binding.policy, []).append(binding)
    schemas = {gvk: schema for one in definitions for gvk, schema in _schemas(one).items()}
    wanted = {policy.param_kind for policy in policies if policy.param_kind is not None}
    params = {kind: [stored(one, schemas.get(gvk_of(one))) for one in _of_kind(kind, by_kind)] for kind in wanted}
    contents = ClusterContents(
        policies=tuple(policies),
        bindings=bindings,
        params=params,
        namespaces={text(one, "metadata", "name"): labels_of(one) for one in by_kind["", "Namespace"]},
        versions={_names(one): frozenset(_versions(one)) for one in definitions},
        plurals={_names(one): text(one, "spec", "names", "plural") for one in definitions},
        is_complete=is_complete,
    )
    ruled = {gvk: found for gvk, schema in schemas.items() if (found := ruled_schema(schema)) is not None}
    return Cluster(contents, schemas, ruled)


def _of_kind(kind: tuple[str, str], by_kind: Mapping[tuple[str, str], list[Manifest]]) -> Iterable[Manifest]:
    group = kind[0].rpartition("/")[0]
    return (one for one in by_kind.get((group, kind[1]), ()) if one.get("apiVersion") == kind[0])


def _names(definition: Manifest) -> tuple[str, str]:
    return text(definition, "spec", "group"), text(definition, "spec", "names", "kind")


def _versions(definition: Manifest) -> Iterable[str]:
    return (text(one, "name") for one in sequence(definition, "spec", "versions") if mapping(one).get("served") is True)


def _schemas(definition: Manifest) -> Mapping[GroupVersionKind, Schema]:
    group, kind = _names(definition)
    return {
        GroupVersionKind(group, text(one, "name"), kind): mapping(one, "schema", "openAPIV3Schema")
        for one in sequence(definition, "spec", "versions")
        if mapping(one, "schema", "openAPIV3Schema")
    }
