"""What one compilation starts from, the same for all templates.

As the Kubernetes scheduler takes a snapshot of the nodes for one cycle: every stage sees the clusters with the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter, interpreter_of
from reconciler.load.served_kinds import with_served_kinds
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.pipeline.scales import scales_in_force, with_own_autoscalers, with_scales
from reconciler.schedule.health_taints import Taints, health_taints, stated_taints, with_taints
from reconciler.schedule.observed_facts import with_observed_facts
from reconciler.tenancy.governance import Governance
from reconciler.transition.protection import Protection, protection
from reconciler.transition.renamed import Renamed, find_readdressed, find_renamed, with_new_names
from reconciler.transition.suspension import NO_HALT, Halt, halt_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    desired: DesiredState
    """The revision. Its clusters carry the taints of ClusterTaintPolicies and the recorded facts: served APIs and capacity."""
    recorded: RecordedState
    """With the names that the members have now."""
    renamed: Renamed
    """Members that have another name in the record."""
    readdressed: Mapping[ClusterName, RecordedCluster]
    """Members whose address is not the recorded one, as they were recorded."""
    interpreter: Interpreter
    """What is known about kinds, with the rules that the repository declares."""
    protected: Protection
    """What must not be touched because of errors in files."""
    taints: Taints
    """What ClusterTaintPolicies gave to the clusters."""
    stated_taints: Taints
    """NoExecute taints of Cluster files that have no time there, with the time when they were first seen."""
    now: datetime
    settled: bool
    """Whether every handover counts as finished."""
    governance: Governance
    """The Tenants that judge the revision."""
    earlier: Mapping[str, DesiredState] = field(default_factory=dict)
    """By commit, earlier revisions that rollouts need, with the clusters of this one."""
    halt: Halt = NO_HALT
    """Members to which nothing is written."""

    @property
    def members(self) -> frozenset[ClusterName]:
        """Clusters that are declared, and clusters whose file has an error."""
        return members_of(self.desired.clusters, self.protected)


def members_of(clusters: tuple[Cluster, ...], protected: Protection) -> frozenset[ClusterName]:
    """As `Snapshot.members`."""
    return protected.clusters.union(cluster.name for cluster in clusters)


def take_snapshot(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, *, settled: bool = False
) -> Snapshot:
    renamed = find_renamed(recorded, desired.clusters, desired.broken_files)
    readdressed = find_readdressed(recorded, desired.clusters, renamed)
    recorded = memo(with_new_names, recorded, memo(_pairs, *[name for pair in renamed.items() for name in pair]))
    desired = with_served_kinds(desired, recorded.clusters, memo)
    taints = health_taints(desired.clusters, desired.taint_policies, recorded.clusters, now, not desired.broken_files)
    stated = stated_taints(desired.clusters, recorded.clusters, now)
    desired = replace(desired, clusters=with_taints(desired.clusters, taints, stated, memo))
    desired = replace(desired, clusters=with_observed_facts(desired.clusters, recorded.clusters, desired.templates, memo))
    interpreter = memo(interpreter_of, desired.customizations)
    if interpreter.asks_for_time:
        interpreter = interpreter.at(now)
    fleet = frozenset(cluster.name for cluster in desired.clusters)
    protected = protection(desired, recorded, fleet)
    governance = memo(Governance, desired.judges, desired.clusters)
    desired = with_own_autoscalers(desired, governance)
    scales = scales_in_force(desired, recorded)
    desired = with_scales(desired, scales, interpreter, memo)
    earlier = {commit: memo(_with_fleet_of, one, desired.clusters, desired.judges) for commit, one in desired.earlier.items()}
    earlier = {commit: with_scales(one, scales, interpreter, memo) for commit, one in earlier.items()}
    halt = halt_of(desired.settings, desired.clusters, now)
    parts = (interpreter, protected, taints, stated, now, settled, governance, earlier, halt)
    return Snapshot(desired, recorded, renamed, readdressed, *parts)


def _with_fleet_of(earlier: DesiredState, clusters: tuple[Cluster, ...], judges: Tenancy) -> DesiredState:
    """An earlier revision for the clusters and the Tenants of now."""
    return replace(earlier, clusters=clusters, judges=judges)


def _pairs(*names: ClusterName) -> Renamed:
    """Old and new names in turn, as a mapping: the same object for the same names."""
    return dict(zip(names[::2], names[1::2], strict=True))
