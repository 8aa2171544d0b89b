"""Karmada's own claims (pkg/detector/policy.go, preemption.go), for the replay and for comparison with `claim/claims.py`.

They differ for claims that have lapsed: Karmada applies nothing then and leaves the template until the next event.
"""

from __future__ import annotations

from reconciler.claim.claims import OWNS, Claim, missing_overrides
from reconciler.claim.match import PolicyIndex, matching_policies
from reconciler.claim.preemption import names_exactly, outranks
from reconciler.claim.priority import rank, why_first
from reconciler.claim.reserved import never_propagated
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.policy import PropagationPolicy
from reconciler.model.resource_selectors import Closeness, closeness_of


def karmada_claim(
    template: ResourceTemplate, owner: PolicyRef | None, index: PolicyIndex, override_refs: frozenset[PolicyRef]
) -> Claim:
    """The policy that Karmada applies; none when the recorded claim has lapsed, even if others match."""
    if reason := never_propagated(template):
        return Claim(template, None, reason)
    if owner is not None:
        return _claimed(template, owner, index, override_refs)
    ranked = rank(matching_policies(index, template))
    if not ranked:
        return Claim(template, None, "no policy matches")
    policy = ranked[0].policy
    candidates = tuple(match.policy.ref for match in ranked)
    return Claim(template, policy, why_first(ranked), candidates, missing_overrides(policy, override_refs))


def karmada_preemption(
    template: ResourceTemplate, owner: PolicyRef | None, updated: PropagationPolicy, index: PolicyIndex
) -> PolicyRef | None:
    """The owner of the template after `updated` was created or changed: preemption alone.

    A template without an owner stays without one. Karmada does this only with its feature gate PropagationPolicyPreemption.
    """
    if owner is None or owner == updated.ref or not (updated.preemption and names_exactly(updated, template)):
        return owner
    owning = index.by_ref.get(owner)
    if owning is None:  # An owner that is gone has no priority to compare; only its class counts.
        return updated.ref if not updated.cluster_scoped and owner.kind == "ClusterPropagationPolicy" else owner
    return updated.ref if outranks(updated, owning) else owner


def _claimed(template: ResourceTemplate, owner: PolicyRef, index: PolicyIndex, override_refs: frozenset[PolicyRef]) -> Claim:
    policy = index.by_ref.get(owner)
    if policy is None:
        return Claim(template, None, f"{owner} owns it and no longer exists")
    if closeness_of(policy.selectors, template.manifest) is Closeness.NONE:
        return Claim(template, None, f"{owner} owns it and no longer matches")
    return Claim(template, policy, OWNS, (owner,), missing_overrides(policy, override_refs))
