"""Claims by Karmada's rules, recorded in the repository.

A recorded claim stays: a template remains with its policy although better policies are added later, until that policy is removed
or no longer matches, or a policy with `preemption: Always` takes over. When a claim has lapsed, Karmada applies nothing and
ignores later edits of the template. This program gives the claim up, reports it, and claims the template again by the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.claim.match import Match, PolicyIndex, index_policies, matching_policies
from reconciler.claim.preemption import preemptor
from reconciler.claim.priority import rank, why_first
from reconciler.claim.reserved import ASSIGNED, is_assigned, is_auto_propagated, never_propagated
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE
from reconciler.model.policy import PropagationPolicy

__all__ = ["Claim", "PolicyIndex", "claim_template", "index_policies", "is_assigned", "is_auto_propagated", "missing_overrides"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Which policy owns a template."""

    template: ResourceTemplate
    policy: PropagationPolicy | None
    """None if no policy matches, or if none is needed."""
    reason: str
    """Why this policy, or why none; a sentence without a full stop."""
    candidates: tuple[PolicyRef, ...] = ()
    """All policies that match, best first."""
    waiting_for: tuple[str, ...] = ()
    """`dependentOverrides` that do not exist. The policy owns the template but must not act yet; no other policy replaces it."""
    previous: PolicyRef | None = None
    """The recorded claim that this pass gave up."""


OWNS = "it claimed the template in an earlier sync and still matches"
"""Why a recorded claim stays."""


def claim_template(
    template: ResourceTemplate,
    owner: PolicyRef | None,
    index: PolicyIndex,
    override_refs: frozenset[PolicyRef],
    unreadable: str = "",
) -> Claim:
    """The claim of the template now.

    owner: the recorded claim. override_refs: the override policies that exist. unreadable: why the file of the owner cannot be
    read; empty where it can. If the result is recorded, the next call returns the same policy.
    """
    if reason := _needs_no_policy(template):
        return Claim(template, None, reason, previous=owner)
    ranked = rank(matching_policies(index, template))
    if (connecting := _connecting(ranked)) is not None:
        candidates = (connecting.ref, *(match.policy.ref for match in ranked if match.policy is not connecting))
        return Claim(template, connecting, CONNECTS, candidates, previous=None if owner == connecting.ref else owner)
    owning = next((match.policy for match in ranked if match.policy.ref == owner), None)
    if owning is None:
        policy, reason = _first(ranked)
        if policy is None and unreadable and owner not in index.by_ref:
            reason = "no other policy matches"
        if owner is not None:
            reason = f"{owner} {_why_lapsed(owner, index, unreadable)}; {reason}"
    else:
        policy, reason = _owned(ranked, owning, template)
    candidates = tuple(match.policy.ref for match in ranked)
    waiting_for = missing_overrides(policy, override_refs) if policy else ()
    previous = None if policy and policy.ref == owner else owner
    return Claim(template, policy, reason, candidates, waiting_for, previous)


CONNECTS = "it connects the Service over clusters, and no other policy acts on it"
"""Why a MultiClusterService owns its Service."""


def missing_overrides(policy: PropagationPolicy, override_refs: frozenset[PolicyRef]) -> tuple[str, ...]:
    """The names of the `dependentOverrides` that do not exist, sorted.

    These are OverridePolicies in the policy's own namespace, or ClusterOverridePolicies for a ClusterPropagationPolicy
    (Karmada pkg/util/helper/policy.go).
    """
    kind = "ClusterOverridePolicy" if policy.cluster_scoped else "OverridePolicy"
    required = {PolicyRef(kind, policy.ref.namespace, name) for name in policy.dependent_overrides}
    return tuple(sorted(ref.name for ref in required - override_refs))


def _connecting(ranked: tuple[Match, ...]) -> PropagationPolicy | None:
    """The MultiClusterService among these: it takes its Service from every policy (Karmada
    pkg/controllers/multiclusterservice removes the labels of their claims)."""
    return next((match.policy for match in ranked if match.policy.ref.kind == MULTI_CLUSTER_SERVICE), None)


def _needs_no_policy(template: ResourceTemplate) -> str:
    if is_auto_propagated(template):
        return "a Namespace goes to every cluster without a policy"
    return ASSIGNED if is_assigned(template) else never_propagated(template)


def _first(ranked: tuple[Match, ...]) -> tuple[PropagationPolicy | None, str]:
    return (ranked[0].policy, why_first(ranked)) if ranked else (None, "no policy matches")


def _owned(ranked: tuple[Match, ...], owner: PropagationPolicy, template: ResourceTemplate) -> tuple[PropagationPolicy, str]:
    successor = preemptor(ranked, owner, template)
    if successor is not None:
        if successor.cluster_scoped == owner.cluster_scoped:
            why = f"its priority {successor.priority} is above {owner.priority}"
        else:
            why = "a PropagationPolicy comes before a ClusterPropagationPolicy"
        return successor, f"taken over from {owner.ref}: preemption is Always, and {why}"
    if ranked[0].policy is owner:
        return owner, OWNS
    return owner, f"{OWNS}, although {ranked[0].policy.ref} would come first for a new template"


def _why_lapsed(owner: PolicyRef, index: PolicyIndex, unreadable: str) -> str:
    policy = index.by_ref.get(owner)
    if policy is None and unreadable:
        return f"owned it and cannot be read: {unreadable}"
    if policy is None:
        return "owned it and no longer exists"
    return "owned it and is being deleted" if policy.deleting else "owned it and no longer matches"
