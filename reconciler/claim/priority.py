"""Which of several matching policies comes first (Karmada pkg/detector/compare.go, policy.go).

A PropagationPolicy comes before every ClusterPropagationPolicy; then the higher `spec.priority` counts, then the closer match,
then the name in alphabetical order. The order is total, so the order of the files does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.claim.match import Match
from reconciler.model.resource_selectors import Closeness

_CLOSENESS_WORDS = {
    Closeness.NAME: "names the object",
    Closeness.LABEL: "selects it by label",
    Closeness.KIND: "selects its whole kind",
}


def rank(matches: Iterable[Match]) -> tuple[Match, ...]:
    """The matches in order, best first."""
    return tuple(sorted(matches, key=_precedence))


def why_first(ranked: tuple[Match, ...]) -> str:
    """Why the first match comes before the second, as a clause."""
    first = ranked[0]
    if len(ranked) == 1:
        return "it is the only policy that matches"
    second = ranked[1]
    if first.policy.cluster_scoped != second.policy.cluster_scoped:
        return f"a PropagationPolicy comes before {second.policy.ref}"
    if first.policy.priority != second.policy.priority:
        return f"its priority {first.policy.priority} is above {second.policy.priority} of {second.policy.ref}"
    if first.closeness != second.closeness:
        return f"it {_CLOSENESS_WORDS[first.closeness]}, while {second.policy.ref} {_CLOSENESS_WORDS[second.closeness]}"
    return f"its name comes before that of {second.policy.ref}, and everything else is equal"


def rank_criteria(match: Match) -> str:
    """The criteria by which a match is ranked, as a clause."""
    return f"priority {match.policy.priority}, {_CLOSENESS_WORDS[match.closeness]}"


def _precedence(match: Match) -> tuple[bool, int, int, str]:
    policy = match.policy
    return policy.cluster_scoped, -policy.priority, -match.closeness, policy.ref.name
