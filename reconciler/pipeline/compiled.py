"""The result of a compilation: what every stage states about each template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import NO_NEEDS, ExpansionNeeds
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.deschedule import NO_DESCHEDULING, Descheduling
from reconciler.pipeline.evict import NO_EVICTIONS, Evictions
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.staged import NO_ROLLOUTS, Rollouts
from reconciler.render.render_template import NOTHING_RENDERED, Rendering, without_clusters
from reconciler.schedule.health_taints import Taints
from reconciler.transition.protection import Protection
from reconciler.transition.renamed import Renamed
from reconciler.transition.suspension import NO_HALT, Halt, Terms


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """One template after the three steps, with the result of each."""

    decided: Decided
    placed: Placed
    rendering: Rendering

    @property
    def template(self) -> ResourceTemplate:
        return self.decided.template

    @property
    def written(self) -> Rendering:
        """The part of the rendering that may be written in this pass: without members on which the copy stays as it is. Of an
        object that is expanded, nothing: its children are written."""
        placed = self.placed
        if self.template.is_expanded:
            return NOTHING_RENDERED
        if placed.held:
            return NOTHING_RENDERED
        return without_clusters(self.rendering, placed.held_on) if placed.held_on else self.rendering


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole pure result for one revision."""

    desired: DesiredState
    """The revision. Its clusters carry the taints of ClusterTaintPolicies and the recorded facts."""
    recorded: RecordedState
    """What it was decided from, with the names that the members have now."""
    interpreter: Interpreter
    """What is known about kinds, with the rules that the repository declares."""
    protected: Protection
    """What must not be touched because of errors in files."""
    templates: Mapping[ResourceKey, CompiledTemplate]
    """Sorted by key."""
    issues: tuple[Issue, ...] = ()
    """Of every stage, sorted."""
    unreadable_templates: Mapping[ResourceKey, RecordedDecision] = field(default_factory=dict)
    """Recorded objects whose template may stand in a file with an error; they stay as they are."""
    removed_templates: Mapping[ResourceKey, Terms] = field(default_factory=dict)
    """Recorded objects whose template is gone, and how their copies are dealt with."""
    taints: Taints = field(default_factory=dict)
    """What ClusterTaintPolicies gave to the clusters."""
    stated_taints: Taints = field(default_factory=dict)
    """As `Snapshot.stated_taints`."""
    renamed: Renamed = field(default_factory=dict)
    """Members that have another name in the record."""
    evictions: Evictions = NO_EVICTIONS
    """What failures of members and applications come to."""
    rollouts: Rollouts = NO_ROLLOUTS
    """How far the changes are that reach the members one group after the other."""
    halt: Halt = NO_HALT
    """Members to which nothing is written."""
    suspension_ends: datetime | None = None
    """When the next suspension ends by itself."""
    quotas: tuple[QuotaUse, ...] = ()
    """The FederatedResourceQuotas in force, and what of them is used after this pass; sorted by namespace and name."""
    descheduling: Descheduling = NO_DESCHEDULING
    """Workloads with replicas that no node takes."""
    needs: ExpansionNeeds = NO_NEEDS
    """What Charts and Kustomizes need. The result is preliminary while any expansion is missing."""
    refused_families: Mapping[ResourceKey, CompiledTemplate] = field(default_factory=dict)
    """Objects that are expanded and that go nowhere because of what is inside of them, and these children, as they would be."""

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        """The declared clusters, sorted."""
        return tuple(cluster.name for cluster in self.desired.clusters)

    @property
    def depends_on_time(self) -> bool:
        """Whether time alone may change the result: a handover has a time-out, an eviction is due, or a script asks for the
        time."""
        return (
            self.evictions.due is not None
            or self.suspension_ends is not None
            or self.descheduling.due is not None
            or self.interpreter.asks_for_time
            or any(item.decided.depends_on_time for item in self.templates.values())
        )
