"""Ingress (networking.k8s.io/v1). Its certificates are Secrets in the same namespace; the member sets its address."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.go_types import check
from reconciler.interpreter.load_balancer import has_address, merge_points
from reconciler.interpreter.pod_references import Reference, reference
from reconciler.interpreter.rules import KindRules, MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import normalized_reports, whole_status, with_status
from reconciler.model.manifest import Manifest, sequence, text

_TYPE = "Ingress"


def dependencies(manifest: Manifest) -> list[Reference]:
    """One reference for each entry of `tls`, duplicates included. An entry without a Secret is an error, as in Karmada."""
    check(manifest, _TYPE)
    names = [text(entry, "secretName") for entry in sequence(manifest, "spec", "tls")]
    if "" in names:
        raise MalformedObjectError("an entry of spec.tls names no Secret", remedy="Write its secretName, or remove the entry.")
    return [reference("Secret", name, text(manifest, "metadata", "namespace")) for name in names]


def also_refers_to(manifest: Manifest) -> list[Reference]:
    name = text(manifest, "spec", "ingressClassName")
    return [reference("IngressClass", name, "", "networking.k8s.io/v1")] if name else []


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    return has_address(manifest)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    points = [p for _, s in normalized_reports(items, "IngressStatus") for p in sequence(s, "loadBalancer", "ingress")]
    return with_status(manifest, _TYPE, {"loadBalancer": {"ingress": merge_points(points)}})


RULES = KindRules(
    kind=_TYPE,
    groups=("networking.k8s.io",),
    dependencies=dependencies,
    also_refers_to=also_refers_to,
    healthy=healthy,
    reflect=whole_status,
    aggregate=aggregate,
)
