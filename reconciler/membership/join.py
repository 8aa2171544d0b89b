"""`join`: an account in the member, its credential where this process finds it, and the Cluster file, in this order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.cluster.access import Access
from reconciler.cluster.connection import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.kubeconfig import read_kubeconfig
from reconciler.cluster.members import Members
from reconciler.membership.account import Enrolment, Member, Say, Step
from reconciler.membership.cluster_file import Desk
from reconciler.membership.cluster_manifest import Edit, Facts, edits_of
from reconciler.membership.credential_store import Credential, FileSafe, Safe, SecretSafe, file_name
from reconciler.membership.join_labels import Marks
from reconciler.membership.places import Admin, MembershipError, Places, administered, host_of
from reconciler.membership.tokens import Token, described, is_accepted, issue, revoke_others
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text
from reconciler.repo.client import Repository


@dataclass(frozen=True, slots=True)
class Joining:
    member: ClusterName
    admin: Admin
    places: Places
    facts: Facts = field(default_factory=Facts)
    role: str = ""
    """See `Enrolment.role`."""
    lifetime: timedelta | None = None
    """Of a new token; None: as long as possible."""
    rotate: bool = False
    commit: bool = True
    dry_run: bool = False


async def join(repository: Repository, joining: Joining, say: Say) -> None:
    """Raises ReconcilerError; running it again then goes on from there."""
    desk = await Desk.at(repository, joining.member)
    marks = Marks(joining.member, desk.desired.settings.instance)
    server = await asyncio.to_thread(_server_of, joining)
    async with AsyncExitStack() as stack:
        safe = _safe_for(joining.places, marks, desk.work_tree, stack)
        safe.refuse_unfit(server)
        draft = await desk.draft([*_connection(safe, server, desk.declared), *edits_of(joining.facts)])
        if draft.cluster is None:
            raise MembershipError(f"{draft.file} is not read: spec.include or spec.exclude of the Configuration leaves it out")
        enrolment = Enrolment(marks, joining.places.namespace, joining.role)
        member = administered(joining.admin, joining.places.access, enrolment, say, stack, dry_run=joining.dry_run)
        version = (await member.api.request("GET", "/version", what="ask for the version")).document
        say(Step("reached", f"{text(server, 'server')} (Kubernetes {text(version, 'gitVersion')})"))
        await member.refuse_others()
        stored = await safe.read()
        await member.enrol()
        credential = await _credential(member, joining, stored, server)
        if credential != stored and not joining.dry_run:
            await safe.write(credential)
        say(Step("unchanged" if credential == stored else "created" if stored is None else "configured", safe.place))
        if joining.dry_run:
            say(Step(draft.action, draft.file))
            return
        await _try_out(draft.cluster, joining.places.access, marks.instance)
        await desk.put(draft, _joined(joining.member, server, safe), say, commit=joining.commit)
        await revoke_others(member, Token(credential.token))
        await _drop_former(desk.declared, safe, joining.places.access, say)


def _server_of(joining: Joining) -> dict[str, Any]:
    file = joining.admin.kubeconfig
    try:
        return read_kubeconfig(joining.member, file, joining.admin.context).server(file.parent)
    except OSError as error:
        raise MembershipError(f"{file}: its CA cannot be read: {error.strerror}", remedy="Mend the kubeconfig.") from error


def _safe_for(places: Places, marks: Marks, work_tree: Path, stack: AsyncExitStack) -> Safe:
    """Of a member that joins: the host where there is one, else a file."""
    if places.access.host is not None:
        return SecretSafe(marks, host_of(places.access, stack), places.secret_namespace)
    if places.access.member_root is None:
        raise MembershipError("there is no folder for kubeconfig files", remedy="Start with --member-root FOLDER.")
    safe = FileSafe(marks.member, places.access.member_root)
    if safe.file.resolve().is_relative_to(work_tree.resolve()):
        raise MembershipError(
            f"{safe.file} would lie in the repository, where no credential belongs", remedy="Name another --member-root."
        )
    return safe


def _connection(safe: Safe, server: Mapping[str, Any], before: Cluster | None) -> list[Edit]:
    """What a Cluster file says of how its member is reached. One way stands in it: what belongs to another goes."""
    kubeconfig, context = (("metadata", "annotations", name) for name in (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION))
    endpoint = text(server, "server")
    if isinstance(safe, SecretSafe):
        named = {"namespace": safe.namespace, "name": safe.name}
        secret = [Edit(("spec", "secretRef", part), value) for part, value in named.items()]
        return [Edit(kubeconfig, None), Edit(context, None), *secret, Edit(("spec", "apiEndpoint"), endpoint)]
    edits = [Edit(kubeconfig, safe.name), Edit(context, None), Edit(("spec", "secretRef"), None)]
    stays = before is not None and before.api_endpoint == endpoint
    return edits if stays else [*edits, Edit(("spec", "apiEndpoint"), None)]


async def _credential(member: Member, joining: Joining, stored: Credential | None, server: Mapping[str, Any]) -> Credential:
    """The one that is kept as long as it works, with a new token otherwise."""
    if stored is not None and stored.token and not joining.rotate and await is_accepted(member, stored.token):
        return Credential(server, stored.token)
    if joining.dry_run:
        member.say(Step("issued", "a token"))
        return Credential(server, "")
    token = await issue(member, joining.lifetime)
    member.say(Step("issued", f"a token that {described(token)}"))
    return Credential(server, token.value)


async def _try_out(cluster: Cluster, access: Access, instance: str) -> None:
    """The member as every other command will reach it. Raises MemberError. A grant counts a moment after it was written."""
    members = Members(access)
    client = members.open(cluster, instance)
    try:
        for left in reversed(range(_TRIES)):
            try:
                await client.discover()
                return
            except RefusedError:
                if not left:
                    raise
                await asyncio.sleep(_PAUSE)
    finally:
        await client.close()
        await members.close()


async def _drop_former(before: Cluster | None, safe: Safe, access: Access, say: Say) -> None:
    """A credential that was kept elsewhere until now; its token was revoked already."""
    if before is None:
        return
    if isinstance(safe, SecretSafe):
        if before.annotations.get(KUBECONFIG_ANNOTATION) == file_name(before.name) and access.member_root is not None:
            former = FileSafe(before.name, access.member_root)
            if await former.delete():
                say(Step("deleted", former.place))
    elif before.secret_ref:
        say(Step("left", f"Secret {before.secret_ref} of the host cluster, with a credential that is not accepted any more"))


def _joined(member: ClusterName, server: Mapping[str, Any], safe: Safe) -> str:
    kept = "a Secret of the host cluster" if isinstance(safe, SecretSafe) else "a kubeconfig below the member root"
    return f"Join {member}\n\nIts API server is {text(server, 'server')}; the credential is in {kept}.\n"


_TRIES = 10
_PAUSE = 0.3
"""Seconds between tries of a new credential."""
