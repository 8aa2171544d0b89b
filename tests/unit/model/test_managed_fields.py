"""Who owns the fields of a live object."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.managed_fields import applied_fields, lost_fields, other_owners, spelled
from reconciler.plan.drift import deviations
from tests.support.builders import manifest
from tests.support.managed_fields import entry, fields, live


def test_only_what_we_applied_counts_as_ours() -> None:
    ours = fields("data/a")
    others = [entry(fields("data/b"), operation="Update"), entry(fields("data/c"), subresource="scale"), entry({}, "kubectl")]
    assert applied_fields(live(manifest("ConfigMap"), *others, entry(ours))) == ours
    assert applied_fields(live(manifest("ConfigMap"), *others)) == {}


def test_owners_beside_us() -> None:
    held = live(
        manifest("Deployment", api="apps/v1"),
        entry(fields("spec/replicas")),
        entry(fields("spec/replicas"), "kube-controller-manager", "Update", "scale"),
        entry(fields("spec/replicas"), "kubectl", "Update"),
        entry(fields("spec/template"), "somebody", "Update"),
    )
    assert other_owners(held, ("f:spec", "f:replicas")) == ["kube-controller-manager", "kubectl"]
    assert other_owners(held, ("f:spec", "f:paused")) == []
    assert other_owners(held, ("f:spec", "f:template", "f:spec")) == ["somebody"]
    assert other_owners(held, ("f:spec",)) == ["kube-controller-manager", "kubectl", "somebody"]


@pytest.mark.parametrize(
    "broken", [None, [], "text", [None], [{"manager": "reconciler", "operation": "Apply"}], [{"fieldsV1": 3}]]
)
def test_an_account_that_says_nothing(broken: Any) -> None:
    document = manifest("ConfigMap", data={"a": "b"})
    held = {**document, "metadata": {**document["metadata"], "managedFields": broken}}
    assert applied_fields(held) == {}
    assert deviations(document, held) != []


def test_lost_fields_are_named_as_deep_as_they_go() -> None:
    before = {
        "a": 1,
        "gone": {"x": 1},
        "containers": [{"name": "web", "image": "i", "tty": True}, {"name": "side"}],
        "args": ["-a", "-b"],
        "rules": [{"verbs": ["get"]}, {"verbs": ["list"]}],
    }
    after = {"a": 2, "containers": [{"name": "web", "image": "j"}], "args": ["-b"], "rules": [{"verbs": ["get"]}], "new": 1}
    assert [spelled(path) for path in lost_fields(before, after)] == [
        "gone",
        "containers[name=web].tty",
        "containers[name=side]",
        'args["-a"]',
        "rules",
    ]
    assert not list(lost_fields(before, before))
