"""What to do where an API server does not allow a change of a field.

The remedy depends on the kind, and on what the deletion of such an object destroys. It never tells the user to delete an object
whose deletion loses data, runs something again, or deletes other objects. For a kind that is not listed nobody knows, so the
remedy does not mention deletion as a way out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.manifest import Manifest, gvk_of, sequence, text


def immutable_field_remedy(response: Mapping[str, Any]) -> str:
    """The remedy for a response with code 422; empty where no immutable field is its cause.

    response: a `Status` of the API machinery; `details` names the group and the kind of the object.
    """
    if not is_about_immutable_field(response):
        return ""
    kind = (text(response, "details", "group"), text(response, "details", "kind"))
    return f"The server does not allow a change of this field. {_REMEDIES.get(kind, _UNKNOWN)}"


def remedy_for_kind(manifest: Manifest) -> str:
    """The remedy where it is known before a change that an object of this kind will not allow it: the change need not be made."""
    gvk = gvk_of(manifest)
    remedy = _REMEDIES.get((gvk.group, gvk.kind), _UNKNOWN)
    return remedy if remedy.startswith(_PUT_BACK) else f"{_PUT_BACK} Or {remedy[:1].lower()}{remedy[1:]}"


def is_about_immutable_field(response: Mapping[str, Any]) -> bool:
    """Whether a `Status` says that a field may not change."""
    causes = [text(cause, "message") for cause in sequence(response, "details", "causes")]
    return any(words in message.lower() for message in (text(response, "message"), *causes) for words in _WORDS)


_WORDS = (
    "immutable",
    "may not change",
    "may not be change",
    "may not be update",
    "may not be unset",
    "cannot change",
    "can not change",
    "cannot be change",
    "can not be change",
    "cannot be update",
    "updates to",
    "may not be decreased",
    "can not be decreased",
    "can not be less than",
)
"""How Kubernetes says that a field may not change. Custom kinds with a rule on `oldSelf` choose their own words."""

_RECREATE = "Delete the object in the member; the next pass creates it again."
_PUT_BACK = "Put the old value back in Git."
_UNKNOWN = f"{_PUT_BACK} Deleting the object in the member may also delete what its controller manages."
_REMEDIES: Mapping[tuple[str, str], str] = {
    ("", "ConfigMap"): _RECREATE,
    ("", "Secret"): _RECREATE,
    ("", "Service"): f"{_RECREATE} Its address changes, and it has no endpoints until then.",
    ("", "Pod"): f"{_RECREATE} What the Pod runs is interrupted, and its emptyDir volumes are lost.",
    ("apps", "Deployment"): f"{_RECREATE} Its Pods stop until then; `kubectl delete --cascade=orphan` leaves them running.",
    ("apps", "DaemonSet"): f"{_RECREATE} Its Pods stop until then; `kubectl delete --cascade=orphan` leaves them running.",
    ("apps", "ReplicaSet"): f"{_RECREATE} Its Pods stop until then; `kubectl delete --cascade=orphan` leaves them running.",
    ("apps", "StatefulSet"): (
        f"{_PUT_BACK} Or run `kubectl delete statefulset --cascade=orphan` in the member: its Pods and their claims stay, and "
        "the next pass creates it again. Existing claims keep their size and class."
    ),
    ("batch", "Job"): f"{_PUT_BACK} Or give the Job a new name. Deleting it in the member runs it again.",
    ("", "PersistentVolumeClaim"): (
        f"{_PUT_BACK} Or declare a claim with a new name and copy the data. Deleting the claim can delete its data."
    ),
    ("", "PersistentVolume"): f"{_PUT_BACK} Or declare a volume with a new name. Deleting the volume can lose its data.",
    ("", "Namespace"): f"{_PUT_BACK} Deleting the Namespace deletes everything in it.",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        f"{_PUT_BACK} Or define a new version or kind. Deleting the definition deletes all objects of its kind."
    ),
    ("rbac.authorization.k8s.io", "RoleBinding"): f"{_RECREATE} Its subjects lack these permissions until then.",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): f"{_RECREATE} Its subjects lack these permissions until then.",
    ("scheduling.k8s.io", "PriorityClass"): _RECREATE,
    ("storage.k8s.io", "StorageClass"): _RECREATE,
    ("storage.k8s.io", "CSIDriver"): _RECREATE,
    ("node.k8s.io", "RuntimeClass"): _RECREATE,
    ("networking.k8s.io", "IngressClass"): _RECREATE,
}
"""(group, kind) → the remedy."""
