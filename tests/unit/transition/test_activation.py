"""When a Lazy policy acts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.keys import PolicyRef
from reconciler.model.recorded import RecordedDecision
from reconciler.transition.activation import comparable, held_back, waiting
from reconciler.transition.transition import Transition
from tests.support.builders import binding, config, deployment, manifest, policy, recorded

LAZY = replace(policy(), lazy=True, digest="now")
BEFORE = recorded(binding(m1=2), template_digest="t1", policy_digest="now").decision


@pytest.mark.parametrize(
    ("previous", "template", "waits"),
    [
        (None, "t1", False),
        (BEFORE, "t1", False),
        (BEFORE, "t2", False),
        (replace(BEFORE, policy_digest="before"), "t1", True),
        (replace(BEFORE, policy_digest="before"), "t2", False),
        (replace(BEFORE, policy_digest="before", template_digest=""), "t1", True),
        (replace(BEFORE, binding=replace(BEFORE.binding, policy=None)), "t1", True),
        (replace(BEFORE, binding=replace(BEFORE.binding, policy=PolicyRef("PropagationPolicy", "shop", "old"))), "t1", True),
    ],
)
def test_it_waits_until_the_template_changes(previous: RecordedDecision | None, template: str, waits: bool) -> None:
    assert held_back(LAZY, previous, template) is waits
    assert not held_back(replace(LAZY, lazy=False), previous, template)
    assert not held_back(None, previous, template)


def test_a_wait_is_reported_only_where_something_would_change() -> None:
    transition = Transition(binding(m1=2))
    assert "Lazy" in waiting(transition, binding(m2=2), LAZY).message
    assert waiting(transition, binding(m1=2), LAZY).message == ""


def test_of_a_secret_only_the_names_of_its_values_are_recorded() -> None:
    one = manifest("Secret", data={"b": "c2VjcmV0", "a": "eA=="}, annotations={"applied": "c2VjcmV0"})
    assert "c2VjcmV0" not in str(comparable(one))
    assert comparable(one)["data"] == ["a", "b"]
    assert comparable(config(data={"a": "1"})) == config(data={"a": "1"})
    assert comparable(deployment()) is not None
