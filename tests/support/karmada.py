"""A Karmada control plane on a real API server, and objects in members as its controllers write them.

The definitions have as much schema as the tests need: Karmada's own says more, and nothing here depends on it. Cluster is served
by an aggregated API server in Karmada; clients see no difference. Sources: Karmada charts/karmada/_crds/bases,
pkg/controllers/ctrlutil/work.go, pkg/util/constants.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.controlplane.start import ControlPlane
from tests.support.servers import eventually

KINDS = (
    ("policy.karmada.io", "v1alpha1", "PropagationPolicy", "propagationpolicies", True),
    ("policy.karmada.io", "v1alpha1", "ClusterPropagationPolicy", "clusterpropagationpolicies", False),
    ("policy.karmada.io", "v1alpha1", "OverridePolicy", "overridepolicies", True),
    ("work.karmada.io", "v1alpha2", "ResourceBinding", "resourcebindings", True),
    ("work.karmada.io", "v1alpha2", "ClusterResourceBinding", "clusterresourcebindings", False),
    ("work.karmada.io", "v1alpha1", "Work", "works", True),
    ("cluster.karmada.io", "v1alpha1", "Cluster", "clusters", False),
    ("apps.karmada.io", "v1alpha1", "WorkloadRebalancer", "workloadrebalancers", False),
    ("search.karmada.io", "v1alpha1", "ResourceRegistry", "resourceregistries", False),
)
"""(group, version, kind, plural, whether it is namespaced)."""
MANAGER = "karmada-controller-manager"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PATHS = {"Deployment": "apis/apps/v1", "ConfigMap": "api/v1", "Service": "api/v1", "Secret": "api/v1"}


def definitions(kinds: Iterable[tuple[str, str, str, str, bool]] = KINDS) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                "scope": "Namespaced" if namespaced else "Cluster",
                "versions": [_version(version)],
            },
        }
        for group, version, kind, plural, namespaced in kinds
    ]


def _version(name: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}


class KarmadaServer:
    """The API server of a Karmada, on a server that is borrowed for as long as the kinds are there; or of another tool."""

    def __init__(self, plane: ControlPlane, kinds: Sequence[tuple[str, str, str, str, bool]] = KINDS) -> None:
        self.plane, self.kinds = plane, kinds

    def start(self) -> None:
        for one in definitions(self.kinds):
            self.plane.request(_DEFINITIONS, "POST", one)
        eventually(self._serves)

    def _serves(self) -> bool:
        groups = {group for group, *_ in self.kinds}
        served = {one["name"] for one in self.plane.request("/apis")["groups"]}
        return groups <= served and all(self._lists(*one) for one in self.kinds)

    def _lists(self, group: str, version: str, kind: str, plural: str, namespaced: bool) -> bool:
        try:
            self.plane.request(f"/apis/{group}/{version}/{plural}")
        except OSError:
            return False
        return True

    def stop(self) -> None:
        for one in definitions(self.kinds):
            self.plane.request(f"{_DEFINITIONS}/{one['metadata']['name']}", "DELETE")

    def put(self, *manifests: Mapping[str, Any]) -> list[Any]:
        """The objects as the server stores them."""
        return [self.plane.request(path_of(one), "POST", dict(one)) for one in manifests]


def path_of(manifest: Mapping[str, Any]) -> str:
    """Of all objects of its kind in its namespace."""
    kind, namespace = manifest["kind"], manifest["metadata"].get("namespace", "")
    plural = next((one[3] for one in KINDS if one[2] == kind), f"{kind.lower()}s")
    api = manifest["apiVersion"]
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"/{'apis' if '/' in api else 'api'}/{api}{inside}/{plural}"


def binding(template: Mapping[str, Any], policy: str, clusters: Mapping[str, int], **spec: Any) -> dict[str, Any]:
    """The binding of a template as the server of Karmada returned it. clusters: replicas by name."""
    meta, kind = template["metadata"], template["kind"]
    named = {key: meta[key] for key in ("namespace", "name", "uid") if key in meta}
    reference = {"apiVersion": template["apiVersion"], "kind": kind, **named}
    replicas = template.get("spec", {}).get("replicas")
    targets = [{"name": name, **({"replicas": count} if count else {})} for name, count in clusters.items()]
    return {
        "apiVersion": "work.karmada.io/v1alpha2",
        "kind": "ResourceBinding" if "namespace" in meta else "ClusterResourceBinding",
        "metadata": {
            "name": f"{meta['name']}-{kind.lower()}",
            **({"namespace": meta["namespace"]} if "namespace" in meta else {}),
            "annotations": _claim(meta, policy),
        },
        "spec": {"resource": reference, "clusters": targets, **({"replicas": replicas} if replicas else {}), **spec},
    }


def claimed(manifest: Mapping[str, Any], policy: str) -> dict[str, Any]:
    """A template with the marks of the claim of a policy."""
    meta = manifest["metadata"]
    group = "propagationpolicy" if "namespace" in meta else "clusterpropagationpolicy"
    labels = {**meta.get("labels", {}), f"{group}.karmada.io/permanent-id": f"id-of-{policy}"}
    notes = {**meta.get("annotations", {}), **_claim(meta, policy)}
    return {**manifest, "metadata": {**meta, "labels": labels, "annotations": notes}}


def _claim(meta: Mapping[str, Any], policy: str) -> dict[str, str]:
    """The annotations of a claim; none where something else requires the template."""
    if not policy:
        return {}
    if "namespace" not in meta:
        return {"clusterpropagationpolicy.karmada.io/name": policy}
    return {"propagationpolicy.karmada.io/name": policy, "propagationpolicy.karmada.io/namespace": meta["namespace"]}


def in_member(template: Mapping[str, Any], cluster: str, replicas: int | None = None) -> dict[str, Any]:
    """What Karmada sends to a member for a template that its API server stores: pruned, with its marks (render.go)."""
    meta = template["metadata"]
    name, kind = meta["name"], template["kind"]
    kept = {key: value for key, value in meta.items() if key in ("name", "namespace", "labels", "annotations")}
    labels = {**kept.get("labels", {}), "karmada.io/managed": "true", "work.karmada.io/permanent-id": f"work-{name}-{cluster}"}
    labels["resourcebinding.karmada.io/permanent-id"] = f"binding-{name}"
    notes = {
        **kept.get("annotations", {}),
        "resourcebinding.karmada.io/name": f"{name}-{kind.lower()}",
        "resourcebinding.karmada.io/namespace": meta.get("namespace", ""),
        "resourcetemplate.karmada.io/generation": str(meta.get("generation", 1)),
        "resourcetemplate.karmada.io/uid": meta["uid"],
        "work.karmada.io/conflict-resolution": "abort",
        "work.karmada.io/name": f"{name}-5d9f",
        "work.karmada.io/namespace": f"karmada-es-{cluster}",
    }
    listed = sorted({*notes, "resourcetemplate.karmada.io/managed-annotations", "resourcetemplate.karmada.io/managed-labels"})
    notes["resourcetemplate.karmada.io/managed-annotations"] = ",".join(listed)
    notes["resourcetemplate.karmada.io/managed-labels"] = ",".join(sorted(labels))
    body = {key: value for key, value in template.items() if key not in ("metadata", "status")}
    if kind == "Service":
        body["spec"] = {key: value for key, value in body["spec"].items() if key not in ("clusterIP", "clusterIPs")}
    if replicas is not None:
        body["spec"] = {**body["spec"], "replicas": replicas}
    if kind == "Namespace":
        body.pop("spec", None)
    return {**body, "metadata": {**kept, "labels": labels, "annotations": notes}}


def write(plane: ControlPlane, manifests: Iterable[Mapping[str, Any]]) -> None:
    """As Karmada's controllers do: a create by their field manager."""
    for one in manifests:
        plane.request(f"{path_of(one)}?fieldManager={MANAGER}", "POST", dict(one))


def plain(text: str, namespace: str) -> dict[str, Any]:
    """A document of a builder, in this namespace."""
    found: dict[str, Any] = json.loads(text.replace('"shop"', f'"{namespace}"'))
    return found
