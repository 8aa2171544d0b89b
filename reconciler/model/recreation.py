"""The annotation by which the author of a template agrees to have its objects deleted and created again.

Some fields may not change while an object exists. With `reconciler.dev/recreate: allowed`, such a change deletes the object and
creates it again (Flux: `kustomize.toolkit.fluxcd.io/force: enabled`; Argo CD: `Force=true,Replace=true`). The annotation has no
effect on kinds whose objects hold data or other objects, and on kinds of which it is not known what their deletion destroys.
"""

from __future__ import annotations

from reconciler.model.manifest import Manifest, annotations_of, get, gvk_of, text

RECREATE_ANNOTATION = "reconciler.dev/recreate"
AGREED = ("allowed", "true")
"""Its values; `"true"` is the older one."""
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type


def wants_recreation(manifest: Manifest) -> bool:
    """Whether its author agrees to recreation, and the kind allows it."""
    return annotations_of(manifest).get(RECREATE_ANNOTATION) in AGREED and not why_never_recreated(manifest)


def why_never_recreated(manifest: Manifest) -> str:
    """Why objects of this manifest are never deleted to be created again, as a clause; empty where they may be."""
    gvk = gvk_of(manifest)
    kind = (gvk.group, gvk.kind)
    if kind in _HOLDERS:
        return f"a {gvk.kind} holds data or other objects, which would be deleted with it"
    if kind == ("apps", "StatefulSet") and get(manifest, "spec", "volumeClaimTemplates"):
        return "a StatefulSet with claims holds data"
    if kind == ("", "Secret") and text(manifest, "type") == _TOKEN:
        return "its token would be revoked"
    return "" if kind in _RECREATED else f"it is not known what the deletion of a {gvk.kind} destroys"


def recreation_advice(manifest: Manifest) -> str:
    """What to say of the annotation where a member does not allow a change: a sentence; empty where it is of no use."""
    why = why_never_recreated(manifest)
    if RECREATE_ANNOTATION in annotations_of(manifest):
        return f"The annotation {RECREATE_ANNOTATION} has no effect here: {why}." if why else ""
    if why:
        return ""
    return (
        f"Or set the annotation {RECREATE_ANNOTATION}: {AGREED[0]} in its template, so that such a change deletes and creates it."
    )


_HOLDERS = frozenset({
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
})  # fmt: skip
_RECREATED = frozenset({
    ("", "ConfigMap"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("", "Secret"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("node.k8s.io", "RuntimeClass"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
})  # fmt: skip
"""(group, kind) of objects that hold nothing but what their template says."""
