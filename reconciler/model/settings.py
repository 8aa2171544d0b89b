"""The `Configuration` of a repository (reconciler.dev/v1alpha1). All fields are optional; the defaults are safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from reconciler.model.adoption import Adopted
from reconciler.model.cluster_inventory import InventorySettings
from reconciler.model.failover import FailoverSettings
from reconciler.model.image_policy import UpdateSettings
from reconciler.model.keys import GroupVersionKind
from reconciler.model.rollout import NO_CONTROLS, RolloutControls, RolloutStrategy
from reconciler.model.survival import SurvivalRule
from reconciler.model.suspended import Suspended
from reconciler.model.window import Window
from reconciler.model.write_policy import NO_RULES, WriteRules

CONFIGURATION_FILE = "reconciler.yaml"
"""Where `init` writes the Configuration; it is read wherever it is."""
CONFIGURATION_TYPE = {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration"}


class Unclaimed(StrEnum):
    """What happens to the objects of a template that no policy claims any more."""

    KEEP = "Keep"
    PRUNE = "Prune"


class Namespaces(StrEnum):
    """Which members get a Namespace that no policy selects."""

    EVERYWHERE = "Everywhere"
    """All of them, as in Karmada."""
    WHERE_NEEDED = "WhereNeeded"
    """Those that get an object in it."""


class Mode(StrEnum):
    """Whether the fleet is brought to what Git says."""

    APPLY = "Apply"
    OBSERVE = "Observe"
    """Everything is decided and compared with the members, and nothing is written to them."""


class Validation(StrEnum):
    """What an unknown field of a kind of Karmada is."""

    STRICT = "Strict"
    """An error, as for `kubectl apply`."""
    LENIENT = "Lenient"
    """A warning."""


@dataclass(frozen=True, slots=True)
class PruneGuard:
    """How much one pass may prune from one member without `--allow-prune`."""

    max_share: float = 0.5
    """Share of the objects that we own there, 0 to 1."""
    always_allowed: int = 3
    """This many objects may always be pruned."""


@dataclass(frozen=True, slots=True)
class DeclaredKind:
    """A kind that members serve and whose CustomResourceDefinition is not in the repository."""

    gvk: GroupVersionKind
    namespaced: bool


@dataclass(frozen=True, slots=True)
class Settings:
    include: tuple[str, ...] = ("**",)
    """Globs of the paths that are read."""
    exclude: tuple[str, ...] = ()
    """Globs of the paths that are not read."""
    repository: str = ""
    """The URL of the repository itself, by which objects of Flux and Argo CD name it; empty where it is not stated."""
    expand: tuple[str, ...] = ()
    """The kinds of `FOREIGN_KINDS` that are expanded; objects of the others are placed as they are."""
    kinds: tuple[DeclaredKind, ...] = ()
    """Kinds that the repository does not define, such as those that an operator or a chart installed in the members."""
    validation: Validation = Validation.LENIENT
    """Strict is for new repositories: in one that works, a field that never had an effect must not freeze its policy."""
    instance: str = "reconciler"
    """The value of our label on objects of members. Two reconcilers of one member need different names."""
    status_branch: str = "reconciler/status"
    prune_guard: PruneGuard = field(default_factory=PruneGuard)
    conflict_resolution: str = "Abort"
    """For templates whose policy does not state one."""
    former_field_managers: tuple[str, ...] = ()
    """Field managers of deployers that `former_managers.py` does not know: what they wrote is taken over with an object."""
    adopt: tuple[Adopted, ...] = ()
    """Deployers whose objects are taken over, whatever `conflict_resolution` says, if they carry their marks."""
    write_rules: WriteRules = NO_RULES
    """Which fields are left to members, and which objects are written only once or not corrected."""
    unclaimed: Unclaimed = Unclaimed.KEEP
    namespaces: Namespaces = Namespaces.EVERYWHERE
    empty_workloads: bool = True
    """Whether a selected cluster with a share of 0 holds the object with 0 replicas, even if it must be created for that
    (Karmada: --enable-empty-workload-propagation, where the default is off). It does not act on a workload that has 0 replicas
    itself and requests nothing: as in Karmada (IsWorkload), it is placed like an object without replicas."""
    component_sets: bool = False
    """Whether a workload of several components is placed as a whole, and capacity counts in whole sets of them (Karmada: the gate
    MultiplePodTemplatesScheduling, off)."""
    reserves: bool = True
    """Whether what was decided is deducted from the capacity of members until it is seen there (Karmada: the gate
    SchedulingOvercommitProtection, off). No Configuration can say otherwise: only the conformance replay turns it off."""
    divides_limits: bool = False
    """Whether the minimum and the maximum of an autoscaler are divided as the workload that it scales. Karmada copies them."""
    handover_timeout: timedelta = timedelta(minutes=10)
    """How long an old copy waits until the new one, once it is written, is Current (Karmada: --graceful-eviction-timeout)."""
    endpoints_kept_for: timedelta = timedelta(minutes=5)
    """How long consumers of a Service keep the endpoints of a member that does not answer."""
    gate_timeout: timedelta = timedelta(minutes=10)
    """How long objects wait for another one, once it is written, to become Current; an object may state another time."""
    failover: FailoverSettings = field(default_factory=FailoverSettings)
    """What happens when members or applications fail."""
    rollout: RolloutStrategy | None = None
    """In which order a change reaches the members, where no annotation of a policy says otherwise. None: at once."""
    rollouts: Mapping[str, RolloutStrategy] = field(default_factory=dict)
    """By name, for annotations of policies."""
    mode: Mode = Mode.APPLY
    """For commands that write to members, unless they are told to write nothing."""
    suspended: Suspended | None = None
    """Whether nothing is written to any member."""
    windows: tuple[Window, ...] = ()
    """When changes may reach members."""
    rollout_controls: RolloutControls = NO_CONTROLS
    """What people state about the rollout of `rollout`."""
    image_updates: UpdateSettings = field(default_factory=UpdateSettings)
    """What happens when a newer image is found."""
    source_updates: UpdateSettings = field(default_factory=UpdateSettings)
    """What happens when the lock file should pin something newer."""
    inventory: InventorySettings = field(default_factory=InventorySettings)
    """Which clusters that a host cluster knows become members."""
    unschedulable_for: timedelta | None = None
    """How long a replica may be without a node until it moves to another member (Karmada's descheduler:
    --unschedulable-threshold); None: it stays."""
    survives: tuple[SurvivalRule, ...] = ()
    """What `validate` and `diff` warn about, if the loss of a cluster, zone or region leaves less."""
    concurrency: int = 16
    """Simultaneous requests to one member."""
    heartbeat: timedelta | None = None
    """How often `run` shows on a branch of its own that it still watches the members; None: never."""
    interval: timedelta = timedelta(seconds=30)
    """Time between two polls of the repository."""
    autoscaling_interval: timedelta = timedelta(seconds=15)
    """Time between two reads of the metrics that FederatedHPAs ask for (Karmada: --horizontal-pod-autoscaler-sync-period)."""
