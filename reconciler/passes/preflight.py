"""Checks before the first pass over a revision. Where one fails, nothing of the revision is reconciled: a pass would do harm, or
record something that is not true."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.cluster.member_protocol import MemberError, NotConfiguredError
from reconciler.cluster.not_configured import missing_means
from reconciler.errors import ReconcilerError
from reconciler.load.layout import is_below
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.issues import errors_in
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.revision import Commit
from reconciler.repo.semver import PREFIX as SEMVER


class ConfigurationBrokenError(ReconcilerError):
    """The Configuration of the repository cannot be read, so how to reconcile the repository is not known."""


class WrongRevisionError(ReconcilerError):
    """A revision that does not declare a fleet."""


class OutdatedError(WrongRevisionError):
    """A HEAD that is older than what was applied last, although its branch has newer commits."""


class NothingToApplyError(ReconcilerError):
    """A revision that declares nothing for this process: what was in force is not any more."""


def refuse_foreign_repository(desired: DesiredState, recorded: str | None) -> None:
    """Raises NothingToApplyError where nothing was ever declared: most likely, this is another repository.

    recorded: the newest commit of the status branch.
    """
    is_empty = not (desired.files or desired.configuration or desired.unknown or desired.broken_files or desired.hidden)
    if recorded is None and is_empty:
        raise NothingToApplyError(
            "nothing is declared here: is this the config repository?",
            remedy="Name it with --repo. In a new one, `reconciler init .` writes the first files.",
        )


class UnpublishedError(ReconcilerError):
    """A commit that the remote does not have."""


async def unpublished(repository: Repository, commit: Commit, revision: str) -> UnpublishedError | None:
    """The reason why a revision must not be synced although its status is pushed to the remote; None where the remote has it.

    revision: the name of the commit. Raises RepositoryError, UnreachableError.
    """
    if await repository.is_published(commit):
        return None
    branch = await repository.head_branch() if revision == "HEAD" else revision
    push = f"git push {REMOTE} {branch}" if branch else f"git push {REMOTE} HEAD:BRANCH"
    if revision.startswith(SEMVER):
        push = f"git push {REMOTE} --tags"
    return UnpublishedError(
        f"{repository.place}: the remote {REMOTE} does not have {revision} ({commit.sha[:12]}): its status would be recorded "
        "there, and a process that follows the remote would undo it",
        remedy=f"Push it first: {push}. Or apply it without pushing anything: reconciler sync --local.",
    )


async def outdated(
    repository: Repository, commit: Commit, revision: str, back: WentBack | None, command: str
) -> OutdatedError | None:
    """The reason why HEAD must not be reconciled: its branch has newer commits, and one of them is applied already. A pass would
    undo it, most likely by mistake. None where another revision is named: whoever names one means it.

    revision: the name of the commit. back: as `went_back` says. command: sync or run. Raises RepositoryError.
    """
    if revision != "HEAD" or back is None or back.commits is None or back.diverged:
        return None
    behind = await repository.behind(commit)
    if behind is None:
        return None
    return OutdatedError(
        f"HEAD ({commit.sha[:12]}) is older than what was applied last ({back.revision[:12]}), and {behind.newer} has newer "
        f"commits: a {command} would undo them on the members",
        remedy=f"Check the newest commit out: {behind.remedy}. Or name the revision to go back to: reconciler {command} "
        f"{commit.sha[:12]}.",
    )


@dataclass(frozen=True, slots=True)
class WentBack:
    """A revision that was applied before, and that has commits which the one to apply now lacks. Or it may have some: this clone
    lacks the revision."""

    revision: str
    """The id of the commit."""
    commits: int | None
    """How many are undone; None where this clone lacks the revision, so that it is not known whether any is."""
    diverged: bool
    """Whether the new one has commits of its own, so that it is not just older."""


async def went_back(repository: Repository, commit: Commit, applied: str) -> WentBack | None:
    """What a commit undoes of the revision that was applied last, or may undo, where this clone lacks that revision; None where
    it contains all of it. A branch of its own undoes as much as an older commit does, but is not refused: a CI may well apply the
    branch of a pull request.

    applied: the id of a commit, empty for none. Raises RepositoryError.
    """
    if not applied or await repository.contains(commit.sha, applied):  # One question to git, where there is nothing to tell.
        return None
    if not await repository.has_commit(applied):
        return WentBack(applied, None, diverged=False)
    undone = await repository.commits_missing(commit.sha, applied)
    if not undone:
        return None
    return WentBack(applied, undone, diverged=not await repository.commits_after(commit.sha, applied))


def refuse_status_branch(commit: Commit, status: str | None, branch: str, revision: str) -> None:
    """Raises WrongRevisionError where the revision is the status branch: when a default branch is deleted, a forge may make this
    one the default.

    status: the newest commit of the status branch; None where there is no such branch.
    """
    if commit.sha == status:
        raise WrongRevisionError(
            f"{revision} is the status branch, {branch}: it records results and holds no manifests",
            remedy="Name the branch with the manifests. If it was deleted, push it again and make it the default branch.",
        )


def refuse_missing_members(clusters: Collection[Cluster], recorded: RecordedState, member_root: Path | None) -> None:
    """Raises MemberError where directory members have objects according to the status branch, and their root folder does not
    exist. The members are somewhere else then: a sync would write a second set of them, and overwrite the status of the first."""
    folders = {cluster.name for cluster in clusters if cluster.directory and not cluster.is_pulled}
    has_objects = any(cluster.applied for name, cluster in recorded.clusters.items() if name in folders)
    if has_objects and member_root is not None and not member_root.exists():
        raise MemberError(
            f"{member_root} does not exist, and according to the status branch there are objects on the members below it",
            remedy="Name the folder of the members with --member-root, or create this folder to start again.",
        )


def refuse_missing_means(clusters: Iterable[Cluster], access: Access, remedy: str = "") -> None:
    """Raises NotConfiguredError where this process lacks an option or a credential file to reach one of these Clusters. It says
    nothing about a member that this process may not reach it, so a pass would have nothing to record.

    remedy: what else the user can do, as a sentence.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    for cluster in clusters:
        if cluster.is_pulled:
            continue
        what, how = missing_means(cluster, access)
        if what:
            lacking.setdefault((what, how), []).append(cluster.name)
    if lacking:
        causes = "; ".join(f"{first_few(sorted(names), _SHOWN)}: {what}" for (what, _), names in sorted(lacking.items()))
        remedies = [*sorted({how for _, how in lacking}), *([remedy] if remedy else [])]
        raise NotConfiguredError(f"this process cannot reach all members: {causes}", remedy=" ".join(remedies))


_SHOWN = 5
"""Members that a message names for each cause; the others are counted."""


def refuse_broken_configuration(desired: DesiredState) -> None:
    """Raises ConfigurationBrokenError where the Configuration is invalid: with defaults in its place, a pass could read the wrong
    files and write the wrong branch."""
    for issue in errors_in(desired.issues):
        file = issue.origin.file
        if desired.judges.of(file) is not None or is_below(file, desired.source_lock.folders):
            continue  # Neither a tenant nor somebody elsewhere can declare it, nor stop others by trying to.
        if issue.subject.startswith("Configuration") or issue.origin.file == desired.settings_in != "":
            raise ConfigurationBrokenError(f"{issue.origin}: {issue.message}", remedy=issue.remedy)
