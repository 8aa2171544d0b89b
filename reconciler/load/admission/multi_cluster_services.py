"""Checks of MultiClusterService (Karmada, pkg/webhook/multiclusterservice).

The schema says which types there are and what a port is. That the types of a stored object do not change is a check of an update.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.load.admission.refusal import Path, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.keys import CLUSTER_NAME
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.multi_cluster_service import CROSS_CLUSTER

_SPEC: Path = ("spec",)
_SERVICE_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""DNS-1035, as the name of a Service."""


def multi_cluster_service_refusals(document: Manifest) -> Iterator[Violation]:
    """Why Karmada would refuse it, and what has no effect here, as warnings."""
    spec = mapping(document, "spec")
    if not _SERVICE_NAME.fullmatch(text(document, "metadata", "name")):
        remedy = "Give it the name of its Service: small letters, digits and '-', at most 63, the first a letter."
        yield refusal(("metadata", "name"), "must be the name of a Service", remedy)
    yield from _type_refusals(sequence(spec, "types"))
    yield from _port_refusals(sequence(spec, "ports"), sequence(spec, "types"))
    for member in ("providerClusters", "consumerClusters"):
        yield from _cluster_refusals(sequence(spec, member), (*_SPEC, member))


def _type_refusals(types: Any) -> Iterator[Violation]:
    if len(types) > 1:
        yield refusal(
            (*_SPEC, "types"), "must have one item", "Keep one of them; write another MultiClusterService for the other."
        )
    elif types and types[0] == "LoadBalancer":
        what = "asks for a load balancer, which this program does not make; the provider of one reads it from the repository"
        remedy = "To reach the Service from other clusters, write CrossCluster."
        yield refusal((*_SPEC, "types", 0), what, remedy, "NotActedOn", Severity.WARNING)


def _port_refusals(ports: Any, types: Any) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        name = text(port, "name")
        if name and name in seen:
            yield refusal((*_SPEC, "ports", index, "name"), "is the name of another port, too", "Give it another name.")
        seen.add(name)
    if len(ports) > 1 and "" in seen:
        index = next(index for index, port in enumerate(ports) if not get(port, "name"))
        yield refusal((*_SPEC, "ports", index), "has no name, and there are several ports", "Name each of them.")
    if ports and CROSS_CLUSTER in types:
        what = "has no effect for CrossCluster: all ports of the Service are connected, as in Karmada"
        yield refusal((*_SPEC, "ports"), what, "Remove it.", "NotActedOn", Severity.WARNING)


def _cluster_refusals(clusters: Any, path: Path) -> Iterator[Violation]:
    for index, item in enumerate(clusters):
        if not CLUSTER_NAME.fullmatch(text(item, "name")):
            yield refusal((*path, index, "name"), "must be the name of a cluster", "Write the name of a Cluster file.")
