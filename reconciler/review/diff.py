"""Two revisions, compared by what they give to every member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import changed_files
from reconciler.pipeline.works import make_works
from reconciler.record.commit import read_recorded
from reconciler.record.next_state import assume_applied
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


@dataclass(frozen=True, slots=True)
class Difference:
    """One change to one object, the same on all of these members."""

    key: ResourceKey
    before: RenderedManifest | None
    """None: the members get it."""
    after: RenderedManifest | None
    """None: the members lose it."""
    clusters: tuple[ClusterName, ...]
    reason: str = ""
    """Why, where the change is not the revision's own doing; a phrase."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """Two revisions as they are read to be compared."""

    base: Commit
    head: Commit
    before: DesiredState
    after: DesiredState
    recorded: RecordedState
    """As BASE's Configuration says where."""


@dataclass(frozen=True, slots=True)
class Comparison:
    base: Commit
    head: Commit
    differences: tuple[Difference, ...]
    """Sorted by object, then by the first member."""
    new_issues: tuple[Issue, ...]
    """Complaints about HEAD that BASE did not give cause for."""
    members: int
    """How many clusters HEAD declares."""


async def compare_revisions(repository: Repository, compiler: CompilerClient, base: str, head: str, now: datetime) -> Comparison:
    """BASE is decided from the recorded placements, HEAD from BASE's. Raises RepositoryError."""
    read = await read_revisions(repository, compiler, base, head, only_changed=True)
    before = await compiler.compile(read.before, read.recorded, now, settled=True)
    after = await compiler.compile(read.after, assume_applied(before), now, settled=True)
    differences = tuple(compare(before, after))
    return Comparison(read.base, read.head, differences, new_issues(before, after), len(read.after.clusters))


async def read_revisions(
    repository: Repository, compiler: CompilerClient, base: str, head: str, *, only_changed: bool
) -> Revisions:
    """The settings of the status branch are taken from BASE: HEAD comes from whoever opened the pull request.

    only_changed: whether files that are the same in both need not be held against schemas: nothing of them will be shown.
    Raises RepositoryError.
    """
    base_commit, head_commit = await repository.resolve(base), await repository.resolve(head)
    base_tree, head_tree = await repository.read_tree(base_commit), await repository.read_tree(head_commit)
    blobs = await repository.read_blobs(await compiler.missing(base_tree) | await compiler.missing(head_tree))
    before = await compiler.load(base_tree, blobs, check=changed_files(head_tree, base_tree) if only_changed else None)
    after = await compiler.load(head_tree, blobs, check=changed_files(base_tree, head_tree) if only_changed else None)
    recorded = await read_recorded(repository, before.settings.status_branch)
    return Revisions(base_commit, head_commit, before, after, recorded.state)


def new_issues(before: Compiled, after: Compiled) -> tuple[Issue, ...]:
    known = {(issue.origin.file, issue.reason, issue.message) for issue in before.issues}
    return tuple(issue for issue in after.issues if (issue.origin.file, issue.reason, issue.message) not in known)


def compare(before: Compiled, after: Compiled) -> list[Difference]:
    """What members get, lose or have changed. An object that a broken file holds back stays as it is, and so does all that
    is on a member that HEAD does not declare: nobody reaches it any more."""
    works = make_works(after)
    unreadable = frozenset(before.cluster_names).difference(works)
    keys = {*before.templates, *after.templates}
    differences = [difference for key in keys for difference in _compare_object(key, before, after, works, unreadable)]
    return sorted(differences, key=lambda difference: (difference.key, difference.clusters))


def _compare_object(
    key: ResourceKey, before: Compiled, after: Compiled, works: Mapping[ClusterName, Work], unreadable: Collection[ClusterName]
) -> Iterator[Difference]:
    olds, news = _given(before, key), _given(after, key)
    if olds is news:  # What did not change was not rendered twice.
        return
    found: dict[tuple[int, int], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*olds, *news}.difference(unreadable)):
        old, new = olds.get(name), news.get(name)
        if old is new or (old and new and old.digest == new.digest) or _is_held(key, works.get(name), new):
            continue
        found.setdefault((id(old), id(new)), (old, new, []))[2].append(name)
    for old, new, names in found.values():
        yield Difference(key, old, new, tuple(names))


def _given(compiled: Compiled, key: ResourceKey) -> Mapping[ClusterName, RenderedManifest]:
    """What the members are given of one object."""
    item = compiled.templates.get(key)
    return item.rendering.manifests if item and not item.decided.hold else {}


def _is_held(key: ResourceKey, work: Work | None, wanted: RenderedManifest | None) -> bool:
    """What cannot be rendered is not removed; what is suspended is not even written."""
    return work is not None and (key in work.suspended or (wanted is None and (key in work.held or key in work.failed)))
