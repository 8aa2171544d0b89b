"""Service (v1). Each cluster assigns its own addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter.conditions import current, in_progress
from reconciler.interpreter.fields import integer_at, put, text_at
from reconciler.interpreter.go_types import check
from reconciler.interpreter.load_balancer import has_address, merge_points
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import normalized_reports, status_fields, with_status
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, get, sequence, text, without

_TYPE, _STATUS_TYPE = "Service", "ServiceStatus"
_HEADLESS = "None"
"""The address of a Service without one."""


def clean(manifest: Manifest) -> Manifest:
    """A copy without cluster addresses, unless the Service is headless.

    As in Karmada, only `clusterIP` decides, even if it is empty; `clusterIPs` without it stays. Node ports stay too.
    """
    address = get(manifest, "spec", "clusterIP")
    if not isinstance(address, str) or address == _HEADLESS:
        return manifest
    for field in ("clusterIP", "clusterIPs"):
        manifest = without(manifest, ("spec", field))
    return manifest


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the addresses that the member allocated.

    karmada_exact: also where Git makes the Service headless, or no longer headless, so that this change is dropped silently.
    """
    port = integer_at(live, "spec", "healthCheckNodePort")
    if port is not None and port > 0:
        desired = put(desired, ("spec", "healthCheckNodePort"), port)
    address = text_at(live, "spec", "clusterIP")
    is_chosen = address == _HEADLESS or text(desired, "spec", "clusterIP") == _HEADLESS
    return put(desired, ("spec", "clusterIP"), address) if address and (karmada_exact or not is_chosen) else desired


def health(manifest: Manifest, now: datetime | None) -> Health:
    """For kstatus a LoadBalancer needs only its cluster address, because it may never get an external one."""
    if is_load_balancer(manifest) and not text(manifest, "spec", "clusterIP"):
        return in_progress("NoIPAssigned", "the LoadBalancer has no cluster address yet")
    return current("has its addresses")


def is_load_balancer(manifest: Manifest) -> bool:
    return text(manifest, "spec", "type") == "LoadBalancer"


def healthy(manifest: Manifest) -> bool:
    """Karmada's health. Unlike kstatus, it waits for the external address."""
    check(manifest, _TYPE)
    return not is_load_balancer(manifest) or has_address(manifest)


def reflect(manifest: Manifest) -> Mapping[str, Any] | None:
    return status_fields(manifest, _STATUS_TYPE, "loadBalancer") if is_load_balancer(manifest) else None


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    if not is_load_balancer(manifest):
        return manifest
    points = [p for _, s in normalized_reports(items, _STATUS_TYPE) for p in sequence(s, "loadBalancer", "ingress")]
    return with_status(manifest, _TYPE, {"loadBalancer": {"ingress": merge_points(points)}})


RULES = KindRules(
    kind=_TYPE,
    groups=("",),
    clean=clean,
    retain=retain,
    health=health,
    healthy=healthy,
    reflect=reflect,
    aggregate=aggregate,
)
