"""The remedy where a server does not allow a change of a field: by kind, and never one that destroys data."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cluster.immutable_fields import immutable_field_remedy

DELETE = "Delete the object in the member; the next pass creates it again."
PUT_BACK = "Put the old value back in Git."


def remedy(group: str, kind: str, message: str) -> str:
    details: dict[str, Any] = {"group": group, "kind": kind, "causes": [{"reason": "FieldValueForbidden", "message": message}]}
    return immutable_field_remedy({"kind": "Status", "message": f'{kind} "x" is invalid: spec: {message}', "details": details})


@pytest.mark.parametrize(
    ("group", "kind", "message"),
    [
        ("", "PersistentVolumeClaim", "spec is immutable after creation except resources.requests"),
        ("", "PersistentVolumeClaim", "field can not be less than status.capacity"),
        ("", "PersistentVolume", "spec.persistentvolumesource is immutable after creation"),
        ("apps", "StatefulSet", "updates to statefulset spec for fields other than 'replicas' are forbidden"),
        ("batch", "Job", "field is immutable"),
        ("", "Namespace", "field is immutable"),
        ("apiextensions.k8s.io", "CustomResourceDefinition", "field is immutable"),
        ("example.com", "Database", "storage is immutable"),
        ("", "", "field is immutable"),
    ],
)
def test_deletion_is_not_the_remedy_where_it_destroys_something(group: str, kind: str, message: str) -> None:
    text = remedy(group, kind, message)
    assert DELETE not in text
    assert PUT_BACK in text


@pytest.mark.parametrize(
    ("group", "kind", "message"),
    [
        ("apps", "Deployment", "field is immutable"),
        ("", "Secret", "field is immutable when `immutable` is set"),
        ("", "Service", "may not change once set"),
        ("", "Pod", "pod updates may not change fields other than `spec.containers[*].image`"),
        ("rbac.authorization.k8s.io", "RoleBinding", "cannot change roleRef"),
        ("scheduling.k8s.io", "PriorityClass", "may not be changed in an update."),
        ("storage.k8s.io", "StorageClass", "updates to provisioner are forbidden."),
    ],
)
def test_deletion_is_the_remedy_where_the_next_pass_restores_everything(group: str, kind: str, message: str) -> None:
    assert DELETE in remedy(group, kind, message)


def test_the_pods_of_a_statefulset_can_stay() -> None:
    assert "--cascade=orphan" in remedy("apps", "StatefulSet", "updates to statefulset spec are forbidden")


def test_another_refusal_has_no_such_remedy() -> None:
    assert remedy("apps", "Deployment", "must be greater than or equal to 0") == ""
