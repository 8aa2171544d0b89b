"""The differences between two revisions, in what they give to every member. Offline: no member is contacted."""

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
class ObjectDiff:
    """One change to one object, the same on all of these members."""

    key: ResourceKey
    before: RenderedManifest | None
    """None where the object is created."""
    after: RenderedManifest | None
    """None where the object is removed."""
    clusters: tuple[ClusterName, ...]
    """Sorted."""
    reason: str = ""
    """A phrase, where the change does not come from the revision itself."""


@dataclass(frozen=True, slots=True)
class RevisionPair:
    """Two revisions, loaded to be compared."""

    base: Commit
    head: Commit
    before: DesiredState
    """BASE."""
    after: DesiredState
    """HEAD."""
    recorded: RecordedState
    """From the status branch that the Configuration of BASE names."""


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What changes between BASE and HEAD."""

    base: Commit
    head: Commit
    differences: tuple[ObjectDiff, ...]
    """Sorted by object, then by the first member."""
    new_issues: tuple[Issue, ...]
    """Issues of HEAD that BASE does not have."""
    members: int
    """The number of clusters that HEAD declares."""


async def diff_revisions(repository: Repository, compiler: CompilerClient, base: str, head: str, now: datetime) -> RevisionDiff:
    """BASE is scheduled from the recorded decisions, and HEAD from those of BASE. Raises RepositoryError."""
    pair = await read_revisions(repository, compiler, base, head, only_changed=True)
    before = await compiler.compile(pair.before, pair.recorded, now, settled=True)
    after = await compiler.compile(pair.after, assume_applied(before), now, settled=True)
    differences = tuple(diff_compiled(before, after))
    return RevisionDiff(pair.base, pair.head, differences, new_issues(before, after), len(pair.after.clusters))


async def read_revisions(
    repository: Repository, compiler: CompilerClient, base: str, head: str, *, only_changed: bool
) -> RevisionPair:
    """Loads both revisions and the recorded state. Raises RepositoryError.

    The status branch is the one that BASE configures: HEAD may come from anyone who can open a pull request.

    only_changed: validate only files that differ. Files that are equal in both give no new issue.
    """
    base_commit, head_commit = await repository.resolve(base), await repository.resolve(head)
    base_tree, head_tree = await repository.read_tree(base_commit), await repository.read_tree(head_commit)
    blobs = await repository.read_blobs(await compiler.missing(base_tree) | await compiler.missing(head_tree))
    before = await compiler.load(base_tree, blobs, check=changed_files(head_tree, base_tree) if only_changed else None)
    after = await compiler.load(head_tree, blobs, check=changed_files(base_tree, head_tree) if only_changed else None)
    recorded = await read_recorded(repository, before.settings.status_branch)
    return RevisionPair(base_commit, head_commit, before, after, recorded.state)


def new_issues(before: Compiled, after: Compiled) -> tuple[Issue, ...]:
    """Issues that only `after` has. Line numbers do not count: an edit may move an old issue."""
    old = {_without_line(issue) for issue in before.issues}
    return tuple(issue for issue in after.issues if _without_line(issue) not in old)


def _without_line(issue: Issue) -> tuple[str, str, str]:
    return issue.origin.file, issue.reason, issue.message


def diff_compiled(before: Compiled, after: Compiled) -> list[ObjectDiff]:
    """The objects that members get, lose or have changed; sorted by object, then by the first member.

    Nothing changes for an object that is held because of a broken file, nor on a member that HEAD does not declare: it is not
    contacted any more, so its objects stay.
    """
    works = make_works(after)
    undeclared = frozenset(before.cluster_names).difference(works)
    keys = {*before.templates, *after.templates}
    differences = [difference for key in keys for difference in _diff_object(key, before, after, works, undeclared)]
    return sorted(differences, key=lambda difference: (difference.key, difference.clusters))


def _diff_object(
    key: ResourceKey,
    before: Compiled,
    after: Compiled,
    works: Mapping[ClusterName, Work],
    undeclared: Collection[ClusterName],
) -> Iterator[ObjectDiff]:
    olds, news = _manifests(before, key), _manifests(after, key)
    if olds is news:  # What did not change was not rendered again.
        return
    # Members with the same pair of manifests have the same change.
    groups: dict[tuple[int, int], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*olds, *news}.difference(undeclared)):
        old, new = olds.get(name), news.get(name)
        if old is new or (old and new and old.digest == new.digest) or _stays(key, works.get(name), new):
            continue
        groups.setdefault((id(old), id(new)), (old, new, []))[2].append(name)
    for old, new, names in groups.values():
        yield ObjectDiff(key, old, new, tuple(names))


def _manifests(compiled: Compiled, key: ResourceKey) -> Mapping[ClusterName, RenderedManifest]:
    """The manifests of one object, by member."""
    item = compiled.templates.get(key)
    return item.rendering.manifests if item and not item.decided.hold else {}


def _stays(key: ResourceKey, work: Work | None, manifest: RenderedManifest | None) -> bool:
    """Whether the object stays as it is: it is suspended, or it cannot be rendered and therefore is not removed."""
    return work is not None and (key in work.suspended or (manifest is None and (key in work.held or key in work.failed)))
