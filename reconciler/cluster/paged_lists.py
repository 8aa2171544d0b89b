"""The objects of one kind, page by page, so that memory and the server are bounded by one page.

A list may take longer than a server keeps its version. The server answers 410 then, with a token by which the list goes on in a
newer version (KEP-365), for whoever needs no single version.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError, RequestFailedError
from reconciler.model.manifest import Manifest, mapping, text

_PAGE = 500
"""Objects in a page, where nothing else bounds it."""
_CONTINUATIONS = 20
"""How often a list may go on in a newer version."""


async def pages(api: Api, path: str, what: str, size: int, **query: str) -> AsyncIterator[list[Any]]:
    """The items of each page. what: the request in words. size: objects in a page. Raises MemberError."""
    token, restarts = "", 0
    while True:
        page: dict[str, str | int] = {**query, "limit": size}
        if token:
            page["continue"] = token
        try:
            response = await api.request("GET", path, query=page, what=what)
        except RefusedError as error:
            if error.status != 410 or not error.continue_token or restarts >= _CONTINUATIONS:
                raise _expired(error) if error.status == 410 else error from error
            token, restarts = error.continue_token, restarts + 1
            continue
        items, metadata = response.page
        yield items
        if not (token := text(metadata, "continue")):
            return


async def items(api: Api, path: str, what: str, **query: str) -> list[Any]:
    """Those of all pages. what: the request in words. Raises MemberError."""
    return [item async for page in pages(api, path, what, _PAGE, **query) for item in page]


async def list_objects(api: Api, resource: Resource, path: str, **query: str) -> list[Manifest]:
    """All objects of a kind at a path, with apiVersion and kind, which lists leave out. Raises MemberError."""
    named = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    return [{**mapping(item), **named} for item in await items(api, path, f"list {resource.plural}", **query)]


def _expired(error: RefusedError) -> RequestFailedError:
    return RequestFailedError(error.message, remedy="Run it again; a pass does so by itself.")
