"""Ingress (networking.k8s.io/v1). Its certificates are Secrets beside it; its address comes from the member."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.go_types import check
from reconciler.interpreter.load_balancer import has_address, merged
from reconciler.interpreter.pod_references import Reference, reference
from reconciler.interpreter.rules import KindRules, MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import reported, whole_status, with_status
from reconciler.model.manifest import Manifest, sequence, text

_TYPE = "Ingress"


def dependencies(manifest: Manifest) -> list[Reference]:
    """One per entry of `tls`, the same twice if it stands there twice. An entry without a Secret fails them all."""
    check(manifest, _TYPE)
    names = [text(entry, "secretName") for entry in sequence(manifest, "spec", "tls")]
    if "" in names:
        raise MalformedObjectError("an entry of spec.tls names no Secret", remedy="State its secretName, or leave the entry out.")
    return [reference("Secret", name, text(manifest, "metadata", "namespace")) for name in names]


def also_refers_to(manifest: Manifest) -> list[Reference]:
    name = text(manifest, "spec", "ingressClassName")
    return [reference("IngressClass", name, "", "networking.k8s.io/v1")] if name else []


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    return has_address(manifest)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    points = [p for _, s in reported(items, "IngressStatus") for p in sequence(s, "loadBalancer", "ingress")]
    return with_status(manifest, _TYPE, {"loadBalancer": {"ingress": merged(points)}})


RULES = KindRules(
    kind=_TYPE,
    groups=("networking.k8s.io",),
    dependencies=dependencies,
    also_refers_to=also_refers_to,
    healthy=healthy,
    reflect=whole_status,
    aggregate=aggregate,
)
