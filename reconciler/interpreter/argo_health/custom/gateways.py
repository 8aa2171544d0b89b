"""Gateways for traffic into a cluster: Gateway API, Contour, Airlock, Gloo.

Several controllers report on the same object, each in its own list within the status. One refusal makes the object Degraded.
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
    find_conditions,
    message_of,
    rule,
)
from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _part_health(part: Any) -> ArgoHealth | None:
    """The health by one list of conditions: of the gateway, of a listener, or of a route for one parent."""
    for name in ("ResolvedRefs", "Accepted"):
        for one in find_conditions(part, name, status="False", path=("conditions",)):
            return ArgoHealth(DEGRADED, message_of(one))
    pending = (
        one for one in find_conditions(part, "Programmed", status=None, path=("conditions",)) if text(one, "status") != "True"
    )
    return next((ArgoHealth(PROGRESSING, message_of(one) or "not programmed yet") for one in pending), None)


def _gateway(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    parts = [status, *sequence(status, "listeners")]
    results = filter(None, map(_part_health, parts))
    has_status = "conditions" in status or bool(sequence(status, "listeners"))
    return next(results, ALL_WELL if has_status else None)


def _up_to_date(part: Any, generation: Any) -> bool:
    """Whether the controller of a parent has observed the current generation. Each condition contains the generation."""
    observed = [get(one, "observedGeneration") for one in sequence(part, "conditions")]
    return bool(observed) if generation is None else generation in observed


def _route(manifest: Manifest) -> ArgoHealth | None:
    generation = get(manifest, "metadata", "generation")
    parents = [one for one in sequence(manifest, "status", "parents") if _up_to_date(one, generation)]
    for parent in parents:
        if (result := _part_health(parent)) is not None:
            return ArgoHealth(result.code, f"{text(parent, 'parentRef', 'name')}: {result.message}")
    return ALL_WELL if parents else None


def _ancestor_behind(manifest: Manifest, silent_too: bool) -> ArgoHealth | None:
    generation = get(manifest, "metadata", "generation")
    for ancestor in sequence(manifest, "status", "ancestors") if generation is not None else ():
        for one in sequence(ancestor, "conditions"):
            observed = get(one, "observedGeneration")
            if observed != generation and (silent_too or observed is not None):
                return ArgoHealth(
                    PROGRESSING, f"{text(ancestor, 'ancestorRef', 'name')} has not observed generation {generation} yet"
                )
    return None


def _backend_policy(manifest: Manifest) -> ArgoHealth | None:
    """Every gateway controller in the cluster writes an entry, also if it is not responsible for the target."""
    behind = _ancestor_behind(manifest, silent_too=False)
    if behind is not None:
        return behind
    accepted = False
    for ancestor in sequence(manifest, "status", "ancestors"):
        entries = sequence(ancestor, "conditions")
        if any(_is_other_controllers(one) for one in entries):
            continue
        for one in find_conditions(ancestor, "Accepted", "ResolvedRefs", status=None, path=("conditions",)):
            if text(one, "status") != "True":
                return ArgoHealth(DEGRADED, f"{text(ancestor, 'ancestorRef', 'name')}: {message_of(one)}")
            accepted |= text(one, "type") == "Accepted"
    return ALL_WELL if accepted else None


def _is_other_controllers(one: Any) -> bool:
    return (text(one, "type"), text(one, "reason")) == ("Accepted", "TargetNotFound") and text(one, "status") != "True"


def _airlock(manifest: Manifest) -> ArgoHealth | None:
    """A policy is attached to gateways, which must accept it. Other kinds of the group are only referenced."""
    if not text(manifest, "kind").endswith("Policy"):
        return ALL_WELL
    if (behind := _ancestor_behind(manifest, silent_too=True)) is not None:
        return behind
    ancestors = sequence(manifest, "status", "ancestors")
    for ancestor in ancestors:
        name = text(ancestor, "ancestorRef", "name")
        for one in find_conditions(ancestor, "Accepted", "ResolvedRefs", status=None, path=("conditions",)):
            if text(one, "status") != "True":
                return ArgoHealth(DEGRADED, f"{name}: {message_of(one)}")
        if not any(text(one, "type") == "Accepted" for one in sequence(ancestor, "conditions")):
            return ArgoHealth(DEGRADED, f"{name}: not accepted")
    return ALL_WELL if ancestors else None


def _includes(manifest: Manifest) -> ArgoHealth | None:
    """The status of a proxy that includes others does not show its health, because the included proxies may come and go."""
    return (
        ArgoHealth(HEALTHY, "it includes other proxies, which have their own health")
        if get(manifest, "spec", "includes")
        else None
    )


_VALID = conditions(condition("Valid", true=HEALTHY, false=DEGRADED, fresh=True))

_GLOO_STATES: Mapping[Any, ArgoHealthCode] = {
    0: SUSPENDED, "Pending": SUSPENDED,
    1: HEALTHY, "Accepted": HEALTHY,
    2: DEGRADED, "Rejected": DEGRADED,
    3: DEGRADED, "Warning": DEGRADED,
}  # fmt: skip


def _gloo(manifest: Manifest) -> ArgoHealth | None:
    """Gloo has one status, or one for each namespace with a controller. A state is a word or a number."""
    status = mapping(manifest, "status")
    entries = [one for one in mapping(status, "statuses").values() if isinstance(one, Mapping)] or [status]
    states = [get(one, "state") for one in entries]
    results = [
        ArgoHealth(_GLOO_STATES[state], text(one, "reason"))
        for one, state in zip(entries, states, strict=True)
        if isinstance(state, (int, str)) and state in _GLOO_STATES
    ]
    severity = (DEGRADED, SUSPENDED, HEALTHY)
    return min(results, key=lambda result: severity.index(result.code), default=None)


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
