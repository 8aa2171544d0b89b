"""What carries traffic into a cluster: Gateway API, Contour, Airlock, Gloo.

Their objects are judged by several controllers at once, each in a list of its own within the status: one refusal is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    condition,
    conditions,
    found,
    rule,
    told_by,
)
from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_REFUSED = (*condition("ResolvedRefs", false=DEGRADED), *condition("Accepted", false=DEGRADED))


def _judged(part: Any) -> Opinion | None:
    """The verdict of one list of conditions: a gateway's own, a listener's, a route's for one parent."""
    for name in ("ResolvedRefs", "Accepted"):
        for one in found(part, name, status="False", path=("conditions",)):
            return Opinion(DEGRADED, told_by(one))
    pending = (one for one in found(part, "Programmed", status=None, path=("conditions",)) if text(one, "status") != "True")
    return next((Opinion(PROGRESSING, told_by(one) or "not programmed yet") for one in pending), None)


def _gateway(manifest: Manifest) -> Opinion | None:
    status = mapping(manifest, "status")
    parts = [status, *sequence(status, "listeners")]
    opinions = filter(None, map(_judged, parts))
    known = "conditions" in status or bool(sequence(status, "listeners"))
    return next(opinions, ALL_WELL if known else None)


def _up_to_date(part: Any, generation: Any) -> bool:
    """Whether a parent has looked at the present generation; it says so in each condition."""
    observed = [get(one, "observedGeneration") for one in sequence(part, "conditions")]
    return bool(observed) if generation is None else generation in observed


def _route(manifest: Manifest) -> Opinion | None:
    generation = get(manifest, "metadata", "generation")
    parents = [one for one in sequence(manifest, "status", "parents") if _up_to_date(one, generation)]
    for parent in parents:
        if (opinion := _judged(parent)) is not None:
            return Opinion(opinion.verdict, f"{text(parent, 'parentRef', 'name')}: {opinion.message}")
    return ALL_WELL if parents else None


def _ancestor_behind(manifest: Manifest, silent_too: bool) -> Opinion | None:
    generation = get(manifest, "metadata", "generation")
    for ancestor in sequence(manifest, "status", "ancestors") if generation is not None else ():
        for one in sequence(ancestor, "conditions"):
            observed = get(one, "observedGeneration")
            if observed != generation and (silent_too or observed is not None):
                return Opinion(PROGRESSING, f"{text(ancestor, 'ancestorRef', 'name')} has not seen generation {generation} yet")
    return None


def _backend_policy(manifest: Manifest) -> Opinion | None:
    """Every gateway controller in the cluster writes an entry, also those that the target is none of the business of."""
    behind = _ancestor_behind(manifest, silent_too=False)
    if behind is not None:
        return behind
    accepted = False
    for ancestor in sequence(manifest, "status", "ancestors"):
        entries = sequence(ancestor, "conditions")
        if any(_not_its_business(one) for one in entries):
            continue
        for one in found(ancestor, "Accepted", "ResolvedRefs", status=None, path=("conditions",)):
            if text(one, "status") != "True":
                return Opinion(DEGRADED, f"{text(ancestor, 'ancestorRef', 'name')}: {told_by(one)}")
            accepted |= text(one, "type") == "Accepted"
    return ALL_WELL if accepted else None


def _not_its_business(one: Any) -> bool:
    return (text(one, "type"), text(one, "reason")) == ("Accepted", "TargetNotFound") and text(one, "status") != "True"


def _airlock(manifest: Manifest) -> Opinion | None:
    """Policies are attached to gateways, which must accept them; the other kinds of the group are only referred to."""
    if not text(manifest, "kind").endswith("Policy"):
        return ALL_WELL
    if (behind := _ancestor_behind(manifest, silent_too=True)) is not None:
        return behind
    ancestors = sequence(manifest, "status", "ancestors")
    for ancestor in ancestors:
        name = text(ancestor, "ancestorRef", "name")
        for one in found(ancestor, "Accepted", "ResolvedRefs", status=None, path=("conditions",)):
            if text(one, "status") != "True":
                return Opinion(DEGRADED, f"{name}: {told_by(one)}")
        if not any(text(one, "type") == "Accepted" for one in sequence(ancestor, "conditions")):
            return Opinion(DEGRADED, f"{name}: not accepted")
    return ALL_WELL if ancestors else None


def _includes(manifest: Manifest) -> Opinion | None:
    """A proxy that includes others cannot be told from its own status: the included ones may come and go."""
    return Opinion(HEALTHY, "includes others, which are judged themselves") if get(manifest, "spec", "includes") else None


_VALID = conditions(condition("Valid", true=HEALTHY, false=DEGRADED, fresh=True))

_GLOO_STATES: Mapping[Any, Verdict] = {
    0: SUSPENDED, "Pending": SUSPENDED,
    1: HEALTHY, "Accepted": HEALTHY,
    2: DEGRADED, "Rejected": DEGRADED,
    3: DEGRADED, "Warning": DEGRADED,
}  # fmt: skip


def _gloo(manifest: Manifest) -> Opinion | None:
    """One status, or since several namespaces may hold a controller, one per namespace; states are words or numbers."""
    status = mapping(manifest, "status")
    told = [one for one in mapping(status, "statuses").values() if isinstance(one, Mapping)] or [status]
    states = [get(one, "state") for one in told]
    opinions = [
        Opinion(_GLOO_STATES[state], text(one, "reason"))
        for one, state in zip(told, states, strict=True)
        if isinstance(state, (int, str)) and state in _GLOO_STATES
    ]
    severity = (DEGRADED, SUSPENDED, HEALTHY)
    return min(opinions, key=lambda opinion: severity.index(opinion.verdict), default=None)


RULES = {
    "BackendTLSPolicy.gateway.networking.k8s.io": rule(_backend_policy),
    "GRPCRoute.gateway.networking.k8s.io": rule(_route),
    "Gateway.gateway.networking.k8s.io": rule(_gateway),
    "GatewayClass.gateway.networking.k8s.io": rule(
        conditions(condition("Accepted", true=HEALTHY, false=DEGRADED, other=PROGRESSING, fresh=True))
    ),
    "HTTPRoute.gateway.networking.k8s.io": rule(_route),
    "TLSRoute.gateway.networking.k8s.io": rule(_route),
    "ExtensionService.projectcontour.io": rule(_VALID),
    "HTTPProxy.projectcontour.io": rule(_includes, _VALID),
    "*.microgateway.airlock.com": rule(_airlock),
    **{
        f"{kind}.gateway.solo.io": rule(_gloo)
        for kind in ("Gateway", "MatchableHttpGateway", "RouteOption", "RouteTable", "VirtualHostOption", "VirtualService")
    },
    **{f"{kind}.gloo.solo.io": rule(_gloo) for kind in ("Proxy", "Settings", "Upstream", "UpstreamGroup")},
}
