"""The fields of others in a live object."""

from __future__ import annotations

from typing import Any

from reconciler.review.blame import ForeignField, foreign_fields

SINCE = "2026-01-02T03:04:05Z"


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "time": SINCE, "fieldsV1": fields, **more}


def test_the_leaves_that_others_own_are_listed_once_for_each_owner() -> None:
    containers = {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:args": {}}}
    live = {
        "metadata": {
            "managedFields": [
                entry("reconciler", {"f:spec": {"f:replicas": {}}}, "Apply"),
                entry("kubectl-edit", {"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}),
                entry("hpa", {"f:spec": {"f:replicas": {}}}, subresource="scale"),
                entry("other", {"f:spec": {"f:replicas": {}}}, "Apply"),
                entry("kubelet", {"f:status": {"f:phase": {}}}, subresource="status"),
                entry("old", {"f:status": {"f:phase": {}}}),
            ]
        }
    }
    assert foreign_fields(live) == (
        ForeignField("spec.replicas", "hpa", "Update", SINCE),
        ForeignField("spec.replicas", "other", "Apply", SINCE),
        ForeignField("spec.template.spec.containers[name=web].args", "kubectl-edit", "Update", SINCE),
        ForeignField("spec.template.spec.containers[name=web].image", "kubectl-edit", "Update", SINCE),
    )
    assert foreign_fields({"metadata": {}}) == ()
