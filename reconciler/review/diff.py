"""The differences between two revisions, in what they give to every member. Offline: no member is contacted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from reconciler.interpreter.registry import replicas_path, with_default_count
from reconciler.model.autoscaling import is_scaler, scaled_by
from reconciler.model.desired import DesiredState
from reconciler.model.health import HealthStatus
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import Suspension
from reconciler.model.recorded import RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import make_works
from reconciler.plan.prune import protection_of
from reconciler.record.commit import read_recorded
from reconciler.record.next_state import assume_applied
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.suspension import FREE

Value = TypeVar("Value")


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
    """A phrase, where the change does not come from the revision itself, or does more or less than the revision says."""
    released: bool = False
    """Whether `after` is None although the object stays in the member, without our marks."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One object whose copies stay as they are, although HEAD changes what they would be."""

    key: ResourceKey
    reason: str
    clusters: tuple[ClusterName, ...]
    """The members that hold such a copy, sorted."""


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
    kept: tuple[Kept, ...]
    """Sorted by object."""
    new_issues: tuple[Issue, ...]
    """Issues of HEAD that BASE does not have."""
    members: int
    """The number of clusters that HEAD declares."""


async def diff_revisions(repository: Repository, compiler: CompilerClient, base: str, head: str, now: datetime) -> RevisionDiff:
    """BASE is scheduled from the recorded decisions, and HEAD from those of BASE. Raises RepositoryError."""
    pair = await read_revisions(repository, compiler, base, head)
    before = await compiler.compile(pair.before, pair.recorded, now, settled=True)
    after = await compiler.compile(pair.after, assume_applied(before), now, settled=True)
    differences = tuple(diff_compiled(before, after))
    kept = tuple(sorted([*kept_objects(before, after), *protected_objects(before, after)], key=lambda one: one.key))
    return RevisionDiff(pair.base, pair.head, differences, kept, new_issues(before, after), len(pair.after.clusters))


async def read_revisions(repository: Repository, compiler: CompilerClient, base: str, head: str) -> RevisionPair:
    """Loads both revisions and the recorded state. Raises RepositoryError.

    The status branch is the one that BASE configures: HEAD may come from anyone who can open a pull request. Files that are equal
    in both are validated, too: what they declare is not moved while they have an error.
    """
    base_commit, head_commit = await repository.resolve(base), await repository.resolve(head)
    base_tree, head_tree = await repository.read_tree(base_commit), await repository.read_tree(head_commit)
    blobs = await repository.read_blobs(await compiler.missing(base_tree) | await compiler.missing(head_tree))
    before = await compiler.load(base_tree, blobs)
    after = await compiler.load(head_tree, blobs)
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

    Nothing changes for a copy that stays as it is, nor on a member that HEAD does not declare: it is not contacted any more, so
    its objects stay. A copy that stayed as it is in BASE, and does not in HEAD, is compared with what was written last.
    """
    works = make_works(after)
    undeclared = frozenset(before.cluster_names).difference(works, after.renamed)
    keys = {*before.templates, *after.templates, *before.unreadable_templates, *before.removed_templates}
    scaled = _scaled(after)
    differences = [
        difference
        if difference.reason or key in scaled
        else replace(difference, reason=reset_number(difference.before, difference.after))
        for key in keys
        for difference in _diff_object(key, before, after, works, undeclared)
    ]
    return sorted(differences, key=lambda difference: (difference.key, difference.clusters))


def kept_objects(before: Compiled, after: Compiled) -> Iterator[Kept]:
    """The objects that HEAD would render anew, and whose copies stay as they are."""
    for key, item in after.templates.items():
        placed, old = item.placed, before.templates.get(key)
        if old is None or placed.binding is None or not (placed.held or placed.held_on):
            continue
        names = [name for name in placed.binding.cluster_names if placed.held or name in placed.held_on]
        olds, news = _by_new_name(old.rendering.manifests, after), item.rendering.manifests
        if any(name not in olds or name not in news or olds[name].digest != news[name].digest for name in names):
            yield Kept(key, item.decided.hold or placed.message, tuple(names))


def protected_objects(before: Compiled, after: Compiled) -> Iterator[Kept]:
    """The objects that members no longer need, and whose copies are protected from pruning."""
    declared = frozenset(after.cluster_names)
    protected: dict[tuple[ResourceKey, str], list[ClusterName]] = {}
    for key in sorted(before.templates):
        olds, news = _by_new_name(_manifests(before, key), after), _manifests(after, key)
        for name in sorted(olds.keys() & declared - news.keys()):
            if reason := _protection(key, name, olds, news, after):
                protected.setdefault((key, reason), []).append(name)
    works = make_works(after) if protected else {}
    for (key, reason), names in protected.items():
        if leaving := tuple(name for name in names if not _stays(key, works[name], None)):
            yield Kept(key, reason, leaving)


def _protection(
    key: ResourceKey,
    name: ClusterName,
    olds: Mapping[ClusterName, RenderedManifest],
    news: Mapping[ClusterName, RenderedManifest],
    after: Compiled,
) -> str:
    """What protects the copy on a member that no longer needs it; empty where nothing does.

    It is what BASE wrote there. But a move that makes before it breaks writes HEAD there first, and may take the protection off.
    """
    reason = protection_of(olds[name].manifest, name) if name in olds else ""
    item = after.templates.get(key)
    if not reason or item is None or not news.keys() - olds.keys():
        return reason
    manifest = item.template.manifest
    return reason if runs_once(manifest, volume_claims_of(after.desired.templates, Memo())) else protection_of(manifest, name)


def _diff_object(
    key: ResourceKey,
    before: Compiled,
    after: Compiled,
    works: Mapping[ClusterName, Work],
    undeclared: Collection[ClusterName],
) -> Iterator[ObjectDiff]:
    written, news = _manifests(before, key), _manifests(after, key)
    suspension = _suspension(before, key)
    if written is news and not suspension:  # What did not change was not rendered again.
        return
    olds = _by_new_name({name: one for name, one in written.items() if not _covers(suspension, name)}, after)
    held = _by_new_name(_held_manifests(before, key, suspension), after)
    # Members with the same pair of manifests have the same change.
    groups: dict[tuple[int, int, str], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*olds, *news, *held}.difference(undeclared)):
        old, new = olds.get(name), news.get(name)
        same = old is new or (old and new and old.digest == new.digest)
        if name in held:
            old, digest = held[name]
            same = new is not None and digest == new.digest
        if same or _stays(key, works.get(name), new) or (new is None and _protection(key, name, olds, news, after)):
            continue
        released = new is None and name in works and key in works[name].preserved
        reason = _RELEASED if released else _KEPT if name in held else ""
        groups.setdefault((id(old), id(new), reason), (old, new, []))[2].append(name)
    for (_, _, reason), (old, new, names) in groups.items():
        yield ObjectDiff(key, old, new, tuple(names), reason, reason == _RELEASED)


def reset_number(old: RenderedManifest | None, new: RenderedManifest | None) -> str:
    """A phrase where a workload no longer declares its number of replicas, so that an API server resets it; empty elsewhere."""
    if old is None or new is None:
        return ""
    before, after = old.manifest, new.manifest
    path = replicas_path(after)
    if get(before, *path) is None or get(after, *path) is not None:
        return ""
    number = get(with_default_count(after), *path)
    if number in (None, get(before, *path)):
        return ""
    return f"{'.'.join(path)} is no longer declared; without an autoscaler it becomes {number}"


def _scaled(compiled: Compiled) -> frozenset[ResourceKey]:
    """The workloads that an autoscaler of the revision scales."""
    scalers = (item.template for key, item in compiled.templates.items() if is_scaler(key))
    return frozenset(scaled_by(template.manifest) for template in scalers)


def _manifests(compiled: Compiled, key: ResourceKey) -> Mapping[ClusterName, RenderedManifest]:
    """The manifests of one object that are written, by member."""
    item = compiled.templates.get(key)
    return {} if item is None else item.written().manifests


def _held_manifests(
    compiled: Compiled, key: ResourceKey, suspension: Suspension
) -> Mapping[ClusterName, tuple[RenderedManifest, str]]:
    """The members on which a copy stays as it is: what would be written there, and the digest of what was written last, which is
    empty for a Secret. What the copy holds is not known offline: only its name, where nothing would be written.

    A copy stays that has no decision, whose template or member may stand in a file with an error, or that is suspended.
    """
    item, report = compiled.templates.get(key), compiled.recorded.report_of(key)
    everywhere = key in compiled.unreadable_templates if item is None else item.placed.held
    on = compiled.protected.clusters if item is None else compiled.protected.clusters | item.placed.held_on
    if not (everywhere or on or suspension):
        return {}
    manifests = {} if item is None else item.rendering.manifests
    unknown = _name_alone(key, NOWHERE if item is None else item.template.origin)
    return {
        status.cluster: (manifests.get(status.cluster, unknown), status.digest)
        for status in report.statuses
        if status.health.status is not HealthStatus.NOT_FOUND
        and (everywhere or status.cluster in on or _covers(suspension, status.cluster))
    }


def _name_alone(key: ResourceKey, origin: Origin) -> RenderedManifest:
    """A copy of which nothing else is known."""
    metadata = {"name": key.name} | ({"namespace": key.namespace} if key.namespace else {})
    return RenderedManifest(key, {"kind": key.kind, "metadata": metadata}, "", origin)


def _suspension(compiled: Compiled, key: ResourceKey) -> Suspension:
    """Where nothing is written or removed for now, of a template or of a recorded object without one."""
    item = compiled.templates.get(key)
    return (compiled.removed_templates.get(key, FREE) if item is None else item.placed.terms).suspension


def _covers(suspension: Suspension, name: ClusterName) -> bool:
    return suspension.everywhere or name in suspension.clusters


def _by_new_name(by_member: Mapping[ClusterName, Value], after: Compiled) -> Mapping[ClusterName, Value]:
    """With the names that members have in HEAD; the same object where no member has another name."""
    if not after.renamed:
        return by_member
    return {after.renamed.get(name, name): value for name, value in by_member.items()}


_RELEASED = "it stays there, without our marks (preserveResourcesOnDeletion)"
_KEPT = "it was kept as it was until now; diff --live compares it with what is there"


def _stays(key: ResourceKey, work: Work | None, manifest: RenderedManifest | None) -> bool:
    """Whether the object stays as it is: it is suspended, or it cannot be rendered and therefore is not removed."""
    return work is not None and (key in work.suspended or (manifest is None and (key in work.held or key in work.failed)))
