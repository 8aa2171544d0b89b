from typing import Any

import pytest

from reconciler.claim.match import index_policies, matching_policies
from reconciler.claim.preemption import outranks, preemptor
from reconciler.claim.priority import rank
from reconciler.load.served_versions import served_versions, with_other_versions
from reconciler.model.policy import PropagationPolicy
from tests.unit.claim.builders import BY_KIND, BY_NAME, cluster_policy, policy, template

ALWAYS: dict[str, Any] = {"preemption": "Always"}


@pytest.mark.parametrize(
    ("candidate", "holder", "expected"),
    [
        (policy("a", priority=2), policy("b", priority=1), True),
        (policy("a", priority=1), policy("b", priority=1), False),
        (policy("a", BY_NAME), policy("b", BY_KIND), False),
        (policy("a", priority=-5), cluster_policy("b", priority=5), True),
        (cluster_policy("a", priority=5), policy("b", priority=-5), False),
        (cluster_policy("a", priority=5), cluster_policy("b", priority=4), True),
        (cluster_policy("a"), cluster_policy("b"), False),
    ],
)
def test_who_outranks_whom(candidate: PropagationPolicy, holder: PropagationPolicy, expected: bool) -> None:
    assert outranks(candidate, holder) is expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ((policy("a", BY_NAME, priority=9),), None),
        ((policy("a", BY_NAME, priority=9, preemption="Never"),), None),
        ((policy("a", BY_KIND, priority=9, **ALWAYS),), None),
        ((policy("a", {"name": "web"}, priority=9, **ALWAYS),), "a"),
        ((policy("a", BY_NAME, priority=5, **ALWAYS), policy("b", BY_NAME, priority=9, **ALWAYS)), "b"),
        ((policy("a", BY_NAME, priority=9), policy("b", BY_NAME, priority=5, **ALWAYS)), "b"),
        ((policy("a", BY_NAME, priority=9, deleting=True, **ALWAYS),), None),
        ((cluster_policy("a", BY_NAME, priority=9, **ALWAYS),), None),
    ],
)
def test_who_takes_over(candidates: tuple[PropagationPolicy, ...], expected: str | None) -> None:
    holder = policy("holder", BY_KIND, priority=1)
    ranked = rank(matching_policies(index_policies((*candidates, holder)), template()))
    found = preemptor(ranked, holder, template())
    assert (found and found.ref.name) == expected


def test_a_cluster_wide_policy_takes_over_only_what_it_names_with_the_namespace() -> None:
    holder = cluster_policy("holder")
    for selector, takes in ((BY_NAME, True), ({"name": "web"}, False)):
        candidate = cluster_policy("a", selector, priority=1, **ALWAYS)
        ranked = rank(matching_policies(index_policies((candidate, holder)), template()))
        assert (preemptor(ranked, holder, template()) is candidate) is takes


def test_a_policy_takes_over_what_it_names_in_another_version_of_the_kind() -> None:
    selector = {**BY_NAME, "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    scaler = template("autoscaling/v1", "HorizontalPodAutoscaler")
    holder, candidate = (
        with_other_versions(one, served_versions(()))
        for one in (policy("holder", selector), policy("a", selector, priority=1, **ALWAYS))
    )
    ranked = rank(matching_policies(index_policies((candidate, holder)), scaler))
    assert preemptor(ranked, holder, scaler) is candidate
