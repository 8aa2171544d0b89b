"""Is the name of the Service resolved on consumers, and can their packets find the Pods of the providers?"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations

from reconciler.endpoints.routes import Route
from reconciler.model.keys import ClusterName
from reconciler.model.wording import first_few
from reconciler.review.doctor.check import Check, fails, holds, unknown
from reconciler.review.doctor.endpoint_checks import an_address
from reconciler.review.doctor.facts import ServiceFacts, service_key

DNS_LABEL = "k8s-app=kube-dns"
"""Of the Pods of cluster DNS: kubeadm's CoreDNS has it, too."""


def host_of(route: Route) -> str:
    """The name that clients use on consumers."""
    namespace, name = route.target
    return f"{name}.{namespace}.svc"


def check_name(facts: ServiceFacts, route: Route) -> Check:
    """Whether consumers have the Service that the name stands for, and cluster DNS answers there."""
    consumers, host = facts.answering(route.consumers), host_of(route)
    other = f"{route.source[1]}.{route.source[0]}.svc" if route.source != route.target else ""
    use = f"clients on consumers call {host}" + (f", not {other}" if other else "")
    missing = [name for name in consumers if service_key(route.target) not in facts.member(name).objects]
    if missing:
        what = f"{host} is not resolved on {first_few(missing, 5)}: there is no Service {'/'.join(route.target)}"
        return fails("name", what, "Sync; if it stays away, `reconciler explain` of that Service says why.", use)
    answers = {name: facts.member(name).dns for name in consumers}
    dead = [name for name, dns in answers.items() if dns is not None and not dns.ready]
    if dead:
        what = f"cluster DNS is not ready on {first_few(dead, 5)}"
        evidence = (
            f"{name}: {dns.ready} of {dns.total} Pods with {DNS_LABEL} in kube-system are ready"
            for name, dns in answers.items()
            if dns
        )
        return fails("name", what, "Bring cluster DNS back on that member.", use, *evidence)
    unseen = [name for name, dns in answers.items() if dns is None]
    if unseen or not consumers:
        what = f"it is not known whether names are resolved on {first_few(unseen, 5) or 'any consumer'}"
        silent = [f"{name}: kube-system has no Pod with {DNS_LABEL}" for name in unseen if not facts.member(name).unread]
        return unknown("name", what, f"From a Pod there, try `nslookup {host}`.", use, *silent, *_unread(facts, unseen))
    return holds("name", "consumers have the Service, and cluster DNS is ready", use)


def check_addresses(facts: ServiceFacts, route: Route) -> Check:
    """Pods of two members with ranges that overlap may have the same address: packets then stay where they are."""
    concerned = facts.answering(tuple(sorted({*route.providers, *route.consumers})))
    ranges = {name: list(_networks(facts.member(name).pod_ranges)) for name in concerned}
    clashes = [
        f"{one} has {mine} and {other} has {theirs}"
        for one, other in combinations(concerned, 2)
        for mine, theirs in _first_overlap(ranges[one], ranges[other])
    ]
    evidence = [f"{name}: {first_few(facts.member(name).pod_ranges, 5)}" for name in concerned if ranges[name]]
    if clashes:
        what = f"ranges of Pod addresses overlap: {'; '.join(clashes)}"
        remedy = (
            "Give the clusters other Pod CIDRs, or connect them by a network that translates addresses (Submariner's Globalnet)."
        )
        return fails("addresses", what, remedy, *evidence)
    unknown_on = [name for name in concerned if not ranges[name]]
    if unknown_on:
        what = f"the ranges of Pod addresses are not known on {first_few(unknown_on, 5)}: its nodes state none"
        remedy = "Ask your network plugin for them: they must not overlap with those of the other clusters."
        return unknown("addresses", what, remedy, *evidence, *_unread(facts, unknown_on))
    return holds("addresses", "no ranges of Pod addresses overlap", *evidence)


def check_network(facts: ServiceFacts, route: Route) -> Check:
    """Never more than unknown: only a packet tells."""
    address, consumers = an_address(facts, route), [name for name in route.consumers if name not in route.providers]
    where = first_few(consumers or route.consumers, 3) or "a consumer"
    if address is None:
        return unknown("network", "no ready endpoint to try", "Ask again when there is one.")
    host, port = address
    shown = f"[{host}]" if ":" in host else host
    remedy = f"From a Pod on {where}, try `wget -qO- -T 3 http://{shown}:{port}` (an address of the provider), then the name."
    what = "whether packets reach the Pods of the providers cannot be seen from here; it takes a flat network, or a tunnel"
    return unknown("network", what, remedy)


def _unread(facts: ServiceFacts, names: list[ClusterName]) -> list[str]:
    return [f"{name}: {facts.member(name).unread.removeprefix(f'{name}: ')}" for name in names if facts.member(name).unread]


def _networks(texts: tuple[str, ...]) -> Iterator[IPv4Network | IPv6Network]:
    for one in texts:
        try:
            yield ip_network(one, strict=False)
        except ValueError:
            continue


def _first_overlap(mine: list[IPv4Network | IPv6Network], theirs: list[IPv4Network | IPv6Network]) -> Iterator[tuple[str, str]]:
    """At most one pair: many nodes of two members overlap alike."""
    for one in mine:
        for other in theirs:
            if one.version == other.version and one.overlaps(other):
                yield str(one), str(other)
                return


def names_of(routes: tuple[Route, ...]) -> tuple[ClusterName, ...]:
    """All members of these routes, sorted."""
    return tuple(sorted({name for route in routes for name in (*route.providers, *route.consumers)}))
