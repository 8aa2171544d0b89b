"""What an API server refuses in an object although each field by itself is allowed.

`tests/e2e/kubernetes/test_api_server_rules.py` compares the same objects with a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.schemas.explain_violations import field_path
from reconciler.load.schemas.object_rules import rule_violations
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import get, gvk_of
from tests.support.in_memory_fleet import compile_files
from tests.support.refused_objects import ACCEPTED, POD, REFUSED, Refused, deployment, job, violations, without
from tests.support.shop import SHOP


@pytest.mark.parametrize("refused", REFUSED, ids=lambda one: f"{one.document['kind']}-{one.field}")
def test_one_mistake_is_one_error_at_its_field(refused: Refused) -> None:
    (found,) = violations(refused.document)
    assert found.severity is Severity.ERROR
    assert found.remedy.endswith(".")
    assert get(refused.document, *found.path) is not None, "there is a line for it"
    field = found.message.split()[0]
    server = refused.field.replace("resources[storage]", "resources.requests.storage")
    assert server.startswith(field) or field.startswith(server), (field, server)


@pytest.mark.parametrize("document", ACCEPTED, ids=lambda one: one["kind"])
def test_what_a_server_accepts_has_no_violation(document: Mapping[str, Any]) -> None:
    assert violations(document) == []


@pytest.mark.parametrize(
    ("document", "message", "remedy"),
    [
        (deployment(without("image")), "spec.template.spec.containers[0].image is missing", "Write the image of the container."),
        (
            job(restartPolicy=None),
            "spec.template.spec.restartPolicy is missing: the default, Always, is not allowed for this kind",
            "Write Never or OnFailure.",
        ),
        (
            next(
                one.document for one in REFUSED if get(one.document, "spec", "template", "spec", "volumes", 0, "name") == "date"
            ),
            "spec.template.spec.containers[0].volumeMounts[0].name names data, and the Pod has no such volume (it has date)",
            "Add the volume to volumes, or correct the name.",
        ),
    ],
)
def test_the_words(document: Mapping[str, Any], message: str, remedy: str) -> None:
    (found,) = violations(document)
    assert (found.message, found.remedy) == (message, remedy)


_NAMES = (
    *("spec", "template", "containers", "initContainers", "image", "name", "volumes", "volumeMounts", "ports", "env", "value"),
    *("valueFrom", "livenessProbe", "resources", "requests", "limits", "strategy", "rollingUpdate", "selector", "accessModes"),
    *("rules", "http", "paths", "schedule", "metadata", "jobTemplate"),
)


def _mappings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(_NAMES), values, max_size=4)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2) | _mappings(inner)
)


@given(_mappings(_ANYTHING), st.sampled_from(REFUSED))
def test_a_document_of_any_shape_is_answered(spec: dict[str, Any], refused: Refused) -> None:
    """The schema reports its mistakes; the path of each violation is in the document."""
    document = {**refused.document, "spec": spec}
    for found in rule_violations(document, gvk_of(document)):
        assert found.path == () or get(document, *found.path, default=document) is not None, field_path(found.path)


def test_other_kinds_have_no_rules() -> None:
    assert rule_violations(deployment({}), GroupVersionKind("example.com", "v1", "Deployment")) == []


def test_an_override_that_takes_the_image_away_is_refused_for_that_member() -> None:
    """The rendered object counts, and the issue is at the overrider."""
    rule = """
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: bare, namespace: shop}
spec:
  overrideRules:
  - overriders:
      plaintext:
      - {path: /spec/template/spec/containers/0/image, operator: remove}
"""
    compiled = compile_files({**SHOP, "override.yaml": rule})
    messages = [issue.message for issue in compiled.issues if issue.severity is Severity.ERROR]
    assert any("containers[0].image is missing" in message for message in messages), messages
    assert POD
