import pytest

from reconciler.claim.match import index_policies, matching_policies
from reconciler.claim.priority import rank, why_first
from reconciler.model.policy import PropagationPolicy
from tests.unit.claim.builders import BY_KIND, BY_LABEL, BY_NAME, cluster_policy, policy, template


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (policy("z", priority=-9), cluster_policy("a", BY_NAME, priority=9), "comes before ClusterPropagationPolicy a"),
        (policy("z", BY_KIND, priority=1), policy("a", BY_NAME), "priority 1 is above 0 of PropagationPolicy prod/a"),
        (policy("z"), policy("a", BY_NAME, priority=-1), "priority 0 is above -1"),
        (policy("z", BY_NAME), policy("a", BY_LABEL), "it names the object, while PropagationPolicy prod/a selects it"),
        (policy("z", BY_LABEL), policy("a", BY_KIND), "by label, while PropagationPolicy prod/a selects its whole kind"),
        (policy("z", {"labelSelector": {}}), policy("a", BY_KIND), "by label"),
        (policy("a"), policy("b"), "its name comes before that of PropagationPolicy prod/b"),
        (policy("a-b"), policy("a.b"), "its name"),
        (policy("B"), policy("a"), "its name"),
    ],
)
def test_the_order_and_its_reason(first: PropagationPolicy, second: PropagationPolicy, why: str) -> None:
    matches = matching_policies(index_policies((second, first)), template())
    ranked = rank(matches)
    assert [match.policy for match in ranked] == [first, second]
    assert why in why_first(ranked)


def test_a_single_match_needs_no_comparison() -> None:
    ranked = rank(matching_policies(index_policies((policy("a"),)), template()))
    assert why_first(ranked) == "it is the only policy that matches"
