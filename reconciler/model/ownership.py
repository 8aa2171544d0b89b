"""The marks that we put on objects of members, and what they prove.

| Mark | Meaning |
|---|---|
| label `reconciler.dev/instance: NAME` | the reconciler that wrote the object; only the selector of our watches |
| annotation `reconciler.dev/id: GROUP/KIND/NAMESPACE/NAME` | the object that was written; group and namespace may be empty |
| annotation `reconciler.dev/digest: sha256:HEX` | the manifest that was applied, without these marks |

The label alone proves nothing: kube-controller-manager copies the labels of a Service to its EndpointSlices, and people copy
whole manifests with their annotations. So an object is ours only if the id names this object and no controller owns it. The marks
change only when the manifest changes: a mark with a time or a revision would cause a write in every pass.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import (
    Manifest,
    annotations_of,
    get,
    key_of,
    labels_of,
    mapping,
    sequence,
    text,
    with_value,
    without,
    without_empty,
)

INSTANCE_LABEL = "reconciler.dev/instance"
ID_ANNOTATION = "reconciler.dev/id"
DIGEST_ANNOTATION = "reconciler.dev/digest"

MARKS = frozenset({INSTANCE_LABEL, ID_ANNOTATION, DIGEST_ANNOTATION})

CONFLICT_ANNOTATION = "work.karmada.io/conflict-resolution"
"""On a template: `overwrite` or `abort`; it takes precedence over the policy."""

DELETION_PROTECTED = "resourcetemplate.karmada.io/deletion-protected"
"""Label of Karmada on a template; `Always` protects the template and its copies from deletion."""


def marked(manifest: Manifest, key: ResourceKey, digest: str, instance: str) -> Manifest:
    """A copy with our marks, which replace existing ones."""
    metadata = mapping(manifest, "metadata")
    labels = {**mapping(metadata, "labels"), INSTANCE_LABEL: instance}
    annotations = {**mapping(metadata, "annotations"), ID_ANNOTATION: written_id(key), DIGEST_ANNOTATION: digest}
    return {**manifest, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def identified_as(manifest: Manifest, desired: Manifest) -> Manifest:
    """A copy with the identity and the marks of `desired`: rules that copy the metadata of a live object copy old marks, too."""
    for path in _IDENTITY:
        value = get(desired, *path)
        if get(manifest, *path) != value:
            manifest = without(manifest, path) if value is None else with_value(manifest, path, value)
    return manifest


_IDENTITY = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "labels", INSTANCE_LABEL),
    ("metadata", "annotations", ID_ANNOTATION),
    ("metadata", "annotations", DIGEST_ANNOTATION),
)


def unmarked(manifest: Manifest) -> Manifest:
    """A copy without our marks, for an object that is released."""
    for path in (("labels", INSTANCE_LABEL), ("annotations", ID_ANNOTATION), ("annotations", DIGEST_ANNOTATION)):
        manifest = without(manifest, ("metadata", *path))
    for member in ("labels", "annotations"):
        manifest = without_empty(manifest, ("metadata", member))
    return manifest


def written_id(key: ResourceKey) -> str:
    return f"{key.group}/{key.kind}/{key.namespace}/{key.name}"


def owner_instance(manifest: Manifest) -> str:
    """The value of our label; empty if there is none."""
    return text(labels_of(manifest), INSTANCE_LABEL)


def owned_id(manifest: Manifest) -> ResourceKey | None:
    """The key in our id annotation; None if the annotation is missing or malformed."""
    parts = text(annotations_of(manifest), ID_ANNOTATION).split("/")
    return ResourceKey(*parts) if len(parts) == 4 else None


def applied_digest(manifest: Manifest) -> str:
    """Digest of the manifest that was applied last; empty if there is none."""
    return text(annotations_of(manifest), DIGEST_ANNOTATION)


def is_ours(manifest: Manifest, instance: str) -> bool:
    """Whether the reconciler of this name wrote this live object."""
    return owner_of(manifest) == instance


def owner_of(manifest: Manifest) -> str:
    """The name of the reconciler that wrote this live object; empty if the marks do not prove it."""
    controlled = any(_controls(owner) for owner in sequence(manifest, "metadata", "ownerReferences"))
    return owner_instance(manifest) if owned_id(manifest) == key_of(manifest) and not controlled else ""


def conflict_resolution(manifest: Manifest, policy: str) -> str:
    """`Overwrite` or `Abort`: the object's annotation if it has one of these values, else the value of the policy, else Abort.

    Karmada: pkg/controllers/binding/common.go, mergeConflictResolution.
    """
    stated = _RESOLUTIONS.get(text(manifest, "metadata", "annotations", CONFLICT_ANNOTATION))
    return stated or ("Overwrite" if policy == "Overwrite" else "Abort")


_RESOLUTIONS = {"overwrite": "Overwrite", "abort": "Abort"}


def _controls(owner: object) -> bool:
    return isinstance(owner, Mapping) and owner.get("controller") is True
