"""The marks that we leave on a member's object, and what they prove.

| Mark | Says |
|---|---|
| label `reconciler.dev/instance: NAME` | which reconciler; the selector of our watches, no more |
| annotation `reconciler.dev/id: GROUP/KIND/NAMESPACE/NAME` | which object this was written as; group and namespace may be empty |
| annotation `reconciler.dev/digest: sha256:HEX` | the manifest that was applied, without these marks |

The label alone proves nothing: kube-controller-manager copies a Service's labels to its EndpointSlices, people copy manifests
with annotations and all. So an object is ours only if the id names that very object and no controller owns it.
Nothing here changes unless the manifest does: a mark that changed with time or revision would be a write each pass.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, key_of, labels_of, mapping, sequence, text, without, without_empty

INSTANCE_LABEL = "reconciler.dev/instance"
ID_ANNOTATION = "reconciler.dev/id"
DIGEST_ANNOTATION = "reconciler.dev/digest"

CONFLICT_ANNOTATION = "work.karmada.io/conflict-resolution"
"""On a template: `overwrite` or `abort`; stronger than the policy."""


def marked(manifest: Manifest, key: ResourceKey, digest: str, instance: str) -> Manifest:
    """A copy that carries our marks, whatever stood in their place."""
    metadata = mapping(manifest, "metadata")
    labels = {**mapping(metadata, "labels"), INSTANCE_LABEL: instance}
    annotations = {**mapping(metadata, "annotations"), ID_ANNOTATION: written_id(key), DIGEST_ANNOTATION: digest}
    return {**manifest, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def unmarked(manifest: Manifest) -> Manifest:
    """A copy without our marks: an object that is let go."""
    for path in (("labels", INSTANCE_LABEL), ("annotations", ID_ANNOTATION), ("annotations", DIGEST_ANNOTATION)):
        manifest = without(manifest, ("metadata", *path))
    for member in ("labels", "annotations"):
        manifest = without_empty(manifest, ("metadata", member))
    return manifest


def written_id(key: ResourceKey) -> str:
    return f"{key.group}/{key.kind}/{key.namespace}/{key.name}"


def owner_instance(manifest: Manifest) -> str:
    """The name in our label; empty where there is none."""
    return text(labels_of(manifest), INSTANCE_LABEL)


def owned_id(manifest: Manifest) -> ResourceKey | None:
    """What the object was written as; None without the annotation, or with one that cannot be read."""
    parts = text(annotations_of(manifest), ID_ANNOTATION).split("/")
    return ResourceKey(*parts) if len(parts) == 4 else None


def applied_digest(manifest: Manifest) -> str:
    """Digest of the manifest that was applied last; empty where none is noted."""
    return text(annotations_of(manifest), DIGEST_ANNOTATION)


def is_ours(manifest: Manifest, instance: str) -> bool:
    """Whether this live object was written by the reconciler of that name, as this very object."""
    return owner_of(manifest) == instance


def owner_of(manifest: Manifest) -> str:
    """The reconciler that wrote this live object, as this very object; empty where the marks do not prove it."""
    controlled = any(_controls(owner) for owner in sequence(manifest, "metadata", "ownerReferences"))
    return owner_instance(manifest) if owned_id(manifest) == key_of(manifest) and not controlled else ""


def conflict_resolution(manifest: Manifest, policy: str) -> str:
    """`Overwrite` or `Abort`: the object's annotation if it is exactly one of the two, else the policy's word, else Abort.

    Karmada: pkg/controllers/binding/common.go, mergeConflictResolution.
    """
    words = {"overwrite": "Overwrite", "abort": "Abort"}
    return words.get(text(annotations_of(manifest), CONFLICT_ANNOTATION)) or ("Overwrite" if policy == "Overwrite" else "Abort")


def _controls(owner: object) -> bool:
    return isinstance(owner, Mapping) and owner.get("controller") is True
