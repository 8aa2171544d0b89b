"""The end of the log of a Job's newest Pod, as far as our credential may read Pods and their logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import sequence, text

_LINES = 10
_MOST = 2000
"""Characters that are kept; the last ones."""
_BYTES = 64 * 1024
"""That are read; the server cuts what is longer."""
_TEXT = "text/plain, */*"


async def end_of_log(api: Api, job: ResourceKey, mask: Callable[[str], str]) -> str:
    """The last lines, or why there are none, in parentheses. Raises no error of the member: a log is an extra.

    mask: replaces what must not be shown. It sees the text before anything is cut from it, so that no part of a value stays."""
    try:
        pod = await _newest_pod(api, job)
        if pod is None:
            return "(its Pods are gone)"
        path = f"/api/v1/namespaces/{job.namespace}/pods/{text(pod, 'metadata', 'name')}/log"
        containers = sequence(pod, "spec", "containers")
        query: dict[str, str | int] = {"tailLines": _LINES, "limitBytes": _BYTES}
        if containers:
            query |= {"container": text(containers[0], "name")}
        answer = await api.request("GET", path, query=query, accept=_TEXT, what=f"read the log of {job}")
    except MemberError as error:
        return f"(its log cannot be read: {error.message.removeprefix(f'{api.name}: ')})"
    body, left_out = answer.body, []
    if len(body) >= _BYTES:  # The last line may end in the midst of a value.
        body, left_out = body[: body.rfind(b"\n") + 1], ["(the rest is left out: a line is too long)"]
    shown = await asyncio.to_thread(mask, body.decode("utf-8", "replace"))
    lines = [*shown.splitlines(), *left_out][-_LINES:]
    return "\n".join(map(_printable, lines))[-_MOST:] or "(its log is empty)"


def _printable(line: str) -> str:
    """Without what a terminal would obey."""
    return "".join(one if one.isprintable() or one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in line.rstrip())


async def _newest_pod(api: Api, job: ResourceKey) -> Any:
    """By the label that the controller of Jobs sets (Kubernetes: batch/v1, JobNameLabel)."""
    query = {"labelSelector": f"batch.kubernetes.io/job-name={job.name}"}
    path = f"/api/v1/namespaces/{job.namespace}/pods"
    pods, _ = (await api.request("GET", path, query=query, what=f"list the Pods of {job}")).page
    return max(pods, key=lambda pod: (text(pod, "metadata", "creationTimestamp"), text(pod, "metadata", "name")), default=None)
