"""Karmada's own answer for one pass (pkg/detector/policy.go, preemption.go); what we do is in `claims.py`.

The difference is in claims that have lapsed: Karmada applies nothing then and leaves the template to the next event.
"""

from __future__ import annotations

from reconciler.claim.claims import Claim, missing_overrides
from reconciler.claim.match import PolicyIndex, matching_policies, policy_closeness
from reconciler.claim.preemption import names_exactly, outranks
from reconciler.claim.priority import rank, why_first
from reconciler.claim.reserved import never_propagated
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.matching import Closeness
from reconciler.model.policy import PropagationPolicy


def karmada_claim(
    template: ResourceTemplate, held_by: PolicyRef | None, index: PolicyIndex, override_refs: frozenset[PolicyRef]
) -> Claim:
    """The policy that Karmada applies; none when the recorded claim has lapsed, even if others match."""
    if reason := never_propagated(template):
        return Claim(template, None, reason)
    if held_by is not None:
        return _claimed(template, held_by, index, override_refs)
    ranked = rank(matching_policies(index, template))
    if not ranked:
        return Claim(template, None, "no policy matches")
    policy = ranked[0].policy
    candidates = tuple(match.policy.ref for match in ranked)
    return Claim(template, policy, why_first(ranked), candidates, missing_overrides(policy, override_refs))


def karmada_preemption(
    template: ResourceTemplate, held_by: PolicyRef | None, updated: PropagationPolicy, index: PolicyIndex
) -> PolicyRef | None:
    """Who holds the template after `updated` was created or changed: the step of preemption alone.

    A template that nobody holds stays so. Karmada does this with its feature gate PropagationPolicyPreemption only.
    """
    if held_by is None or held_by == updated.ref or not (updated.preemption and names_exactly(updated, template)):
        return held_by
    holder = index.by_ref.get(held_by)
    if holder is None:  # A holder that is gone has no priority to compare; only its class counts.
        return updated.ref if not updated.cluster_scoped and held_by.kind == "ClusterPropagationPolicy" else held_by
    return updated.ref if outranks(updated, holder) else held_by


def _claimed(template: ResourceTemplate, held_by: PolicyRef, index: PolicyIndex, override_refs: frozenset[PolicyRef]) -> Claim:
    policy = index.by_ref.get(held_by)
    if policy is None:
        return Claim(template, None, f"{held_by} holds it and no longer exists")
    if policy_closeness(policy, template) is Closeness.NONE:
        return Claim(template, None, f"{held_by} holds it and no longer matches")
    return Claim(template, policy, "it holds the claim", (held_by,), missing_overrides(policy, override_refs))
