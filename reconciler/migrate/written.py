"""From folded templates to the files of a repository: template, policy and overrides of one application in one file. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from reconciler.documents.writer import dump
from reconciler.membership.cluster_manifest import ClusterAttributes as Attributes
from reconciler.membership.cluster_manifest import attribute_edits, new_cluster_text
from reconciler.migrate.folding import Folded
from reconciler.migrate.imported import ImportedFile
from reconciler.migrate.placed import Member, Placed, Selected
from reconciler.model.expansion import GROUP
from reconciler.model.file_names import path_part
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, gvk_of, text, with_value, without
from reconciler.model.ordering import DEPENDS_ON
from reconciler.model.write_policy import APPLY_ANNOTATION, Apply

_POLICY = "policy.karmada.io/v1alpha1"


def application_files(folded: Sequence[Folded], into: str) -> list[ImportedFile]:
    """One file for each; its folder is that of its namespace."""
    names = _names_of(folded)
    return [ImportedFile(_path(one, into), _joined(_documents(one, names))) for one in folded]


def _path(one: Folded, into: str) -> str:
    folder = path_part(one.namespace or next((s.namespace for s in one.selected if s.namespace), "cluster"))
    return f"{into}/{folder}/{path_part(one.name)}.yaml"


def _joined(documents: Iterable[Manifest]) -> str:
    return "---\n".join(dump(document) for document in documents)


def _names_of(folded: Iterable[Folded]) -> dict[str, str]:
    """The subject of each object of the other tool → how `depends-on` names the template that it became."""
    found = {}
    for one in folded:
        if one.template is not None:
            gvk = gvk_of(one.template)
            for placed in one.placed:
                found[placed.subject] = f"{gvk.kind}.{gvk.group}/{one.namespace}/{one.name}"
    return found


def unresolved(folded: Iterable[Folded]) -> list[tuple[Placed, str]]:
    """Dependencies on what is no template of its own, with who depends."""
    names = _names_of(folded := list(folded))
    return [(placed, name) for one in folded for placed in one.placed for name in placed.depends if name not in names]


def _documents(one: Folded, names: Mapping[str, str]) -> list[Manifest]:
    if one.template is None:
        return _policies_of_files(one)
    template, gvk = one.template, gvk_of(one.template)
    if depends := [names[name] for name in one.placed[0].depends if name in names]:
        template = with_value(template, ("metadata", "annotations", DEPENDS_ON), ", ".join(sorted(set(depends))))
    template = _without_own_release_name(template, one)
    selector = {"apiVersion": text(template, "apiVersion"), "kind": gvk.kind, "name": one.name}
    documents = [template, _policy(one, "PropagationPolicy", one.namespace, [selector])]
    if one.rules:
        rules = [
            {"targetCluster": {"clusterNames": list(rule.clusters)}, "overriders": {"plaintext": list(rule.operations)}}
            for rule in one.rules
        ]
        metadata = {"name": one.name, "namespace": one.namespace}
        spec = {"resourceSelectors": [selector], "overrideRules": rules}
        documents.append({"apiVersion": _POLICY, "kind": "OverridePolicy", "metadata": metadata, "spec": spec})
    return documents


def _without_own_release_name(template: Manifest, one: Folded) -> Manifest:
    """A Chart has its own name as the name of its release, unless it states another one."""
    operations = [operation for rule in one.rules for operation in rule.operations]
    differs = any(operation["path"] == "/spec/releaseName" for operation in operations)
    if gvk_of(template).group != GROUP or differs or get(template, "spec", "releaseName") != one.name:
        return template
    shorter: Manifest = without(template, ("spec", "releaseName"))
    return shorter


def _policies_of_files(one: Folded) -> list[Manifest]:
    """A policy for each namespace of the templates, and a cluster-wide one for the cluster-scoped ones."""
    by_namespace: dict[str, list[Selected]] = defaultdict(list)
    for selected in one.selected:
        by_namespace[selected.namespace].append(selected)
    documents = []
    for namespace in sorted(by_namespace):
        selectors = [{"apiVersion": s.api_version, "kind": s.kind, "name": s.name} for s in sorted(by_namespace[namespace])]
        documents.append(_policy(one, "PropagationPolicy" if namespace else "ClusterPropagationPolicy", namespace, selectors))
    return documents


def _policy(one: Folded, kind: str, namespace: str, selectors: Sequence[Mapping[str, Any]]) -> Manifest:
    spec: dict[str, Any] = {"resourceSelectors": list(selectors), "placement": _placement(one)}
    if one.stays:
        spec["preserveResourcesOnDeletion"] = True
    if one.suspended:
        spec["suspension"] = {"dispatching": True}
    metadata = {"name": one.name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": _POLICY, "kind": kind, "metadata": metadata, "spec": spec}


def _placement(one: Folded) -> dict[str, Any]:
    if one.choice is None:
        return {"clusterAffinity": {"clusterNames": list(one.clusters)}}
    return {"clusterAffinity": {"labelSelector": one.choice.selector}} if one.choice.selector else {"clusterAffinity": {}}


def namespace_file(placed: Iterable[Placed], into: str, declared: Collection[str]) -> list[ImportedFile]:
    """The Namespaces that the other tool creates where there are none, each with the clusters where it does. It neither changes
    nor deletes them, and so it is here. declared: those that other files declare."""
    clusters: dict[str, set[ClusterName]] = defaultdict(set)
    for one in placed:
        if one.new_namespace and one.new_namespace not in declared:
            clusters[one.new_namespace].add(one.cluster)
    documents: list[Manifest] = []
    for name in sorted(clusters):
        selector = {"apiVersion": "v1", "kind": "Namespace", "name": name}
        spec = {
            "resourceSelectors": [selector],
            "placement": {"clusterAffinity": {"clusterNames": sorted(clusters[name])}},
            "preserveResourcesOnDeletion": True,
        }
        created = {"name": name, "annotations": {APPLY_ANNOTATION: Apply.CREATE_ONLY.value}}
        documents.append({"apiVersion": "v1", "kind": "Namespace", "metadata": created})
        metadata = {"name": f"namespace-{name}"}
        documents.append({"apiVersion": _POLICY, "kind": "ClusterPropagationPolicy", "metadata": metadata, "spec": spec})
    return [ImportedFile(f"{into}/namespaces.yaml", _joined(documents))] if documents else []


def cluster_files(members: Iterable[Member], declared: Collection[str]) -> list[ImportedFile]:
    """A Cluster for each that no file declares: name and labels. `join` adds how it is reached."""
    return [
        ImportedFile(f"clusters/{one.name}.yaml", new_cluster_text(one.name, attribute_edits(Attributes(labels=one.labels))))
        for one in sorted(members, key=lambda one: one.name)
        if one.name not in declared
    ]
