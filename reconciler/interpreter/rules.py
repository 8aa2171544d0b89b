"""What can be known about a kind: one value per kind, every member optional.

A file of this room describes one kind and ends with `RULES = KindRules(...)`; `registry.py` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest

StatusItems: TypeAlias = Sequence[Mapping[str, Any]] | None
"""What members reported, in Karmada's shape: `clusterName`, `status` (absent or null: nothing yet), `applied`, `health`.

None is not the same as an empty list everywhere: it means that nobody was asked.
"""


class MalformedObjectError(ReconcilerError):
    """An object cannot be read as its kind: a field has a wrong type. The message names the field, not its value."""

    def __init__(self, message: str, *, remedy: str = "Correct this field of the object.") -> None:
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class KindRules:
    kind: str
    groups: tuple[str, ...]
    """API groups in which this kind means this; the first is today's."""
    version: str = "v1"
    """The version, in the first group, that Karmada's own rules are for; of another version it knows nothing."""
    pod_template: tuple[str, ...] | None = None
    """Path of the member that holds the Pod's `spec`: `("spec", "template")`, or `()` for a Pod itself."""
    typed_as: str = ""
    """Type in `typed_fields.py`, for kinds that Karmada reads into types: those whose containers it rewrites."""
    replicas: Callable[[Manifest], int] | None = None
    """The template's number; absent fields get Kubernetes' defaults."""
    replicas_path: tuple[str, ...] | None = None
    """Where the template states the number; None for kinds without such a field."""
    replicas_defaulted: bool = False
    """Whether the API server fills the number in where the template leaves it out."""
    revise: Callable[[Manifest, int], Manifest] | None = None
    """A copy with one cluster's number in it. Raises MalformedObjectError."""
    requirements: Callable[[Manifest], Mapping[str, Any] | None] | None = None
    """What one replica needs, as Karmada's `replicaRequirements`; None where nothing. Raises MalformedObjectError."""
    dependencies: Callable[[Manifest], Sequence[Mapping[str, Any]]] | None = None
    """Karmada's references to the objects it needs beside it. Raises MalformedObjectError."""
    also_refers_to: Callable[[Manifest], Sequence[Mapping[str, Any]]] | None = None
    """References that Karmada does not follow. Clusters may have what they mean by themselves."""
    clean: Callable[[Manifest], Manifest] | None = None
    """A copy without what only the control plane or one cluster may state. Raises MalformedObjectError."""
    retain: Callable[[Manifest, Manifest], Manifest] | None = None
    """(desired, live) → desired with what the member allocated kept. Raises MalformedObjectError."""
    health: Callable[[Manifest, datetime | None], Health] | None = None
    """kstatus' rule for the kind, asked after the questions that concern every kind. The time is "now"."""
    healthy: Callable[[Manifest], bool] | None = None
    """Karmada's verdict on a live object. Raises MalformedObjectError."""
    reflect: Callable[[Manifest], Any] | None = None
    """The part of a live object's status that is worth collecting; None where there is nothing. Raises likewise."""
    aggregate: Callable[[Manifest, StatusItems, datetime], Manifest] | None = None
    """(template, what members reported, now) → the template with one status for all of them. Raises likewise."""
    breaks_first: Callable[[Manifest], bool] | None = None
    """Whether two copies in two clusters at once would do harm, so that a move removes the old one first."""
