"""Reads a Karmada API server: its own kinds first, then every kind that policies and bindings name, and the Namespaces.

Lists only, page by page, and nothing is written. Works are not read: Karmada makes them out of the rest, and a fleet has more of
them than of everything else. A kind that the user may not list is part of the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from reconciler.cluster.api_client import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.paged_lists import list_objects
from reconciler.migrate.karmada.control_plane import BINDINGS, POLICIES, ControlPlane, bound_key, is_of_karmada
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, key_of, sequence, text

_AT_ONCE = 4
"""Lists at the same time."""
_NOT_READ = frozenset({"Work"})
_EVENTS = {("", "Event"), ("events.k8s.io", "Event")}
_NEVER = frozenset({*_EVENTS, ("coordination.k8s.io", "Lease"), ("discovery.k8s.io", "EndpointSlice")})
"""(group, kind) that each cluster writes for itself."""


async def read_control_plane(api: Api, namespaces: Sequence[str] = ()) -> ControlPlane:
    """namespaces: only these; empty for all. Raises MemberError where the server as a whole cannot be read."""
    served = await discover(api)
    own = [resource for resource in served.preferred.values() if _is_own(resource)]
    read = await _read(api, own, namespaces)
    named = [served.preferred[kind] for kind in _kinds(read.objects) if _is_listed(served, kind)]
    rest = await _read(api, named, namespaces)
    silent = {GroupVersionKind(group, version, "*"): why for group, version, why in _unanswered(served)}
    objects = sorted((*read.objects, *rest.objects), key=lambda one: (key_of(one), gvk_of(one)))
    return ControlPlane(tuple(objects), {**silent, **read.unread, **rest.unread})


def _is_own(resource: Resource) -> bool:
    return is_of_karmada(resource.gvk) and resource.gvk.kind not in _NOT_READ


def _unanswered(served: Served) -> Iterator[tuple[str, str, str]]:
    for group, version in sorted(served.unanswered):
        yield group, version, served.unread_groups[group]


def _is_listed(served: Served, kind: tuple[str, str]) -> bool:
    return kind in served.preferred and kind not in _NEVER and not is_of_karmada(served.preferred[kind].gvk)


def _kinds(objects: Iterable[Manifest]) -> list[tuple[str, str]]:
    """(group, kind) that policies select or bindings name, and Namespaces; sorted."""
    found = {("", "Namespace")}
    for one in objects:
        if one["kind"] in POLICIES:
            for item in sequence(one, "spec", "resourceSelectors"):
                gvk = GroupVersionKind.parse(text(item, "apiVersion"), text(item, "kind"))
                found.add((gvk.group, gvk.kind))
        elif one["kind"] in BINDINGS:
            key = bound_key(one)
            found.add((key.group, key.kind))
    return sorted(found)


async def _read(api: Api, resources: Sequence[Resource], namespaces: Collection[str]) -> ControlPlane:
    lists = await at_most([_list(api, resource, namespaces) for resource in resources], _AT_ONCE)
    objects, unread = [], {}
    for resource, found in zip(resources, lists, strict=True):
        if isinstance(found, MemberError):
            unread[resource.gvk] = f"{found.message.rstrip('.')}."
        else:
            objects += found
    return ControlPlane(tuple(objects), unread)


async def _list(api: Api, resource: Resource, namespaces: Collection[str]) -> list[Manifest] | MemberError:
    """The objects; the error where only this kind cannot be listed."""
    found: list[Manifest] = []
    paths = [resource.path(name) for name in namespaces] if namespaces and resource.namespaced else [resource.path()]
    try:
        for path in paths:
            found += await list_objects(api, resource, path)
    except MemberError as error:
        if not concerns_one_kind(error):
            raise
        return error
    if namespaces and not resource.namespaced and resource.gvk.kind == "Namespace":
        return [one for one in found if text(one, "metadata", "name") in namespaces]
    return found
