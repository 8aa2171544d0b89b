"""Reads the objects of Argo CD or Flux from the API server of the cluster that they run in: lists only, page by page.

A kind that the user may not list is part of the result: what it would say is missing in the import.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.paged_lists import list_objects
from reconciler.membership.connections import connect_person, remedies_for_a_person
from reconciler.membership.request import Admin
from reconciler.migrate.declared import Declared
from reconciler.migrate.imported import Remark
from reconciler.model.origin import NOWHERE

_SERVER = "the API server"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is listed."""

    groups: Collection[str]
    """API groups of which all kinds are listed; one that begins with a dot stands for all that end with it."""
    secrets: str = ""
    """A label selector: Secrets with these labels. Empty: none."""

    def means(self, group: str) -> bool:
        return any(group.endswith(one) if one.startswith(".") else group == one for one in self.groups)


async def read_cluster(admin: Admin, wanted: Wanted, *, allow_insecure: bool = False) -> tuple[list[Declared], list[Remark]]:
    """The objects, and a remark about each kind that could not be listed. Raises MemberError where the server as a whole cannot
    be read."""
    async with AsyncExitStack() as stack:
        api = connect_person(_SERVER, admin, stack, allow_insecure=allow_insecure)
        with remedies_for_a_person(admin):
            return await list_wanted(api, wanted)


async def list_wanted(api: Api, wanted: Wanted) -> tuple[list[Declared], list[Remark]]:
    """As `read_cluster`."""
    served = await discover(api)
    found: list[Declared] = []
    remarks = [_silent(group, served.unread_groups[group]) for group in sorted(served.unread_groups) if wanted.means(group)]
    for resource, selector in _resources(served, wanted):
        try:
            found += await _list(api, resource, selector)
        except MemberError as error:
            if not concerns_one_kind(error):
                raise
            remarks.append(_unread(resource, error))
    return found, remarks


def _resources(served: Served, wanted: Wanted) -> list[tuple[Resource, str]]:
    found = [(served.preferred[kind], "") for kind in sorted(served.preferred) if wanted.means(kind[0])]
    secrets = served.preferred.get(("", "Secret"))
    return [*found, *([(secrets, wanted.secrets)] if wanted.secrets and secrets else [])]


async def _list(api: Api, resource: Resource, selector: str) -> list[Declared]:
    query = {"labelSelector": selector} if selector else {}
    return [Declared(one) for one in await list_objects(api, resource, resource.path(), **query)]


def _silent(group: str, why: str) -> Remark:
    what, consequence = (
        f"the server does not say what it has: {why.rstrip('.')}",
        "What its objects say is missing in the import.",
    )
    return Remark(f"all of {group}", NOWHERE, what, consequence, "Import again when the API group answers.")


def _unread(resource: Resource, error: MemberError) -> Remark:
    name = f"{resource.plural}.{resource.gvk.group}" if resource.gvk.group else resource.plural
    consequence = "What they say is missing in the import."
    remedy = f"Let the user list {name}, and import again."
    return Remark(f"all {name}", NOWHERE, f"they cannot be listed: {error.message.rstrip('.')}", consequence, remedy)
