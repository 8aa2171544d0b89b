"""The recorded state as rows, one per object or member, for `status`, `clusters` and the status branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.model.cluster import Cluster, Taint
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.moments import time_text
from reconciler.model.recorded import (
    ClusterStatus,
    ObjectReport,
    RecordedCluster,
    RecordedDecision,
    RecordedState,
    worst_of_copies,
)
from reconciler.model.remedy import Remedy, remedy_actions
from reconciler.model.wording import first_few
from reconciler.plan.prune import shorten_guard_refusals
from reconciler.present.age import age_text
from reconciler.present.capacity import capacity_document, capacity_text, capacity_unknown_text
from reconciler.present.document import object_document
from reconciler.present.evictions import conditions_document, eviction_document, moves_text, suspended_text, unready_text
from reconciler.present.health import SUSPENDED, health_cell, ready_cell
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.observed import observed_document, observed_text
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.record.fold import Reports, why_unknown
from reconciler.transition.rollout_turns import cluster_turns, turn_of

_CURRENT = HealthStatus.CURRENT


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object over its members."""

    key: ResourceKey
    decision: RecordedDecision
    report: ObjectReport
    clusters: tuple[str, ...]
    """The members that the row covers, sorted."""
    applied: int
    """On how many of them it is applied."""
    health: Health
    """The worst health on these members."""
    message: str
    turn: str = ""
    """What it waits for while a change of it is rolled out; empty where it waits for nothing."""

    @property
    def well(self) -> bool:
        """As `RecordedDecision.is_well`."""
        return self.decision.is_well(self.report, self.clusters)

    @property
    def only_warned_of(self) -> bool:
        """Whether it is not well only because no policy claims it and no member has a copy. `validate` and `sync` only warn."""
        return self.decision.is_unclaimed and not self.clusters

    @property
    def suspended(self) -> bool:
        """Whether it is suspended on all its members, or a suspension is the only reason why it is not applied and Current on
        all of them."""
        covered = [self.decision.suspension.covers(name) for name in self.clusters]
        differs = self.message or self.applied < len(self.clusters) or self.health.status is not _CURRENT
        return self.well and (all(covered) or (bool(differs) and any(covered)))

    @property
    def health_cell(self) -> Cell:
        """What stands under HEALTH."""
        return SUSPENDED if self.suspended else health_cell(self.health)

    @property
    def health_word(self) -> str:
        """The word under HEALTH."""
        return self.health_cell.forms[0]

    @property
    def told(self) -> str:
        """What stands under MESSAGE."""
        return "; ".join(filter(None, [self.message, self.turn]))

    def cells(self) -> tuple[object, ...]:
        """The cells under `OBJECT_COLUMNS`."""
        policy = self.decision.binding.policy
        placed = Cell(member_forms([self._placed(name) for name in self.clusters]))
        counted = f"{self.applied}/{len(self.clusters)}"
        name = Cell((f"{self.key.qualified_kind}/{self.key.name}", f"{self.key.kind}/{self.key.name}"))
        owner = f"{policy.kind}/{policy.name}" if policy else _followed(self.decision)
        return (
            self.key.namespace,
            name,
            owner,
            placed,
            counted,
            self.health_cell,
            shorten_guard_refusals(_one_line(self.told)),
        )

    def document(self) -> dict[str, Any]:
        binding = self.decision.binding
        policy = binding.policy
        statuses = {name: status for status, names in self.report.groups for name in names}
        return {
            **object_document(self.key),
            "policy": None if policy is None else {"kind": policy.kind, "namespace": policy.namespace, "name": policy.name},
            "clusters": [self._cluster_document(name, statuses.get(ClusterName(name))) for name in self.clusters],
            "health": str(self.health.status),
            "message": self.message,
            "rollout": self.turn,
            "evictions": [eviction_document(task) for task in self.decision.evictions],
        }

    def _placed(self, name: str) -> Placed:
        return Placed(name, self.decision.replicas_on(name), self.decision.binding.replicas_in(name))

    def _cluster_document(self, name: str, status: ClusterStatus | None) -> dict[str, Any]:
        return {
            "name": name,
            "replicas": self.decision.replicas_on(name),
            "applied": bool(status and status.applied),
            "health": str(status.health.status if status else HealthStatus.UNKNOWN),
            "message": (status.message or status.health.message) if status else "",
        }


def object_rows(state: RecordedState, clusters: Collection[str] = ()) -> list[ObjectRow]:
    """One row per recorded object, sorted by namespace, kind, name; only objects on `clusters`, if any are named.

    An object that should have left a member but has not still counts as being there.
    """
    rows = [
        replace(
            object_row(key, decision, state.report_of(key), clusters),
            turn=turn_of(key, state.rollouts, decision.cluster_names),
        )
        for key, decision in state.decisions.items()
        if not clusters or not decision.holders(state.report_of(key)).isdisjoint(clusters)
    ]
    return sorted(rows, key=lambda row: (row.key.namespace, row.key.group, row.key.kind, row.key.name))


def object_row(key: ResourceKey, decision: RecordedDecision, report: ObjectReport, clusters: Collection[str] = ()) -> ObjectRow:
    """The row of one object; only its copies on `clusters`, if any are named."""
    wanted = {name for name in decision.holders(report) if not clusters or name in clusters}
    groups = [(status, found) for status, names in report.groups if (found := wanted.intersection(names))]
    groups.sort(key=lambda group: min(group[1]))  # Of equally bad ones, that of the first member counts.
    problems = sorted((name, status.problem) for status, names in groups if status.problem for name in names)
    messages = [_with_cluster(name, problem) for name, problem in problems]
    return ObjectRow(
        key=key,
        decision=decision,
        report=report,
        clusters=tuple(sorted(wanted)),
        applied=sum(len(names) for status, names in groups if status.applied),
        health=worst_of_copies([status for status, _ in groups]),
        message="; ".join([*filter(None, [decision.message]), *moves_text(decision.evictions), *messages]),
    )


def no_problem_text(rows: Iterable[ObjectRow], *, every: bool) -> str:
    """What to say of rows without a problem: whether each is known to be healthy. every: whether they are all objects."""
    words = Counter(row.health_word for row in rows)
    others = [f"{count} {word}" for word, count in sorted(words.items()) if word != _CURRENT]
    if not others:
        return "Every recorded object is healthy." if every else "Each of these objects is healthy."
    return f"{'No recorded object' if every else 'None of these objects'} has a problem ({', '.join(others)})."


def _with_cluster(cluster: str, message: str) -> str:
    """The message, beginning with the cluster; most errors of a member do so by themselves."""
    return message if message.startswith((f"{cluster}:", f"{cluster} ")) else f"{cluster}: {message}"


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One member."""

    cluster: Cluster
    recorded: RecordedCluster | None
    """None for a member that no sync has read yet."""
    since: datetime | None = None
    """When its file came into the repository; None where nobody asked."""
    reported: datetime | None = None
    """When its agent reported last; None where it has none, or did not report yet."""
    unknown: str = ""
    """Why its agent tells nothing about it now; empty where it does, and for a member without an agent."""
    remedies: tuple[str, ...] = ()
    """The actions that Remedies ask for, by its conditions; nothing here carries them out."""
    rollouts: tuple[str, ...] = ()
    """What it waits for, or why it failed, in rollouts that are under way."""

    @property
    def ready(self) -> bool | None:
        return self.recorded.ready if self.recorded and not self.unknown else None

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Those of its file, and those that ClusterTaintPolicies set."""
        return (*self.cluster.taints, *(self.recorded.taints if self.recorded is not None else ()))

    def cells(self, now: datetime) -> tuple[object, ...]:
        """The cells under `CLUSTER_COLUMNS`. How many objects are Current is not known where nobody observes it."""
        cluster, recorded = self.cluster, self.recorded
        version = recorded.version if recorded is not None else ""
        mode = f"{cluster.sync_mode} ({age_text(now - self.reported)} ago)" if self.reported is not None else cluster.sync_mode
        declared = (cluster.name, version, mode, cluster.provider, cluster.region, ",".join(cluster.zones))
        counts: tuple[object, ...] = ("", "", "")
        if recorded is not None:
            counts = (recorded.objects, recorded.applied, "-" if cluster.directory else recorded.current)
        labels = ",".join(f"{name}={value}" for name, value in sorted(cluster.labels.items()))
        requested = capacity_text(recorded.capacity if recorded is not None else None)
        wide = requested, labels, ",".join(map(str, self.taints)), age_text(now - self.since) if self.since is not None else ""
        return (*declared, ready_cell(self.ready), *counts, *wide, _one_line(self.message))

    def document(self) -> dict[str, Any]:
        cluster, recorded = self.cluster, self.recorded
        return {
            "name": cluster.name,
            "version": "" if recorded is None else recorded.version,
            "mode": cluster.sync_mode,
            "labels": dict(cluster.labels),
            "taints": [str(taint) for taint in self.taints],
            "provider": cluster.provider,
            "region": cluster.region,
            "zones": list(cluster.zones),
            "ready": self.ready,
            "reported": None if self.reported is None else time_text(self.reported),
            "conditions": conditions_document(recorded),
            "resourceSummary": capacity_document(recorded.capacity if recorded is not None else None),
            "remedyActions": list(self.remedies),
            "rollouts": list(self.rollouts),
            "objects": self._counts(),
            "observed": observed_document(self.recorded.observed if self.recorded is not None else None),
            "message": self.message,
        }

    @property
    def message(self) -> str:
        """What stands under MESSAGE."""
        asked = f"Remedies ask for {', '.join(self.remedies)}" if self.remedies else ""
        if self.recorded is None:
            return "; ".join(filter(None, [self.unknown, asked, *self.rollouts]))
        told = self.unknown or self.recorded.message
        words = [
            observed_text(self.recorded.observed),
            suspended_text(self.recorded),
            told,
            unready_text(self.recorded),
            asked,
            capacity_unknown_text(self.recorded),
        ]
        return "; ".join(filter(None, [*words, *self.rollouts]))

    def _counts(self) -> dict[str, int] | None:
        if self.recorded is None:
            return None
        return {"total": self.recorded.objects, "applied": self.recorded.applied, "current": self.recorded.current}


def cluster_rows(
    clusters: Iterable[Cluster], state: RecordedState, reports: Reports | None = None, now: datetime | None = None
) -> list[ClusterRow]:
    """reports: of the members that agents keep, and how old they are by this clock."""
    return [_cluster_row(cluster, state, (reports or {}).get(cluster.name), now) for cluster in clusters]


def _cluster_row(cluster: Cluster, state: RecordedState, report: MemberReport | str | None, now: datetime | None) -> ClusterRow:
    row = ClusterRow(cluster, state.clusters.get(cluster.name), rollouts=cluster_turns(cluster.name, state.rollouts))
    if report is None or now is None:
        return row
    at = report.at if isinstance(report, MemberReport) else None
    since = isinstance(report, str) or report.silent_since(now) is not None
    return replace(row, reported=at, unknown=why_unknown(cluster.name, report, now) if since else "")


def with_remedies(row: ClusterRow, remedies: Iterable[Remedy]) -> ClusterRow:
    """The row with what these Remedies ask for, by the conditions that are recorded."""
    return replace(row, remedies=_asked(remedies, row.cluster.name, row.recorded))


def capacity_lines(clusters: Iterable[Cluster], state: RecordedState) -> list[str]:
    """A sentence about each member of which a policy needs the capacity, and nobody may see it."""
    found = [(one.name, state.clusters.get(one.name)) for one in clusters]
    return [f"{name}: {text}" for name, last in found if last is not None and (text := capacity_unknown_text(last))]


def remedy_lines(clusters: Iterable[Cluster], state: RecordedState, remedies: Collection[Remedy]) -> list[str]:
    """A sentence about each member for which Remedies ask for something."""
    found = [(one.name, _asked(remedies, one.name, state.clusters.get(one.name))) for one in clusters] if remedies else []
    return [
        f"Remedies ask for {', '.join(actions)} on {name}; nothing here carries it out." for name, actions in found if actions
    ]


def _asked(remedies: Iterable[Remedy], name: str, recorded: RecordedCluster | None) -> tuple[str, ...]:
    conditions = {one.type: one.status for one in recorded.conditions} if recorded is not None else {}
    return remedy_actions(remedies, name, conditions)


def objects_table(rows: Iterable[ObjectRow], room: Room = WHOLE) -> list[Line]:
    return table(OBJECT_COLUMNS, [row.cells() for row in rows], room)


def clusters_table(rows: Iterable[ClusterRow], now: datetime, room: Room = WHOLE) -> list[Line]:
    return table(CLUSTER_COLUMNS, [row.cells(now) for row in rows], room)


OBJECT_COLUMNS = (
    Column("NAMESPACE"),
    Column("OBJECT", least=30, middle=True),
    Column("POLICY", rank=4),
    Column("CLUSTERS", rank=2, least=8, most=40),
    Column("APPLIED", rank=3),
    Column("HEALTH"),
    Column("MESSAGE", rank=1, least=14),
)
CLUSTER_COLUMNS = (
    Column("NAME"),
    Column("VERSION", rank=2),
    Column("MODE", rank=6),
    Column("PROVIDER", rank=4),
    Column("REGION", rank=3),
    Column("ZONES", rank=5, least=12),
    Column("READY"),
    Column("OBJECTS"),
    Column("APPLIED"),
    Column("CURRENT"),
    Column("REQUESTED", wide=True),
    Column("LABELS", wide=True),
    Column("TAINTS", wide=True),
    Column("AGE", wide=True),
    Column("MESSAGE", rank=1, least=20),
)


def _followed(decision: RecordedDecision) -> str:
    """`follows Deployment.apps shop/web` for what has no policy and follows others; empty for what follows nothing."""
    return f"follows {first_few([one.key for one in decision.required_by], 1)}" if decision.required_by else ""


def _one_line(text: str) -> str:
    """A message and the sentences below it, such as its remedy, as one line; each sentence with its stop."""
    line = ""
    for part in (" ".join(part.split()) for part in text.splitlines()):
        begins = part[:1].isupper() and line[-1:].isalnum()
        line = f"{line}{'.' if begins else ''} {part}".strip()
    return line
