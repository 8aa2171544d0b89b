"""A proposal of an assistant: a new branch with one commit, and a pull request. Nothing else is ever written.

The branch is below `assistants/`, which no process follows, and must be new, here and at the remote: the push says so, and the
remote refuses it where somebody was faster. The commit starts from the remote's branch, so that it contains nothing that was not
pushed. Consent to large removals is for people: a text that contains it is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.answers.session import Session
from reconciler.assistants.arguments import Propose
from reconciler.assistants.pages import Answer
from reconciler.assistants.proposed_files import ProposalError, check_proposed
from reconciler.errors import ReconcilerError
from reconciler.model.consent import ALLOW_PRUNE
from reconciler.model.desired import DesiredState
from reconciler.model.hydration import HydrationError, hydration_target
from reconciler.model.wording import plural
from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeAddress
from reconciler.notify.proposed_pull_request import Action, Kept, PullRequest, keep_pull_request, marker_of
from reconciler.notify.secret_file import SecretFile
from reconciler.present.issues import issue_lines
from reconciler.present.style import Line
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature
from reconciler.repo.revision import Commit

FOLDER = "assistants/"
"""All branches of proposals are below it."""
_NOTE = "Proposed by an assistant through `reconciler mcp`. Review it as you review the change of a stranger."


@dataclass(frozen=True, slots=True)
class Proposals:
    """Where proposals go."""

    address: ForgeAddress
    token: SecretFile
    base: str = ""
    """The branch into which they are to be merged; empty for the branch of HEAD."""


async def propose(opened: Session, proposals: Proposals, wanted: Propose, now: datetime) -> Answer:
    """Raises ProposalError, ReconcilerError."""
    branch = f"{FOLDER}{wanted.branch}"
    _refuse_consent(wanted)
    base = proposals.base or await opened.repository.head_branch()
    commit = await _tip(opened, base)
    await _refuse_branch(opened, branch, base, commit)
    proposed = await check_proposed(opened, commit, [(file.path, file.content) for file in wanted.files], now)
    about = f"Proposal for {base} at {commit.sha[:12]}"
    if proposed.errors:
        count = plural(len(proposed.errors), "error")
        refused = f"Nothing was written: with these files, the repository would have {count}."
        lines: list[str | Line] = [refused, *issue_lines(proposed.errors)]
        return Answer(tuple(lines), about, failed=True)
    if wanted.dry_run:
        return Answer((f"{plural(len(proposed.changes), 'file')} can be proposed. Nothing was written.",), about)
    sha = await opened.repository.replace_branch(
        branch,
        parent=commit.sha,
        changes=proposed.changes,
        message="\n\n".join(filter(None, [wanted.title, wanted.text.strip(), _NOTE])) + "\n",
        by=Signature.of_program(now),
        publish=True,
    )
    kept = await _open(proposals, branch, base, wanted, _cause(proposed.changes), sha)
    return Answer((f"pull request {kept.number} {kept.action}: {branch} at {sha[:12]}, to be merged into {base}",), about)


def _refuse_consent(wanted: Propose) -> None:
    if re.search(rf"{re.escape(ALLOW_PRUNE)}[ \t]*:", f"{wanted.title}\n{wanted.text}", re.IGNORECASE):
        remedy = f"Leave {ALLOW_PRUNE} out. A person who agrees adds it to the commit that merges the proposal."
        raise ProposalError("consent to the removal of many objects is for people", remedy=remedy)


async def _tip(opened: Session, base: str) -> Commit:
    """The newest commit of the remote's branch. Raises ProposalError, ReconcilerError."""
    repository = opened.repository
    if not base:
        remedy = "Switch the clone to the branch, or name it with --proposal-base."
        raise ProposalError("HEAD is on no branch, so it is not known where proposals are to be merged", remedy=remedy)
    if REMOTE not in await repository.remotes():
        raise ProposalError(f"the repository has no remote {REMOTE}", remedy="Proposals need the repository at a forge.")
    if repository.is_mirror:
        await repository.fetch()
        return await repository.resolve(f"refs/heads/{base}")
    await repository.fetch_branches(base)
    await repository.fetch_branches(FOLDER)
    return await repository.resolve(f"refs/remotes/{REMOTE}/{base}")


async def _refuse_branch(opened: Session, branch: str, base: str, commit: Commit) -> None:
    """Raises ProposalError where the branch exists, or is one that means something."""
    if await opened.repository.branch_head(branch) is not None:
        raise ProposalError(f"the branch {branch} exists already", remedy="Choose another name.")
    _, desired = await opened.load(commit.sha, check=())
    if branch in {base, desired.settings.status_branch, *_hydrated(desired)}:
        raise ProposalError(f"the branch {branch} is not for proposals", remedy="Choose another name.")


def _hydrated(desired: DesiredState) -> set[str]:
    """The branches to which manifests of members are written."""
    names = set()
    for cluster in desired.clusters:
        try:
            target = hydration_target(cluster.annotations)
        except HydrationError:
            continue
        names.add(target.branch if target is not None else "")
    return names


async def _open(proposals: Proposals, branch: str, base: str, wanted: Propose, cause: str, sha: str) -> Kept:
    """Raises ProposalError where the branch is pushed and no pull request could be opened."""
    text = f"{marker_of(cause)}\n{wanted.text.strip()}\n\n---\n{_NOTE}\n"
    request = PullRequest(branch, base, cause, wanted.title, text)
    try:
        async with connected_forge(proposals.address, proposals.token.read()[0]) as forge:
            kept = await keep_pull_request(forge, request)
    except ReconcilerError as error:
        message = f"{branch} is pushed ({sha[:12]}), but no pull request was opened: {error.message}"
        raise ProposalError(message, remedy="Open it at the forge, or delete the branch.") from error
    if kept.action in (Action.ANSWERED, Action.FOREIGN):
        message = f"{branch} is pushed ({sha[:12]}), but no pull request was opened: {kept.number} is {kept.action}"
        raise ProposalError(message, remedy=f"Look at pull request {kept.number}.")
    return kept


def _cause(changes: Mapping[str, bytes | None]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(changes.items()):
        digest.update(repr((path, content)).encode())
    return digest.hexdigest()[:16]
