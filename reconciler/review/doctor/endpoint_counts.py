"""How many endpoints each member of a route has now: its own, and those of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.endpoints.copies import count_of, provider_of
from reconciler.endpoints.routes import Route
from reconciler.model.keys import ClusterName
from reconciler.review.doctor.endpoint_checks import ready_endpoints
from reconciler.review.doctor.facts import ServiceFacts
from reconciler.review.doctor.network_checks import names_of


@dataclass(frozen=True, slots=True)
class EndpointCounts:
    cluster: ClusterName
    provided: int
    """Of its own; 0 where it is no provider."""
    ready: int
    """Of these."""
    copied: Mapping[str, int]
    """By provider: those that this reconciler copied from there."""


def endpoint_counts(facts: ServiceFacts, route: Route) -> tuple[EndpointCounts, ...]:
    """Of the members that answered; sorted."""
    return tuple(_counts(facts, route, name) for name in facts.answering(names_of((route,))))


def _counts(facts: ServiceFacts, route: Route, name: ClusterName) -> EndpointCounts:
    member = facts.member(name)
    ready, own = ready_endpoints(member.provided(route.source)) if name in route.providers else (0, 0)
    copied = Counter[str]()
    for copy in member.copies(route.target, facts.instance) if name in route.consumers else ():
        copied[provider_of(copy)] += count_of([copy])
    return EndpointCounts(name, own, ready, dict(sorted(copied.items())))
