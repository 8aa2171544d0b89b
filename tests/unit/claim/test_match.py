from reconciler.claim.match import index_policies, matching_policies
from reconciler.model.keys import PolicyRef
from reconciler.model.resource_selectors import Closeness, closeness_of
from tests.unit.claim.builders import BY_KIND, BY_LABEL, BY_NAME, OTHER, cluster_policy, policy, template

POLICIES = (
    policy("named", BY_NAME, OTHER),
    policy("labelled", BY_LABEL, OTHER),
    policy("whole"),
    policy("all-three", BY_KIND, BY_LABEL, BY_NAME),
    policy("other", OTHER),
    policy("elsewhere", BY_KIND, namespace="dev"),
    policy("going", BY_NAME, deleting=True),
    cluster_policy("everywhere"),
    cluster_policy("services", {"kind": "Service", "apiVersion": "v1"}),
)


def test_what_matches_and_how_closely() -> None:
    found = {match.policy.ref.name: match.closeness for match in matching_policies(index_policies(POLICIES), template())}
    assert found == {
        "named": Closeness.NAME,
        "labelled": Closeness.LABEL,
        "whole": Closeness.KIND,
        "all-three": Closeness.NAME,
        "everywhere": Closeness.KIND,
    }


def test_the_index_gives_what_the_policies_say() -> None:
    for match in matching_policies(index_policies(POLICIES), template()):
        assert match.closeness == closeness_of(match.policy.selectors, template().manifest)


def test_cluster_scoped_objects_are_for_cluster_wide_policies() -> None:
    role = template("rbac.authorization.k8s.io/v1", "ClusterRole", "viewer", namespace="")
    selector = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    index = index_policies((policy("p", selector), cluster_policy("c", selector)))
    assert [match.policy.ref.name for match in matching_policies(index, role)] == ["c"]


def test_the_index_does_not_depend_on_the_order_and_knows_deleting_policies() -> None:
    index = index_policies(POLICIES)
    assert index_policies(reversed(POLICIES)) == index
    assert PolicyRef("PropagationPolicy", "prod", "going") in index.by_ref


def test_two_selectors_of_one_name_in_different_namespaces() -> None:
    selectors = ({"name": "web", "namespace": "dev"}, {"name": "web", "namespace": "prod"})
    assert len(matching_policies(index_policies((cluster_policy("c", *selectors),)), template())) == 1
    assert not matching_policies(index_policies((cluster_policy("c", selectors[0]),)), template())
