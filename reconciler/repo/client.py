"""Repository: async access to one Git repository.

Each repository has its own thread, which runs all its operations one after the other. (GitPython is not thread-safe: four
threads on one `Repo` got wrong content in more than half of their reads.) Different repositories run in parallel. Cancelling an
operation stops git; a write is then either complete or absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.repo import (
    ancestry,
    blame,
    branch_log,
    commit_branch,
    file_branches,
    head,
    mirror,
    revision,
    semver,
    tree,
    worktree,
)
from reconciler.repo import branch as branches
from reconciler.repo.ancestry import Ancestry
from reconciler.repo.blame import BlamedLine
from reconciler.repo.branch_log import BranchContents, LoggedCommit
from reconciler.repo.command import REMOTE, GitCommand, Interruption, in_thread
from reconciler.repo.commit_branch import CommitWriter, NewCommit, Signature
from reconciler.repo.credentials import clean_url
from reconciler.repo.failures import RepositoryError
from reconciler.repo.head import Behind, Diverged
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_access import RemoteCredentials
from reconciler.repo.remote_url import is_url
from reconciler.repo.revision import Commit
from reconciler.repo.signing import SigningKey
from reconciler.repo.tree import DEFAULT_LIMIT
from reconciler.repo.verification import TrustedKeys
from reconciler.repo.worktree import UncommittedFile

P = ParamSpec("P")
T = TypeVar("T")
NO_OPTIONS = GitOptions()


class Repository:
    """One repository, local or mirrored. Every method raises RepositoryError, with a remedy, if git fails."""

    def __init__(
        self, git: GitCommand, work_tree: Path | None, executor: ThreadPoolExecutor, options: GitOptions, *, mirrored: bool
    ) -> None:
        """Use `open`."""
        self._git = git
        self._trusted = TrustedKeys(options.trusted_keys) if options.trusted_keys is not None else None
        self._signing = SigningKey(options.signing_key) if options.signing_key is not None else None
        self._writer = CommitWriter()
        self._trees = tree.Trees()
        self.author = options.author
        """Name and address for the commits of this process, where its options name them."""
        self.outside = options.outside
        """How to get what belongs to its revisions and is kept elsewhere; None: it is not there."""
        self._executor = executor
        self.is_mirror = mirrored
        """Whether this is a copy of a remote repository, in a cache folder."""
        self.work_tree = work_tree
        """Top folder of the work tree; None for a bare repository and for a mirror."""
        self.place = git.place
        """Path or clean URL, for messages."""

    @classmethod
    async def init(cls, folder: Path) -> Self:
        """A new, empty repository in an existing folder. If the folder is a repository already, it is opened unchanged."""
        await asyncio.to_thread(worktree.init, folder)
        return await cls.open(str(folder))

    @classmethod
    async def open(
        cls, path_or_url: str, *, cache: Path | None = None, options: GitOptions = NO_OPTIONS, offline: bool = False
    ) -> Self:
        """The repository that contains a folder (a work tree, or bare), or a mirror below `cache` of a remote repository.

        URLs are https, http, ssh (or `host:path`) and file. White space around a URL, such as the line break of the file that a
        Secret was made of, is not part of it. Opening a mirror fetches, unless it exists and `offline` is true.
        Raises RepositoryError, UnreachableError; UntrustedError where the signing key of the options is not one of their trusted
        keys.
        """
        if is_url(path_or_url.strip()):
            path_or_url = path_or_url.strip()
        options = options.with_cache(cache)
        credentials = RemoteCredentials.of(options)
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="git")
        interruption = Interruption()
        try:
            if not is_url(path_or_url):
                local = partial(mirror.open_local, Path(path_or_url), interruption)
                git, work_tree = await in_thread(executor, interruption, local)
                git.credentials = credentials
                return await cls(git, work_tree, executor, options, mirrored=False)._checked()
            if cache is None:
                raise RepositoryError(f"{clean_url(path_or_url)}: a remote repository needs a cache folder for its mirror")
            kind = {"blobless": options.blobless, "offline": offline}
            remote = partial(mirror.open_mirror, path_or_url, cache, interruption, credentials, **kind)
            git = await in_thread(executor, interruption, remote)
            return await cls(git, None, executor, options, mirrored=True)._checked()
        except BaseException:
            executor.shutdown(wait=False)
            raise

    async def _checked(self) -> Self:
        """This repository. Raises RepositoryError where its own commits could not be signed, or would not be trusted."""
        if self._signing is not None:
            await self._run(commit_branch.try_signing, self._signing, self._check)
        return self

    def _check(self, commit: str, name: str = "", *, by_tag: bool = False) -> None:
        """Raises UntrustedError where signatures are checked and this commit has no trusted one. Call it in git's thread."""
        if self._trusted is not None:
            self._trusted.check(self._git, commit, name, by_tag=by_tag)

    async def close(self) -> None:
        """Stops the running operation. No method may be called afterwards."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._git.interruption.interrupt()
        await asyncio.to_thread(self._executor.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def resolve(self, revision_name: str, *, recorded: bool = False) -> Commit:
        """The commit that a branch, tag, id or expression such as `HEAD~3` names, or the newest tag of `semver:RANGE`.

        recorded: whether it is an id that a commit of the status branch names, whose signature was checked: its own signature, or
        that of its tag, was checked when it was recorded.
        Raises UntrustedError where signatures are checked and no trusted key signed it.
        """

        def resolve(git: GitCommand) -> Commit:
            wanted = revision_name.removeprefix(semver.PREFIX)
            name = revision_name if wanted == revision_name else semver.newest_tag(git, wanted)
            commit = revision.resolve(git, name)
            if not recorded:
                self._check(commit.sha, name, by_tag=wanted != revision_name)
            return commit

        return await self._run(resolve)

    async def newest_tag(self, text: str) -> str:
        """As `semver.newest_tag`."""
        return await self._run(semver.newest_tag, text)

    async def head_branch(self) -> str:
        """The branch that HEAD is; empty where it is a commit without a branch. In a mirror it is the remote's default branch, as
        of the last fetch."""
        return await self._run(mirror.head_branch)

    async def refuse_detached_head(self, remedy: str = "") -> None:
        """Raises RepositoryError where HEAD is a commit without a branch: a commit would be lost with the next checkout.

        remedy: what else the user can do, as a sentence.
        """
        if not await self.head_branch():
            message = f"{self.place}: HEAD is on no branch, so a commit here would be lost with the next checkout"
            switch = "Switch to a branch first: git switch main, or git switch -c NAME for a new one."
            raise RepositoryError(message, remedy=f"{switch} {remedy}".rstrip())

    async def behind(self, commit: Commit) -> Behind | None:
        """What HEAD lacks of its branch; None where it lacks nothing, and where the commit is not HEAD."""
        return await self._run(head.behind, commit.sha)

    async def commits_after(self, ancestor: str, descendant: str) -> int:
        """How many commits lead from one commit to another, by their ids; 0 where the first is no ancestor of the second, or this
        clone lacks one of them."""
        return await self._run(head.commits_after, ancestor, descendant)

    async def has_commit(self, commit: str) -> bool:
        """Whether a commit with this id is in this clone."""
        return await self._run(head.has_commit, commit)

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether a commit is another one, or comes after it, by their ids; False also where this clone lacks one of them."""
        return await self._run(head.contains, commit, ancestor)

    async def commits_missing(self, commit: str, other: str) -> int:
        """How many commits of another history a commit lacks, by their ids, whether it is older or on a branch of its own; 0
        where this clone lacks one of them."""
        return await self._run(head.commits_missing, commit, other)

    async def diverged(self, base: Commit, other: Commit) -> Diverged | None:
        """How far two commits went apart; None where one of them leads to the other."""
        return await self._run(head.diverged, base.sha, other.sha)

    async def history(self, revision_name: str, limit: int) -> list[Commit]:
        """The newest commits of a revision, beginning with the revision itself."""
        return await self._run(revision.history, revision_name, limit)

    async def last_change(self, commit: Commit, path: str) -> Commit | None:
        """The newest commit, at or before this one, that changes a file; None if there is none."""
        return await self._run(revision.last_change, commit.sha, path)

    async def first_change(self, commit: Commit, path: str) -> Commit | None:
        """The oldest commit, at or before this one, that changes a file; None if there is none."""
        return await self._run(revision.first_change, commit.sha, path)

    async def ever_declared(self, name: str) -> bool:
        """As `revision.ever_declared`, in the history of HEAD."""
        return await self._run(revision.ever_declared, "HEAD", name)

    async def branch_head(self, branch: str) -> str | None:
        """The commit of a local branch, else of the remote's at the last fetch; None if there is neither."""
        return (await self._run(branches.branch_state, branch)).head

    async def branch_log(self, head: str, paths: Sequence[str] = (), limit: int | None = None) -> tuple[LoggedCommit, ...]:
        """As `branch_log.branch_log`."""
        return await self._run(branch_log.branch_log, head, paths, limit)

    async def read_contents(
        self, commits: Collection[str], blobs: Collection[str] = (), limit: int = DEFAULT_LIMIT
    ) -> BranchContents:
        """Commits and contents by their ids; what this clone lacks is left out."""
        return await self._run(branch_log.read_contents, commits, blobs, limit)

    async def first_parents(self, head: str) -> list[tuple[str, datetime]]:
        """(id, time) of the commits of a branch, newest first."""
        return await self._run(branch_log.first_parents, head)

    async def is_cut_off(self, commit: str) -> bool:
        """Whether a commit has parents that this clone lacks, because it is shallow."""
        return await self._run(branch_log.is_cut_off, commit)

    async def ancestry(self, tips: Collection[str], base: str, paths: Collection[str]) -> Ancestry:
        """As `ancestry.read_ancestry`."""
        return await self._run(ancestry.read_ancestry, tips, base, paths)

    async def containing(self, ancestor: str, commits: Collection[str]) -> frozenset[str]:
        """Those of some commits that have a commit as their ancestor."""
        return await self._run(ancestry.containing, ancestor, commits)

    async def blame(self, commit: Commit, path: str) -> list[BlamedLine]:
        """As `blame.blame`."""
        return await self._run(blame.blame, commit.sha, path)

    async def file_versions(self, commit: Commit, path: str) -> list[str]:
        """As `blame.file_versions`."""
        return await self._run(blame.file_versions, commit.sha, path)

    async def files_containing(self, commit: Commit, text: str) -> list[str]:
        """The paths of the files of a commit that contain a text, sorted."""
        return await self._run(branch_log.files_containing, commit.sha, text)

    async def read_tree(self, commit: Commit) -> Mapping[str, TreeEntry]:
        """Every path of the commit, including links and submodules. See `tree.read_tree` for paths that are not UTF-8."""
        return await self._run(self._trees.read, commit.tree)

    async def read_blobs(self, ids: Iterable[str], *, limit: int = DEFAULT_LIMIT) -> dict[str, bytes | Oversized]:
        """Blob id → content; `Oversized` for a blob of more than `limit` bytes."""
        return await self._run(tree.read_blobs, tuple(ids), limit)

    async def read_commit_files(self, commit: str) -> dict[str, bytes]:
        """Path → content of every file of a commit that this program wrote."""
        return await self._run(branches.read_commit_files, commit, commit)

    async def read_branch_files(self, branch: str) -> tuple[str | None, dict[str, bytes]]:
        """(commit id, path → content) of a local branch, else of the remote's at the last fetch; else (None, {}). Raises
        UntrustedError as `resolve`."""
        return await self._run(branches.read_branch_files, branch, self._trusted)

    async def commit_files(
        self,
        branch: str,
        *,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        by: Signature,
        publish: bool = False,
    ) -> str:
        """Adds one commit to a branch that must be at `parent` (None: must not exist), and returns its id.

        changes: path → new content; None deletes the path. publish: push first; if the remote refuses, the local branch does
        not move. Raises ConflictError if the local or remote branch is not at `parent`; RepositoryError if it is checked out in
        a work tree; UnreachableError.
        """
        new = NewCommit(parent, dict(changes), message, by, self._signing, self._check, publish)
        return await self._run(commit_branch.commit, branch, new, self._writer)

    async def replace_branch(
        self,
        branch: str,
        *,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        by: Signature,
        publish: bool = False,
    ) -> str:
        """Puts one commit on top of `parent`, or without a parent, on a branch, in place of what it held, and returns its id.
        Arguments and errors are those of `commit_files`."""
        new = NewCommit(parent, dict(changes), message, by, self._signing, self._check, publish)
        return await self._run(commit_branch.replace_branch, branch, new)

    async def commit_work_tree(self, paths: Sequence[str], message: str, by: Signature | None = None) -> str:
        """Commits these paths as they are in the work tree, and returns the id. by: None for the user in git's configuration."""
        return await self._run(worktree.commit_work_tree, paths, message, by)

    async def commit_on_new_branch(self, branch: str, base: str, changes: Mapping[str, bytes | None], message: str) -> str:
        """As `commit_branch.commit_on_new_branch`."""
        return await self._run(commit_branch.commit_on_new_branch, branch, base, changes, message)

    async def is_changed(self, path: str) -> bool:
        """Whether a path of the work tree differs from HEAD. A new path does."""
        return await self._run(worktree.is_changed, path)

    async def uncommitted_paths(self, commit: Commit) -> list[str]:
        """The paths of the work tree that differ from this commit, sorted, without ignored files; empty where the commit is not
        HEAD, and where there is no work tree."""
        return await self._run(worktree.uncommitted_paths, commit.sha) if self.work_tree is not None else []

    async def is_unborn(self) -> bool:
        """Whether HEAD is a branch without a commit, as in a new repository."""
        return await self._run(head.is_unborn)

    async def read_uncommitted(self) -> dict[str, UncommittedFile | None]:
        """The paths that differ from HEAD, as they are in the work tree; None for a deleted one.

        Raises RepositoryError, also where there is no work tree.
        """
        if self.work_tree is None:
            remedy = "Leave out --worktree, or name a clone with a work tree: --repo FOLDER."
            raise RepositoryError(f"{self.place}: this repository has no work tree", remedy=remedy)
        return await self._run(worktree.read_uncommitted)

    async def push(self, branch: str) -> None:
        """Pushes a branch by fast-forward. Raises ConflictError if the remote's branch moved, UnreachableError."""
        await self._run(commit_branch.push, branch)

    async def is_published(self, commit: Commit) -> bool:
        """Whether the remote has this commit; true where there is no remote. Asks the remote. Raises UnreachableError."""
        if self.is_mirror or REMOTE not in await self.remotes():
            return True
        return await self._run(branches.is_at_remote, commit.sha)

    async def publish(self, branch: str) -> bool:
        """Pushes local commits that have not been pushed yet. Returns whether there were any."""
        state = await self._run(branches.branch_state, branch)
        if is_new := not self.is_mirror and state.local not in (None, state.tracked):
            await self.push(branch)
        return is_new

    async def fetch(self, *, head: bool = True, without: str = "", pushed: bool = False) -> None:
        """Updates a mirror. Does nothing for a local repository. Arguments: as for `mirror.fetch_mirror`."""
        if self.is_mirror:
            await self._run(mirror.fetch_mirror, head=head, without=without, pushed=pushed)

    async def fetch_status(self, branch: str) -> str | None:
        """Fast-forwards one branch to the remote's, and returns the commit to read; None if there is no such branch. Raises
        ConflictError if both have commits that the other lacks; UnreachableError."""
        if self.is_mirror:
            await self._run(mirror.fetch_mirror)
        elif REMOTE in await self.remotes():
            return await self._run(branches.fetch_status, branch)
        return (await self._run(branches.branch_state, branch)).head

    async def fetch_branches(self, prefix: str) -> None:
        """For a clone, fetches the branches below a prefix. A mirror has them, and so has a repository without a remote."""
        if not self.is_mirror and REMOTE in await self.remotes():
            await self._run(file_branches.fetch_branches, prefix)

    async def branch_tips(self, prefix: str) -> dict[str, str]:
        """Name below the prefix → commit: the remote's branches as of the last fetch, else the local ones."""
        return await self._run(file_branches.branch_tips, prefix)

    async def read_files(self, commits: Collection[str], name: str, limit: int) -> Mapping[str, bytes | Oversized | None]:
        """Commit → content of its only file; None where it holds anything else."""
        return await self._run(file_branches.read_files, commits, name, limit)

    async def remotes(self) -> dict[str, str]:
        """Name → URL without secrets. Empty if there is no remote to push to."""
        return await self._run(mirror.remotes)

    async def _run(self, function: Callable[Concatenate[GitCommand, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        interruption = Interruption()

        def work() -> T:
            self._git.interruption = interruption
            return function(self._git, *arguments, **named)

        return await in_thread(self._executor, interruption, work)
