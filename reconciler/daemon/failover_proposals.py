"""Keeps the branch on which failover is proposed (`spec.failover.mode: propose`) in step with what passes find.

A proposal is committed once: again only for another revision, or where other members are concerned. When nothing is to be
proposed any more, the branch stays as it is, because somebody may be reading it.
"""

from __future__ import annotations

from reconciler.daemon.log import Log
from reconciler.errors import ReconcilerError
from reconciler.membership.failover_proposal import BRANCH, Proposal, proposal_of
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature


class FailoverProposals:
    def __init__(self, repository: Repository, clock: Clock, *, push: bool) -> None:
        """push: whether the branch is pushed to the remote, where there is one."""
        self._repository, self._clock, self._push = repository, clock, push
        self._wanted: tuple[str, Proposal] | None = None
        self._committed: tuple[str, object] | None = None

    @property
    def pending(self) -> bool:
        """Whether there is something to commit."""
        return self._wanted is not None and self._key != self._committed

    @property
    def _key(self) -> tuple[str, object] | None:
        return None if self._wanted is None else (self._wanted[0], self._wanted[1].annotations)

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to commit."""
        proposal = proposal_of(done.compiled)
        self._wanted = None if proposal is None else (revision, proposal)
        return self.pending

    async def record(self, log: Log) -> None:
        """As `commit`, with a line of the log. What fails is tried again with the next commit to the status branch."""
        try:
            commit = await self.commit()
        except ReconcilerError as error:
            log.error("cannot propose a failover", error=error.message, remedy=error.remedy)
        else:
            if commit is not None:
                log.warning("failover proposed", branch=BRANCH, commit=commit, remedy="Merge the branch to move the objects.")

    async def commit(self) -> str | None:
        """Commits what is to be proposed; returns the id, None where it is there already. Raises ReconcilerError."""
        if not self.pending or self._wanted is None:
            return None
        (revision, proposal), key = self._wanted, self._key
        commit = await self._repository.resolve(revision)
        tree = await self._repository.read_tree(commit)
        paths = {file: tree[file].blob for file in proposal.files.values() if file in tree}
        blobs = await self._repository.read_blobs(paths.values())
        texts = {file: blob.decode() for file, id in paths.items() if isinstance(blob := blobs[id], bytes)}
        changes = proposal.edited(texts)
        _, there = await self._repository.read_branch_files(BRANCH)
        if there and all(there.get(path) == content for path, content in changes.items()):
            self._committed = key
            return None
        publish = self._push and REMOTE in await self._repository.remotes()
        by = Signature("reconciler", "reconciler@localhost", self._clock())
        written = await self._repository.replace_branch(
            BRANCH, parent=commit.sha, changes=changes, message=proposal.message, by=by, publish=publish
        )
        self._committed = key
        return written
