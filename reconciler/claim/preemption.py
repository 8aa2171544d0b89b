"""Preemption: a policy with `preemption: Always` takes a template over from its owner (Karmada pkg/detector/preemption.go).

Karmada checks this when a policy changes, so the result can depend on the order of changes. Here every pass checks it, and the
best of the policies that may take over gets the template. No other policy may take it from that one, so the result is stable.
"""

from __future__ import annotations

from reconciler.claim.match import Match
from reconciler.model.desired import ResourceTemplate
from reconciler.model.policy import PropagationPolicy


def outranks(candidate: PropagationPolicy, owner: PropagationPolicy) -> bool:
    """Whether `candidate` may take over from `owner`: it needs a higher priority; closeness does not matter.

    A PropagationPolicy may always take over from a ClusterPropagationPolicy, and never the other way round.
    """
    if candidate.cluster_scoped != owner.cluster_scoped:
        return owner.cluster_scoped
    return candidate.priority > owner.priority


def names_exactly(policy: PropagationPolicy, template: ResourceTemplate) -> bool:
    """Whether a selector states the template's kind, namespace and name; preemption finds objects by these."""
    gvk, key = template.gvk, template.key
    return any(
        (selector.name, selector.namespace, selector.kind) == (key.name, key.namespace, gvk.kind)
        and gvk.api_version in selector.api_versions
        for selector in policy.selectors
    )


def preemptor(ranked: tuple[Match, ...], owner: PropagationPolicy, template: ResourceTemplate) -> PropagationPolicy | None:
    """The policy that takes the template over; None if it stays with `owner`. ranked: the matching policies, best first."""
    for match in ranked:
        policy = match.policy
        if policy.preemption and outranks(policy, owner) and names_exactly(policy, template):
            return policy
    return None
