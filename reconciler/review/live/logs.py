"""The lines of many Pods on many members.

One kubectl for each namespace of a member follows all Pods there, and writes the Pod and the container before each line. Lines
are handed on one at a time and whole. Without `follow`, the lines of a member stand together, in the order of the members: the
processes of the next ones are started before, and wait with a full pipe.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.cluster.member_protocol import MemberError
from reconciler.kubectl.failures import KubectlError, said
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet
from reconciler.review.live.kubectl_answers import AT_ONCE, credential_of
from reconciler.review.live.pods import MemberPods


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which part of the logs, in kubectl's terms."""

    follow: bool = False
    previous: bool = False
    container: str = ""
    """Empty: the default one of each Pod."""
    all_containers: bool = False
    tail: int = -1
    """Lines of each container at most; -1 for all."""
    since: str = ""
    """A duration of Go; empty for everything."""
    timestamps: bool = False

    def arguments(self, pods: MemberPods) -> list[str]:
        which = [f"--selector={pods.selector}"] if pods.selector else ["--", pods.names[0]]
        flags = {
            "--follow": self.follow,
            "--previous": self.previous,
            "--all-containers": self.all_containers,
            "--timestamps": self.timestamps,
        }
        values = {"--container": self.container, "--since": self.since}
        # Pods may be added between our list and kubectl's.
        several = [f"--max-log-requests={2 * len(pods.names) + _MORE}"] if pods.selector else []
        return [
            "logs",
            f"--namespace={pods.namespace}",
            "--prefix",
            f"--tail={self.tail}",
            *several,
            *[flag for flag, given in flags.items() if given],
            *[f"{option}={value}" for option, value in values.items() if value],
            *which,
        ]


@dataclass(frozen=True, slots=True)
class LogLine:
    cluster: ClusterName
    namespace: str
    pod: str
    container: str
    text: str
    """As the container wrote it: anything."""


async def read_logs(
    kubectl: Kubectl,
    fleet: Fleet,
    groups: Sequence[MemberPods],
    request: LogRequest,
    show: Callable[[LogLine], None],
    later: AsyncIterator[MemberPods] | None = None,
) -> dict[ClusterName, str]:
    """Hands every line to `show`, until all logs have ended. Returns the members whose logs could not be read in full, and why.

    groups: sorted by member. later: further Pods to follow as they come, each by a kubectl of its own; then it does not end
    before they do.
    """
    free = asyncio.Semaphore(len(groups) if request.follow else AT_ONCE)
    turns = [asyncio.Event() for _ in range(len(groups) + 1)]
    turns[0].set()
    problems: dict[ClusterName, str] = {}

    async def read(place: int, pods: MemberPods) -> None:
        async with free:
            try:
                why = await _read(kubectl, fleet, pods, request, show, None if request.follow else turns[place])
            except (MemberError, KubectlError) as error:
                why = error.message
            finally:
                turns[place + 1].set()
        if why:
            problems[pods.cluster] = why

    async def read_later(pods: MemberPods) -> None:
        try:
            why = await _read(kubectl, fleet, pods, replace(request, tail=-1, since=""), show, None)
        except (MemberError, KubectlError) as error:
            why = error.message
        if why:
            problems[pods.cluster] = why

    async with asyncio.TaskGroup() as tasks:
        for place, pods in enumerate(groups):
            tasks.create_task(read(place, pods))
        if later is not None:
            async for pods in later:
                tasks.create_task(read_later(pods))
    return dict(sorted(problems.items()))


async def _read(
    kubectl: Kubectl,
    fleet: Fleet,
    pods: MemberPods,
    request: LogRequest,
    show: Callable[[LogLine], None],
    turn: asyncio.Event | None,
) -> str:
    """Why the logs could not be read in full; empty where they were. turn: before it, nothing is shown."""
    async with kubectl.stream(request.arguments(pods), await credential_of(fleet, pods.cluster)) as running:
        errors = asyncio.ensure_future(_collected(running.err))
        try:
            if turn is not None:
                await turn.wait()
            stray = [line async for line in running.out if not _shown(pods, line, show)]
            code = await running.process.wait()
            err = await errors
        finally:
            errors.cancel()
    why = said("\n".join([*stray[:_KEPT], *err]))
    return why or (f"kubectl ended with exit code {code}" if code else "")


def _shown(pods: MemberPods, line: str, show: Callable[[LogLine], None]) -> bool:
    """Whether it is a line of a log: then it was shown. Else kubectl itself says something."""
    found = _PREFIXED.match(line)
    if found is None:
        return not line.strip()
    show(LogLine(pods.cluster, pods.namespace, found["pod"], found["container"], line[found.end() :]))
    return True


async def _collected(lines: AsyncIterator[str]) -> list[str]:
    """The last lines, for a message."""
    kept: list[str] = []
    async for line in lines:
        kept = [*kept[-_KEPT + 1 :], line]
    return kept


_PREFIXED = re.compile(r"\[pod/(?P<pod>[^/\]]+)/(?P<container>[^/\]]+)\] ")
_MORE = 5
_KEPT = 5
"""Lines of kubectl's own that a message has."""
