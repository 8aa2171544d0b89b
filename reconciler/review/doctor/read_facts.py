"""What is known about a Service over clusters: from a compiled revision, the recorded state, and the members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.cluster.listing import Selection
from reconciler.endpoints.routes import ServiceName, connections, declared_routes
from reconciler.endpoints.silent_providers import silent_providers
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, sequence, text
from reconciler.model.multi_cluster_api import GROUP, SERVICE_EXPORT, SERVICE_IMPORT, derived_name
from reconciler.passes.fleet import Fleet
from reconciler.pipeline.compiled import Compiled
from reconciler.review.doctor.facts import ClusterDns, Declared, MemberFacts, ServiceFacts, service_key
from reconciler.review.doctor.network_checks import DNS_LABEL, names_of
from reconciler.review.get import GetResult, list_objects
from reconciler.review.live.pods import pod_selector

_DERIVED = derived_name("")


def exported_name(name: str, namespace: str, compiled: Compiled) -> str:
    """The name of the exported Service, where this one is derived from its import."""
    plain = name.removeprefix(_DERIVED)
    imported = ResourceKey(GROUP, SERVICE_IMPORT, namespace, plain)
    return plain if name.startswith(_DERIVED) and imported in compiled.templates else name


def declared_facts(service: ServiceName, compiled: Compiled, now: datetime) -> ServiceFacts:
    """Without what members hold."""
    connected = next((one for one in connections(compiled) if (one.namespace, one.name) == service), None)
    keys = [ResourceKey(GROUP, kind, *service) for kind in (SERVICE_EXPORT, SERVICE_IMPORT)] + [service_key(service)]
    recorded, kept_for = compiled.recorded, compiled.desired.settings.endpoints_kept_for
    silent = {
        name: ready.since
        for name, one in recorded.clusters.items()
        if (ready := one.readiness) is not None and ready.status != "True" and ready.since is not None
    }
    return ServiceFacts(
        service,
        compiled.desired.settings.instance,
        {key: _declared(key, compiled) for key in keys if key in compiled.templates},
        connected,
        tuple(route for route in declared_routes(compiled) if route.source == service),
        {},
        silent,
        silent_providers(recorded.clusters, kept_for, now).lost,
        {name: stated.words for name in compiled.cluster_names if (stated := compiled.halt.on(name)) is not None},
        {
            (status.cluster, key): status.message
            for key in keys
            for status in recorded.report_of(key).statuses
            if not status.applied and status.message
        },
    )


def concerned(facts: ServiceFacts, compiled: Compiled) -> tuple[ClusterName, ...]:
    """The members to ask: those of the routes; where there are none, all."""
    return names_of(facts.routes) or compiled.cluster_names


async def with_members(facts: ServiceFacts, fleet: Fleet, clusters: Iterable[Cluster]) -> ServiceFacts:
    """With what the members of this fleet hold now. clusters: those that it was opened for."""
    names = {facts.service[1], *(route.target[1] for route in facts.routes)}
    found = await list_objects(fleet, _selections(facts.service[0], sorted(names)))
    objects = _by_member(found)
    pods = await _pods(facts.service, objects, fleet)
    # Their errors hide nothing else: the account of the command may not be allowed to read these.
    answering = {name: client for name, client in fleet.clients.items() if name not in found.unanswered}
    surroundings = await list_objects(replace(fleet, clients=answering), _SURROUNDINGS)
    around = _by_member(surroundings)
    members = {}
    for one in sorted(clusters, key=lambda cluster: cluster.name):
        held = objects.get(one.name, [])
        members[one.name] = MemberFacts(
            "" if _apart(one) else found.unanswered.get(one.name, ""),
            _apart(one),
            {key_of(item): item for item in held if text(item, "kind") in _KEPT and _is_of(item, facts.service[0])},
            tuple(pods.get(one.name, ())),
            frozenset(kind for word, kind in _WORDS.items() if one.name in found.unserved.get(word, ())),
            tuple(sorted(set(_pod_ranges(around.get(one.name, []))))),
            _dns([item for item in around.get(one.name, []) if text(item, "kind") == "Pod"]),
            surroundings.unanswered.get(one.name, "") if one.name in answering else "",
        )
    return replace(facts, members=members)


_WORDS = {
    "serviceexports.multicluster.x-k8s.io": SERVICE_EXPORT,
    "serviceimports.multicluster.x-k8s.io": SERVICE_IMPORT,
}
_KEPT = frozenset({"Service", "EndpointSlice", SERVICE_EXPORT, SERVICE_IMPORT})


def _selections(namespace: str, names: list[str]) -> list[Selection]:
    wanted = tuple(names)
    return [
        Selection("services", frozenset({"service"}), wanted, namespace, whole=True),
        Selection("endpointslices.discovery.k8s.io", frozenset({"endpointslice"}), (), namespace, whole=True),
        *(Selection(word, frozenset({kind.lower()}), wanted, namespace, whole=True) for word, kind in _WORDS.items()),
    ]


_SURROUNDINGS = (
    Selection("nodes", frozenset({"node"}), whole=True),
    Selection("pods", frozenset({"pod"}), (), "kube-system", DNS_LABEL, whole=True),
)


def _by_member(result: GetResult) -> dict[ClusterName, list[Manifest]]:
    found: defaultdict[ClusterName, list[Manifest]] = defaultdict(list)
    for block in result.blocks:
        for name, listing in block.listings.items():
            found[name] += [
                {"apiVersion": listing.gvk.api_version, "kind": listing.gvk.kind, **row.object} for row in listing.rows
            ]
    return found


async def _pods(
    service: ServiceName, objects: Mapping[ClusterName, list[Manifest]], fleet: Fleet
) -> dict[ClusterName, list[Manifest]]:
    """Those that the Service selects. Members are asked once for each selector; it is the same on most."""
    selectors: defaultdict[str, set[ClusterName]] = defaultdict(set)
    for name, held in objects.items():
        own = next((one for one in held if text(one, "kind") == "Service" and key_of(one) == service_key(service)), None)
        if own is not None and (selector := pod_selector(own)):
            selectors[selector].add(name)
    found: dict[ClusterName, list[Manifest]] = {}
    for selector, names in sorted(selectors.items()):
        some = replace(fleet, clients={name: client for name, client in fleet.clients.items() if name in names})
        selection = Selection("pods", frozenset({"pod"}), (), service[0], selector, whole=True)
        found |= _by_member(await list_objects(some, [selection]))
    return found


def _declared(key: ResourceKey, compiled: Compiled) -> Declared:
    item = compiled.templates[key]
    clusters = tuple(sorted(target.name for target in item.placed.targets))
    reason = item.placed.message or ("" if clusters else item.decided.claim.reason)
    return Declared(item.template.origin, clusters, f"{key}: {reason}" if reason else "")


def _apart(cluster: Cluster) -> str:
    """As `review/unconnected_services.py` tells."""
    if cluster.is_pulled:
        return "has an agent of its own (syncMode: Pull)"
    return "is a folder, where there are no endpoints" if cluster.directory else ""


def _is_of(item: Manifest, namespace: str) -> bool:
    return text(item, "metadata", "namespace") == namespace


def _pod_ranges(objects: Collection[Manifest]) -> list[str]:
    found = []
    for node in objects:
        if text(node, "kind") == "Node":
            stated = [one for one in sequence(node, "spec", "podCIDRs") if isinstance(one, str)]
            found += stated or [one for one in (get(node, "spec", "podCIDR"),) if isinstance(one, str) and one]
    return found


def _dns(pods: Collection[Manifest]) -> ClusterDns | None:
    if not pods:
        return None
    ready = [pod for pod in pods if any(_is_ready(one) for one in sequence(pod, "status", "conditions"))]
    return ClusterDns(len(ready), len(pods))


def _is_ready(condition: object) -> bool:
    return text(condition, "type") == "Ready" and text(condition, "status") == "True"
