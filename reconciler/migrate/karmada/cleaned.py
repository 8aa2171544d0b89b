"""Objects of a Karmada API server as a person would write them: without what servers, webhooks and controllers of Karmada add.

`metadata.uid` of a template stays: Karmada breaks ties between clusters by it, and so does this program (docs/karmada.md, Ties).
Sources: Karmada pkg/apis/work/v1alpha2/well_known_constants.go, pkg/webhook (defaults of policies), pkg/detector/claim.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter import registry
from reconciler.interpreter.containers import is_namespace
from reconciler.interpreter.defaults import without_defaults
from reconciler.model.manifest import Manifest, annotations_of, get, key_of, labels_of, mapping, sequence, text
from reconciler.model.ownership import CONFLICT_ANNOTATION

_LABELS = ("karmada.io/managed", "kubernetes.io/metadata.name")
_LABEL_PREFIXES = ("clusterpropagationpolicy.karmada.io/", "propagationpolicy.karmada.io/")
"""Of claims, which older versions of Karmada write as labels."""
_PERMANENT_ID = "karmada.io/permanent-id"
_CLAIMED_BY = ("resourcetemplate.karmada.io/claimed-by", "MultiClusterService")
"""A MultiClusterService writes this label on its Service; here it finds its Service by name."""
_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
_ANNOTATION_PREFIXES = (
    "clusterpropagationpolicy.karmada.io/",
    "clusterresourcebinding.karmada.io/",
    "multiclusterservice.karmada.io/",
    "policy.karmada.io/applied-",
    "propagationpolicy.karmada.io/",
    "resourcebinding.karmada.io/",
    "resourcetemplate.karmada.io/",
    "work.karmada.io/",
)
_POLICY_DEFAULTS: Mapping[str, Any] = {
    "conflictResolution": "Abort",
    "placement": {},
    "preemption": "Never",
    "priority": 0,
    "schedulerName": "default-scheduler",
}
_HEALTH_TAINTS = frozenset({"cluster.karmada.io/not-ready", "cluster.karmada.io/unreachable", "cluster.karmada.io/terminating"})
"""Karmada's controllers set them; here the same follows from what a pass sees."""
_CLUSTER_FIELDS = ("provider", "region", "zone", "zones", "proxyURL", "resourceModels")


def cleaned_template(live: Manifest) -> Manifest:
    """A template, with its uid."""
    cleaned = without_defaults(registry.clean(live))
    if is_namespace(key_of(live)):
        cleaned = {name: value for name, value in cleaned.items() if name != "spec"}  # Its finalizers, which each server sets.
    return {**cleaned, "metadata": _metadata(cleaned, uid=text(live, "metadata", "uid"))}


def cleaned_own(live: Manifest) -> Manifest:
    """An object of one of Karmada's kinds, without status and without what its webhooks fill in."""
    body = {name: value for name, value in live.items() if name not in ("metadata", "status")}
    spec = get(live, "spec")
    if isinstance(spec, dict):
        filled = _POLICY_DEFAULTS if live["kind"].endswith("PropagationPolicy") else {}
        kept = {name: value for name, value in spec.items() if name not in filled or filled[name] != value}
        body["spec"] = _with_plain_selectors(kept, text(live, "metadata", "namespace"))
    return {**_head(live), "metadata": _metadata(live), **{name: body[name] for name in body if name not in _HEAD}}


def cleaned_cluster(live: Manifest) -> Manifest:
    """A Cluster without its connection, which `join` makes, and without taints that follow from its health."""
    spec = mapping(live, "spec")
    fields = {name: spec[name] for name in _CLUSTER_FIELDS if spec.get(name)}
    if "@" in text(fields, "proxyURL"):
        del fields["proxyURL"]
    taints = [one for one in sequence(spec, "taints") if text(one, "key") not in _HEALTH_TAINTS]
    fields |= {"taints": taints} if taints else {}
    return {**_head(live), "metadata": _metadata(live), "spec": {"syncMode": text(spec, "syncMode") or "Push", **fields}}


_HEAD = ("apiVersion", "kind")


def _head(live: Manifest) -> dict[str, Any]:
    return {name: live[name] for name in _HEAD}


def _with_plain_selectors(spec: dict[str, Any], namespace: str) -> dict[str, Any]:
    """A webhook writes the namespace of a policy into its selectors."""
    selectors = get(spec, "resourceSelectors")
    if not namespace or not isinstance(selectors, list):
        return spec
    own = ("namespace", namespace)
    return {**spec, "resourceSelectors": [{name: one[name] for name in one if (name, one[name]) != own} for one in selectors]}


def _metadata(live: Manifest, uid: str = "") -> dict[str, Any]:
    """Name, namespace, uid, and the labels and annotations that people wrote."""
    own = mapping(live, "metadata")
    labels = {name: value for name, value in labels_of(live).items() if not _is_made(name, value)}
    annotations = {name: value for name, value in annotations_of(live).items() if not _is_note(name)}
    named: dict[str, Any] = {name: own[name] for name in ("name", "namespace") if own.get(name)}
    stated = {"uid": uid, "labels": labels, "annotations": annotations}
    return named | {name: value for name, value in stated.items() if value}


def _is_made(label: str, value: str) -> bool:
    is_mark = label in _LABELS or label.startswith(_LABEL_PREFIXES) or label.endswith(_PERMANENT_ID)
    return is_mark or (label, value) == _CLAIMED_BY


def _is_note(annotation: str) -> bool:
    if annotation == CONFLICT_ANNOTATION:
        return False
    return annotation in _ANNOTATIONS or annotation.startswith(_ANNOTATION_PREFIXES)
