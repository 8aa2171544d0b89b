"""All checks of a Service in their order: what comes first may be the cause of what comes later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.endpoints.routes import Route
from reconciler.review.doctor.check import Check, Verdict
from reconciler.review.doctor.declaration_checks import check_declared, check_members, check_placed
from reconciler.review.doctor.endpoint_checks import check_dispatched, check_ports, check_ready, check_service
from reconciler.review.doctor.facts import ServiceFacts
from reconciler.review.doctor.network_checks import check_addresses, check_name, check_network


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Of one route; of the Service where there is none."""

    route: Route | None
    checks: tuple[Check, ...]

    @property
    def causes(self) -> tuple[Check, ...]:
        """The checks that fail; the first one first."""
        return tuple(check for check in self.checks if check.verdict is Verdict.FAILS)


def diagnose(facts: ServiceFacts) -> tuple[Diagnosis, ...]:
    """One for each route, at least one."""
    declared = check_declared(facts)
    if declared.verdict is Verdict.FAILS or not facts.routes:
        return (Diagnosis(None, (declared,)),)
    return tuple(Diagnosis(route, (declared, *_checks(facts, route))) for route in facts.routes)


def _checks(facts: ServiceFacts, route: Route) -> Iterator[Check]:
    yield check_placed(facts, route)
    yield from check_members(facts, route)
    if route.providers and route.consumers:
        yield check_service(facts, route)
        yield check_ready(facts, route)
        yield check_ports(facts, route)
        yield check_dispatched(facts, route)
        yield check_name(facts, route)
        yield check_addresses(facts, route)
        yield check_network(facts, route)
