"""Are there ready endpoints at the providers, with the ports that clients use, and do consumers have copies of them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.endpoints.copies import count_of, difference, wanted_copies
from reconciler.endpoints.routes import Route
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, key_of, mapping, sequence, text
from reconciler.model.wording import first_few, plural
from reconciler.review.doctor.check import Check, fails, holds, unknown
from reconciler.review.doctor.facts import MemberFacts, ServiceFacts, service_key

_MOST_PODS = 3
"""Pods that are named with their reason."""


def check_service(facts: ServiceFacts, route: Route) -> Check:
    """Whether the providers have the Service."""
    missing = [name for name in facts.answering(route.providers) if service_key(route.source) not in facts.member(name).objects]
    if missing:
        what = f"there is no Service {'/'.join(route.source)} on {first_few(missing, 5)}"
        return fails("service", what, "Declare the Service, and place it where the Pods and the export are.")
    return holds("service", f"every provider that answered has the Service {'/'.join(route.source)}")


def check_ready(facts: ServiceFacts, route: Route) -> Check:
    """Whether any provider has a ready endpoint; evidence for each provider."""
    answering = facts.answering(route.providers)
    if not answering:
        return unknown("ready", "no provider answered", "Make a provider reachable for this command, and ask again.")
    counts = {name: ready_endpoints(facts.member(name).provided(route.source)) for name in answering}
    evidence = [f"{name}: {plural(ready, 'ready endpoint')} of {count}" for name, (ready, count) in counts.items()]
    empty = [name for name, (ready, _) in counts.items() if not ready]
    for name in empty:
        evidence += _why_not_ready(name, facts.member(name), facts.member(name).objects.get(service_key(route.source)))
    if len(empty) == len(answering):
        what = f"no provider has a ready endpoint ({first_few(empty, 5)})"
        remedy = f"Make the Pods ready: `reconciler describe pods -n {route.source[0]}` shows what they wait for."
        return fails("ready", what, remedy, *evidence)
    without = f"; {first_few(empty, 5)} has none" if empty else ""
    having = first_few([name for name in answering if name not in empty], 5)
    return holds("ready", f"there are ready endpoints on {having}{without}", *evidence)


def check_ports(facts: ServiceFacts, route: Route) -> Check:
    """Kubernetes joins a port of a Service to the port of the same name and protocol of its endpoints."""
    problems, evidence = [], []
    for provider in facts.answering(route.providers):
        slices = facts.member(provider).provided(route.source)
        if not count_of(slices):  # Then nothing says which ports they would have.
            continue
        offered = _ports([port for one in slices for port in sequence(one, "ports")])
        evidence.append(f"{provider}: its endpoints have {_shown(offered)}")
        for consumer in facts.answering(route.consumers):
            service = facts.member(consumer).objects.get(service_key(route.target))
            lacking = _ports(sequence(service, "spec", "ports")) - offered if service is not None else set()
            if lacking and consumer != provider:
                asked = f"{_shown(lacking)} of the Service {'/'.join(route.target)} on {consumer}"
                problems.append(f"{asked} is no port of the endpoints of {provider}")
    if problems:
        remedy = (
            "Give the port the same name and protocol in the Service of the provider and in the ServiceImport. A targetPort that "
            "is a name must be one of a container."
        )
        return fails("ports", "; ".join(problems), remedy, *evidence)
    return holds("ports", "names and protocols of the ports agree", *evidence)


def check_dispatched(facts: ServiceFacts, route: Route) -> Check:
    """Whether each consumer holds the copies of what the providers hold now."""
    sources = {(name, route.source): facts.member(name).provided(route.source) for name in facts.answering(route.providers)}
    problems, evidence, foreign = [], [], False
    for consumer in facts.answering(route.consumers):
        there = facts.member(consumer)
        kept = [name for name in route.providers if (name, route.source) not in sources]
        offered = {place: slices for place, slices in sources.items() if place[0] not in facts.lost}
        wanted = wanted_copies(consumer, (route,), offered, facts.instance)
        held = there.copies(route.target, facts.instance)
        gap = difference(wanted, held, kept)
        evidence.append(f"{consumer}: {plural(count_of(held), 'endpoint')} of other members")
        if gap.written:
            problems.append(f"{consumer} lacks {plural(len(gap.written), 'slice')} of others, or has them as they were")
            names = [key_of(copy) for copy, live in gap.written if live is None and key_of(copy) in there.objects]
            foreign = foreign or bool(names)
            evidence += [f"{consumer}: {key.name} exists there, and is not a copy of this program" for key in names]
    if problems:
        remedy = "Delete the slice that is in the way, if nobody needs it. " if foreign else ""
        remedy += (
            "`reconciler sync` exchanges endpoints once, and `reconciler run` at once when they change; both say why they cannot."
        )
        return fails("dispatched", "; ".join(problems), remedy, *evidence)
    return holds("dispatched", "every consumer that answered has the endpoints of the providers", *evidence)


def an_address(facts: ServiceFacts, route: Route) -> tuple[str, int] | None:
    """Of a ready endpoint, with a port; None where there is none."""
    for name in facts.answering(route.providers):
        for one in facts.member(name).provided(route.source):
            ports = [port for port in (get(item, "port") for item in sequence(one, "ports")) if isinstance(port, int)]
            addresses = [item for end in sequence(one, "endpoints") if _is_ready(end) for item in sequence(end, "addresses")]
            if ports and addresses and isinstance(addresses[0], str):
                return addresses[0], ports[0]
    return None


def _is_ready(endpoint: Any) -> bool:
    """As in Kubernetes, a condition that is absent counts as ready."""
    return get(endpoint, "conditions", "ready", default=True) is not False


def ready_endpoints(slices: list[Manifest]) -> tuple[int, int]:
    ends = [end for one in slices for end in sequence(one, "endpoints")]
    return sum(map(_is_ready, ends)), len(ends)


def _why_not_ready(name: ClusterName, there: MemberFacts, service: Manifest | None) -> Iterator[str]:
    if service is None:
        return
    selector = mapping(service, "spec", "selector")
    if not selector:
        yield f"{name}: its Service selects no Pods; somebody else has to write its endpoints"
    elif not there.pods:
        yield f"{name}: no Pod has the labels {','.join(f'{key}={value}' for key, value in sorted(selector.items()))}"
    for pod in there.pods[:_MOST_PODS]:
        yield f"{name}: Pod {text(pod, 'metadata', 'name')}: {_pod_reason(pod)}"


def _pod_reason(pod: Manifest) -> str:
    """The first reason: of a container that waits, else of the first condition that is False."""
    for status in (*sequence(pod, "status", "initContainerStatuses"), *sequence(pod, "status", "containerStatuses")):
        if reason := text(status, "state", "waiting", "reason"):
            return f"{reason} {text(status, 'state', 'waiting', 'message')}".strip()
    for condition in sequence(pod, "status", "conditions"):
        if text(condition, "status") == "False" and text(condition, "reason"):
            return f"{text(condition, 'reason')} {text(condition, 'message')}".strip()
    return f"it is {text(pod, 'status', 'phase') or 'not started'}"


def _ports(ports: Any) -> set[tuple[str, str]]:
    """Name and protocol of each."""
    return {(text(port, "name"), text(port, "protocol") or "TCP") for port in ports}


def _shown(ports: set[tuple[str, str]]) -> str:
    names = [f"{name or 'the port without a name'}/{protocol}" for name, protocol in sorted(ports)]
    return first_few(names, 5) or "no port"
