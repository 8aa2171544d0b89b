"""The issues of a compilation: those of every stage, and those that only the whole result shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.claim.reserved import never_propagated, remedy_for_reserved
from reconciler.interpreter.containers import is_namespace
from reconciler.load.layout import is_included
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue, each_once, error, errors_in, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.wording import COPIES_STAY, MOVES_AS_IT_IS, first_few, plural
from reconciler.pipeline.autoscalers import limit_issues
from reconciler.pipeline.check_autoscalers import autoscaler_issues
from reconciler.pipeline.check_order import order_issues
from reconciler.pipeline.check_recipients import recipient_issues
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.explained import Explained
from reconciler.pipeline.families import read_by_parents
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.tenants import folded, outside, place_of_denial
from reconciler.pipeline.unserved import unserved
from reconciler.schedule.diagnosis import lacking_api
from reconciler.schedule.filters import MISSING_API
from reconciler.schedule.rebalance import unclaimed_workloads
from reconciler.schedule.result import NO_CLUSTER_FITS
from reconciler.tenancy.rights import FORBIDDEN
from reconciler.transition.protection import overlaid, remedy_for_suspect


def issues_of(
    templates: Mapping[ResourceKey, CompiledTemplate],
    dependencies: Iterable[Issue],
    unreadable: Mapping[ResourceKey, RecordedDecision],
    snapshot: Snapshot,
    memo: Memo,
    paused: str = "",
) -> tuple[Issue, ...]:
    """Sorted, without duplicates. dependencies: the issues of the second step. paused: why moves away from members that fail do
    not begin. unreadable: recorded objects whose template may stand in a file with an error."""
    issues = [*snapshot.desired.issues, *dependencies, *outside(snapshot.desired, snapshot.governance)]
    issues += [*_departed(snapshot), *_renamed(snapshot), *_overlaid(snapshot)]
    issues.extend(_readdressed(snapshot))
    issues.extend(_not_pruned(unreadable, snapshot))
    issues.extend(_not_rebalanced(templates, snapshot))
    issues.extend(autoscaler_issues(templates, snapshot))
    issues.extend(unserved(templates, snapshot.desired.clusters))
    issues.extend(order_issues(templates, snapshot.desired, snapshot.interpreter, memo))
    issues.extend(recipient_issues(templates, snapshot.desired.clusters, memo))
    if snapshot.desired.settings.divides_limits:
        issues.extend(limit_issues(templates, memo))
    if paused:
        place = Origin(snapshot.desired.configuration)
        issues.append(
            warning("FailoverPaused", f"copies are to leave members that fail, and wait: {paused}", _PAUSED, origin=place)
        )
    told = Explained(snapshot.desired)
    notable = [item for block in memo.blocks(templates.values()) for item in memo(_notable, block)]
    read = memo(read_by_parents, snapshot.desired.templates)
    for item in notable:
        found = _of_template(item.template.key, item, told, snapshot)
        issues.extend(issue for issue in found if issue.reason != UNCLAIMED or item.template.key not in read)
    lacking = {issue.subject for issue in issues if issue.reason == "KindNotServed"}
    lacking |= {str(item.template.key) for item in notable if _lacks_api(item, snapshot.desired.clusters)}
    told_once = folded(issues) if snapshot.governance else issues
    return each_once(issue for issue in told_once if issue.reason != "RemovedVersion" or issue.subject not in lacking)


def _notable(items: tuple[CompiledTemplate, ...]) -> list[CompiledTemplate]:
    """Those of which there may be something to say: no policy placed them, or something is wrong with their
    manifests."""
    return [
        item
        for item in items
        if not isinstance(item.decided.scheduling, Binding)
        or item.decided.limited
        or item.rendering.failed
        or item.rendering.notices
    ]


def _lacks_api(item: CompiledTemplate, clusters: Sequence[Cluster]) -> bool:
    """Whether it fits nowhere because members do not serve its kind. The issue about it names them, and the version to write."""
    scheduling, policy = item.decided.scheduling, item.decided.claim.policy
    if not isinstance(scheduling, Unschedulable) or policy is None or MISSING_API not in scheduling.rejected.values():
        return False
    return bool(lacking_api(policy.placement, clusters, scheduling.rejected))


def _of_template(key: ResourceKey, item: CompiledTemplate, told: Explained, snapshot: Snapshot) -> Iterator[Issue]:
    scheduling, place = item.decided.limited or item.decided.scheduling, item.template.origin
    if isinstance(scheduling, Unschedulable):
        policy = item.decided.claim.policy
        if not told.why_nothing_fits(policy):
            remedy = _new_name(policy, snapshot) if scheduling.reason == NO_CLUSTER_FITS else ""
            remedy = f"{remedy or scheduling.remedy} {MOVES_AS_IT_IS if item.decided.limited else COPIES_STAY}"
            if scheduling.reason == FORBIDDEN:
                place = place_of_denial(item.template, policy, snapshot.governance)
            yield error(scheduling.reason, f"{key}: {scheduling.message}", remedy, origin=place, subject=key)
    elif scheduling is None and not item.placed.required_by:
        reason, remedy = item.decided.claim.reason, _ADD_A_POLICY
        if never_propagated(item.template):
            remedy = remedy_for_reserved(item.template)
        elif item.decided.transition.frozen:
            reason, remedy = item.placed.message, f"Correct that file. {COPIES_STAY}"
        elif item.decided.previous is not None and snapshot.protected.unread_policy(item.decided.previous):
            remedy = f"Correct that file. {COPIES_STAY}"
        elif item.placed.targets:
            names = first_few(sorted(target.name for target in item.placed.targets), 5)
            reason += f"; its copies on {names} stay as they are (spec.unclaimed of the Configuration: Keep)"
            remedy = f"{_ADD_A_POLICY} To delete the copies, write spec.unclaimed: Prune, or remove the file, and sync."
        elif told.why_unclaimed(item.template):
            return
        elif item.template.namespace_filled_in:
            reason = f"no namespace is stated, which means {key.namespace}; {reason}"
            remedy = (
                "Write its namespace, add a policy that selects it, or exclude the file with spec.exclude of the Configuration."
            )
        yield warning(UNCLAIMED, f"{key}: {reason}", remedy, origin=place, subject=key)
    yield from item.rendering.failed.values()
    yield from item.rendering.notices


def _new_name(policy: PropagationPolicy | None, snapshot: Snapshot) -> str:
    """The remedy where a policy names a member by the name that it had before; empty where it does not."""
    named = map(ClusterName, policy.placement.named_clusters) if policy else ()
    old = next((name for name in named if name in snapshot.renamed and snapshot.desired.cluster(name) is None), None)
    if policy is None or old is None:
        return ""
    place = f" ({policy.origin})" if policy.origin.file else ""
    return f"Write {snapshot.renamed[old]} in place of {old} in {policy.ref}{place}: the member has another name now."


def _namespaces_on(name: ClusterName, recorded: RecordedState) -> int:
    """How many Namespaces of ours the member holds, or must hold."""
    return sum(
        name in decision.cluster_names or recorded.report_of(key).status_in(name) is not None
        for key, decision in recorded.decisions.items()
        if is_namespace(key)
    )


def _departed(snapshot: Snapshot) -> Iterator[Issue]:
    """Members whose Cluster file was removed: their objects stay, and somebody should know. Namespaces do not count: they go to
    every member, so no policy can take them from one that is retired."""
    members = snapshot.members
    for name, cluster in snapshot.recorded.clusters.items():
        if name in members or not cluster.objects:
            continue
        count = cluster.objects - _namespaces_on(name, snapshot.recorded)
        if count > 0:
            settings, why, first = snapshot.desired.settings, "is no longer declared", "declare it again"
            if not is_included(cluster.file, settings.include, settings.exclude):
                why = f"is not read: spec.include or spec.exclude of the Configuration leaves {cluster.file} out"
                first = "correct that"
            keeps = "keeps" if cluster.read else "could not be read, and may keep"
            message = f"cluster {name} {why}; the member {keeps} {plural(count, 'object')} besides Namespaces"
            remedy = f"To remove them, {first}, let the policies place nothing there, sync, and remove its file."
            yield warning("ClusterLeft", message, remedy, origin=Origin(cluster.file), subject=name)


def _renamed(snapshot: Snapshot) -> Iterator[Issue]:
    """Members with another name: what was placed on them stays, and policies that name the old one should know the new one."""
    for old, new in snapshot.renamed.items():
        cluster = snapshot.desired.cluster(new)
        message = (
            f"{new} is the member that was {old}: it has the same address; what was placed on {old} counts as placed on {new}"
        )
        remedy = f"Write {new} in the policies that name {old}."
        yield warning("ClusterRenamed", message, remedy, origin=cluster.origin if cluster else NOWHERE, subject=new)


def _readdressed(snapshot: Snapshot) -> Iterator[Issue]:
    """Members with another address: if it is another server, everything stays on the one before, and is created anew."""
    for name, last in snapshot.readdressed.items():
        cluster = snapshot.desired.cluster(name)
        if cluster is None or not last.objects:
            continue
        before, now = (", ".join(addresses.values()) for addresses in (last.addresses, cluster.addresses))
        message = (
            f"cluster {name} has another address: {now} instead of {before}; if this is another server, the "
            f"former one keeps {plural(last.objects, 'object')}, and nothing updates or deletes them there"
        )
        remedy = (
            "If it is the same server, do nothing. If not: to remove them, declare the former address as a Cluster of "
            "another name, let the policies place nothing there, sync, and remove its file."
        )
        yield warning("ClusterReaddressed", message, remedy, origin=cluster.origin, subject=name)


def _overlaid(snapshot: Snapshot) -> Iterator[Issue]:
    for place, files in overlaid(snapshot.desired, snapshot.recorded).items():
        message = f"{first_few(files, 1)} cannot be read behind this path any more; the objects that were declared there stay"
        remedy = (
            "Put the files themselves where they are read. To give up their objects, add this path to spec.exclude of the "
            "Configuration."
        )
        yield error("NotLookedInto", message, remedy, origin=Origin(place), subject=place)


def _not_pruned(unreadable: Mapping[ResourceKey, RecordedDecision], snapshot: Snapshot) -> Iterator[Issue]:
    """Objects whose templates are gone, and which stay because a file with an error may declare them.

    Each stands at the first error of its file, and as a warning it sorts after it: the cause comes first.
    """
    suspected: defaultdict[str, list[ResourceKey]] = defaultdict(list)
    for key, last in sorted(unreadable.items()):
        suspected[snapshot.protected.suspect(key, last)].append(key)
    suspected.pop("", None)
    causes = {issue.origin.file: issue.origin for issue in sorted(errors_in(snapshot.desired.issues), reverse=True)}
    for file, keys in sorted(suspected.items()):
        them = "it" if len(keys) == 1 else "them"
        message = f"{plural(len(keys), 'object')} not pruned: {file} has an error and may declare {them} ({first_few(keys, 3)})"
        yield warning("NotPruned", message, f"{remedy_for_suspect(file)}.", origin=causes.get(file, Origin(file)), subject=file)


def _not_rebalanced(templates: Mapping[ResourceKey, CompiledTemplate], snapshot: Snapshot) -> list[Issue]:
    rebalancers = snapshot.desired.rebalancers
    if not rebalancers:
        return []
    claimed = frozenset(key for key, item in templates.items() if item.decided.claim.policy is not None)
    return unclaimed_workloads(rebalancers, snapshot.recorded.rebalanced, claimed)


UNCLAIMED = "Unclaimed"
_PAUSED = "Bring the members back, or raise maxMembers or maxObjects below spec.failover of the Configuration."
_ADD_A_POLICY = "Add a policy that selects it, or exclude the file with spec.exclude of the Configuration."
