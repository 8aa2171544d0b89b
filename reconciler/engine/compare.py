"""Two revisions, compared by what they give to every member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.engine.client import CompilerClient
from reconciler.engine.memory import decided
from reconciler.engine.pipeline import Compiled
from reconciler.engine.revision import changed_files
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.work import RenderedManifest, Work
from reconciler.record.commit import read_recorded
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
    """BASE is decided from the recorded placements, HEAD from BASE's. Only files that changed are held against schemas.

    Connections and settings of the status branch are taken from BASE: HEAD comes from whoever opened the pull request.
    Raises RepositoryError.
    """
    base_commit, head_commit = await repository.resolve(base), await repository.resolve(head)
    base_tree, head_tree = await repository.read_tree(base_commit), await repository.read_tree(head_commit)
    blobs = await repository.read_blobs(await compiler.missing(base_tree) | await compiler.missing(head_tree))
    base_desired = await compiler.load(base_tree, blobs, check=changed_files(head_tree, base_tree))
    head_desired = await compiler.load(head_tree, blobs, check=changed_files(base_tree, head_tree))
    recorded = await read_recorded(repository, base_desired.settings.status_branch)
    before = await compiler.compile(base_desired, recorded.state, now, settled=True)
    after = await compiler.compile(head_desired, decided(before), now, settled=True)
    known = {(issue.origin.file, issue.reason, issue.message) for issue in before.issues}
    fresh = [issue for issue in after.issues if (issue.origin.file, issue.reason, issue.message) not in known]
    differences = tuple(compare(before, after))
    return Comparison(base_commit, head_commit, differences, tuple(fresh), len(head_desired.clusters))


def compare(before: Compiled, after: Compiled) -> list[Difference]:
    """What members get, lose or have changed. An object that a broken file holds back stays as it is, and so does all that
    is on a member that HEAD does not declare: nobody reaches it any more."""
    unreadable = before.works.keys() - after.works.keys()
    keys = {*before.courses, *after.courses}
    differences = [difference for key in keys for difference in _compare_object(key, before, after, unreadable)]
    return sorted(differences, key=lambda difference: (difference.key, difference.clusters))


def _compare_object(
    key: ResourceKey, before: Compiled, after: Compiled, unreadable: Collection[ClusterName]
) -> Iterator[Difference]:
    olds, news = _given(before, key), _given(after, key)
    if olds is news:  # What did not change was not rendered twice.
        return
    found: dict[tuple[int, int], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*olds, *news}.difference(unreadable)):
        old, new = olds.get(name), news.get(name)
        if old is new or (old and new and old.digest == new.digest) or _is_held(key, after.works.get(name), new):
            continue
        found.setdefault((id(old), id(new)), (old, new, []))[2].append(name)
    for old, new, names in found.values():
        yield Difference(key, old, new, tuple(names))


def _given(compiled: Compiled, key: ResourceKey) -> Mapping[ClusterName, RenderedManifest]:
    """What the members are given of one object."""
    course = compiled.courses.get(key)
    return course.rendering.manifests if course and not course.held else {}


def _is_held(key: ResourceKey, work: Work | None, wanted: RenderedManifest | None) -> bool:
    """What cannot be rendered is not removed; what is suspended is not even written."""
    return work is not None and (key in work.suspended or (wanted is None and (key in work.held or key in work.failed)))
