"""Propagation policies (Karmada, `policy.karmada.io/v1alpha1`) with defaults filled in.

Operators and strategies are strings where Karmada accepts unknown values; `schemas/` reports these.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.failover import NO_FAILOVER, Failover
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.rollout import NO_CONTROLS, RolloutControls
from reconciler.model.selector import LabelSelector
from reconciler.model.suspended import Suspended


@dataclass(frozen=True, slots=True)
class ResourceSelector:
    """The templates that a policy selects (Karmada pkg/util/selector.go)."""

    api_version: str
    kind: str
    namespace: str = ""
    """Empty means any namespace. A selector of a PropagationPolicy always has the namespace of the policy."""
    name: str = ""
    """If set, `label_selector` is ignored."""
    label_selector: LabelSelector | None = None
    other_versions: tuple[str, ...] = ()
    """The other apiVersions in which API servers serve the same objects, sorted; `load/served_versions.py` fills them in."""

    @property
    def api_versions(self) -> tuple[str, ...]:
        """Every apiVersion of the objects that it selects. The kind is compared exactly."""
        return (self.api_version, *self.other_versions)


@dataclass(frozen=True, slots=True)
class Toleration:
    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    """Empty: all effects."""
    toleration_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class AffinityTerm:
    """One of the ordered `clusterAffinities`."""

    name: str
    affinity: ClusterAffinity
    overflow: tuple[AffinityTerm, ...] | None = None
    """Where replicas go that do not fit, in this order. An empty list also causes capacity estimates; None does not."""


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    spread_by_field: str = ""
    spread_by_label: str = ""
    max_groups: int = 0
    min_groups: int = 0


@dataclass(frozen=True, slots=True)
class StaticWeight:
    target: ClusterAffinity
    weight: int


@dataclass(frozen=True, slots=True)
class WeightPreference:
    static: tuple[StaticWeight, ...] = ()
    dynamic: str = ""
    """`AvailableReplicas` means that the static list is ignored."""


@dataclass(frozen=True, slots=True)
class ReplicaScheduling:
    type: str
    """Duplicated or Divided."""
    preference: str = ""
    """Aggregated or Weighted; used when Divided."""
    weights: WeightPreference | None = None
    """None differs from an empty preference: with None, spread constraints are ignored."""


@dataclass(frozen=True, slots=True)
class Placement:
    affinity: ClusterAffinity | None = None
    """None: any cluster."""
    affinities: tuple[AffinityTerm, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    spread: tuple[SpreadConstraint, ...] = ()
    replica_scheduling: ReplicaScheduling | None = None
    """None behaves as Duplicated."""
    document: Manifest = field(default_factory=dict, compare=False, repr=False)
    """The placement as written, for the check whether it changed (`schedule/reschedule.py`)."""

    @property
    def duplicated(self) -> bool:
        return self.replica_scheduling is None or self.replica_scheduling.type == "Duplicated"

    @property
    def divided(self) -> bool:
        return self.replica_scheduling is not None and self.replica_scheduling.type == "Divided"

    @property
    def on_one_cluster(self) -> bool:
        """Whether a spread constraint asks for exactly one cluster."""
        return any(one.spread_by_field == "cluster" and one.min_groups == one.max_groups == 1 for one in self.spread)

    @property
    def named_clusters(self) -> list[str]:
        """The names in `clusterNames`, in their order."""
        affinities = [self.affinity] if self.affinity else [term.affinity for term in self.affinities]
        return [name for affinity in affinities for name in affinity.cluster_names]


@dataclass(frozen=True, slots=True)
class Suspension:
    """Clusters where nothing is written, corrected or removed for now (`spec.suspension`)."""

    everywhere: bool = False
    """`dispatching`."""
    clusters: frozenset[str] = frozenset()
    """`dispatchingOnClusters`."""
    stated: Suspended | None = None
    """Why, and until when, where an annotation of the object or of its policy suspends it everywhere."""

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.clusters)

    def covers(self, cluster: str) -> bool:
        """Whether nothing is written to this member for now."""
        return self.everywhere or cluster in self.clusters

    @property
    def why(self) -> str:
        """As it is said after `it is suspended`."""
        if self.stated is None:
            return "(spec.suspension of its policy)"
        return f"({self.stated.words})" if self.stated.words else "(by an annotation)"


NOT_SUSPENDED = Suspension()


@dataclass(frozen=True, slots=True)
class PropagationPolicy:
    """A PropagationPolicy or a ClusterPropagationPolicy: the same specification in two scopes."""

    ref: PolicyRef
    selectors: tuple[ResourceSelector, ...]
    placement: Placement = field(default_factory=Placement)
    priority: int = 0
    preemption: bool = False
    """`preemption: Always`."""
    dependent_overrides: tuple[str, ...] = ()
    """Override policies that must exist before this policy has effect."""
    conflict_resolution: str = "Abort"
    propagate_deps: bool = False
    """Whether dependencies of its templates go to the same clusters."""
    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False
    """`preserveResourcesOnDeletion`: objects that are no longer wanted are released instead of deleted."""
    lazy: bool = False
    """`activationPreference: Lazy`: a change of the policy takes effect on a template when the template changes too."""
    scheduler: str = ""
    """The scheduler that decides; empty means the default scheduler, which is this program."""
    failover: Failover = NO_FAILOVER
    """What happens to its objects when members or they themselves fail."""
    digest: str = ""
    """Digest of its specification as written, so that a later pass can detect a change."""
    rollout: str = ""
    """The strategy that its annotation names; empty where it names none."""
    rollout_controls: RolloutControls = NO_CONTROLS
    """What its annotations state about its rollout."""
    suspended: Suspended | None = None
    """What its annotations state."""
    deleting: bool = False
    origin: Origin = NOWHERE

    @property
    def cluster_scoped(self) -> bool:
        return self.ref.kind == "ClusterPropagationPolicy"
