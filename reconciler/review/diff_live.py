"""What HEAD would change on the members as they are now: planned as a sync plans it, tried by dry runs, and never written.

HEAD comes from the author of a pull request, who may not be trusted. HEAD therefore decides what the members would hold, and BASE
decides everything about access: the Clusters to connect to, their credentials, which objects are ours, what may be overwritten
or pruned. For the same reason, nothing is shown of an existing object that is not ours, even if HEAD wants to take it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.cluster.access import Access
from reconciler.decrypt.decryptor import Decryptor
from reconciler.endpoints.orders import orders_of, slices_of
from reconciler.endpoints.routes import routes_of
from reconciler.interpreter.registry import replicas_path
from reconciler.model.changes import Action, Change, Configure, Create, Prune, Skip, Write
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, hidden_fields, is_secret, mapping, text, without
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.model.wording import plural
from reconciler.model.work import RenderedManifest
from reconciler.passes.connections import open_fleet
from reconciler.passes.endpoints import NOTHING_EXCHANGED, Exchanged, planned_exchange
from reconciler.passes.fleet import Fleet
from reconciler.passes.options import Options
from reconciler.passes.preflight import refuse_broken_configuration, refuse_missing_members
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.survey import Survey, survey
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.plan.mask_secrets import mask
from reconciler.plan.whole_object import content
from reconciler.record.decisions import of_unreadable_template
from reconciler.render.trace import changed_fields
from reconciler.repo.client import Repository
from reconciler.repo.head import Behind
from reconciler.repo.revision import Commit
from reconciler.review.concerns.concerns import concerns, new_issues
from reconciler.review.diff import IN_A_FOLDER, reset_number, with_causes
from reconciler.review.immutable_changes import with_immutable_fields
from reconciler.review.kept import Kept, kept_objects
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import Entry
from reconciler.review.outline.outline import outline
from reconciler.review.outline.teams import Teams, teams_of
from reconciler.review.places import Place, of_object
from reconciler.review.revision_pair import RevisionPair, Sides, read_revisions


@dataclass(frozen=True, slots=True)
class Skipped:
    """One object that would not be written to these members, for the same reason on all of them."""

    key: ResourceKey
    reason: str
    clusters: tuple[ClusterName, ...]


@dataclass(frozen=True, slots=True)
class LiveDiff:
    """What HEAD would change on the members."""

    base: Commit
    head: Commit
    judge: Commit
    """The one whose Tenants judge HEAD."""
    differences: tuple[ObjectDiff, ...]
    """As in an offline diff; `before` is what the first of the members holds."""
    outline: tuple[Entry, ...]
    """The differences, as a reviewer reads them."""
    teams: Teams
    """Of the outline."""
    skipped: tuple[Skipped, ...]
    """In the same order as the differences."""
    kept: tuple[Kept, ...]
    """As in an offline diff; the suspended objects that differ on the members, of which a sync corrects nothing; and copies that
    are no longer wanted and that something keeps."""
    new_issues: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    """As in an offline diff."""
    members: int
    """How many clusters HEAD declares."""
    offline: Mapping[ClusterName, str]
    """Members that were not contacted because only HEAD declares them, and the reason."""
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, and the reason: nothing is known about them."""
    remarks: tuple[str, ...]
    """Changes in HEAD to access and settings, which were ignored; sentences."""
    is_worktree: bool
    """As in `RevisionPair`, and so are the next two."""
    uncommitted: tuple[str, ...]
    behind: Behind | None
    endpoints: Exchanged = NOTHING_EXCHANGED
    """Of services over clusters: what would be written for them now."""


async def diff_live(
    repository: Repository,
    compiler: CompilerClient,
    sides: Sides,
    access: Access,
    now: datetime,
    place: Place = of_object,
    decryptor: Decryptor | None = None,
) -> LiveDiff:
    """now: the time by which both are compiled. place: as for `lint`. decryptor: without it, objects with encrypted values
    cannot be compared.

    Raises ReconcilerError where nothing could be compared at all; an error of a member is part of the result.
    """
    read = await read_revisions(repository, compiler, sides)
    refuse_broken_configuration(read.before)
    refuse_missing_members(read.before.clusters, read.recorded, access.member_root)
    declared = {cluster.name for cluster in read.after.clusters}
    known = {cluster.name: cluster for cluster in read.before.clusters}
    connected = [cluster for name, cluster in known.items() if name in declared]
    connected += _under_new_names(read, known)
    proposal = replace(read.after, settings=read.before.settings)
    async with open_fleet(connected, access, read.before.settings.instance) as fleet:
        options = Options(dry_run=True, decryptor=decryptor).with_consent("" if read.is_worktree else read.head.message)
        reconciliation = Reconciliation(read.before, read.base.sha, fleet, compiler, lambda: now, options)
        surveyed = await survey(reconciliation, read.recorded, now, proposal=proposal)
        endpoints = await _endpoints(surveyed, fleet, now)
    differences = _judged_differences(surveyed, read, place)
    entries = outline(differences, surveyed.base, surveyed.compiled)
    issues, revisions = new_issues(surveyed.base, surveyed.compiled), Revisions(surveyed.base, surveyed.compiled)
    return LiveDiff(
        read.base,
        read.head,
        read.judge,
        differences,
        entries,
        teams_of(entries, revisions),
        tuple(_skipped(surveyed)),
        tuple(sorted(_kept(surveyed), key=lambda one: one.key)),
        issues,
        concerns(revisions, differences, entries, (), issues, place, now),
        len(read.after.clusters),
        _not_connected(declared - {cluster.name for cluster in connected}, fleet.pulled, _named(read)),
        surveyed.unreadable,
        tuple(_not_followed(read, known)),
        read.is_worktree,
        read.uncommitted,
        read.behind,
        endpoints,
    )


def _judged_differences(surveyed: Survey, read: RevisionPair, place: Place) -> tuple[ObjectDiff, ...]:
    """The differences as they are shown: masked, with what a member refuses, and with their causes."""
    changed = [_masked(one) for one in _differences(surveyed, read.before.settings.instance)]
    found = with_immutable_fields(changed, read.after.clusters, accepted=True)
    return tuple(with_causes(found, surveyed.base, surveyed.compiled, place))


async def _endpoints(surveyed: Survey, fleet: Fleet, now: datetime) -> Exchanged:
    """Members are asked only where one of the revisions connects a Service: copies that nobody wants have a route in BASE."""
    compiled = surveyed.compiled
    if not (routes_of(surveyed.base) or routes_of(compiled)):
        return NOTHING_EXCHANGED
    orders, _ = orders_of(compiled, surveyed.base.recorded, now)
    members = {name: one for name, one in slices_of(fleet.clients).items() if name not in surveyed.unreadable}
    return await planned_exchange(orders, members)


def _named(read: RevisionPair) -> str:
    """What is compared with BASE, in a sentence."""
    return "the work tree" if read.is_worktree else "HEAD"


def _not_connected(new: Iterable[ClusterName], pulled: Iterable[ClusterName], head: str) -> dict[ClusterName, str]:
    """Members whose live objects were not seen, and why."""
    agents = dict.fromkeys(pulled, "not connected: an agent keeps it (spec.syncMode: Pull); `diff` without --live shows it")
    return dict(sorted({**dict.fromkeys(new, f"not connected: it is new in {head}; compared offline"), **agents}.items()))


def _differences(surveyed: Survey, instance: str) -> list[ObjectDiff]:
    """One difference for each distinct change, with all members that it concerns."""
    found: dict[tuple[ResourceKey, str, str], ObjectDiff] = {}
    folders = {cluster.name for cluster in surveyed.compiled.desired.clusters if cluster.directory}
    for name, plan in surveyed.plans.items():
        view = surveyed.views[name]
        where = IN_A_FOLDER if name in folders else ""
        for change in plan.writes:
            # Of the objects that exist, only one that is taken over is not ours.
            if isinstance(change, Configure) and isinstance(view, LiveView) and not view.is_ours(change.key, instance):
                before, after = _foreign_sides(change.desired)
            else:
                before, after = _sides(change, surveyed.base)
            what = _what_changes(before, after)
            if what is None and not change.reason:
                continue  # Only our own digest differs.
            reason = "" if isinstance(change, Prune) else change.reason or _reset_number(change, before, after, where)
            if isinstance(change, Configure) and change.taken_over:
                reason += _of_take_over(change)
            same = found.get((change.key, reason, what or ""))
            clusters = (*same.clusters, name) if same else (name,)
            first = same or ObjectDiff(change.key, before, after, clusters, reason)
            found[change.key, reason, what or ""] = replace(first, clusters=clusters)
    return sorted(found.values(), key=lambda difference: (difference.key, difference.clusters))


def _masked(difference: ObjectDiff) -> ObjectDiff:
    """With masks in place of what was encrypted in Git, before anything is concluded from it or quoted. Secrets are masked where
    they are shown."""
    sides = (difference.before, difference.after)
    if is_secret(difference.key) or not any(hidden_fields(side.manifest) for side in sides if side is not None):
        return difference
    masked = mask(*(side.manifest if side is not None else None for side in sides))
    before, after = (
        replace(side, manifest=shown) if side is not None and shown is not None else None
        for side, shown in zip(sides, masked, strict=True)
    )
    return replace(difference, before=before, after=after)


def _of_take_over(change: Configure) -> str:
    """How much goes, and where to see it: what the object holds is not for the eyes of the author of HEAD."""
    count = len(change.removed)
    gone = f"; {plural(count, 'field')} there that Git does not state would be removed" if count else ""
    return f"{gone}; what it holds now is not shown here, see `reconciler sync --dry-run`"


def _sides(change: Write, base: Compiled) -> tuple[RenderedManifest | None, RenderedManifest | None]:
    """An object that is created is shown as it is written: a server would add fields to it that differ each time, such as an
    address."""
    if isinstance(change, Create):
        return None, change.desired
    item = base.templates.get(change.key)
    origin = change.desired.origin if change.desired else item.template.origin if item else NOWHERE
    before = RenderedManifest(change.key, content(change.live), "", origin)
    if isinstance(change, Prune):
        return before, None
    return before, replace(change.desired or before, manifest=content(change.expected))


def _reset_number(change: Write, before: RenderedManifest | None, after: RenderedManifest | None, where: str) -> str:
    """The remark of an offline diff, where the member's answer confirms it; a folder answers what it is given."""
    if before is None or after is None:
        return ""
    path = replicas_path(after.manifest)
    is_kept = get(before.manifest, *path) == get(after.manifest, *path)
    return "" if is_kept else reset_number(before, change.desired, where)


def _foreign_sides(desired: RenderedManifest) -> tuple[RenderedManifest | None, RenderedManifest | None]:
    """An object that HEAD wants to take over: only the name of the live object is shown."""
    return replace(desired, manifest=_identity(desired.manifest)), desired


def _identity(manifest: Manifest) -> Manifest:
    metadata = {name: text(manifest, "metadata", name) for name in ("name", "namespace") if name in mapping(manifest, "metadata")}
    return {"apiVersion": text(manifest, "apiVersion"), "kind": text(manifest, "kind"), "metadata": metadata}


def _what_changes(before: RenderedManifest | None, after: RenderedManifest | None) -> str | None:
    """The change as text, to compare it with the same change on other members; None where no field differs but our own digest."""
    if before is None or after is None:
        return after.digest if after else "gone"
    old, new = (without(side.manifest, ("metadata", "annotations", DIGEST_ANNOTATION)) for side in (before, after))
    changed = [(field.path, field.before, field.after) for field in changed_fields(old, new)]
    return repr(changed) if changed else None


def _skipped(surveyed: Survey) -> Iterable[Skipped]:
    """Objects that would not be written; those that a policy suspends, or that something keeps, are among `_kept` instead."""
    found: dict[tuple[ResourceKey, str], list[ClusterName]] = {}
    for name, plan in surveyed.plans.items():
        for change in plan.of(Action.SKIP):
            if change.key not in surveyed.works[name].suspended and not _is_kept(change):
                found.setdefault((change.key, change.reason), []).append(name)
    for (key, reason), names in sorted(found.items()):
        yield Skipped(key, reason, tuple(names))


def _kept(surveyed: Survey) -> Iterable[Kept]:
    """What HEAD changes of objects that stay as they are is known offline; what somebody changed there, only the members know."""
    offline = tuple(kept_objects(surveyed.base, surveyed.compiled))
    yield from offline
    told = {(one.key, name) for one in offline for name in one.clusters}
    found: dict[tuple[ResourceKey, str, bool], list[ClusterName]] = {}
    for name, plan in surveyed.plans.items():
        for change in plan.of(Action.SKIP):
            is_kept = change.key in surveyed.works[name].suspended or _is_kept(change)
            if is_kept and (change.key, name) not in told:
                absent = isinstance(change, Skip) and change.live is None
                found.setdefault((change.key, change.reason, absent), []).append(name)
    for key, reason, name, absent in _held(surveyed):
        if (key, name) not in told:
            found.setdefault((key, reason, absent), []).append(name)
    for (key, reason, absent), names in found.items():
        yield Kept(key, reason, tuple(names), absent)


def _held(surveyed: Survey) -> Iterable[tuple[ResourceKey, str, ClusterName, bool]]:
    """Object, why it stays as it is, member, and whether it is gone there. What such a copy should be is not known or not in
    force, so that nobody compares it: somebody may have changed it."""
    compiled = surveyed.compiled
    for name in surveyed.plans:
        view = surveyed.views[name]
        for key in sorted(surveyed.works[name].held):
            is_there = (
                isinstance(view, LiveView) and key in view.objects and view.is_ours(key, compiled.desired.settings.instance)
            )
            if not is_there and compiled.recorded.report_of(key).status_in(name) is None:
                continue  # It was never there.
            outcome = "a sync does not compare or correct it" if is_there else "what is gone there is not created again"
            yield key, f"{_why_held(compiled, key).rstrip('.')}; {outcome}", name, not is_there


def _why_held(compiled: Compiled, key: ResourceKey) -> str:
    item = compiled.templates.get(key)
    if item is not None:
        return item.decided.hold or item.placed.message
    return of_unreadable_template(compiled.unreadable_templates[key], compiled.protected).message


def _is_kept(change: Change) -> bool:
    """Whether it is about a copy that is no longer wanted, and that something keeps."""
    return isinstance(change, Skip) and change.kept


def _not_followed(read: RevisionPair, known: Mapping[ClusterName, Cluster]) -> Iterable[str]:
    if read.after.settings != read.before.settings:
        yield f"{_named(read)} changes the Configuration; the Configuration of BASE was used"
    for cluster in read.after.clusters:
        base = known.get(cluster.name)
        if base is not None and _way_to(cluster) != _way_to(base):
            yield f"{cluster.name}: {_named(read)} changes how this member is reached; the connection of BASE was used"


def _under_new_names(read: RevisionPair, known: Mapping[ClusterName, Cluster]) -> list[Cluster]:
    """The members that have another name in HEAD, with the connections of BASE."""
    names = {cluster.name for cluster in read.after.clusters}
    return [
        replace(old, name=cluster.name)
        for cluster in read.after.clusters
        if cluster.name not in known
        for old in known.values()
        if old.name not in names and not old.addresses.items().isdisjoint(cluster.addresses.items())
    ]


def _way_to(cluster: Cluster) -> tuple[object, ...]:
    ours = {name: value for name, value in cluster.annotations.items() if name.startswith("reconciler.dev/")}
    return cluster.api_endpoint, cluster.secret_ref, ours
