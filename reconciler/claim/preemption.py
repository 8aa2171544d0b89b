"""Taking a template over from the policy that holds it: `preemption: Always` (Karmada pkg/detector/preemption.go).

Karmada looks at this when a policy changes, so who wins may depend on the order of changes. We look at it in every pass
and let the best of those that may take over have it: nobody may then take it from that one, so the result is stable.
"""

from __future__ import annotations

from reconciler.claim.match import Match
from reconciler.model.desired import ResourceTemplate
from reconciler.model.policy import PropagationPolicy


def outranks(candidate: PropagationPolicy, holder: PropagationPolicy) -> bool:
    """Whether `candidate` may take over from `holder`: by a strictly higher priority, closeness plays no part.

    A PropagationPolicy takes from a ClusterPropagationPolicy whatever the priorities, and never the other way round.
    """
    if candidate.cluster_scoped != holder.cluster_scoped:
        return holder.cluster_scoped
    return candidate.priority > holder.priority


def names_exactly(policy: PropagationPolicy, template: ResourceTemplate) -> bool:
    """Whether a selector spells out the template's kind, namespace and name; preemption looks objects up by these."""
    gvk, key = template.gvk, template.key
    return any(
        (selector.name, selector.namespace, selector.kind, selector.api_version)
        == (key.name, key.namespace, gvk.kind, gvk.api_version)
        for selector in policy.selectors
    )


def preemptor(ranked: tuple[Match, ...], holder: PropagationPolicy, template: ResourceTemplate) -> PropagationPolicy | None:
    """The policy that takes the template over, of those that match, best first; None when it stays with `holder`."""
    for match in ranked:
        policy = match.policy
        if policy.preemption and outranks(policy, holder) and names_exactly(policy, template):
            return policy
    return None
