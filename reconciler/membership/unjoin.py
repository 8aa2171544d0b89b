"""`unjoin`: the Cluster file, the account in the member, and its credential, in this order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from reconciler.cluster.client import MemberError
from reconciler.cluster.connection import KUBECONFIG_ANNOTATION
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.servers import Servers
from reconciler.errors import ReconcilerError
from reconciler.membership.account import Enrolment, Member, Say, Step
from reconciler.membership.cluster_file import Desk, Draft
from reconciler.membership.credential_store import Credential, FileSafe, ForeignCredentialError, Safe, SecretSafe, file_name
from reconciler.membership.join_labels import Marks
from reconciler.membership.places import Admin, MembershipError, Places, administered, host_of
from reconciler.membership.tokens import Token
from reconciler.model.cluster import Cluster
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.record.commit import read_recorded
from reconciler.repo.client import Repository


@dataclass(frozen=True, slots=True)
class Leaving:
    member: ClusterName
    places: Places
    admin: Admin | None = None
    """None: the account takes itself away, by the credential that is kept."""
    force: bool = False
    commit: bool = True
    dry_run: bool = False


async def unjoin(repository: Repository, leaving: Leaving, say: Say) -> list[ResourceKey]:
    """The objects of ours that stay in the member. Raises ReconcilerError; running it again then goes on from there."""
    desk = await Desk.at(repository, leaving.member)
    left = await _left_behind(repository, desk, leaving)
    marks = Marks(leaving.member, desk.desired.settings.instance)
    async with AsyncExitStack() as stack:
        safe, stored = await _kept(desk.declared, leaving, marks, say, stack)
        draft = await desk.withdrawal() if desk.declared is not None else None
        way = await _way_in(safe, stored, desk, leaving, marks, say, stack)
        if draft is None and stored is None and way is None:
            say(Step("unchanged", f"nobody declares the Cluster {leaving.member}, and no credential of it is kept"))
            return left
        if draft is not None:
            await _withdraw(desk, draft, leaving, say)
        if way is not None:
            await way.leave()
        if safe is not None and stored is not None:
            if not leaving.dry_run:
                await safe.delete()
            say(Step("deleted", safe.place))
    return left


async def _kept(
    declared: Cluster | None, leaving: Leaving, marks: Marks, say: Say, stack: AsyncExitStack
) -> tuple[Safe | None, Credential | None]:
    """Where the credential of a member that leaves is kept, and what it is. No safe: there is none of ours to take away."""
    try:
        safe = _safe_of(declared, leaving, marks, stack)
        if safe is not None:
            return safe, await safe.read()
        if declared is not None:
            what = f"the folder {declared.directory}" if declared.directory else "its credential, which `join` did not make"
            say(Step("left", what))
    except ForeignCredentialError as error:
        say(Step("left", error.message))
    except MemberError as error:
        if not leaving.force:
            raise
        say(Step("left", f"its credential: {error.message}"))
    return None, None


def _safe_of(declared: Cluster | None, leaving: Leaving, marks: Marks, stack: AsyncExitStack) -> Safe | None:
    """Of a member that leaves; None for a credential that others care for, or none at all. Where nobody declares the Cluster any
    more, it is looked for where `join` puts it."""
    access = leaving.places.access
    annotation = declared.annotations.get(KUBECONFIG_ANNOTATION, "") if declared else file_name(leaving.member)
    if annotation == file_name(leaving.member) and access.member_root is not None:
        safe = FileSafe(leaving.member, access.member_root)
        if declared is not None or access.host is None or safe.file.exists():
            return safe
    secret = f"{leaving.places.secret_namespace}/{leaving.member}"
    if declared is not None:
        secret = "" if annotation else declared.secret_ref
    elif access.host is None:
        return None
    namespace, _, name = secret.partition("/")
    return SecretSafe(marks, host_of(access, stack), namespace) if name == leaving.member else None


def _as_kept(member: ClusterName, safe: Safe) -> Cluster:
    """A Cluster as it would be declared for this credential."""
    if isinstance(safe, SecretSafe):
        return Cluster(member, secret_ref=f"{safe.namespace}/{member}")
    return Cluster(member, annotations={KUBECONFIG_ANNOTATION: file_name(member)})


async def _left_behind(repository: Repository, desk: Desk, leaving: Leaving) -> list[ResourceKey]:
    """What the member holds of ours, as it was recorded last. Raises MembershipError where that is more than Namespaces, which go
    to every member and cannot be taken from a single one."""
    branch = desk.desired.settings.status_branch
    try:
        await repository.fetch_status(branch)
    except ReconcilerError:
        if not leaving.force:
            raise
    held = _held(leaving.member, (await read_recorded(repository, branch)).state)
    counted = [key for key in held if (key.group, key.kind) != ("", "Namespace")]
    if counted and not leaving.force:
        shown = ", ".join(map(str, counted[:_NAMED])) + (f" and {len(counted) - _NAMED} more" if len(counted) > _NAMED else "")
        raise MembershipError(
            f"{leaving.member} still holds objects of ours: {shown}",
            remedy="Let the policies place nothing there and sync; or leave them there as they are, with --force.",
        )
    return held


def _held(member: ClusterName, state: RecordedState) -> list[ResourceKey]:
    found = []
    for key, report in state.reports.items():
        status = report.status_in(member)
        if status is not None and (status.applied or status.health.status is not HealthStatus.NOT_FOUND):
            found.append(key)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the account in the member is taken away."""

    member: Member
    by_itself: bool
    finishing: bool
    """Whether an earlier run withdrew the Cluster file, and then perhaps the account from itself."""

    async def leave(self) -> None:
        try:
            await (self.member.resign() if self.by_itself else self.member.dismiss())
        except RefusedError as error:
            if not self.is_over(error):
                raise

    def is_over(self, error: ReconcilerError) -> bool:
        """Whether a refusal means that the account is gone. Its end is noticed at the server bit by bit."""
        over = self.by_itself and self.finishing and isinstance(error, RefusedError) and error.status in (401, 403)
        if over:
            self.member.say(Step("unchanged", f"the account in {self.member.api.name}: its credential is worth nothing any more"))
        return over


async def _way_in(
    safe: Safe | None,
    stored: Credential | None,
    desk: Desk,
    leaving: Leaving,
    marks: Marks,
    say: Say,
    stack: AsyncExitStack,
) -> _Way | None:
    """None where there is no account to take away, or it is left. Raises MemberError where it cannot be taken away."""
    namespace = (Token(stored.token).namespace if stored else "") or leaving.places.namespace
    enrolment, access = Enrolment(marks, namespace), leaving.places.access
    way = None
    try:
        if leaving.admin is not None:
            member = administered(leaving.admin, access, enrolment, say, stack, dry_run=leaving.dry_run)
            await member.refuse_others()
            return _Way(member, by_itself=False, finishing=False)
        if safe is None:
            return None
        if stored is None:
            if desk.declared is None:
                return None
            raise MembershipError(f"{leaving.member}: {safe.place} is not there, so nobody can take its account away")
        servers = Servers(access)
        stack.push_async_callback(servers.close)
        opened = servers.open(_as_kept(leaving.member, safe), marks.instance)
        stack.push_async_callback(opened.close)
        member = Member(opened.api, enrolment, say, dry_run=leaving.dry_run)
        way = _Way(member, by_itself=True, finishing=desk.declared is None)
        await member.refuse_unable()
        return way
    except ReconcilerError as error:
        if way is not None and way.is_over(error):
            return None
        if not leaving.force:
            remedy = "Name an administrator's --kubeconfig for it, or leave its account there with --force."
            raise MembershipError(error.message, remedy=remedy) from error
        say(Step("left", f"the account {enrolment.user} and the ClusterRoleBinding {enrolment.name}: {error.message}"))
        return None


async def _withdraw(desk: Desk, draft: Draft, leaving: Leaving, say: Say) -> None:
    if leaving.dry_run:
        say(Step(draft.action, draft.file))
    else:
        await desk.put(draft, f"Unjoin {leaving.member}", say, commit=leaving.commit)


_NAMED = 5
"""Objects in a refusal before the rest is counted."""
