"""The kinds that members serve, and which members lack them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.kubernetes_member import KubernetesMember
from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.passes.fleet import Fleet


@dataclass(frozen=True, slots=True)
class ServedKind:
    """One kind in one version."""

    gvk: GroupVersionKind
    plural: str
    short_names: tuple[str, ...]
    namespaced: bool
    verbs: tuple[str, ...]
    """Sorted; those that all its members allow."""
    clusters: tuple[ClusterName, ...]
    """The members that serve it, sorted."""


@dataclass(frozen=True, slots=True)
class FleetKinds:
    kinds: tuple[ServedKind, ...]
    """Sorted by group, kind and version. Of each member, the versions that it prefers."""
    answered: tuple[ClusterName, ...]
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, or not in full, and why."""


async def read_kinds(fleet: Fleet) -> FleetKinds:
    names = sorted(fleet.clients)
    answers = dict(zip(names, await asyncio.gather(*[_ask(fleet.clients[name]) for name in names]), strict=True))
    served = {name: one for name, one in answers.items() if isinstance(one, Served)}
    silent = {name: one for name, one in answers.items() if isinstance(one, str)}
    partly = {name: "; ".join(one.unread_groups.values()) for name, one in served.items() if one.unanswered}
    unanswered = {**fleet.unreachable, **silent, **partly}
    by_gvk: dict[GroupVersionKind, dict[ClusterName, Resource]] = {}
    for name, one in served.items():
        for resource in one.preferred.values():
            by_gvk.setdefault(resource.gvk, {})[name] = resource
    kinds = [_served(gvk, by_gvk[gvk]) for gvk in sorted(by_gvk, key=lambda gvk: (gvk.group, gvk.kind, gvk.version))]
    return FleetKinds(tuple(kinds), tuple(served), dict(sorted(unanswered.items())))


def _served(gvk: GroupVersionKind, resources: Mapping[ClusterName, Resource]) -> ServedKind:
    first = next(iter(resources.values()))
    verbs = frozenset[str].intersection(*[one.verbs for one in resources.values()])
    return ServedKind(gvk, first.plural, first.short_names, first.namespaced, tuple(sorted(verbs)), tuple(resources))


async def _ask(client: MemberClient) -> Served | str:
    if not isinstance(client, KubernetesMember):
        return "it is a folder: it serves no kinds"
    try:
        return await client.kinds()
    except MemberError as error:
        return error.message
