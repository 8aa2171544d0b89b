"""What agents report, in place of what a pass would have seen itself. Pure.

A report may be older than the decision. Where copies stay where they are, this does no harm: a digest tells which manifest was
applied, so a fleet keeps its statuses while its agents adopt a new revision. Where a copy was decided, removed or decided again
since the report, the agent may still act on a decision in between, so that only a report on the newest one counts: that on the
newest revision, and, of the decisions about this member within it, on the last.

A report is never believed about another member, nor about a copy that no decision placed on its own. What it says else can make a
handover go on, as the answer of an API server would; and its conditions, and its Pods without a node, can make copies leave its
own member, within the limits of `spec.failover`. Nothing more: what is pruned from a member is decided by what that member holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model.cluster import Cluster
from reconciler.model.condition import READY, Condition
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import is_secret
from reconciler.model.member_report import MemberReport
from reconciler.model.memo import Memo
from reconciler.model.moments import time_text
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.model.work import Work
from reconciler.observe.collector import unread_member
from reconciler.observe.member_health import CLUSTER_READY, NEVER_UPDATED, NOT_REACHABLE, STATUS_UNKNOWN
from reconciler.record.clusters import generation_of

Reports = Mapping[ClusterName, MemberReport | str]
"""The last report on each member that an agent keeps; a sentence where there is none that can be used."""

NO_REPORT = "its agent has not reported yet"
NOT_APPLIED = "its agent has not reported that it applied this"
NOT_REMOVED = "it is not wanted here any more, and its agent has not reported that it is gone"
IN_DOUBT = "whether it is to be here was decided anew, and its agent has not reported on the newest decision yet"
_UNSETTLED = (HealthStatus.NOT_FOUND, HealthStatus.TERMINATING)


def why_unknown(name: ClusterName, report: MemberReport | str, now: datetime) -> str:
    """Why nothing is known of a member; empty where its report counts."""
    if isinstance(report, str):
        return f"{name}: {report}"
    since = report.silent_since(now)
    if since is not None:
        return f"{name}: its agent reported last at {time_text(since)}"
    return "" if report.facts.ready else report.facts.message or f"{name}: its agent cannot read it"


def with_reported_facts(recorded: RecordedState, clusters: Iterable[Cluster], reports: Reports) -> RecordedState:
    """The state with what agents found on their members: version, server, kinds. The same state where nothing changed.

    Of another API server than before, the leader knows no more what it holds than of a new member.
    """
    facts = dict(recorded.clusters)
    for cluster in clusters:
        report = reports.get(cluster.name)
        if isinstance(report, MemberReport):
            last, said = facts.get(cluster.name, RecordedCluster(cluster.name, cluster.origin.file, read=False)), report.facts
            found = last
            if said.id:
                found = replace(found, id=said.id, read=found.read and found.id in ("", said.id))
            if said.apis is not None:
                found = replace(found, version=said.version, apis=said.apis, custom_kinds=said.custom_kinds)
            found = replace(found, conditions=_conditions(found, said))
            if found != last:
                facts[cluster.name] = found
    return recorded if facts == recorded.clusters else replace(recorded, clusters=dict(sorted(facts.items())))


def _conditions(last: RecordedCluster, said: RecordedCluster) -> tuple[Condition, ...]:
    """What is reported in place of all recorded conditions but Ready."""
    reported = [condition for condition in said.conditions if condition.type != READY]
    own = [condition for condition in last.conditions if condition.type == READY]
    return tuple(sorted([*own, *reported], key=lambda condition: condition.type))


def readiness_of(report: MemberReport | str, now: datetime) -> str:
    """What is observed of a member that an agent keeps, as a reason in `observe/member_health.py`."""
    if isinstance(report, str):
        return NEVER_UPDATED if report == NO_REPORT else STATUS_UNKNOWN
    if report.silent_since(now) is not None:
        return STATUS_UNKNOWN
    return CLUSTER_READY if report.facts.ready else NOT_REACHABLE


def reported_statuses(
    work: Work, report: MemberReport | str, recorded: RecordedState, revision: str, now: datetime, memo: Memo | None = None
) -> Mapping[ResourceKey, ClusterStatus]:
    """The status of each object that a member must hold, or holds, as its agent reports it.

    work: what the member must hold now. The report may describe an older decision: such a copy counts as not applied.
    recorded: what was known before. revision: the commit that is reconciled. memo: keeps statuses that did not change.
    """
    memo, name = memo or Memo(), work.cluster
    reason = why_unknown(name, report, now)
    if reason or isinstance(report, str):
        return unread_member(work, recorded.reported_on(name), reason)
    wanted = {manifest.declared: manifest for manifest in work.manifests}
    untouched = work.held | work.failed.keys() | work.suspended
    told = {key: one for key, one in report.statuses.items() if key in wanted or _may_hold(recorded, key, name)}
    found = {key: one if key in untouched else memo(_unwanted, one) for key, one in told.items()}
    is_newest = report.revision == revision and _is_last_decision(report, work, recorded)
    for key, manifest in wanted.items():
        status = report.statuses.get(key)
        doubtful = not is_newest and _was_unwanted(recorded.report_of(key).status_in(name))
        if doubtful and key not in untouched:
            found[key] = memo(_doubted, name, status)
        elif status is not None:
            # A Secret has no digest: its copy counts when the whole revision was applied.
            is_this = status.digest == manifest.public_digest or manifest.write_policy.create_only
            applied = is_this and (is_newest or not is_secret(key))
            found[key] = status if applied or key in untouched else memo(_outdated, status)
        elif key not in work.leaving | untouched:
            found[key] = memo(_unreported, key, name)
    if not is_newest:
        found |= {key: memo(_doubted, name, None) for key in _undecided(recorded, name) if key not in found}
    return dict(sorted(found.items()))


def _is_last_decision(report: MemberReport, work: Work, recorded: RecordedState) -> bool:
    """Whether the agent applied what is decided for its member now, as far as an older agent can tell."""
    last = recorded.clusters.get(work.cluster)
    if report.generation is None or last is None:
        return True
    reported = {key: status for key in work.held if (status := recorded.report_of(key).status_in(work.cluster)) is not None}
    return report.generation == generation_of(last, work, reported)


def _may_hold(recorded: RecordedState, key: ResourceKey, name: ClusterName) -> bool:
    """Whether a decision placed the object on this member, or a copy was found there when the leader first read it. Any other
    copy is a claim without a reason, for which a handover could wait for ever."""
    if recorded.report_of(key).status_in(name) is not None:
        return True
    decision = recorded.decisions.get(key)
    if decision is None:
        return False
    decided = {target.name for target in decision.decided or ()}
    return name in decided or name in decision.cluster_names or name in decision.leaving


def _undecided(recorded: RecordedState, name: ClusterName) -> Iterator[ResourceKey]:
    """The copies of which no report told whether they are there. The agent may make them as long as it has not reported on a
    decision that does not want them any more."""
    for key in recorded.reported_on(name):
        last = recorded.report_of(key).status_in(name)
        if last is not None and not last.applied and last.health.status is HealthStatus.UNKNOWN:
            yield key


def _was_unwanted(last: ClusterStatus | None) -> bool:
    """Whether it was decided that this copy goes, and no report on the newest decision has come since then."""
    return last is not None and last.message in (NOT_REMOVED, IN_DOUBT)


def _doubted(name: ClusterName, status: ClusterStatus | None) -> ClusterStatus:
    """It may be there or not, whatever the report says. status: as reported; None where the report has none."""
    status = status or ClusterStatus(name, False, Health(HealthStatus.UNKNOWN))
    return replace(status, applied=False, health=Health(HealthStatus.UNKNOWN), message=IN_DOUBT)


def _outdated(status: ClusterStatus) -> ClusterStatus:
    """The copy is that of an older manifest, so its health says nothing about this one."""
    if not status.applied:
        return status
    health = status.health if status.health.status in _UNSETTLED else Health(HealthStatus.UNKNOWN)
    return replace(status, applied=False, health=health, message=NOT_APPLIED)


def _unwanted(status: ClusterStatus) -> ClusterStatus:
    return replace(status, applied=False, message=NOT_REMOVED) if status.applied else status


def _unreported(_key: ResourceKey, name: ClusterName) -> ClusterStatus:
    """It may be there: the agent may have applied it, and may not have reported yet."""
    return ClusterStatus(name, False, Health(HealthStatus.UNKNOWN), NOT_APPLIED)
