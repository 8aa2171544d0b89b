"""What people stated about rollouts, and who: paused, resumed, approved, promoted; from the history of the files that state it.

A rollout is controlled by commits (`edit/rollout_controls.py`), so Git knows the author. Files are followed by the path that they
have now. A branch that was merged counts from its merge on, with the author of its own commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.documents.reader import read_stream
from reconciler.edit.rollout_controls import StatedRollout
from reconciler.load.parse_rollout import controls_of, parse_controls
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, annotations_of, mapping
from reconciler.model.rollout import NO_CONTROLS, RolloutControls
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

_COMMITS = 500
"""Of those that change one of these files, how many are looked at, the newest first."""
_STATEMENTS = 100
"""The newest that are told of."""


class Verb(StrEnum):
    PAUSED = "paused"
    RESUMED = "resumed"
    APPROVED = "approved"
    PROMOTED = "promoted"


@dataclass(frozen=True, slots=True)
class Statement:
    commit: Commit
    """From which on it was stated."""
    author: str
    """Of the commit that changed the file: `Name <email>`."""
    ref: PolicyRef | None
    """The policy; None: the rollout is that of the Configuration."""
    verb: Verb
    detail: str
    """Why it was paused; `REVISION/GROUP` of an approval or a promotion."""


async def read_statements(repository: Repository, head: Commit, stated: Iterable[StatedRollout]) -> list[Statement]:
    """Newest first. head: of the config repository. Raises RepositoryError."""
    rollouts: dict[str, list[StatedRollout]] = {}
    for one in stated:
        rollouts.setdefault(one.file, []).append(one)
    if not rollouts:
        return []
    log = await repository.branch_log(head.sha, sorted(rollouts), _COMMITS)
    changes = [(one.sha, path, change) for one in log for path, change in one.files.items() if path in rollouts]
    blobs = {blob for _, _, change in changes for blob in (change.before, change.after) if blob is not None}
    contents = await repository.read_contents({sha for sha, _, _ in changes}, blobs)
    documents = {blob: _documents(data) for blob, data in contents.blobs.items()}
    known: dict[str, RolloutControls] = {}
    found = []
    for sha, path, change in reversed(changes):
        after = documents.get(change.after or "", [])
        if after is None or sha not in contents.commits:
            continue
        for one in rollouts[path]:
            before = known.get(one.name) or _controls(one, documents.get(change.before or "") or [])
            known[one.name] = _controls(one, after)
            stated_now = list(statements_between(before, known[one.name]))
            found += [(contents.commits[sha], path, one.ref, verb, detail) for verb, detail in reversed(stated_now)]
    told = found[: -_STATEMENTS - 1 : -1]
    authors: dict[tuple[str, str], str] = {}
    for commit, path, _, _, _ in told:
        if (commit.sha, path) not in authors:
            changed_by = await repository.last_change(commit, path)
            authors[commit.sha, path] = (changed_by or commit).author
    return [Statement(commit, authors[commit.sha, path], ref, verb, detail) for commit, path, ref, verb, detail in told]


def statements_between(before: RolloutControls, after: RolloutControls) -> Iterator[tuple[Verb, str]]:
    """What somebody stated who made one of the other; that entries about earlier revisions are taken out states nothing."""
    if after.paused is not None and after.paused != before.paused:
        yield Verb.PAUSED, after.paused
    if before.paused is not None and after.paused is None:
        yield Verb.RESUMED, ""
    for verb, old, new in (
        (Verb.APPROVED, before.approved, after.approved),
        (Verb.PROMOTED, before.promoted, after.promoted),
    ):
        for entry in sorted(new - old):
            yield verb, entry


def _documents(data: bytes) -> list[Manifest] | None:
    """None where the file had errors: what was stated before stayed in force then."""
    documents, errors = read_stream(data)
    return None if errors else [one.value for one in documents if isinstance(one.value, Mapping)]


def _controls(one: StatedRollout, documents: Iterable[Manifest]) -> RolloutControls:
    document = next(filter(one.is_meant, documents), None)
    if document is None:
        return NO_CONTROLS
    return parse_controls(mapping(document, "spec")) if one.policy is None else controls_of(annotations_of(document))
