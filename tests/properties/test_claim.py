"""What holds for all sets of policies."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.claim.claims import claim_template
from reconciler.claim.match import index_policies
from reconciler.load.parse import parse_propagation_policy
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import gvk_of, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.policy import PropagationPolicy
from tests.conformance.karmada_claim import karmada_claim

_NAMES, _NAMESPACES = st.sampled_from(["a", "b", "c"]), st.sampled_from(["prod", "dev"])
_LABELS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"]))

_selectors = st.fixed_dictionaries(
    {"apiVersion": st.just("apps/v1"), "kind": st.sampled_from(["Deployment", "StatefulSet"])},
    optional={
        "name": st.sampled_from(["web", "api"]),
        "namespace": _NAMESPACES,
        "labelSelector": st.fixed_dictionaries({"matchLabels": _LABELS}),
    },
)


@st.composite
def _policies(draw: st.DrawFn) -> PropagationPolicy:
    namespace = draw(st.none() | _NAMESPACES)
    metadata: dict[str, Any] = {"name": draw(_NAMES)} | ({"namespace": namespace} if namespace else {})
    if draw(st.sampled_from([False, False, False, True])):
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    spec = {
        "resourceSelectors": draw(st.lists(_selectors, min_size=1, max_size=3)),
        "priority": draw(st.integers(-2, 2)),
        "preemption": draw(st.sampled_from(["Always", "Never"])),
        "dependentOverrides": draw(st.lists(st.just("o"), max_size=1)),
    }
    kind = "PropagationPolicy" if namespace else "ClusterPropagationPolicy"
    return parse_propagation_policy({"kind": kind, "metadata": metadata, "spec": spec})


@st.composite
def _templates(draw: st.DrawFn) -> ResourceTemplate:
    metadata = {"name": draw(st.sampled_from(["web", "api"])), "namespace": draw(_NAMESPACES), "labels": draw(_LABELS)}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
    return ResourceTemplate(key_of(manifest), gvk_of(manifest), manifest, NOWHERE)


_policy_sets = st.lists(_policies(), max_size=8, unique_by=lambda policy: policy.ref)
_refs = st.none() | st.builds(
    lambda name, namespace: PolicyRef(f"{'' if namespace else 'Cluster'}PropagationPolicy", namespace, name),
    _NAMES,
    st.just("") | _NAMESPACES,
)
_overrides = st.frozensets(
    st.sampled_from([PolicyRef("OverridePolicy", "prod", "o"), PolicyRef("ClusterOverridePolicy", "", "o")])
)


@given(_templates(), _policy_sets, _refs, _overrides, st.randoms(use_true_random=False))
def test_the_order_of_policies_decides_nothing(
    template: ResourceTemplate,
    policies: list[PropagationPolicy],
    owner: PolicyRef | None,
    overrides: frozenset[PolicyRef],
    random: Any,
) -> None:
    shuffled = random.sample(policies, len(policies))
    claim = claim_template(template, owner, index_policies(policies), overrides)
    assert claim_template(template, owner, index_policies(shuffled), overrides) == claim


@given(_templates(), _policy_sets, _refs)
def test_claiming_again_changes_nothing(
    template: ResourceTemplate, policies: list[PropagationPolicy], owner: PolicyRef | None
) -> None:
    index = index_policies(policies)
    first = claim_template(template, owner, index, frozenset())
    again = claim_template(template, first.policy and first.policy.ref, index, frozenset())
    assert (again.policy, again.previous) == (first.policy, None)


@given(_templates(), _policy_sets, _refs)
def test_a_claim_is_kept_taken_over_or_given_up_aloud(
    template: ResourceTemplate, policies: list[PropagationPolicy], owner: PolicyRef | None
) -> None:
    claim = claim_template(template, owner, index_policies(policies), frozenset())
    now = claim.policy and claim.policy.ref
    assert claim.previous == (None if now == owner else owner)
    assert (now is None) == (not claim.candidates)
    assert now is None or now in claim.candidates
    if owner in claim.candidates and now != owner:
        assert claim.policy is not None
        assert claim.policy.preemption


@given(_templates(), _policy_sets, _overrides)
def test_without_a_recorded_claim_we_agree_with_karmada(
    template: ResourceTemplate, policies: list[PropagationPolicy], overrides: frozenset[PolicyRef]
) -> None:
    index = index_policies(policies)
    assert claim_template(template, None, index, overrides) == karmada_claim(template, None, index, overrides)
