"""The rules that a kind can have: one value per kind, in which almost every field is optional.

Each kind has a file in this room that ends with `RULES = KindRules(...)`; `registry.py` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest

StatusItems: TypeAlias = Sequence[Mapping[str, Any]] | None
"""The reports of the members, as in Karmada: `clusterName`, `status` (absent or null: none yet), `applied`, `health`.

None differs from an empty list: it means that no reports were requested.
"""


class RetainRule(Protocol):
    """Returns `desired` itself where the member keeps nothing.

    karmada_exact: whether to do as Karmada does, also where that loses what Git says.
    """

    def __call__(self, desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest: ...


class MalformedObjectError(ReconcilerError):
    """An object is invalid for its kind: a field has a wrong type. The message names the field, not its value."""

    def __init__(self, message: str, *, remedy: str = "Correct this field of the object.") -> None:
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class ScalerLimits:
    """The fields of an autoscaler that say how many replicas it allows, in every version of its kind."""

    minimum: tuple[str, ...]
    default_minimum: int
    """What counts where the field is absent."""
    maximum: tuple[str, ...]
    default_maximum: int | None = None
    """None: the field is required."""


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rules of one kind. The functions raise MalformedObjectError for an object that is invalid for its kind."""

    kind: str
    groups: tuple[str, ...]
    """The API groups of this kind; the first is the current one, the others are old."""
    version: str = "v1"
    """The version, in the first group, that Karmada has rules for. It has none for other versions."""
    pod_template: tuple[str, ...] | None = None
    """Path of the mapping that contains the `spec` of the Pod: `("spec", "template")`, or `()` for a Pod itself."""
    go_type: str = ""
    """Type in `go_types_fields.py`, for kinds that Karmada reads into Go types: those whose containers it rewrites."""
    replicas: Callable[[Manifest], int] | None = None
    """The number of replicas in the template; absent fields have the defaults of Kubernetes."""
    replicas_path: tuple[str, ...] | None = None
    """The field with the number of replicas; None for kinds without one."""
    replicas_defaulted: bool = False
    """Whether the API server fills in the number if the template does not have it."""
    revise: Callable[[Manifest, int], Manifest] | None = None
    """A copy with the number of replicas of one cluster."""
    requirements: Callable[[Manifest], Mapping[str, Any] | None] | None = None
    """The requirements of one replica, as Karmada's `replicaRequirements`; None if there are none."""
    dependencies: Callable[[Manifest], Sequence[Mapping[str, Any]]] | None = None
    """Karmada's references to the objects that it depends on."""
    also_refers_to: Callable[[Manifest], Sequence[Mapping[str, Any]]] | None = None
    """References that Karmada does not follow. Clusters may have these objects already."""
    clean: Callable[[Manifest], Manifest] | None = None
    """A copy without fields that only an API server or one cluster may set."""
    retain: RetainRule | None = None
    """(desired, live) → desired with the fields that the member allocated or chose."""
    leave_to_controllers: Callable[[Manifest], Manifest] | None = None
    """A copy without the fields that a controller in the member fills. They are not applied on an API server."""
    health: Callable[[Manifest, datetime | None], Health] | None = None
    """(live object, now) → health by the kstatus rule of the kind. Runs after the checks for all kinds (`kstatus.py`)."""
    healthy: Callable[[Manifest], bool] | None = None
    """Karmada's health of a live object."""
    reflect: Callable[[Manifest], Any] | None = None
    """The part of a live object's status that is collected; None if there is none."""
    aggregate: Callable[[Manifest, StatusItems, datetime], Manifest] | None = None
    """(template, reports of the members, now) → the template with one status."""
    limits: ScalerLimits | None = None
    """How many replicas an autoscaler allows; None for other kinds."""
    breaks_first: Callable[[Manifest], bool] | None = None
    """Whether two copies in two clusters would do harm, so that a move must remove the old copy first."""
