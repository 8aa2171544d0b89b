"""Our marks, written and read back."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import key_of
from reconciler.model.ownership import (
    CONFLICT_ANNOTATION,
    ID_ANNOTATION,
    applied_digest,
    conflict_resolution,
    is_ours,
    marked,
    owned_id,
    owner_instance,
)

WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "prod", "labels": None}}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}


@pytest.mark.parametrize("manifest", [WEB, NAMESPACE])
def test_what_was_marked_is_ours(manifest: dict[str, Any]) -> None:
    ours = marked(manifest, key_of(manifest), "sha256:0", "fleet")
    assert is_ours(ours, "fleet")
    assert not is_ours(ours, "other")
    assert (owner_instance(ours), owned_id(ours), applied_digest(ours)) == ("fleet", key_of(manifest), "sha256:0")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "copy"},
        {"namespace": "dev"},
        {"labels": {}},
        {"annotations": {ID_ANNOTATION: "web"}},
        {"ownerReferences": [{"kind": "ReplicaSet", "controller": True}]},
    ],
)
def test_a_copy_or_a_controlled_object_is_not_ours(change: dict[str, Any]) -> None:
    ours = marked(WEB, key_of(WEB), "sha256:0", "fleet")
    assert not is_ours({**ours, "metadata": {**ours["metadata"], **change}}, "fleet")


def test_an_owner_that_does_not_control_changes_nothing() -> None:
    ours = marked(WEB, key_of(WEB), "sha256:0", "fleet")
    assert is_ours({**ours, "metadata": {**ours["metadata"], "ownerReferences": [{"kind": "X"}]}}, "fleet")


def test_the_id_is_documented() -> None:
    ours = marked(WEB, ResourceKey("apps", "Deployment", "prod", "web"), "", "fleet")
    assert ours["metadata"]["annotations"][ID_ANNOTATION] == "apps/Deployment/prod/web"


@pytest.mark.parametrize(
    ("annotation", "policy", "resolution"),
    [
        ("overwrite", "Abort", "Overwrite"),
        ("abort", "Overwrite", "Abort"),
        ("Overwrite", "Abort", "Abort"),
        (None, "Overwrite", "Overwrite"),
        (None, "", "Abort"),
        (None, "nonsense", "Abort"),
    ],
)
def test_conflicts(annotation: str | None, policy: str, resolution: str) -> None:
    annotations = {} if annotation is None else {CONFLICT_ANNOTATION: annotation}
    assert conflict_resolution({"metadata": {"annotations": annotations}}, policy) == resolution
