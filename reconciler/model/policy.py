"""Propagation policies, as Karmada's `policy.karmada.io/v1alpha1` files write them, with defaults filled in.

Operators and strategies stay text where Karmada tolerates unknown words; `schemas/` is where they are complained about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.selector import ClusterAffinity, LabelSelector


@dataclass(frozen=True, slots=True)
class ResourceSelector:
    """Which templates a policy is for (Karmada pkg/util/selector.go)."""

    api_version: str
    """Compared exactly: `apps/v1` does not match `apps/v1beta1`."""
    kind: str
    namespace: str = ""
    """Empty: any namespace. A PropagationPolicy's selector always carries the policy's own."""
    name: str = ""
    """When set, `label_selector` is not looked at."""
    label_selector: LabelSelector | None = None


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
    """Where to put what finds no room, in this order. An empty list also has capacity looked at; None does not."""


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
    """`AvailableReplicas`: the static list is then ignored."""


@dataclass(frozen=True, slots=True)
class ReplicaScheduling:
    type: str
    """Duplicated or Divided."""
    preference: str = ""
    """Aggregated or Weighted; meaningful when Divided."""
    weights: WeightPreference | None = None
    """None differs from an empty preference: only None ignores spread constraints."""


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
    """As it was written: whether a placement changed is asked of the text (`schedule/reschedule.py`)."""

    @property
    def duplicated(self) -> bool:
        return self.replica_scheduling is None or self.replica_scheduling.type == "Duplicated"

    @property
    def divided(self) -> bool:
        return self.replica_scheduling is not None and self.replica_scheduling.type == "Divided"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Where nothing is written, corrected or removed for a while (`spec.suspension`)."""

    everywhere: bool = False
    """`dispatching`."""
    clusters: frozenset[str] = frozenset()
    """`dispatchingOnClusters`."""

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.clusters)


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
    """Override policies that must exist before this policy acts."""
    conflict_resolution: str = "Abort"
    propagate_deps: bool = False
    """What its templates refer to follows them."""
    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False
    """`preserveResourcesOnDeletion`: copies that are no longer wanted are let go instead of being removed."""
    lazy: bool = False
    """`activationPreference: Lazy`: a change of the policy acts on a template when that changes, too."""
    scheduler: str = ""
    """Who is to decide, if not we; empty for the default scheduler."""
    digest: str = ""
    """Of its specification as it is written, so that a later pass can tell whether it changed."""
    deleting: bool = False
    origin: Origin = NOWHERE

    @property
    def cluster_scoped(self) -> bool:
        return self.ref.kind == "ClusterPropagationPolicy"
