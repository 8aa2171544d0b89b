"""Reads the objects of Argo CD or Flux from the API server of the cluster that they run in: lists only, page by page.

A kind that the user may not list is part of the result: what it would say is missing in the import.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.credentials import client_of_file
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.paged_lists import pages
from reconciler.membership.connections import remedies_for_a_person
from reconciler.membership.request import Admin
from reconciler.migrate.declared import Declared
from reconciler.migrate.imported import Remark
from reconciler.model.manifest import mapping
from reconciler.model.origin import NOWHERE

_PAGE = 500
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
        trusted = Access(allow_exec=True, allow_insecure=allow_insecure)
        api = Api(_SERVER, partial(client_of_file, _SERVER, admin.kubeconfig, admin.context, trusted))
        stack.push_async_callback(api.close)
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
    gvk, query = resource.gvk, {"labelSelector": selector} if selector else {}
    found: list[Declared] = []
    async for page in pages(api, resource.path(), _PAGE, f"list {resource.plural}", **query):
        found += [Declared({**mapping(item), "apiVersion": gvk.api_version, "kind": gvk.kind}) for item in page]
    return found


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
