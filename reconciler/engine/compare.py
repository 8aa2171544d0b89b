"""Two revisions, compared by what they give to every member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.engine.compiler import Compiler
from reconciler.engine.memory import decided
from reconciler.engine.pipeline import Compiled
from reconciler.engine.revision import changed_files
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.work import RenderedManifest
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


async def compare_revisions(repository: Repository, compiler: Compiler, base: str, head: str, now: datetime) -> Comparison:
    """BASE is decided from the recorded placements, HEAD from BASE's. Only files that changed are held against schemas.

    Connections and settings of the status branch are taken from BASE: HEAD comes from whoever opened the pull request.
    Raises RepositoryError.
    """
    base_commit, head_commit = await repository.resolve(base), await repository.resolve(head)
    base_tree, head_tree = await repository.read_tree(base_commit), await repository.read_tree(head_commit)
    blobs = await repository.read_blobs(compiler.missing(base_tree) | compiler.missing(head_tree))
    base_desired = compiler.load(base_tree, blobs, check=changed_files(head_tree, base_tree))
    head_desired = compiler.load(head_tree, blobs, check=changed_files(base_tree, head_tree))
    recorded = await read_recorded(repository, base_desired.settings.status_branch)
    before = compiler.compile(base_desired, recorded.state, now, settled=True)
    after = compiler.compile(head_desired, decided(before), now, settled=True)
    known = {(issue.origin.file, issue.reason, issue.message) for issue in before.issues}
    fresh = [issue for issue in after.issues if (issue.origin.file, issue.reason, issue.message) not in known]
    differences = tuple(compare(before, after))
    return Comparison(base_commit, head_commit, differences, tuple(fresh), len(head_desired.clusters))


def compare(before: Compiled, after: Compiled) -> list[Difference]:
    """What members get, lose or have changed. A member or an object that a broken file holds back stays as it is."""
    found: dict[tuple[ResourceKey, int, int], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    broken = {cluster.name for cluster in before.desired.clusters if cluster.origin.file in after.desired.broken_files}
    for name in sorted({*before.works, *after.works} - (broken - after.works.keys())):
        for old, new in _pairs(before, after, name):
            key = (new or old).key  # type: ignore[union-attr]
            entry = found.setdefault((key, id(old), id(new)), (old, new, []))
            entry[2].append(name)
    differences = [Difference(key[0], old, new, tuple(names)) for key, (old, new, names) in found.items()]
    return sorted(differences, key=lambda difference: (difference.key, difference.clusters))


def _pairs(
    before: Compiled, after: Compiled, name: ClusterName
) -> Iterator[tuple[RenderedManifest | None, RenderedManifest | None]]:
    olds, news = _manifests(before, name), _manifests(after, name)
    work = after.works.get(name)
    held = (work.held | work.failed.keys()) if work else frozenset()
    for key, new in news.items():
        old = olds.get(key)
        if old is not new and (old is None or old.digest != new.digest):
            yield old, new
    for key, old in olds.items():
        if key not in news and key not in held:
            yield old, None


def _manifests(compiled: Compiled, name: ClusterName) -> Mapping[ResourceKey, RenderedManifest]:
    work = compiled.works.get(name)
    return {manifest.key: manifest for manifest in work.manifests} if work else {}
