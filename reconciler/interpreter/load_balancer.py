"""The addresses of a load balancer, merged over several members (karmada pkg/util/helper/service.go, ingress.go).

Two points are equal if host name, address and, in Services, the mode of the address are equal; their ports are merged. Points
with host names come first, addresses are sorted as text, and a point without a mode comes after those with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.manifest import Manifest, sequence, text


def has_address(manifest: Manifest) -> bool:
    """Whether at least one point has an address or a host name."""
    points = sequence(manifest, "status", "loadBalancer", "ingress")
    return any(text(point, "ip") or text(point, "hostname") for point in points)


def merge_points(points: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The points of all members, without duplicates. Argument and result are normalized (`go_types_form.normalize`)."""
    ports: dict[tuple[Any, ...], dict[tuple[Any, ...], Mapping[str, Any]]] = {}
    by_key: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for point in points:
        key = _key(point)
        by_key[key] = {name: value for name, value in point.items() if name != "ports"}
        ports.setdefault(key, {}).update((_port_key(port), port) for port in point.get("ports", ()))
    return [{**by_key[key], **_sorted_ports(ports[key])} for key in sorted(by_key)]


def _key(point: Mapping[str, Any]) -> tuple[Any, ...]:
    host, mode = point.get("hostname", ""), point.get("ipMode")
    return (not host, host, point.get("ip", ""), mode is None, mode or "")


def _port_key(port: Mapping[str, Any]) -> tuple[Any, ...]:
    error = port.get("error")
    return (port.get("port", 0), port.get("protocol", ""), error is not None, error or "")


def _sorted_ports(ports: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> dict[str, Any]:
    return {"ports": [ports[key] for key in sorted(ports)]} if ports else {}
