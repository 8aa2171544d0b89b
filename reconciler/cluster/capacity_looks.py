"""What one server has and what of it is requested: lists of its Nodes and Pods, page by page.

Nothing is watched, because Pods change all the time and the sum changes little. Of each page a few numbers remain
(`interpreter/resource_summary.py`), so that memory is bounded by one page and the number of Nodes. A Node is listed before the
Pods, so that a Pod that starts meanwhile is not missed. Pods that have ended are left out by the server: they request nothing.

A list that takes long goes on in a newer version (`paged_lists.py`): a sum over Pods needs no single version.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.cluster.api_client import Api
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import CapacityLook
from reconciler.cluster.paged_lists import pages
from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.model.capacity import ResourceModels
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
            async for page in pages(self._api, f"/api/v1/{NODES}", f"list {NODES}", _PAGES[NODES]):
                for node in page:
                    summary.add_node(node)
            kind = PODS
            async for page in pages(self._api, f"/api/v1/{PODS}", f"list {PODS}", _PAGES[PODS], fieldSelector=_NOT_ENDED):
                for pod in page:
                    summary.add_pod(pod)
        except RefusedError as error:
            if error.status == 401:
                raise
            return CapacityLook(now, None, _reason(error, kind))
        except QuantityError as error:
            return CapacityLook(now, None, f"a request or an amount of its {kind} is {error.message}.")
        return CapacityLook(now, summary.capacity(models))


def _reason(error: RefusedError, kind: str) -> str:
    if error.status == 403:
        return f"the credential may not list {kind}. {MAY_LIST_REMEDY}"
    return f"its server refuses to list {kind} (HTTP {error.status}): {error.message.partition(': ')[2]}"


MAY_LIST_REMEDY = "Add a rule to its ClusterRole in the member: the verb list for nodes and pods."
