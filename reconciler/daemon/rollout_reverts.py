"""Takes back what a rollout brings when it failed, by one commit: on a branch of its own, or on the branch that is followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial

from reconciler.daemon.branch_writer import keep_proposed
from reconciler.daemon.failover_proposals import Propose
from reconciler.daemon.log import Log
from reconciler.edit.revert import Revert, files_of_revert, reverts_of
from reconciler.errors import ReconcilerError
from reconciler.model.tree import Tree
from reconciler.notify.proposed_pull_request import PullRequest, marker_of
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass
from reconciler.present.revert_page import revert_text
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature

BRANCH = "reconciler/revert"
"""Where a revert is proposed."""


class RolloutReverts:
    def __init__(
        self,
        repository: Repository,
        clock: Clock,
        *,
        push: bool,
        directly_to: Callable[[], str] | None = None,
        propose: Propose = lambda wanted: None,
        base: str = "HEAD",
    ) -> None:
        """push: whether branches are pushed to the remote, where there is one. directly_to: the branch that is followed, where
        reverts are committed to it; None where they are proposed. propose: keeps the pull request of the branch. base: the branch
        that is followed."""
        self._repository, self._clock, self._push, self._directly_to = repository, clock, push, directly_to
        self._propose, self._base = propose, "" if base == "HEAD" else base
        self._proposed = False
        self._wanted: tuple[str, tuple[Revert, ...]] | None = None
        self._done: set[str] = set()
        """Messages of reverts that were committed: a revert is committed once."""
        self._refused: set[str] = set()
        """Messages of reverts that nothing can be committed for."""
        self._tried: set[str] = set()
        """Messages of reverts that were tried."""

    @property
    def pending(self) -> bool:
        """Whether there is something to commit."""
        return any(one.message not in self._done for one in self._next)

    @property
    def is_news(self) -> bool:
        """Whether something of it was not tried yet. It does not wait for the end of a batch of the status branch."""
        return any(one.message not in self._done | self._tried for one in self._next)

    @property
    def _next(self) -> tuple[Revert, ...]:
        """What is to be committed now. There is one branch for proposals, so the next one follows when the first is merged, or
        is not wanted any more."""
        wanted = self._wanted[1] if self._wanted is not None else ()
        possible = tuple(one for one in wanted if one.message not in self._refused)
        return possible if self._directly_to is not None else possible[:1]

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to commit."""
        reverts = tuple(reverts_of(done.compiled, done.recorded.rollouts.values()))
        self._done &= {one.message for one in reverts}
        self._refused &= {one.message for one in reverts}
        self._tried &= {one.message for one in reverts}
        self._wanted = (revision, reverts) if reverts else None
        if not reverts and self._directly_to is None and (self._proposed or done.recorded.rollouts):
            self._propose(PullRequest(BRANCH, self._base))
            self._proposed = False
        return self.pending

    def due(self) -> Callable[[Log], Awaitable[None]]:
        """What commits that which is pending now, to be called when the verdicts are recorded."""
        return partial(self._commit_all, self._wanted[0] if self._wanted is not None else "", self._next)

    async def _commit_all(self, revision: str, reverts: tuple[Revert, ...], log: Log) -> None:
        """With a line of the log each. What fails is tried again with the next commit to the status branch."""
        for revert in reverts:
            if revert.message not in self._done:
                self._tried.add(revert.message)
                try:
                    await self._commit(revision, revert, log)
                except ReconcilerError as error:
                    log.error("cannot revert", revision=revert.target, error=error.message, remedy=error.remedy)

    def _ask(self, revert: Revert, changes: Mapping[str, bytes | None], before: Mapping[str, str]) -> None:
        """For a pull request."""
        after = {path: None if content is None else content.decode(errors="replace") for path, content in changes.items()}
        text = revert_text(revert, before, after, marker_of(revert.target))
        self._proposed = True
        self._propose(PullRequest(BRANCH, self._base, revert.target, revert.message.partition("\n")[0], text))

    async def _texts(self, tree: Tree, paths: Iterable[str]) -> dict[str, str]:
        there = {path: tree[path].blob for path in paths if path in tree}
        blobs = await self._repository.read_blobs(there.values())
        return {
            path: content.decode(errors="replace") for path, blob in there.items() if isinstance(content := blobs[blob], bytes)
        }

    async def _commit(self, revision: str, revert: Revert, log: Log) -> None:
        """Raises ReconcilerError."""
        followed = self._directly_to() if self._directly_to is not None else ""
        tip = await self._repository.branch_head(followed) if followed else None
        head = await self._repository.resolve(tip or revision)
        names = (await self._repository.resolve(revert.base), await self._repository.resolve(revert.target), head)
        base, target, newest = [await self._repository.read_tree(commit) for commit in names]
        files = files_of_revert(revert, base, target, newest)
        if files.newer:
            self._refused.add(revert.message)
            remedy = "Revert it by hand, or correct it by another commit."
            log.error("cannot revert: newer commits changed the files", revision=revert.target, files=files.newer, remedy=remedy)
            return
        blobs = await self._repository.read_blobs([blob for blob in files.blobs.values() if blob is not None])
        contents = {path: None if blob is None else blobs[blob] for path, blob in files.blobs.items()}
        changes = {path: content for path, content in contents.items() if content is None or isinstance(content, bytes)}
        if not changes:
            self._refused.add(revert.message)
            return
        by = Signature.of_program(self._clock())
        publish = self._push and REMOTE in await self._repository.remotes()
        if tip is not None:
            commit = await self._repository.commit_files(
                followed, parent=tip, changes=changes, message=revert.message, by=by, publish=publish
            )
            log.warning("reverted", revision=revert.target, branch=followed, commit=commit)
        else:
            proposed = await keep_proposed(
                self._repository, BRANCH, parent=head.sha, changes=changes, message=revert.message, by=by, publish=publish
            )
            if proposed is not None:
                remedy = "Merge the branch, or correct the change by another commit."
                log.warning("revert proposed", revision=revert.target, branch=BRANCH, commit=proposed, remedy=remedy)
            if publish:
                self._ask(revert, changes, await self._texts(newest, changes))
        self._done.add(revert.message)
