"""The result of a compilation: what every stage states about each template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.follow import Placed
from reconciler.render.render_template import Rendering
from reconciler.schedule.health_taints import Taints
from reconciler.transition.protection import Protection
from reconciler.transition.suspension import Terms


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """One template after the three steps, with the result of each."""

    decided: Decided
    placed: Placed
    rendering: Rendering

    @property
    def template(self) -> ResourceTemplate:
        return self.decided.template


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole pure result for one revision."""

    desired: DesiredState
    """The revision. Its clusters carry the taints of ClusterTaintPolicies and the recorded facts."""
    recorded: RecordedState
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

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        """The declared clusters, sorted."""
        return tuple(cluster.name for cluster in self.desired.clusters)

    @property
    def depends_on_time(self) -> bool:
        """Whether time alone may change the result: a handover has a time-out, or a script asks for the time."""
        return self.interpreter.asks_for_time or any(item.decided.transition.leaving for item in self.templates.values())
