"""A whole `sync`: read the repository, make passes, record the result once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.cluster.access import Access
from reconciler.cluster.host_check import check_host
from reconciler.errors import ReconcilerError
from reconciler.passes.commit_message import commit_message, count_writes
from reconciler.passes.connections import open_fleet
from reconciler.passes.earlier import as_reconciled
from reconciler.passes.endpoints import exchange_after
from reconciler.passes.member_branches import MemberBranches
from reconciler.passes.options import Clock, Options
from reconciler.passes.passes import run_passes
from reconciler.passes.preflight import (
    outdated,
    refuse_broken_configuration,
    refuse_foreign_repository,
    refuse_missing_means,
    refuse_missing_members,
    refuse_status_branch,
    unpublished,
    went_back,
)
from reconciler.passes.progress import NobodyWatches, Progress
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.result import Result
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.record.reports import with_exact_counts
from reconciler.record.status_branch import Recorded, commit_recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE


async def sync(
    repository: Repository,
    compiler: CompilerClient,
    revision: str,
    access: Access,
    clock: Clock,
    options: Options,
    *,
    push: bool,
    progress: Progress | None = None,
) -> Result:
    """Brings all members to a revision, and records the result on the status branch.

    revision: a name of a commit, such as a branch. push: whether to fetch the status branch and the reports of agents from the
    remote, and push the status branch there, where there is a remote; it must then have the revision, too. progress: who watches.
    Raises ReconcilerError where nothing could be done at all; an error of a member, and one in the recording, is part of the
    result.
    """
    commit = await repository.resolve(revision)
    options = options.with_consent(commit.message)
    desired = await load_revision(repository, commit, compiler)
    refuse_broken_configuration(desired)
    branch = desired.settings.status_branch
    asked = [cluster for cluster in desired.clusters if options.only is None or cluster.name in options.only]
    await check_host(access)
    refuse_missing_means(asked, access, "Or name the members that it can reach, each with --cluster NAME.")
    refusal: ReconcilerError | None = await unpublished(repository, commit, revision) if push else None
    reports = MemberBranches(repository)
    if push:
        await repository.fetch_status(branch)
        await reports.fetch(desired.clusters)
    before = await read_recorded(repository, branch)
    refuse_foreign_repository(desired, before.commit)
    desired = await as_reconciled(repository, commit, desired, before.state, compiler, by_hand=True)
    refuse_status_branch(commit, before.commit, branch, revision)
    back = await went_back(repository, commit, before.state.revision)
    refusal = refusal or await outdated(repository, commit, revision, back, "sync")
    if refusal is not None and not options.dry_run:
        raise refusal
    refuse_missing_members(asked, before.state, access.member_root)
    async with open_fleet(desired.clusters, access, desired.settings.instance) as fleet:
        fleet.pulled.update(await reports.read(desired.clusters))
        work = Reconciliation(desired, commit.sha, fleet, compiler, clock, options, progress or NobodyWatches())
        passes, endpoints = await exchange_after(work, await run_passes(work, before.state))
    done = Result(commit.sha, tuple(passes), None, False, None, False, back, before=before.state.revision, endpoints=endpoints)
    if options.dry_run:
        return replace(done, refusal=refusal, dry_run=True)
    done = replace(done, timed_out=options.timeout if options.wait and passes[-1].in_progress else None)
    return await _recorded(done, repository, branch, before, clock(), push=push)


async def _recorded(done: Result, repository: Repository, branch: str, before: Recorded, when: datetime, *, push: bool) -> Result:
    """The result, with the commit to the status branch and whether something was pushed, or with the error of the recording."""
    message = commit_message(done.revision, count_writes(event for one in done.passes for event in one.events))
    try:
        publish = push and REMOTE in await repository.remotes()
        state = with_exact_counts(done.last.recorded, when)
        written = await commit_recorded(repository, branch, before, state, message, when, publish=publish)
        pushed = publish and (written is not None or await repository.publish(branch))
    except ReconcilerError as error:
        return replace(done, record_error=error)
    return replace(done, commit=written.commit if written is not None else None, pushed=pushed)
