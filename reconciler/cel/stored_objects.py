"""An object as policies see it: with the defaults of its kind, in the form in which Go writes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from reconciler.cel.structural import Schema, stored_custom
from reconciler.errors import ReconcilerError
from reconciler.interpreter.defaults import with_defaults
from reconciler.interpreter.go_types_form import marshal
from reconciler.interpreter.secret import with_data
from reconciler.model.manifest import Manifest, mapping, without_empty

_GO_TYPES: Mapping[tuple[str, str], str] = {
    ("v1", "PersistentVolume"): "PersistentVolume",
    ("v1", "PersistentVolumeClaim"): "PersistentVolumeClaim",
    ("v1", "Pod"): "Pod",
    ("v1", "Service"): "Service",
    ("apps/v1", "DaemonSet"): "DaemonSet",
    ("apps/v1", "Deployment"): "Deployment",
    ("apps/v1", "ReplicaSet"): "ReplicaSet",
    ("apps/v1", "StatefulSet"): "StatefulSet",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "HorizontalPodAutoscaler",
    ("batch/v1", "CronJob"): "CronJob",
    ("batch/v1", "Job"): "Job",
    ("networking.k8s.io/v1", "Ingress"): "Ingress",
    ("policy/v1", "PodDisruptionBudget"): "PodDisruptionBudget",
}
"""apiVersion and kind → the type in `interpreter/go_types_fields.py`."""


_WITH_TEMPLATE = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})


def stored(manifest: Manifest, schema: Schema | None) -> Manifest:
    """schema: that of a custom resource, as its CustomResourceDefinition has it."""
    if schema is not None:
        return stored_custom(_with_integers(manifest), schema)
    name = _GO_TYPES.get((str(manifest.get("apiVersion")), str(manifest.get("kind"))))
    if name in _WITH_TEMPLATE and mapping(manifest, "spec", "template"):
        return _with_template(manifest)
    return _stored_builtin(manifest, name)


def _with_template(manifest: Manifest) -> Manifest:
    """Most manifests of a workload have the same Pod template, which is most of them."""
    template, version, kind = manifest["spec"]["template"], str(manifest["apiVersion"]), str(manifest["kind"])
    without = {**manifest, "spec": {**manifest["spec"], "template": {}}}
    whole = _stored_builtin(without, _GO_TYPES[version, kind])
    return {**whole, "spec": {**whole["spec"], "template": _stored_template(version, kind, orjson.dumps(template))}}


@lru_cache(1024)
def _stored_template(version: str, kind: str, template: bytes) -> Any:
    """No default of a workload depends on its template, nor the other way around."""
    manifest = {"apiVersion": version, "kind": kind, "metadata": {}, "spec": {"template": orjson.loads(template)}}
    return _stored_builtin(manifest, _GO_TYPES[version, kind])["spec"]["template"]


def _stored_builtin(manifest: Manifest, name: str | None) -> Manifest:
    """name: its Go type, if that is known."""
    if name is None:
        manifest = _with_integers(manifest)
    filled = with_defaults(with_data(manifest) if manifest.get("kind") == "Secret" else manifest)
    for path in (("metadata", "labels"), ("metadata", "annotations"), ("data",), ("binaryData",)):
        filled = without_empty(filled, path)
    if name is None:
        return filled
    try:
        written = marshal(filled, name)
    except (ReconcilerError, TypeError, ValueError, AttributeError, KeyError):  # It does not fit its type: it is refused anyway.
        return filled
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], **_without_times(written)}


def _with_integers(value: Any) -> Any:
    """A server-side apply is read as YAML, in which 2.0 is the integer 2."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_with_integers(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _with_integers(item) for name, item in value.items()}
    return value


def _without_times(written: dict[str, Any]) -> dict[str, Any]:
    """Go leaves out a time of creation that there is not."""
    metadata = {name: value for name, value in mapping(written, "metadata").items() if value is not None}
    template = mapping(written, "spec", "template", "metadata")
    if "creationTimestamp" in template and template["creationTimestamp"] is None:
        kept = {name: value for name, value in template.items() if name != "creationTimestamp"}
        spec = {**written["spec"], "template": {**written["spec"]["template"], "metadata": kept}}
        written = {**written, "spec": spec}
    return {**written, "metadata": metadata}
