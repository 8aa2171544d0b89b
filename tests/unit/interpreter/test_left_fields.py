"""Fields that the Configuration leaves to members: created as Git says, then neither compared nor changed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.left_fields import left_to_member
from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.managed_fields import MANAGER
from reconciler.model.settings import LeftFields
from reconciler.plan.apply_configuration import apply_configuration
from tests.support.builders import deployment

SCALES = LeftFields("Deployment", "apps", paths=("/spec/replicas",))


def live(replicas: int, *owners: str) -> dict[str, Any]:
    owned = {"f:spec": {"f:replicas": {}}}
    entries = [{"manager": owner, "operation": "Apply" if owner == MANAGER else "Update", "fieldsV1": owned} for owner in owners]
    one = deployment(replicas=replicas)
    return {**one, "metadata": {**one["metadata"], "managedFields": entries}}


@pytest.mark.parametrize("rule", [SCALES, LeftFields("Deploy*", "*", managers=("scaler",))])
def test_a_field_of_another_manager_is_left_out(rule: LeftFields) -> None:
    rules = interpreter_of((), (rule,))
    applied = apply_configuration(deployment(replicas=2), live(7, "scaler"), autoscaled=False, interpreter=rules)
    assert "replicas" not in applied.get("spec", {})


def test_where_we_are_the_only_owner_the_live_value_is_applied() -> None:
    rules = interpreter_of((), (SCALES,))
    applied = apply_configuration(deployment(replicas=2), live(7, MANAGER), autoscaled=False, interpreter=rules)
    assert applied["spec"]["replicas"] == 7


def test_an_object_is_created_as_git_says() -> None:
    applied = apply_configuration(deployment(replicas=2), None, autoscaled=False, interpreter=interpreter_of((), (SCALES,)))
    assert applied["spec"]["replicas"] == 2


def test_only_the_objects_of_the_rule() -> None:
    others = [LeftFields("Deployment", "apps", name="other", paths=("/spec/replicas",)), LeftFields("StatefulSet", "apps")]
    desired = deployment(replicas=2)
    assert left_to_member(others, desired, live(7, "scaler")) is desired
