"""What a compilation says: the course of every template through the stages, and every member's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.claim.claims import Claim
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding, RequiredBy, Unschedulable
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.render.template import Rendering
from reconciler.schedule.dependencies import with_required_targets
from reconciler.schedule.health_taints import Taints
from reconciler.transition.protection import Protection
from reconciler.transition.suspension import FREE, Terms
from reconciler.transition.transition import Transition

Decision = Binding | Unschedulable | None

NOT_RENDERED = Rendering({}, {})


@dataclass(frozen=True, slots=True)
class Course:
    """What the stages said about one template, from its claim to its manifests."""

    template: ResourceTemplate
    claim: Claim
    decision: Decision
    """None: no policy claims it, or the claiming one waits."""
    step: Transition
    """Where its own policy has brought it."""
    rendering: Rendering = NOT_RENDERED
    held: str = ""
    """Why its objects are neither applied nor pruned in this pass; empty when they are."""
    previous: RecordedDecision | None = None
    """What was recorded, without the members that are no longer declared."""
    frozen: bool = False
    """Whether something that governs it cannot be read, so that it stays as it is."""
    held_back: bool = False
    """Whether its Lazy policy has changed and waits for the template."""
    required_by: tuple[RequiredBy, ...] = ()
    """Workloads that it follows to their clusters."""
    terms: Terms = FREE
    """How its copies are dealt with."""
    afresh: bool = False
    """Whether a WorkloadRebalancer asked for a fresh start in this pass."""
    digest: str = ""
    """Of the template; empty where no policy is Lazy."""

    def rendered(self, rendering: Rendering) -> Course:
        """With its manifests. (Written out: `dataclasses.replace` is slow, and this happens once per template and pass.)"""
        return Course(
            self.template,
            self.claim,
            self.decision,
            self.step,
            rendering,
            self.held,
            self.previous,
            self.frozen,
            self.held_back,
            self.required_by,
            self.terms,
            self.afresh,
            self.digest,
        )

    @property
    def in_force(self) -> Binding | None:
        """What its own policy and those who require it come to; None: no cluster is to hold the object."""
        return with_required_targets(self.template.key, self.step.binding, self.required_by)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole pure result for one revision."""

    desired: DesiredState
    recorded: RecordedState
    interpreter: Interpreter
    """What is known about kinds, with what the repository declares."""
    protected: Protection
    """What may not be touched because of errors."""
    courses: Mapping[ResourceKey, Course]
    """Sorted by key."""
    issues: tuple[Issue, ...] = ()
    """Of every stage, sorted."""
    held: Mapping[ResourceKey, RecordedDecision] = field(default_factory=dict)
    """Recorded objects whose template cannot be read any more: they stay as they are."""
    taints: Taints = field(default_factory=dict)
    """What ClusterTaintPolicies gave the members; `desired` has them on its clusters."""
    left: Mapping[ResourceKey, Terms] = field(default_factory=dict)
    """Recorded objects whose template is gone, and how their copies are dealt with."""

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        """The declared clusters, sorted."""
        return tuple(cluster.name for cluster in self.desired.clusters)

    @property
    def ages(self) -> bool:
        """Whether time alone may bring another result: something waits that has a time-out, or a script asks for the time."""
        return self.interpreter.asks_for_time or any(course.step.leaving for course in self.courses.values())
