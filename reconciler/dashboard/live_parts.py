"""One object in one member: what differs from Git, Pods, events and logs, read with the token of the person who asks alone.

A browser sends the token as the password of Basic authentication (RFC 7617): it asks for it, keeps it until it is closed, and
sends it to these pages alone, without any script of ours. Nothing of it is kept here, and nothing that it reads. It goes to the
server that the settings of the process name for this member.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.personal_look import end_of_pod_log, event_time, events_about, pods_with, with_own_token
from reconciler.dashboard.addresses import key_of
from reconciler.dashboard.live_difference import LiveDifference, live_difference
from reconciler.dashboard.page import Asked, NotThereError
from reconciler.dashboard.pages.objects import AboutObject, ObjectPage, object_page
from reconciler.dashboard.questions import Questions
from reconciler.dashboard.settings import MemberServer
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.present.style import Style
from reconciler.review.live.owned_objects import may_have_pods

LIVE = "/live-from/{member}/{namespace}/{kind}/{name}"
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_LONGEST_TOKEN = 16_384
Look = Callable[[Asked, Questions, str, MemberServer, str], Awaitable[AboutObject]]
"""Makes a view of what is asked for of a member, at its server, with a token."""


@dataclass(frozen=True, slots=True)
class LivePod:
    name: str
    word: str
    """Its phase, or why a container of it waits."""
    role: Style
    ready: str
    restarts: int
    node: str
    containers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveEvent:
    time: str
    type: str
    reason: str
    about: str
    message: str


@dataclass(frozen=True, slots=True)
class LivePage(AboutObject):
    member: str
    members: tuple[str, ...]
    """Those that hold it, and whose server is known."""
    difference: LiveDifference | None
    """None where it could not be read."""
    has_pods: bool
    """Whether an object of this kind may have Pods."""
    pods: tuple[LivePod, ...]
    events: tuple[LiveEvent, ...]
    trouble: str
    """Why something could not be read; empty where it could."""
    pod: str = ""
    """Whose log is shown."""
    container: str = ""
    log: str | None = None


def token_of(request: web.Request) -> str:
    """The password of Basic authentication. Raises HTTPUnauthorized, which has the browser ask for it."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            token = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")[2].strip()
        except (binascii.Error, UnicodeDecodeError):
            token = ""
        if token and token.isprintable() and " " not in token and len(token) <= _LONGEST_TOKEN:
            return token
    member = "".join(one for one in request.match_info["member"] if one.isalnum() or one in "-.")
    ask = f'Basic realm="Kubernetes token for {member}, as the password", charset="UTF-8"'
    raise web.HTTPUnauthorized(text=_HOW, headers={"WWW-Authenticate": ask, "Cache-Control": "no-store"})


_HOW = (
    "Pods, events and logs are read with a token of your own. Give it as the password; the name does not matter.\n"
    "A token for an hour: kubectl create token NAME --duration 1h\n"
)


def member_server(asked: Asked, servers: Mapping[str, MemberServer]) -> tuple[str, MemberServer]:
    """The member that the address names, and its server. Raises NotThereError, also for one that this person may not see."""
    member = asked.path["member"]
    if ClusterName(member) not in asked.facts.clusters or member not in servers:
        raise NotThereError(f"no server is known for {member}")
    return member, servers[member]


async def look(asked: Asked, questions: Questions, member: str, server: MemberServer, token: str) -> LivePage:
    """Raises NotThereError. That the member refuses is told on the page."""
    about = object_page(asked, "live")
    key = key_of(asked.path)
    pods, events, trouble, log, difference = [], [], [], None, None
    wanted, container = asked.word("pod"), asked.word("container")
    async with with_own_token(member, server.server, server.ca_file, token) as api:
        try:
            difference = await live_difference(questions, key, member, api)
        except MemberError as error:
            trouble.append(error.message)
        try:
            labels = selected(key, about.template.manifest if about.template is not None else None)
            pods = await pods_with(api, key.namespace, labels) if labels and key.namespace else []
        except MemberError as error:
            trouble.append(error.message)
        names = [text(pod, "metadata", "name") for pod in pods]
        try:
            events = await events_about(api, key.namespace or "default", [key.name, *names])
        except MemberError as error:
            trouble.append(error.message)
        if wanted in names:
            try:
                log = await end_of_pod_log(api, key.namespace, wanted, container)
            except MemberError as error:
                trouble.append(error.message)
    return LivePage(
        about=about,
        member=member,
        members=live_members(asked, about, member),
        difference=difference,
        has_pods=may_have_pods(key),
        pods=tuple(map(live_pod, pods)),
        events=tuple(map(_event, events)),
        trouble="\n".join(dict.fromkeys(trouble)),
        pod=wanted if log is not None else "",
        container=container,
        log=log,
    )


def live_members(asked: Asked, about: ObjectPage, member: str) -> tuple[str, ...]:
    """Those that hold the object, and whose server is known; else the one that is asked for."""
    held = about.summary.decision.cluster_names if about.summary is not None else ()
    return tuple(name for name in held if name in asked.live) or (member,)


def selected(key: ResourceKey, manifest: Manifest | None) -> dict[str, str]:
    """The labels of its Pods; empty for a kind that has none."""
    if key.kind == "Job":
        return {"batch.kubernetes.io/job-name": key.name}
    if manifest is None or key.kind not in _SELECTING:
        return {}
    return {str(name): str(value) for name, value in mapping(manifest, "spec", "selector", "matchLabels").items()}


def live_pod(pod: Mapping[str, Any]) -> LivePod:
    statuses = sequence(pod, "status", "containerStatuses")
    waiting = next(filter(None, (text(one, "state", "waiting", "reason") for one in statuses)), "")
    ready = sum(one.get("ready") is True for one in statuses)
    phase = "Terminating" if text(pod, "metadata", "deletionTimestamp") else text(pod, "status", "phase") or "Unknown"
    well = phase == "Succeeded" or (phase == "Running" and bool(statuses) and ready == len(statuses))
    bad = phase == "Failed" or waiting not in ("", "ContainerCreating", "PodInitializing")
    restarts = [one.get("restartCount", 0) for one in statuses]
    return LivePod(
        name=text(pod, "metadata", "name"),
        word=waiting or phase,
        role=Style.GOOD if well else Style.BAD if bad else Style.CAUTION,
        ready=f"{ready}/{len(sequence(pod, 'spec', 'containers'))}",
        restarts=sum(one for one in restarts if isinstance(one, int)),
        node=text(pod, "spec", "nodeName"),
        containers=tuple(text(one, "name") for one in sequence(pod, "spec", "containers")),
    )


def _event(event: Mapping[str, Any]) -> LiveEvent:
    about = f"{text(event, 'involvedObject', 'kind')} {text(event, 'involvedObject', 'name')}"
    return LiveEvent(event_time(event), text(event, "type"), text(event, "reason"), about, text(event, "message"))
