from reconciler.claim.claims import claim_template, index_policies
from reconciler.model.keys import PolicyRef
from reconciler.model.policy import PropagationPolicy
from tests.conformance.karmada_claim import karmada_claim
from tests.unit.claim.builders import BY_KIND, BY_NAME, OTHER, cluster_policy, policy, template

NONE: frozenset[PolicyRef] = frozenset()
GONE = PolicyRef("PropagationPolicy", "prod", "gone")
BEST, HOLDER = policy("best", BY_NAME, priority=9), policy("holder")


def test_the_first_of_those_that_match_claims() -> None:
    claim = claim_template(template(), None, index_policies((HOLDER, BEST)), NONE)
    assert (claim.policy, claim.candidates, claim.previous) == (BEST, (BEST.ref, HOLDER.ref), None)
    assert claim.reason == "its priority 9 is above 0 of PropagationPolicy prod/holder"


KEPT = "it claimed the template in an earlier sync and still matches"


def test_a_recorded_claim_sticks_and_says_who_would_come_first() -> None:
    claim = claim_template(template(), HOLDER.ref, index_policies((HOLDER, BEST)), NONE)
    assert (claim.policy, claim.previous) == (HOLDER, None)
    assert claim.reason == f"{KEPT}, although PropagationPolicy prod/best would come first for a new template"
    assert claim_template(template(), BEST.ref, index_policies((HOLDER, BEST)), NONE).reason == KEPT


def test_a_cluster_wide_holder_is_not_replaced_by_a_policy_of_the_namespace() -> None:
    holder = cluster_policy("holder")
    assert claim_template(template(), holder.ref, index_policies((holder, BEST)), NONE).policy == holder


def lapsed(holder: PropagationPolicy | None, why: str) -> None:
    """We claim anew and say what was given up; Karmada applies nothing."""
    ref = holder.ref if holder else GONE
    index = index_policies([BEST, *([holder] if holder else [])])
    claim = claim_template(template(), ref, index, NONE)
    assert (claim.policy, claim.previous) == (BEST, ref)
    assert claim.reason == f"{ref} owned it and {why}; it is the only policy that matches"


def test_a_claim_lapses_when_its_policy_is_gone() -> None:
    lapsed(None, "no longer exists")
    assert karmada_claim(template(), GONE, index_policies((BEST,)), NONE).policy is None


def test_a_claim_lapses_when_its_policy_no_longer_matches() -> None:
    holder = policy("holder", OTHER)
    lapsed(holder, "no longer matches")
    assert karmada_claim(template(), holder.ref, index_policies((BEST, holder)), NONE).policy is None


def test_a_claim_lapses_when_its_policy_is_being_deleted() -> None:
    lapsed(policy("holder", deleting=True), "is being deleted")


def test_a_claim_may_lapse_into_nothing() -> None:
    claim = claim_template(template(), GONE, index_policies(()), NONE)
    assert (claim.policy, claim.candidates, claim.previous) == (None, (), GONE)
    assert claim.reason == f"{GONE} owned it and no longer exists; no policy matches"


def test_a_claim_of_a_policy_that_cannot_be_read_is_not_called_gone() -> None:
    claim = claim_template(template(), GONE, index_policies(()), NONE, "p.yaml has an error")
    assert claim.reason == f"{GONE} owned it and cannot be read: p.yaml has an error; no other policy matches"
    other = claim_template(template(), GONE, index_policies((BEST,)), NONE, "p.yaml has an error")
    assert other.reason.startswith(f"{GONE} owned it and cannot be read: p.yaml has an error; ")
    read = claim_template(template(), BEST.ref, index_policies((BEST,)), NONE, "p.yaml has an error")
    assert (read.policy, read.reason) == (BEST, KEPT)


def test_preemption_takes_a_template_over() -> None:
    taker = policy("taker", BY_NAME, priority=1, preemption="Always")
    claim = claim_template(template(), HOLDER.ref, index_policies((HOLDER, taker, BEST)), NONE)
    assert (claim.policy, claim.previous) == (taker, HOLDER.ref)
    assert claim.reason.endswith("preemption is Always, and its priority 1 is above 0")


def test_preemption_against_a_cluster_wide_holder_ignores_priority() -> None:
    holder, taker = cluster_policy("holder", priority=9), policy("taker", BY_NAME, preemption="Always")
    claim = claim_template(template(), holder.ref, index_policies((holder, taker)), NONE)
    assert claim.policy == taker
    assert "a PropagationPolicy comes before" in claim.reason


def test_missing_overrides_keep_the_claim_waiting() -> None:
    waiting = policy("waiting", BY_NAME, dependentOverrides=["o2", "o1", "o3", "o1"])
    here, elsewhere = PolicyRef("OverridePolicy", "prod", "o3"), PolicyRef("OverridePolicy", "dev", "o1")
    claim = claim_template(template(), None, index_policies((waiting, HOLDER)), frozenset({here, elsewhere}))
    assert (claim.policy, claim.waiting_for) == (waiting, ("o1", "o2"))


def test_cluster_wide_policies_depend_on_cluster_wide_overrides() -> None:
    waiting = cluster_policy("waiting", dependentOverrides=["o"])
    index = index_policies((waiting,))
    for ref, missing in ((PolicyRef("ClusterOverridePolicy", "", "o"), ()), (PolicyRef("OverridePolicy", "prod", "o"), ("o",))):
        assert claim_template(template(), None, index, frozenset({ref})).waiting_for == missing


NAMESPACES = cluster_policy("namespaces", {"apiVersion": "v1", "kind": "Namespace"})


def test_a_namespace_needs_no_policy_unless_it_stays_behind() -> None:
    index = index_policies((NAMESPACES,))
    claim = claim_template(template("v1", "Namespace", "prod", ""), NAMESPACES.ref, index, NONE)
    assert (claim.policy, claim.previous) == (None, NAMESPACES.ref)
    assert "without a policy" in claim.reason
    kept = template("v1", "Namespace", "prod", "", **{"namespace.karmada.io/skip-auto-propagation": "true"})
    assert claim_template(kept, None, index, NONE).policy == NAMESPACES


def test_reserved_templates_are_not_claimed() -> None:
    claim = claim_template(template(namespace="kube-system"), None, index_policies((cluster_policy("c", BY_KIND),)), NONE)
    assert (claim.policy, claim.candidates) == (None, ())
    assert "kube-system" in claim.reason
