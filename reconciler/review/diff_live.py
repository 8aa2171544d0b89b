"""What HEAD would change on the members as they are now: planned as a sync would, tried there by dry runs, and never written.

HEAD comes from whoever opened the pull request. So it says what members are to hold, and BASE says everything about how they are
reached: which Clusters there are to connect to, by what credential, whose objects are ours, what may be overwritten or pruned.
For the same reason nothing is shown of an object that is there and not ours, although HEAD may want it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.cluster.access import Access
from reconciler.model.changes import Action, ChangeSet, Configure, Create, Prune, Write
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, mapping, text, without
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.model.work import RenderedManifest, Work
from reconciler.passes.dry_run import Doubts, previewed
from reconciler.passes.fleet import Fleet, connect
from reconciler.passes.passes import Options, prune_rules
from reconciler.passes.preflight import refuse_broken_configuration, refuse_missing_members
from reconciler.pipeline.pipeline import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import make_works
from reconciler.plan.changeset import plan_cluster
from reconciler.plan.equality import content
from reconciler.record.discovery import update_discovery
from reconciler.record.next_state import assume_applied
from reconciler.record.rebuild import rebuild_state
from reconciler.render.trace import changed_fields
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.diff import Difference, Revisions, new_issues, read_revisions


@dataclass(frozen=True, slots=True)
class Skipped:
    """One object that would not be written on these members, all for the same reason."""

    key: ResourceKey
    reason: str
    clusters: tuple[ClusterName, ...]


@dataclass(frozen=True, slots=True)
class LiveComparison:
    base: Commit
    head: Commit
    differences: tuple[Difference, ...]
    """As in `Comparison`; `before` is what the first of the members holds."""
    skipped: tuple[Skipped, ...]
    """Sorted as differences are."""
    new_issues: tuple[Issue, ...]
    members: int
    """How many clusters HEAD declares."""
    offline: Mapping[ClusterName, str]
    """Members that were not asked because of what HEAD says, and why."""
    unanswered: Mapping[ClusterName, str]
    """Members that could not be asked, and why: nothing is known of them."""
    remarks: tuple[str, ...]
    """What HEAD says about how members are reached and was not followed."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """HEAD, compiled, and what it would come to on each member."""

    before: Compiled
    after: Compiled
    works: Mapping[ClusterName, Work]
    """What HEAD gives to each member."""
    plans: Mapping[ClusterName, ChangeSet] = field(default_factory=dict)
    views: Mapping[ClusterName, LiveView | str] = field(default_factory=dict)
    unanswered: Mapping[ClusterName, str] = field(default_factory=dict)


async def compare_live(
    repository: Repository, compiler: CompilerClient, base: str, head: str, access: Access, now: datetime
) -> LiveComparison:
    """Raises ReconcilerError where nothing could be done at all; a member's trouble is in the result."""
    read = await read_revisions(repository, compiler, base, head, only_changed=False)
    refuse_broken_configuration(read.before)
    refuse_missing_members(read.before, read.recorded, access.member_root)
    declared = {cluster.name for cluster in read.after.clusters}
    fleet = connect(
        [cluster for cluster in read.before.clusters if cluster.name in declared], access, read.before.settings.instance
    )
    try:
        seen = await _see(read, fleet, compiler, now)
    finally:
        await fleet.close()
    known = {cluster.name: cluster for cluster in read.before.clusters}
    return LiveComparison(
        read.base,
        read.head,
        tuple(_differences(seen, read.before.settings.instance)),
        tuple(_skipped(seen)),
        new_issues(seen.before, seen.after),
        len(read.after.clusters),
        dict.fromkeys(sorted(declared - known.keys()), "not connected: it is new in HEAD; compared offline"),
        seen.unanswered,
        tuple(_not_followed(read, known)),
    )


async def _see(read: Revisions, fleet: Fleet, compiler: CompilerClient, now: datetime) -> _Seen:
    recorded = update_discovery(read.recorded, read.before.clusters, await fleet.discover())
    before = await compiler.compile(read.before, recorded, now, settled=True)
    if not recorded.decisions and not recorded.revision:
        recorded = rebuild_state(before, await fleet.look(make_works(before), list(fleet.clients)))
        before = await compiler.compile(read.before, recorded, now, settled=True)
    wanted = replace(read.after, settings=read.before.settings)
    after = await compiler.compile(wanted, assume_applied(before), now, settled=True)
    works = make_works(after)
    connected = [name for name in works if name in before.cluster_names]
    views: dict[ClusterName, LiveView | str] = {
        **{name: LiveView(name) for name in works if name not in before.cluster_names},
        **await fleet.look(works, connected),
    }
    plans = {
        name: plan_cluster(works[name], view, wanted.settings, prune_rules(after, name, Options()), after.interpreter)
        for name, view in sorted(views.items())
        if isinstance(view, LiveView)
    }
    asked = {name: plan for name, plan in plans.items() if name in fleet.clients}
    tried, silent = await previewed(await Doubts().resolve(asked, views, fleet.clients), views, fleet.clients)
    plans = {name: tried.get(name, plan) for name, plan in plans.items() if name not in silent}
    blind = {name: view for name, view in views.items() if isinstance(view, str)}
    return _Seen(before, after, works, plans, views, dict(sorted({**blind, **silent}.items())))


def _differences(seen: _Seen, instance: str) -> list[Difference]:
    """The same change on several members once, however they differ elsewhere."""
    found: dict[tuple[ResourceKey, str, str], Difference] = {}
    for name, plan in seen.plans.items():
        view = seen.views[name]
        for change in plan.writes:
            # Of the objects that exist, only one that is taken over is not ours.
            if isinstance(change, Configure) and isinstance(view, LiveView) and not view.is_ours(change.key, instance):
                before, after = _foreign_sides(change.desired)
            else:
                before, after = _sides(change, seen.before)
            what = _what_changes(before, after)
            if what is None:
                continue
            reason = "" if isinstance(change, Prune) else change.reason
            same = found.get((change.key, reason, what))
            clusters = (*same.clusters, name) if same else (name,)
            first = same or Difference(change.key, before, after, clusters, reason)
            found[change.key, reason, what] = replace(first, clusters=clusters)
    return sorted(found.values(), key=lambda difference: (difference.key, difference.clusters))


def _sides(change: Write, base: Compiled) -> tuple[RenderedManifest | None, RenderedManifest | None]:
    """An object that is created is shown as it is written: a server would add fields to it that differ each time, such as an
    address."""
    if isinstance(change, Create):
        return None, change.desired
    course = base.courses.get(change.key)
    origin = change.desired.origin if change.desired else course.template.origin if course else NOWHERE
    before = RenderedManifest(change.key, content(change.live), "", origin)
    if isinstance(change, Prune):
        return before, None
    return before, replace(change.desired or before, manifest=content(change.expected))


def _foreign_sides(desired: RenderedManifest) -> tuple[RenderedManifest | None, RenderedManifest | None]:
    """An object that HEAD wants to take over: only the name of the live object is shown."""
    return replace(desired, manifest=_identity(desired.manifest)), desired


def _identity(manifest: Manifest) -> Manifest:
    metadata = {name: text(manifest, "metadata", name) for name in ("name", "namespace") if name in mapping(manifest, "metadata")}
    return {"apiVersion": text(manifest, "apiVersion"), "kind": text(manifest, "kind"), "metadata": metadata}


def _what_changes(before: RenderedManifest | None, after: RenderedManifest | None) -> str | None:
    """The change as text, to tell it from others; None where there is none but in our own bookkeeping."""
    if before is None or after is None:
        return after.digest if after else "gone"
    old, new = (without(side.manifest, ("metadata", "annotations", DIGEST_ANNOTATION)) for side in (before, after))
    changed = [(field.path, field.before, field.after) for field in changed_fields(old, new)]
    return repr(changed) if changed else None


def _skipped(seen: _Seen) -> Iterable[Skipped]:
    """What a policy suspends is wanted so."""
    found: dict[tuple[ResourceKey, str], list[ClusterName]] = {}
    for name, plan in seen.plans.items():
        for change in plan.of(Action.SKIP):
            if change.key not in seen.works[name].suspended:
                found.setdefault((change.key, change.reason), []).append(name)
    for (key, reason), names in sorted(found.items()):
        yield Skipped(key, reason, tuple(names))


def _not_followed(read: Revisions, known: Mapping[ClusterName, Cluster]) -> Iterable[str]:
    if read.after.settings != read.before.settings:
        yield "the Configuration of HEAD differs; that of BASE was used"
    for cluster in read.after.clusters:
        base = known.get(cluster.name)
        if base is not None and _way_to(cluster) != _way_to(base):
            yield f"{cluster.name}: HEAD says otherwise how it is reached; it was reached as BASE says"


def _way_to(cluster: Cluster) -> tuple[object, ...]:
    ours = {name: value for name, value in cluster.annotations.items() if name.startswith("reconciler.dev/")}
    return cluster.api_endpoint, cluster.secret_ref, ours
