"""Our claims: Karmada's rules, with the claim recorded in the repository, and no template left behind in silence.

A recorded claim sticks: whatever policies come later, a template stays with the one that has it, until that one goes or
no longer matches, or a policy with `preemption: Always` takes over. Where Karmada then applies nothing (and the
template's later edits are lost), we give the claim up, say so, and claim again by the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.claim.match import Match, PolicyIndex, index_policies, matching_policies
from reconciler.claim.preemption import preemptor
from reconciler.claim.priority import rank, why_first
from reconciler.claim.reserved import is_auto_propagated, never_propagated
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.policy import PropagationPolicy

__all__ = ["Claim", "PolicyIndex", "claim_template", "index_policies", "is_auto_propagated", "missing_overrides"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Which policy has a template."""

    template: ResourceTemplate
    policy: PropagationPolicy | None
    """None where no policy matches, or where none is needed."""
    reason: str
    """Why this policy, or why none; a sentence without full stop."""
    candidates: tuple[PolicyRef, ...] = ()
    """All that match, best first."""
    waiting_for: tuple[str, ...] = ()
    """`dependentOverrides` that do not exist: the policy has the claim but must not act yet, and no other steps in."""
    previous: PolicyRef | None = None
    """The recorded claim that was given up in this pass."""


def claim_template(
    template: ResourceTemplate, held_by: PolicyRef | None, index: PolicyIndex, override_refs: frozenset[PolicyRef]
) -> Claim:
    """Who has the template now. `held_by` is the recorded claim, `override_refs` are the override policies that exist.

    Claiming again with the result recorded gives the same policy.
    """
    if reason := _needs_no_policy(template):
        return Claim(template, None, reason, previous=held_by)
    ranked = rank(matching_policies(index, template))
    holder = next((match.policy for match in ranked if match.policy.ref == held_by), None)
    if holder is None:
        policy, reason = _first(ranked)
        if held_by is not None:
            reason = f"{held_by} {_why_lapsed(held_by, index)}; {reason}"
    else:
        policy, reason = _held(ranked, holder, template)
    candidates = tuple(match.policy.ref for match in ranked)
    waiting_for = missing_overrides(policy, override_refs) if policy else ()
    previous = None if policy and policy.ref == held_by else held_by
    return Claim(template, policy, reason, candidates, waiting_for, previous)


def missing_overrides(policy: PropagationPolicy, override_refs: frozenset[PolicyRef]) -> tuple[str, ...]:
    """The `dependentOverrides` that do not exist, sorted.

    They are OverridePolicies in the policy's own namespace, or ClusterOverridePolicies for a ClusterPropagationPolicy
    (Karmada pkg/util/helper/policy.go).
    """
    kind = "ClusterOverridePolicy" if policy.cluster_scoped else "OverridePolicy"
    wanted = {PolicyRef(kind, policy.ref.namespace, name) for name in policy.dependent_overrides}
    return tuple(sorted(ref.name for ref in wanted - override_refs))


def _needs_no_policy(template: ResourceTemplate) -> str:
    if is_auto_propagated(template):
        return "a Namespace goes to every cluster without a policy"
    return never_propagated(template)


def _first(ranked: tuple[Match, ...]) -> tuple[PropagationPolicy | None, str]:
    return (ranked[0].policy, why_first(ranked)) if ranked else (None, "no policy matches")


def _held(ranked: tuple[Match, ...], holder: PropagationPolicy, template: ResourceTemplate) -> tuple[PropagationPolicy, str]:
    successor = preemptor(ranked, holder, template)
    if successor is not None:
        if successor.cluster_scoped == holder.cluster_scoped:
            ground = f"its priority {successor.priority} is above {holder.priority}"
        else:
            ground = "a PropagationPolicy comes before a ClusterPropagationPolicy"
        return successor, f"taken over from {holder.ref}: preemption is Always, and {ground}"
    if ranked[0].policy is holder:
        return holder, "it holds the claim"
    return holder, f"it holds the claim, although {ranked[0].policy.ref} would come first for a new template"


def _why_lapsed(held_by: PolicyRef, index: PolicyIndex) -> str:
    policy = index.by_ref.get(held_by)
    if policy is None:
        return "had it and no longer exists"
    return "had it and is being deleted" if policy.deleting else "had it and no longer matches"
