"""Is the Service offered to other clusters, is everything of it placed where it should be, and do these members take part?"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.endpoints.routes import CONNECTED, Route
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.multi_cluster_api import GROUP, SERVICE_EXPORT, SERVICE_IMPORT
from reconciler.model.wording import first_few
from reconciler.review.doctor.check import Check, fails, holds, unknown
from reconciler.review.doctor.facts import ServiceFacts, service_key

_OFFER_IT = (
    "Declare a MultiClusterService of its name, or a ServiceExport and a ServiceImport, and policies that place the two "
    "(docs/how-to/services-across-clusters.md)."
)


def check_declared(facts: ServiceFacts) -> Check:
    """Fails where nothing connects the Service, or only half of what it takes is there."""
    exported, imported, service = (facts.templates.get(key) for key in _keys(facts))
    evidence = tuple(
        f"{key} is declared in {facts.templates[key].origin}" for key in _keys(facts) if key in facts.templates
    ) + tuple(
        f"{name} has a Service {facts.name}" for name, one in facts.members.items() if service_key(facts.service) in one.objects
    )
    if facts.connected is not None:
        evidence = (f"{facts.connected} is declared in {facts.connected.origin}", *evidence)
        if not facts.connected.crosses_clusters:
            what = (
                f"{facts.connected} is of type {', '.join(facts.connected.types) or 'none'}, which this program does not connect"
            )
            return fails("declared", what, "Write types: [CrossCluster].", *evidence)
        if service is None:
            what = f"{facts.connected} connects nothing: the repository has no Service {facts.name}"
            return fails("declared", what, "Declare the Service, or give the MultiClusterService the name of one.", *evidence)
        return holds("declared", f"{facts.connected} connects it", *evidence)
    if exported is None and imported is None:
        what = (
            f"nothing offers {facts.name} to other clusters: the repository has neither a MultiClusterService nor a ServiceExport"
        )
        return fails("declared", what, _OFFER_IT, *evidence)
    if imported is None:
        what = f"{facts.name} is exported, and nobody imports it"
        return fails("declared", what, "Declare a ServiceImport of its name, and place it on the consumers.", *evidence)
    if exported is None:
        what = f"{facts.name} is imported, and nobody exports it"
        return fails("declared", what, "Declare a ServiceExport of its name, and place it where the Pods are.", *evidence)
    return holds("declared", "it is exported and imported", *evidence)


def check_placed(facts: ServiceFacts, route: Route) -> Check:
    """Fails where the route has no provider or no consumer, or what makes one has not arrived there."""
    problems, evidence, whom = [], [], _makers(facts, route)
    for role, names, key in (("providers", route.providers, whom[0]), ("consumers", route.consumers, whom[1])):
        if not names:
            declared = facts.templates.get(key)
            problems.append(f"there are no {role}: {key} is placed nowhere")
            evidence += [declared.message] if declared is not None and declared.message else []
        for name in facts.answering(names):
            there = facts.member(name)
            if key.kind in there.unserved:
                problems.append(f"{name} does not serve {key.kind}")
                evidence.append(f"{name} has no CustomResourceDefinition of {key.kind}")
            elif key not in there.objects:
                problems.append(f"{key} has not arrived on {name}")
            if (name, key) in facts.not_applied:
                evidence.append(f"{name}: the last sync did not apply {key}: {facts.not_applied[name, key]}")
    if set(route.providers) == set(route.consumers) and len(route.providers) == 1:
        problems.append(f"{route.providers[0]} is the only provider and the only consumer, and needs no endpoints of others")
    if problems:
        remedy = f"See why with `reconciler explain {whom[0].kind.lower()}/{whom[0].name} -n {facts.service[0]}`, and sync."
        return fails("placed", "; ".join(problems), remedy, *evidence)
    where = f"from {first_few(route.providers, 5)} to {first_few(route.consumers, 5)}"
    return holds("placed", where)


def check_members(facts: ServiceFacts, route: Route) -> Iterator[Check]:
    """Members that take no part, that do not answer now, and that have lost their endpoints because of that."""
    concerned = sorted({*route.providers, *route.consumers})
    apart = [name for name in concerned if facts.member(name).apart]
    if apart:
        what = f"endpoints are not exchanged with {first_few(apart, 5)}"
        remedy = "Let the reconciler write there itself (syncMode: Push), or leave the cluster out of the service."
        yield fails("members", what, remedy, *(f"{name} {facts.member(name).apart}" for name in apart))
    lost = [name for name in concerned if name in facts.lost and name in route.providers]
    if lost:
        what = f"consumers have lost the endpoints of {first_few(lost, 5)}, which did not answer for too long"
        remedy = "Bring the member back; its endpoints come back with it (spec.multiClusterServices.endpointsKeptFor)."
        yield fails("members", what, remedy, *_silences(facts, lost))
    suspended = [name for name in route.consumers if name in facts.suspended and name not in apart]
    if suspended:
        what = f"nothing is written to {first_few(suspended, 5)}, so its copies stay as they are"
        yield fails(
            "members", what, "`reconciler resume` ends that.", *(f"{name}: {facts.suspended[name]}" for name in suspended)
        )
    silent = [name for name in concerned if facts.member(name).problem and name not in apart]
    if silent:
        what = f"{first_few(silent, 5)} did not answer now, so what it holds is not known"
        remedy = "Make the member reachable for this command, and ask again."
        problems = (f"{name}: {facts.member(name).problem.removeprefix(f'{name}: ')}" for name in silent)
        yield unknown("members", what, remedy, *problems, *_silences(facts, silent))
    if not (apart or lost or suspended or silent):
        yield holds("members", f"{first_few(concerned, 5)} answered")


def _silences(facts: ServiceFacts, names: list[ClusterName]) -> list[str]:
    since = {name: facts.silent_since[name] for name in names if name in facts.silent_since}
    return [f"{name} is not Ready since {moment:%Y-%m-%dT%H:%M:%SZ}, as the last sync recorded" for name, moment in since.items()]


def _keys(facts: ServiceFacts) -> tuple[ResourceKey, ResourceKey, ResourceKey]:
    """Of the export, the import and the Service."""
    export, import_ = (ResourceKey(GROUP, kind, *facts.service) for kind in (SERVICE_EXPORT, SERVICE_IMPORT))
    return export, import_, service_key(facts.service)


def _makers(facts: ServiceFacts, route: Route) -> tuple[ResourceKey, ResourceKey]:
    """What makes a member a provider, and a consumer."""
    exported, imported, service = _keys(facts)
    return (service, service) if route.controller == CONNECTED else (exported, imported)
