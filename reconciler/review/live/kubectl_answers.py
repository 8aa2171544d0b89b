"""Asks kubectl on several members, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.cluster.kubernetes_member import KubernetesMember
from reconciler.cluster.member_protocol import MemberError
from reconciler.kubectl.failures import KubectlError, said
from reconciler.kubectl.kubeconfig import kubeconfig_of
from reconciler.kubectl.process import Kubectl, Output
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet

AT_ONCE = 8
"""Processes of kubectl that end by themselves; each takes 40 MB."""
SECONDS = 30.0
"""For the answer of one member."""
_REQUEST = f"--request-timeout={SECONDS:g}s"
_KILLED_AFTER = SECONDS + 5


@dataclass(frozen=True, slots=True)
class Answers:
    """What kubectl printed, by member, sorted."""

    outputs: Mapping[ClusterName, str]
    """Of each member where it printed something."""
    problems: Mapping[ClusterName, str]
    """Why it gave no answer, or an incomplete one."""


async def ask_kubectl(kubectl: Kubectl, fleet: Fleet, questions: Mapping[ClusterName, Sequence[str]]) -> Answers:
    """questions: the arguments, by member."""
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(name: ClusterName) -> Output | str:
        async with free:
            try:
                config = await credential_of(fleet, name)
                return await kubectl.run([_REQUEST, *questions[name]], config, seconds=_KILLED_AFTER)
            except TimeoutError:
                return f"no answer within {_KILLED_AFTER:g} s"
            except (MemberError, KubectlError) as error:
                return error.message

    names = sorted(questions)
    answers = dict(zip(names, await asyncio.gather(*map(ask, names)), strict=True))
    outputs = {name: one.out for name, one in answers.items() if isinstance(one, Output) and one.out.strip()}
    problems = {
        name: one if isinstance(one, str) else said(one.err) or _code(one.code) for name, one in answers.items() if _failed(one)
    }
    return Answers(outputs, problems)


async def credential_of(fleet: Fleet, name: ClusterName) -> bytes:
    """A kubeconfig for the member. Raises MemberError, KubectlError."""
    client = fleet.clients[name]
    if not isinstance(client, KubernetesMember):
        raise MemberError(f"{name}: it is a folder: nothing runs there")
    return await kubeconfig_of(name, await client.connection())


def _failed(answer: Output | str) -> bool:
    return isinstance(answer, str) or answer.code != 0


def _code(code: int) -> str:
    return f"kubectl ended with exit code {code}"
