"""Writes what the leader decided for one member to a branch, and the branch to a file that somebody carries there.

An agent reads the same: the recorded decision, and the revision that it names. A newer revision that the leader has not decided
about yet is not part of it, for what such a revision moves would leave one member before the other has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from reconciler.agent.scope import own_desired, own_state
from reconciler.errors import ReconcilerError
from reconciler.expanding.expanding_compiler import with_expansions
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.model.carried import EXPORTS, CarriedDecision, carried_decision
from reconciler.model.cluster import Cluster
from reconciler.model.consent import ALLOW_PRUNE, consent_in
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import PruneGuard, Settings
from reconciler.model.wording import first_few, plural
from reconciler.model.work import Work
from reconciler.passes.earlier import with_earlier
from reconciler.passes.judges import refuse_unknown_tenants, tenancy_of
from reconciler.passes.preflight import NothingToApplyError, WrongRevisionError, refuse_broken_configuration
from reconciler.passes.tenants import account_of
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import DecidedCompiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.revision import load_revision
from reconciler.pipeline.works import make_works
from reconciler.record.status_branch import AUTHOR, read_recorded
from reconciler.render.export import Export, export
from reconciler.repo.bundle import BundleRepository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature

_NAMED = 3


class SecretsLostError(ReconcilerError):
    """An export without the Secrets that the one before had: the member would lose them."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of the branch and the file."""

    branch: str
    decided: CarriedDecision
    commit: str
    """Of the branch; empty where the last one holds the same already."""
    written: int
    """Files."""
    removed: int
    objects: int
    """How many the member gets."""
    left_out: tuple[ResourceKey, ...]
    """Secrets, sorted."""
    unexpanded: tuple[Issue, ...] = ()
    """Why Charts and the like could not be expanded, sorted: their objects are as in the export before."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the record says about the member."""

    decision: CarriedDecision
    consent: str
    """The trailers by which the commit that was decided about consents to removals from the member."""
    files: Export
    unexpanded: tuple[Issue, ...]
    """As `Exported.unexpanded`."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """How exports are written."""

    repository: BundleRepository
    status_branch: str
    now: datetime
    push: bool
    """Whether the branch, and that of the decisions, are those of the remote, where there is one."""
    programs: Programs = FROM_PATH
    cache: Path | None = None
    """Where expansions are kept."""

    async def write(self, name: ClusterName, file: Path, *, secrets: bool | None) -> Exported:
        """Writes what is decided for a member. secrets: whether Secrets are part of it; None: not, unless the export before had
        some, which is refused. Raises ReconcilerError."""
        branch, repository = f"{EXPORTS}{name}", self.repository
        publish = self.push and REMOTE in await repository.remotes()
        if publish:
            await repository.fetch_status(self.status_branch)
            await repository.fetch_status(branch)
        parent = await repository.branch_head(branch)
        last = carried_decision((await repository.resolve(parent)).message) if parent else None
        present = await repository.read_commit_files(parent) if parent else {}
        found = await self._decided(name, present, secrets=bool(secrets))
        decided, changes = found.decision, found.files
        if secrets is None and changes.secrets_lost:
            raise SecretsLostError(
                f"{name}: the last export holds {first_few(changes.secrets_lost, _NAMED)}, and this one would take them from the "
                "member",
                remedy="Write --with-secrets, or --without-secrets where the member is to lose them.",
            )
        commit = ""
        if changes.changes or not decided.is_same_decision(last):
            message = f"Export {name} from {decided.revision[:10]}\n\n{decided.trailers}{found.consent}"
            by = Signature(*(repository.author or AUTHOR), self.now)
            commit = await repository.commit_files(
                branch, parent=parent, changes=changes.changes, message=message, by=by, publish=publish
            )
        elif publish:
            await repository.publish(branch)
        await repository.write_bundle(branch, file)
        removed = sum(content is None for content in changes.changes.values())
        written = len(changes.changes) - removed
        return Exported(branch, decided, commit, written, removed, changes.objects, changes.left_out, found.unexpanded)

    async def _decided(self, name: ClusterName, present: Mapping[str, bytes], *, secrets: bool) -> _Decided:
        repository = self.repository
        compiler = with_expansions(ThreadCompiler(DecidedCompiler()), repository, self.programs, self.cache)
        recorded = await read_recorded(repository, self.status_branch)
        state = recorded.state
        if recorded.commit is None or not state.revision:
            raise NothingToApplyError(
                f"branch {self.status_branch} records no decision yet, so nothing is known of what {name} must hold",
                remedy="Run `reconciler sync`, or start `reconciler run`.",
            )
        revision = await repository.resolve(state.revision, recorded=True)
        desired = await load_revision(repository, revision, compiler, judges=await tenancy_of(repository, state.judges))
        refuse_unknown_tenants(desired)
        refuse_broken_configuration(desired)
        desired = await with_earlier(replace(desired, revision=revision.sha), state, repository, compiler)
        member = _carried_member(desired, name, state)
        compiled = await compiler.compile(own_desired(desired, [member]), own_state(state, [member]), self.now)
        work, settings = make_works(compiled)[name], _careful(desired.settings, seen=state.clusters[name].read)
        _refuse_accounts(compiled, work)
        changes = export(work, member, settings, desired.customizations, present, secrets=secrets)
        consent = "".join(f"{ALLOW_PRUNE}: {one}\n" for one in sorted(consent_in(revision.message) & {name, "*"}))
        decision = CarriedDecision(name, revision.sha, recorded.commit, state.clusters[name].generation)
        return _Decided(decision, consent, changes, _what_failed(compiled, name))


def _what_failed(compiled: Compiled, name: ClusterName) -> tuple[Issue, ...]:
    parents = compiled.needs.unknown_on.get(name, ())
    failed = (compiled.templates[key].rendering.failed.get(name) for key in parents)
    return tuple(sorted({issue for issue in failed if issue is not None}))


def _refuse_accounts(compiled: Compiled, work: Work) -> None:
    """Raises WrongRevisionError where an object of the member is written as the ServiceAccount of a Tenant. An edit of a Tenant
    acts one revision later, and a site may miss that one: it would write with all its rights what the Tenant may not."""
    found = ((one.declared, account_of(one.declared, compiled)) for one in work.manifests)
    accounts = [(key, account) for key, account in found if account is not None]
    if accounts:
        key, account = accounts[0]
        more = f" ({plural(len(accounts), 'such object')})" if len(accounts) > 1 else ""
        raise WrongRevisionError(
            f"{work.cluster}: {key} is written as the ServiceAccount {account.namespace}/{account.name} of its Tenant, and an "
            f"export cannot say so{more}",
            remedy="Place these objects on other members, or let an agent keep this one.",
        )


def _careful(settings: Settings, *, seen: bool) -> Settings:
    """seen: whether the leader knows what the member holds. Until a report says so, any copy there may be the only one: an agent
    then prunes nothing, and at the site each removal needs consent."""
    return settings if seen else replace(settings, prune_guard=PruneGuard(0, 0))


def _carried_member(desired: DesiredState, name: ClusterName, recorded: RecordedState) -> Cluster:
    """The Cluster of that name. Raises WrongRevisionError where nothing may be carried to it."""
    where = f"revision {desired.revision[:12]}, the one that was decided about last,"
    member = desired.cluster(name)
    if member is None or name not in recorded.clusters:
        why = f"{where} declares no Cluster {name}"
        raise WrongRevisionError(why, remedy="Correct the name; or commit its Cluster file, and run `reconciler sync`.")
    if not member.is_pulled:
        raise WrongRevisionError(
            f"{name}: {where} declares it with syncMode: {member.sync_mode} ({member.origin}), so that this side writes to it",
            remedy="Declare it with spec.syncMode: Pull, and run `reconciler sync`.",
        )
    return member
