"""Names, labels and annotations (apimachinery, pkg/api/validation): asked of every kind alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.refusal import Path, key_refusals, missing, refusal, value_refusals
from reconciler.load.violations import Complaint
from reconciler.model.manifest import Manifest, get, mapping, text, with_value, without

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_ANNOTATION_BYTES = 256 * 1024
_FIXED = ("name", "namespace", "uid", "creationTimestamp")
"""What an update leaves as it is."""


def in_namespace(document: Manifest, namespace: str) -> Manifest:
    """The document in the namespace of the request, unless it names one itself."""
    own = text(document, "metadata", "namespace")
    return document if own or not namespace else _with_metadata(document, "namespace", namespace)


def without_namespace(document: Manifest) -> Manifest:
    """A cluster-scoped object loses the namespace that it was written with."""
    return document if get(document, "metadata", "namespace") is None else without(document, ("metadata", "namespace"))


def with_label(document: Manifest, key: str, value: str) -> Manifest:
    return _with_metadata(document, "labels", {**mapping(document, "metadata", "labels"), key: value})


def with_finalizer(document: Manifest, name: str) -> Manifest:
    found = get(document, "metadata", "finalizers")
    finalizers = found if isinstance(found, list) else []
    return document if name in finalizers else _with_metadata(document, "finalizers", [*finalizers, name])


def _with_metadata(document: Manifest, field: str, value: Any) -> Manifest:
    changed: Manifest = with_value(document, ("metadata", field), value)
    return changed


def metadata_refusals(document: Manifest) -> Iterator[Complaint]:
    path: Path = ("metadata",)
    for key, value in mapping(document, *path, "labels").items():
        yield from key_refusals(key, (*path, "labels"))
        yield from value_refusals(value, (*path, "labels", key))
    yield from annotation_refusals(mapping(document, *path, "annotations"), (*path, "annotations"))


def annotation_refusals(annotations: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    """Keys are label keys, whatever the case of their letters; all of them together have a limit."""
    for key in annotations:
        yield from key_refusals(str(key).lower(), path, "an annotation key")
    size = sum(len(str(key).encode()) + len(str(value).encode()) for key, value in annotations.items())
    if size > _ANNOTATION_BYTES:
        yield refusal(path, f"must have at most {_ANNOTATION_BYTES} bytes in keys and values", "Keep large texts elsewhere.")


def object_name_refusals(document: Manifest) -> Iterator[Complaint]:
    """Names of custom resources: DNS names."""
    name = text(document, "metadata", "name")
    if not name:
        yield missing(mapping(document, "metadata"), ("metadata",), "name")
    elif len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        remedy = (
            "Write at most 253 lower-case letters, digits, '-' or '.', each part beginning and ending with a letter or digit."
        )
        yield refusal(("metadata", "name"), "must be a DNS name", remedy)


def cluster_name_refusals(document: Manifest) -> Iterator[Complaint]:
    """One part of a DNS name, short enough for the namespace that Karmada names after the cluster."""
    name = text(document, "metadata", "name")
    if not name:
        yield missing(mapping(document, "metadata"), ("metadata",), "name")
    elif len(name) > 48 or not _LABEL.fullmatch(name):
        remedy = "Write at most 48 lower-case letters, digits or '-', beginning and ending with a letter or digit."
        yield refusal(("metadata", "name"), "must be a cluster's name", remedy)


def update_refusals(document: Manifest, old: Manifest) -> Iterator[Complaint]:
    """What an update must state and must not touch; all of it made by machines, but for the name."""
    if not text(document, "metadata", "resourceVersion"):
        yield missing(mapping(document, "metadata"), ("metadata",), "resourceVersion")
    for field in _FIXED:
        if (get(document, "metadata", field) or "") != (get(old, "metadata", field) or ""):
            yield refusal(("metadata", field), "cannot be changed by an update", "Leave it, or make a new object.")
