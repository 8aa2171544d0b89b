"""Which objects may be deleted and created again, and what is said of the annotation."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.recreation import RECREATE_ANNOTATION, recreation_advice, wants_recreation, why_never_recreated
from tests.support.builders import config, deployment, manifest, namespace

AGREED = {RECREATE_ANNOTATION: "true"}
CLAIMS = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}


@pytest.mark.parametrize(
    "document",
    [
        deployment(annotations=AGREED),
        config(annotations=AGREED),
        manifest("Job", api="batch/v1", annotations=AGREED),
        manifest("StatefulSet", api="apps/v1", spec={"volumeClaimTemplates": []}, annotations=AGREED),
        manifest("Secret", type="Opaque", annotations=AGREED),
    ],
)
def test_what_its_template_declares_completely_may_be_recreated(document: Any) -> None:
    assert wants_recreation(document)
    assert recreation_advice(document) == ""


@pytest.mark.parametrize(
    "document",
    [
        manifest("PersistentVolumeClaim", annotations=AGREED),
        manifest("PersistentVolume", annotations=AGREED),
        namespace(annotations=AGREED),
        manifest("CustomResourceDefinition", api="apiextensions.k8s.io/v1", annotations=AGREED),
        manifest("StatefulSet", api="apps/v1", spec=CLAIMS, annotations=AGREED),
        manifest("Secret", type="kubernetes.io/service-account-token", annotations=AGREED),
        manifest("Database", api="example.com/v1", annotations=AGREED),
        manifest("Deployment", api="example.com/v1", annotations=AGREED),
    ],
)
def test_what_may_hold_something_is_never_recreated(document: Any) -> None:
    assert not wants_recreation(document)
    assert (
        recreation_advice(document)
        == f"The annotation {RECREATE_ANNOTATION} has no effect here: {why_never_recreated(document)}."
    )


@pytest.mark.parametrize("value", ["", "false", "True", "enabled"])
def test_only_true_agrees(value: str) -> None:
    assert not wants_recreation(deployment(annotations={RECREATE_ANNOTATION: value}))


def test_the_annotation_is_offered_where_it_would_help() -> None:
    assert f"{RECREATE_ANNOTATION}: allowed" in recreation_advice(deployment())
    assert recreation_advice(manifest("PersistentVolumeClaim")) == ""
