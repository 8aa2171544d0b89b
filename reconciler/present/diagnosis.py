"""Why a Service is not reached from other clusters, as lines and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.wording import first_few, plural, printable
from reconciler.present.style import Line, Span, Style, styled
from reconciler.review.doctor.check import Check, Verdict
from reconciler.review.doctor.diagnose import Diagnosis
from reconciler.review.doctor.endpoint_counts import EndpointCounts, endpoint_counts
from reconciler.review.doctor.facts import ServiceFacts
from reconciler.review.doctor.network_checks import host_of

_STYLES = {Verdict.HOLDS: Style.GOOD, Verdict.FAILS: Style.BAD, Verdict.UNKNOWN: Style.CAUTION}
_INDENT = " " * 22
_MEMBERS = 10
"""Whose endpoints are told in lines."""


def diagnosis_lines(facts: ServiceFacts, diagnoses: tuple[Diagnosis, ...]) -> Iterator[Line]:
    """What fails and what nobody knows with its evidence; what holds in one line each."""
    for one in diagnoses:
        yield styled(_title(facts, one), Style.HEADING)
        yield from _count_lines(facts, one)
        for check in one.checks:
            words = f"{check.name:<11} {printable(check.message)}"
            yield Line((Span(f"  {check.verdict:<8}", _STYLES[check.verdict]), Span(words)))
            if check.verdict is not Verdict.HOLDS:
                yield from (styled(f"{_INDENT}{printable(line)}") for line in check.evidence)
                yield styled(f"{_INDENT}→ {check.remedy}")
        yield styled(_summary(one))


def diagnosis_document(
    facts: ServiceFacts, diagnoses: tuple[Diagnosis, ...], unanswered: Mapping[ClusterName, str]
) -> dict[str, Any]:
    """`docs/output.md`: doctor."""
    namespace, name = facts.service
    return {
        "service": {"namespace": namespace, "name": name},
        "routes": [
            {
                "declaredBy": one.route.declared_by if one.route is not None else "",
                "host": host_of(one.route) if one.route is not None else "",
                "providers": list(one.route.providers) if one.route is not None else [],
                "consumers": list(one.route.consumers) if one.route is not None else [],
                "endpoints": [_counts(counts) for counts in _counted(facts, one)],
                "checks": [_check(check) for check in one.checks],
            }
            for one in diagnoses
        ],
        "unanswered": dict(unanswered),
    }


def _counted(facts: ServiceFacts, one: Diagnosis) -> tuple[EndpointCounts, ...]:
    return endpoint_counts(facts, one.route) if one.route is not None else ()


def _count_lines(facts: ServiceFacts, one: Diagnosis) -> Iterator[Line]:
    """One line for each of the first members that have endpoints."""
    told = [counts for counts in _counted(facts, one) if counts.provided or counts.copied]
    for counts in told[:_MEMBERS]:
        own = [f"{plural(counts.provided, 'endpoint')} of its own, {counts.ready} ready"] * bool(counts.provided)
        others = [f"{sum(counts.copied.values())} of {first_few(list(counts.copied), 5)}"] * bool(counts.copied)
        yield styled(f"  {counts.cluster} has {', and '.join([*own, *others])}")
    if len(told) > _MEMBERS:
        yield styled(f"  and {plural(len(told) - _MEMBERS, 'more member')}; -o json has all of them")


def _counts(counts: EndpointCounts) -> dict[str, Any]:
    return {"cluster": counts.cluster, "own": counts.provided, "ready": counts.ready, "copied": dict(counts.copied)}


def _title(facts: ServiceFacts, one: Diagnosis) -> str:
    if one.route is None:
        return f"Service {facts.name}"
    providers, consumers = first_few(one.route.providers, 5) or "nowhere", first_few(one.route.consumers, 5) or "nowhere"
    return f"{one.route.declared_by}: from {providers} to {consumers}, as {host_of(one.route)}"


def _summary(one: Diagnosis) -> str:
    if one.causes:
        return f"Look at `{one.causes[0].name}` first: what fails below it may be its consequence."
    if one.route is None:
        return "Nothing connects it."
    return "No cause was found. What is unknown can only be tried out on the members."


def _check(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "verdict": str(check.verdict),
        "message": check.message,
        "evidence": list(check.evidence),
        "remedy": check.remedy,
    }
