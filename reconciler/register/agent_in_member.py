"""Which member the agent in a namespace keeps, as its Deployment says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.edit.object_writes import read_object
from reconciler.install.owned import collection
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import sequence
from reconciler.register.request import AGENT, RegisterError


async def refuse_agent_of_another(api: Api, namespace: str, member: ClusterName) -> None:
    """Raises MemberError, and RegisterError where the agent in this namespace keeps another member."""
    live = await read_object(api, f"{collection('Deployment', namespace)}/{AGENT.name}")
    other = _member_of(live) if live is not None and AGENT.owns(live) else None
    if other not in (None, member):
        raise RegisterError(
            f"{api.name}: the agent in the namespace {namespace} keeps the member {other}, not {member}",
            remedy=f"Check --kubeconfig and --context. For another name, run `reconciler unregister {other}` first.",
        )


def _member_of(deployment: Mapping[str, Any]) -> str | None:
    (container, *_) = sequence(deployment, "spec", "template", "spec", "containers") or [{}]
    _, *arguments = sequence(container, "args") or [""]
    return str(arguments[0]) if arguments else None
