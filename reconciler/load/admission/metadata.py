"""Checks of names, labels and annotations, the same for every kind (apimachinery, pkg/api/validation)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.refusal import Path, key_refusals, missing, refusal, value_refusals
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.manifest import Manifest, get, mapping, text, with_value, without

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_ANNOTATION_BYTES = 256 * 1024


def in_namespace(document: Manifest, namespace: str) -> Manifest:
    """The document in the namespace of the request, unless it names its own namespace."""
    if text(document, "metadata", "namespace") or not namespace:
        return document
    changed: Manifest = with_value(document, ("metadata", "namespace"), namespace)
    return changed


def without_namespace(document: Manifest) -> Manifest:
    """A cluster-scoped object without the namespace that it was written with."""
    return document if get(document, "metadata", "namespace") is None else without(document, ("metadata", "namespace"))


def metadata_refusals(document: Manifest) -> Iterator[Violation]:
    path: Path = ("metadata",)
    for key, value in mapping(document, *path, "labels").items():
        yield from key_refusals(key, (*path, "labels"))
        yield from value_refusals(value, (*path, "labels", key))
    yield from annotation_refusals(mapping(document, *path, "annotations"), (*path, "annotations"))


def annotation_refusals(annotations: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    """Keys must be label keys, in upper or lower case. The total size is limited."""
    for key in annotations:
        yield from key_refusals(str(key).lower(), path, "an annotation key")
    size = sum(len(str(key).encode()) + len(str(value).encode()) for key, value in annotations.items())
    if size > _ANNOTATION_BYTES:
        yield refusal(path, f"must have at most {_ANNOTATION_BYTES} bytes in keys and values", "Store large texts elsewhere.")


def object_name_refusals(document: Manifest) -> Iterator[Violation]:
    """The name of a custom resource must be a DNS name."""
    name = text(document, "metadata", "name")
    if not name:
        yield missing(mapping(document, "metadata"), ("metadata",), "name")
    elif len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        remedy = "Write at most 253 lower-case letters, digits, '-' or '.'; each part must begin and end with a letter or digit."
        yield refusal(("metadata", "name"), "must be a DNS name", remedy)


def cluster_name_refusals(document: Manifest) -> Iterator[Violation]:
    """The name of a Cluster must be a DNS label, short enough for the namespace that Karmada names after the cluster."""
    name = text(document, "metadata", "name")
    if not name:
        yield missing(mapping(document, "metadata"), ("metadata",), "name")
    elif len(name) > 48 or not _LABEL.fullmatch(name):
        remedy = "Write at most 48 lower-case letters, digits or '-'; it must begin and end with a letter or digit."
        yield refusal(("metadata", "name"), "must be the name of a cluster", remedy)
