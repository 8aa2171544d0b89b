"""Service (v1). Addresses are handed out by the cluster it lives in."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress
from reconciler.interpreter.fields import integer_at, put, text_at
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, get, text, without


def clean(manifest: Manifest) -> Manifest:
    """Without cluster addresses, unless the author asked for a headless Service.

    `clusterIP` alone decides, even an empty one; `clusterIPs` without it stays. So do node ports, the author's or not.
    """
    address = get(manifest, "spec", "clusterIP")
    if not isinstance(address, str) or address == "None":
        return manifest
    for field in ("clusterIP", "clusterIPs"):
        manifest = without(manifest, ("spec", field))
    return manifest


def retain(desired: Manifest, live: Manifest) -> Manifest:
    port = integer_at(live, "spec", "healthCheckNodePort")
    if port is not None and port > 0:
        desired = put(desired, ("spec", "healthCheckNodePort"), port)
    address = text_at(live, "spec", "clusterIP")
    return put(desired, ("spec", "clusterIP"), address) if address else desired


def health(manifest: Manifest, now: datetime | None) -> Health:
    """kstatus asks a LoadBalancer for its cluster address only; the external one may never come."""
    if text(manifest, "spec", "type") == "LoadBalancer" and not text(manifest, "spec", "clusterIP"):
        return in_progress("NoIPAssigned", "the LoadBalancer has no cluster address yet")
    return current("addressed")


RULES = KindRules(kind="Service", groups=("",), clean=clean, retain=retain, health=health)
