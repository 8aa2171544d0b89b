"""The differences between two revisions, in what they give to every member. Offline: no member is contacted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.decrypt.decryptor import Decryptor
from reconciler.interpreter.containers import is_namespace
from reconciler.interpreter.registry import replicas_path, with_default_count
from reconciler.model.autoscaling import is_scaler, scaled_by
from reconciler.model.consent import consent_in
from reconciler.model.expansion import is_expanded, is_listed
from reconciler.model.health import Health, HealthStatus
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get, is_secret
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import Suspension
from reconciler.model.recorded import ClusterStatus
from reconciler.model.wording import where_applied
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.namespaces import NEEDED, NOT_NEEDED, WHERE_NEEDED
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from reconciler.repo.client import Repository
from reconciler.repo.head import Behind, Diverged
from reconciler.repo.revision import Commit
from reconciler.review.admission import new_refusals
from reconciler.review.concerns.concerns import concerns, new_issues
from reconciler.review.guarded import Guarded, guarded_removals
from reconciler.review.immutable_changes import with_immutable_fields
from reconciler.review.kept import (
    Copy,
    Kept,
    by_new_name,
    kept_from_removal,
    kept_objects,
    manifests_of,
    obstacles_to_removal,
    stays,
    suspension_of,
)
from reconciler.review.last_written import find_last_written
from reconciler.review.later_removals import with_waiting
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import Entry
from reconciler.review.outline.outline import outline
from reconciler.review.outline.scalings import is_scaled
from reconciler.review.outline.teams import Teams, teams_of
from reconciler.review.placement_causes import PlacementCauses
from reconciler.review.places import Place, of_object
from reconciler.review.revision_pair import Sides, read_revisions
from reconciler.review.sealed_changes import with_true_changes
from reconciler.review.staged_changes import Compared, Staging, stage_changes
from reconciler.review.upgrade import NO_UPGRADE, Upgrade
from reconciler.transition.renamed import find_readdressed


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What changes between BASE and HEAD."""

    base: Commit
    head: Commit
    judge: Commit
    """As in `RevisionPair`."""
    differences: tuple[ObjectDiff, ...]
    """Sorted by object, then by the first member."""
    outline: tuple[Entry, ...]
    """The differences, as a reviewer reads them."""
    teams: Teams
    """Of the outline."""
    kept: tuple[Kept, ...]
    """Sorted by object."""
    guarded: tuple[Guarded, ...]
    """Removals among the differences that the prune guard holds unless HEAD consents, or that a Tenant holds; by member."""
    new_issues: tuple[Issue, ...]
    """Issues of HEAD that BASE does not have, and objects that members would refuse."""
    warnings: tuple[Issue, ...]
    """What a reviewer should look at twice: the warnings among these issues, and those about the change itself. Sorted, and those
    with one cause told once."""
    members: int
    """The number of clusters that HEAD declares."""
    readdressed: Mapping[ClusterName, int]
    """Members that have another address in HEAD, sorted, and how many objects HEAD places there. What another server holds is not
    known offline."""
    staging: Staging
    """In which order the members get it."""
    unrecorded: str
    """As in `RevisionPair`, and so are the next four."""
    is_worktree: bool
    uncommitted: tuple[str, ...]
    behind: Behind | None
    diverged: Diverged | None
    upgrade: str = ""
    """What else differs between both sides, in words; empty for nothing."""


async def diff_revisions(
    repository: Repository,
    compiler: CompilerClient,
    sides: Sides,
    now: datetime,
    place: Place = of_object,
    decryptor: Decryptor | None = None,
    upgrade: Upgrade = NO_UPGRADE,
) -> RevisionDiff:
    """BASE is scheduled from the recorded decisions, and HEAD from those of BASE. place: as for `lint`. decryptor: tells whether
    encrypted values differ. upgrade: what else differs between both.

    Raises RepositoryError.
    """
    pair = await read_revisions(repository, compiler, sides)
    before = await compiler.compile(pair.before, pair.recorded, now, settled=True)
    applied = upgrade.state(assume_applied(before))
    compiler = upgrade.compiler or compiler
    after = await compiler.compile(pair.after, applied, now, settled=True)
    works = make_works(after)
    obstacles = obstacles_to_removal(before, after, works)
    found = await with_true_changes(diff_compiled(before, after, works, obstacles), decryptor)
    found = list(with_causes(found, before, after, place))
    at_base = replace(applied, reports=pair.recorded.reports)
    differences = await with_waiting(compiler, found, pair.after, at_base, now)
    kept_until_now = [Copy(one.key, name) for one in differences if one.reason == _KEPT for name in one.clusters]
    written = await find_last_written(repository, compiler, pair.base, before, now, kept_until_now)
    differences = tuple(two for one in differences for two in _with_last_written(one, written, after))
    entries = outline(differences, before, after)
    kept = tuple(sorted([*kept_objects(before, after), *kept_from_removal(obstacles)], key=lambda one: one.key))
    removals = [
        Copy(difference.key, name)
        for difference in differences
        if difference.after is None and not difference.released
        for name in difference.clusters
    ]
    consent = consent_in(pair.head.message) if not pair.is_worktree else ()
    guarded = guarded_removals(removals, before, after, consent)
    refused = await asyncio.to_thread(new_refusals, after, before)
    members, issues = len(pair.after.clusters), tuple(sorted([*new_issues(before, after), *refused]))
    revisions = Revisions(before, after)
    warnings, teams = concerns(revisions, differences, entries, guarded, issues, place, now), teams_of(entries, revisions)
    names = find_readdressed(after.recorded, pair.after.clusters, after.renamed)
    readdressed = {name: len(works[name].manifests) for name in names if works[name].manifests}
    compared = Compared(pair.base.sha, pair.head.sha, pair.before, pair.after)
    staging = await asyncio.to_thread(stage_changes, differences, compared, before, now)
    seen = (staging, pair.unrecorded, pair.is_worktree, pair.uncommitted, pair.behind, pair.diverged)
    found_out = (differences, entries, teams, kept, guarded, issues, warnings)
    return RevisionDiff(pair.base, pair.head, pair.judge, *found_out, members, readdressed, *seen, upgrade.words)


def with_causes(differences: Iterable[ObjectDiff], before: Compiled, after: Compiled, place: Place) -> Iterator[ObjectDiff]:
    """The differences; those in which a member gets or loses an object, or other replicas of the same template, with the
    cause."""
    causes = PlacementCauses.between(before, after, place)
    for one in differences:
        moves = one.before is None or one.after is None or _is_divided_anew(one, before, after)
        yield replace(one, cause=causes.of(one.key, one.clusters)) if moves else one


def _is_divided_anew(difference: ObjectDiff, before: Compiled, after: Compiled) -> bool:
    """Whether the copies get another number of replicas although the template is the same."""
    old, new = (side.templates.get(difference.key) for side in (before, after))
    is_same = old is not None and new is not None and old.template.manifest == new.template.manifest
    return is_same and is_scaled(difference.before, difference.after)


def _with_last_written(difference: ObjectDiff, written: Mapping[Copy, RenderedManifest], after: Compiled) -> Iterator[ObjectDiff]:
    """The difference to what was written last, where that was found; one for each manifest."""
    groups: dict[int, tuple[RenderedManifest | None, list[ClusterName]]] = {}
    for name in difference.clusters:
        old = written.get(Copy(difference.key, name))
        groups.setdefault(id(old), (old, []))[1].append(name)
    for old, names in groups.values():
        if old is None:
            yield replace(difference, clusters=tuple(names))
        else:
            known = replace(difference, before=old, clusters=tuple(names), reason=_KEPT_AND_KNOWN)
            yield from with_immutable_fields([known], after.desired.clusters)


def diff_compiled(
    before: Compiled,
    after: Compiled,
    works: Mapping[ClusterName, Work] | None = None,
    obstacles: Mapping[Copy, str] | None = None,
) -> list[ObjectDiff]:
    """The objects that members get, lose or have changed; sorted by object, then by the first member.

    Nothing changes for a copy that stays as it is, nor on a member that HEAD does not declare: it is not contacted any more, so
    its objects stay. A copy that stayed as it is in BASE, and does not in HEAD, is compared with what was written last.

    works, obstacles: of `after`, where they are known already.
    """
    works = make_works(after) if works is None else works
    obstacles = obstacles_to_removal(before, after, works) if obstacles is None else obstacles
    undeclared = frozenset(before.cluster_names).difference(works, after.renamed)
    keys = {*before.templates, *after.templates, *before.unreadable_templates, *before.removed_templates}
    scaled, namespaces = _scaled(after), _new_namespaces(before, after)
    folders = frozenset(cluster.name for cluster in after.desired.clusters if cluster.directory)
    differences = [
        difference
        if difference.reason or key in scaled
        else replace(
            difference,
            reason=reset_number(difference.before, difference.after, _folders_among(difference, folders))
            or _implied(difference, namespaces, after),
        )
        for key in keys
        for difference in _diff_object(key, before, after, works, obstacles, undeclared)
    ]
    found = with_immutable_fields(differences, after.desired.clusters)
    return sorted(found, key=lambda difference: (difference.key, difference.clusters))


def _diff_object(
    key: ResourceKey,
    before: Compiled,
    after: Compiled,
    works: Mapping[ClusterName, Work],
    obstacles: Mapping[Copy, str],
    undeclared: Collection[ClusterName],
) -> Iterator[ObjectDiff]:
    written, news = manifests_of(before, key), manifests_of(after, key)
    suspension = suspension_of(before, key)
    if written is news and not suspension:  # What did not change was not rendered again.
        return
    olds = by_new_name({name: one for name, one in written.items() if not suspension.covers(name)}, after)
    held = by_new_name(_held_manifests(before, key, suspension), after)
    # Members with the same pair of manifests have the same change.
    groups: dict[tuple[int, int, str], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*olds, *news, *held}.difference(undeclared)):
        old, new = olds.get(name), news.get(name)
        same = old is new or (old and new and old.digest == new.digest)
        if name in held:
            old, digest = held[name]
            same = new is not None and digest == new.digest
        if same or stays(key, works.get(name), new) or (new is None and Copy(key, name) in obstacles):
            continue
        released = new is None and name in works and key in works[name].preserved
        reason = _RELEASED if released else _KEPT if name in held else ""
        groups.setdefault((id(old), id(new), reason), (old, new, []))[2].append(name)
    for (_, _, reason), (old, new, names) in groups.items():
        yield ObjectDiff(key, old, new, tuple(names), reason, reason == _RELEASED)


def _new_namespaces(before: Compiled, after: Compiled) -> frozenset[str]:
    """The namespaces that HEAD uses and no file declares, without those that BASE used, and those that every server has."""
    declared = {key.name for key in after.templates if is_namespace(key)}
    return frozenset(
        {key.namespace for key in after.templates} - {key.namespace for key in before.templates} - declared - _ALWAYS
    )


def _implied(difference: ObjectDiff, namespaces: Collection[str], after: Compiled) -> str:
    """A phrase where an object is created in one of these namespaces, or a Namespace follows its objects; empty elsewhere."""
    item = after.templates.get(difference.key)
    if item is not None and item.decided.claim.reason == WHERE_NEEDED:
        return NEEDED if difference.before is None else NOT_NEEDED if difference.after is None else ""
    if difference.before is not None or difference.key.namespace not in namespaces:
        return ""
    return f"no file declares the namespace {difference.key.namespace}, so it is created where a member lacks it"


def reset_number(old: RenderedManifest | None, new: RenderedManifest | None, folders: str = "") -> str:
    """A phrase where a workload no longer declares its number of replicas, so that an API server resets it; empty elsewhere.

    folders: which of the members are folders, in a phrase (`_folders_among`). A folder holds what was declared, so the number
    changes where that is applied.
    """
    if old is None or new is None:
        return ""
    before, after = old.manifest, new.manifest
    path = replicas_path(after)
    if get(before, *path) is None or get(after, *path) is not None:
        return ""
    number = get(with_default_count(after), *path)
    if number in (None, get(before, *path)):
        return ""
    return f"{'.'.join(path)} is no longer declared; without an autoscaler it becomes {number}{folders}"


IN_A_FOLDER = " where the folder is applied"
"""For `reset_number`, where all the members are folders."""


def _folders_among(difference: ObjectDiff, folders: Collection[ClusterName]) -> str:
    """For `reset_number`. folders: all members that are folders."""
    named = [name for name in difference.clusters if name in folders]
    if len(named) == len(difference.clusters):
        return IN_A_FOLDER
    return f", and {where_applied(named, _NAMED)}" if named else ""


_NAMED = 3
"""Folders of one difference that are named."""


def _scaled(compiled: Compiled) -> frozenset[ResourceKey]:
    """The workloads that an autoscaler of the revision scales."""
    scalers = (item.template for key, item in compiled.templates.items() if is_scaler(key))
    return frozenset(scaled_by(template.manifest) for template in scalers)


def _held_manifests(
    compiled: Compiled, key: ResourceKey, suspension: Suspension
) -> Mapping[ClusterName, tuple[RenderedManifest, str]]:
    """The members on which a copy stays as it is: what would be written there, and the digest of what was written last, which is
    empty for a Secret. What the copy holds is not known offline: only its name, where nothing would be written.

    A copy stays that has no decision, whose template or member may stand in a file with an error, that is suspended, or that
    cannot be rendered; of the last ones, those that were written once.
    """
    item, report = compiled.templates.get(key), compiled.recorded.report_of(key)
    expanded = is_expanded(key) or is_listed(key, compiled.desired.settings.expand) if item is None else item.template.is_expanded
    if expanded:  # Its children are written.
        return {}
    failed = () if item is None else item.rendering.failed
    everywhere = key in compiled.unreadable_templates if item is None else item.placed.held
    on = compiled.protected.clusters if item is None else compiled.protected.clusters | item.placed.held_on
    if not (everywhere or on or suspension or failed):
        return {}
    manifests = {} if item is None else item.rendering.manifests
    unknown = _name_alone(key, NOWHERE if item is None else item.template.origin)
    return {
        status.cluster: (manifests.get(status.cluster, unknown), status.digest)
        for status in report.statuses
        if status.health.status is not HealthStatus.NOT_FOUND
        and (
            everywhere
            or status.cluster in on
            or suspension.covers(status.cluster)
            or (status.cluster in failed and _was_written(key, status))
        )
    }


def _was_written(key: ResourceKey, status: ClusterStatus) -> bool:
    """Whether a copy that cannot be rendered is known to be there. A Secret has no digest; of one that is there and was read,
    health says nothing, because it would be that of an older manifest (`observe/collector.py`)."""
    return bool(status.digest) or (is_secret(key) and status.health == Health(HealthStatus.UNKNOWN))


def _name_alone(key: ResourceKey, origin: Origin) -> RenderedManifest:
    """A copy of which nothing else is known."""
    metadata = {"name": key.name} | ({"namespace": key.namespace} if key.namespace else {})
    return RenderedManifest(key, {"kind": key.kind, "metadata": metadata}, "", origin)


_ALWAYS = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})
"""No namespace, and those that Kubernetes creates."""
_RELEASED = "it stays there, without our marks (preserveResourcesOnDeletion)"
_KEPT = "it was kept as it was until now; diff --live compares it with what is there"
_KEPT_AND_KNOWN = "it was kept as it was until now; compared with what was written last"
