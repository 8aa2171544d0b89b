"""What happens to the objects of a listing, as an API server tells it: a watch whose events are rows, as kubectl's `get -w`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Served
from reconciler.cluster.failures import TRANSPORT_ERRORS, RefusedError, RequestFailedError, lost
from reconciler.cluster.listing import Event, Listing, Selection
from reconciler.cluster.tables import accepted, listing_of, query_of
from reconciler.cluster.watch_lines import lines_of
from reconciler.model.manifest import get, mapping, text

_LASTS = 300
"""Seconds after which the server ends the watch, so that one that lost its server is noticed."""


async def follow(api: Api, served: Served, selection: Selection, listing: Listing) -> AsyncIterator[tuple[Event, Listing]]:
    """Each event, with the row of its object alone. Ends when the server ends the watch, or has no such kind any more. Raises
    MemberError; a RefusedError with status 410 where the listing is too old.

    listing: what is known; events after its version come.
    """
    resource = served.resources.get(listing.gvk)
    if resource is None:
        return
    query = {**query_of(selection), "watch": 1, "allowWatchBookmarks": "true", "timeoutSeconds": _LASTS}
    query["resourceVersion"] = listing.version
    if len(selection.names) == 1:
        query["fieldSelector"] = f"metadata.name={selection.names[0]}"
    path, columns = resource.path(selection.namespace), listing.columns
    try:
        async with api.stream(path, query, accepted(selection)) as stream:
            async for line in lines_of(stream):
                event, document = _event(api.name, line)
                if event is None:
                    continue
                changed = listing_of(resource, [document], columns)
                columns = changed.columns
                if any(not selection.names or row.name in selection.names for row in changed.rows):
                    yield event, changed
    except TRANSPORT_ERRORS as error:
        raise lost(api.name, error) from error


def _event(member: str, line: bytes) -> tuple[Event | None, Any]:
    """None for a sign of life (`BOOKMARK`). Raises RefusedError for an event that is an error, RequestFailedError for what is no
    event."""
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        event = None
    kind, document = text(event, "type"), mapping(event, "object")
    if kind == "ERROR":
        raise RefusedError(f"{member}: watch: {text(document, 'message')}", get(document, "code", default=500))
    if kind == "BOOKMARK":
        return None, document
    if kind not in list(Event):
        raise RequestFailedError(
            f"{member}: the watch delivered a line that is not an event: {line[:80].decode('utf-8', 'replace')}"
        )
    return Event(kind), document
