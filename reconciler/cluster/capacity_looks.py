"""What one server has and what of it is requested: lists of its Nodes and Pods, page by page.

Nothing is watched, because Pods change all the time and the sum changes little. Of each page a few numbers remain
(`interpreter/resource_summary.py`), so that memory is bounded by one page and the number of Nodes. A Node is listed before the
Pods, so that a Pod that starts meanwhile is not missed. Pods that have ended are left out by the server: they request nothing.

A list may take longer than a server keeps its version. The server answers 410 then, with a token by which the list goes on in a
newer version (KEP-365): a sum over Pods needs no single version.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.failures import RefusedError, RequestFailedError
from reconciler.cluster.member_protocol import CapacityLook
from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.model.capacity import ResourceModels
from reconciler.model.manifest import text
from reconciler.model.quantity import QuantityError

NODES, PODS = "nodes", "pods"
_PAGES = {NODES: 100, PODS: 250}
"""Objects in a page, one or two megabytes. A Node lists its images, so it is larger than a Pod."""
_NOT_ENDED = "status.phase!=Succeeded,status.phase!=Failed"
_RECENT = timedelta(seconds=60)
"""How long a look is used."""


class CapacityLooks:
    """Of one server."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._last: CapacityLook | None = None
        self._models: ResourceModels = ()

    async def recent(self, models: ResourceModels, now: datetime) -> CapacityLook:
        """As `MemberClient.capacity`."""
        last = self._last
        if last is None or models != self._models or not timedelta() <= now - last.begun < _RECENT:
            last = self._last = await self._look(models, now)
            self._models = models
        return last

    async def _look(self, models: ResourceModels, now: datetime) -> CapacityLook:
        summary, kind = ResourceSummary(), NODES
        try:
            async for page in self._pages(NODES):
                for node in page:
                    summary.add_node(node)
            kind = PODS
            async for page in self._pages(PODS, fieldSelector=_NOT_ENDED):
                for pod in page:
                    summary.add_pod(pod)
        except RefusedError as error:
            if error.status == 401:
                raise
            return CapacityLook(now, None, _reason(error, kind))
        except QuantityError as error:
            return CapacityLook(now, None, f"a request or an amount of its {kind} is {error.message}.")
        return CapacityLook(now, summary.capacity(models))

    async def _pages(self, kind: str, **query: str) -> AsyncIterator[list[Any]]:
        """Raises MemberError."""
        path, token, restarts = f"/api/v1/{kind}", "", 0
        while True:
            page: dict[str, str | int] = {**query, "limit": _PAGES[kind]}
            if token:
                page["continue"] = token
            try:
                response = await self._api.request("GET", path, query=page, what=f"list {kind}")
            except RefusedError as error:
                if error.status != 410 or not error.continue_token or restarts >= _CONTINUATIONS:
                    raise _expired(error) if error.status == 410 else error from error
                token, restarts = error.continue_token, restarts + 1
                continue
            items, metadata = response.page
            yield items
            if not (token := text(metadata, "continue")):
                return


_CONTINUATIONS = 20
"""How often a list may go on in a newer version."""


def _expired(error: RefusedError) -> RequestFailedError:
    return RequestFailedError(error.message, remedy="The next pass tries again.")


def _reason(error: RefusedError, kind: str) -> str:
    if error.status == 403:
        return f"the credential may not list {kind}. {MAY_LIST_REMEDY}"
    return f"its server refuses to list {kind} (HTTP {error.status}): {error.message.partition(': ')[2]}"


MAY_LIST_REMEDY = "Add a rule to its ClusterRole in the member: the verb list for nodes and pods."
