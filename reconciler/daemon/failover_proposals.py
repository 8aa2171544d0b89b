"""Keeps the branch on which failover is proposed (`spec.failover.mode: propose`) in step with what passes find.

A proposal is committed once: again only for another revision, or where other members are concerned. When nothing is to be
proposed any more, the branch stays as it is, because somebody may be reading it. Where a forge is known, the branch has a pull
request while something is proposed; it is asked for after the branch was pushed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from reconciler.daemon.branch_writer import keep_proposed
from reconciler.daemon.log import Log
from reconciler.errors import ReconcilerError
from reconciler.membership.failover_proposal import BRANCH, Proposal, proposal_of
from reconciler.model.failover import FailoverMode
from reconciler.notify.proposed_pull_request import PullRequest, marker_of
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass
from reconciler.present.failover_page import failover_text
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature

Propose: TypeAlias = Callable[[PullRequest], None]


class FailoverProposals:
    def __init__(
        self, repository: Repository, clock: Clock, *, push: bool, propose: Propose = lambda wanted: None, base: str = "HEAD"
    ) -> None:
        """push: whether the branch is pushed to the remote, where there is one. propose: keeps the pull request of the branch.
        base: the branch that is followed."""
        self._repository, self._clock, self._push, self._propose = repository, clock, push, propose
        self._base = "" if base == "HEAD" else base
        self._proposed = False
        self._wanted: tuple[str, Proposal] | None = None
        self._committed: tuple[str, object] | None = None
        self._tried: tuple[str, object] | None = None

    @property
    def pending(self) -> bool:
        """Whether there is something to commit."""
        return self._wanted is not None and self._key != self._committed

    @property
    def is_news(self) -> bool:
        """Whether it was not tried yet. It does not wait for the end of a batch of the status branch."""
        return self.pending and self._key != self._tried

    @property
    def _key(self) -> tuple[str, object] | None:
        return None if self._wanted is None else (self._wanted[0], self._wanted[1].annotations)

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to commit."""
        proposal = proposal_of(done.compiled)
        self._wanted = None if proposal is None else (revision, proposal)
        if proposal is not None:
            self._proposed = True
        elif not done.compiled.evictions.paused and (self._proposed or _proposes(done)):
            # Where moves are paused, what fails still does.
            self._propose(PullRequest(BRANCH, self._base))
        return self.pending

    def due(self) -> Callable[[Log], Awaitable[None]]:
        """As `commit`, with a line of the log. What fails is tried again with the next commit to the status branch."""
        return self._record

    async def _record(self, log: Log) -> None:
        self._tried = self._key
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
        publish = self._push and REMOTE in await self._repository.remotes()
        by = Signature.of_program(self._clock())
        written = await keep_proposed(
            self._repository, BRANCH, parent=commit.sha, changes=changes, message=proposal.message, by=by, publish=publish
        )
        self._committed = key
        self._ask(proposal, texts, publish=publish)
        return written

    def _ask(self, proposal: Proposal, texts: Mapping[str, str], *, publish: bool) -> None:
        """For a pull request. texts: of the files that the commit changes, by path."""
        if publish:
            title = proposal.message.partition("\n")[0]
            text = failover_text(proposal, texts, marker_of(proposal.cause))
            self._propose(PullRequest(BRANCH, self._base, proposal.cause, title, text))


def _proposes(done: Pass) -> bool:
    return done.compiled.desired.settings.failover.mode is FailoverMode.PROPOSE
