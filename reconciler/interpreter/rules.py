"""What can be known about a kind: one value per kind, every member optional.

A file of this room describes one kind and ends with `RULES = KindRules(...)`; `registry.py` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reconciler.errors import ReconcilerError
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest


class MalformedObjectError(ReconcilerError):
    """An object cannot be read as its kind: a field has the wrong type."""


@dataclass(frozen=True, slots=True)
class KindRules:
    kind: str
    groups: tuple[str, ...]
    """API groups in which this kind means this; the first is today's."""
    pod_template: tuple[str, ...] | None = None
    """Path of the member that holds the Pod's `spec`: `("spec", "template")`, or `()` for a Pod itself."""
    replicas: Callable[[Manifest], int] | None = None
    """The template's number; absent fields get Kubernetes' defaults."""
    revise: Callable[[Manifest, int], Manifest] | None = None
    """A copy with one cluster's number in it. Raises MalformedObjectError."""
    clean: Callable[[Manifest], Manifest] | None = None
    """A copy without what only the control plane or one cluster may state."""
    retain: Callable[[Manifest, Manifest], Manifest] | None = None
    """(desired, live) → desired with what the member allocated kept."""
    health: Callable[[Manifest, datetime | None], Health] | None = None
    """kstatus' rule for the kind, asked after the questions that concern every kind. The time is "now", where one matters."""
