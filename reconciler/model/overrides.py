"""Override policies (Karmada, `policy.karmada.io/v1alpha1`): the differences between clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import PolicyRef
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import ResourceSelector


@dataclass(frozen=True, slots=True)
class ImageOverrider:
    component: str
    """Registry, Repository or Tag."""
    operator: str
    """add, replace or remove."""
    value: str = ""
    predicate_path: str | None = None
    """JSON pointer of the one field to change; None means every container image, in kinds that have containers."""


@dataclass(frozen=True, slots=True)
class CommandArgsOverrider:
    field: str
    """`command` or `args`."""
    container: str
    operator: str
    """add or remove."""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelAnnotationOverrider:
    field: str
    """`labels` or `annotations`."""
    operator: str
    """add, replace or remove."""
    values: tuple[tuple[str, str], ...] = ()
    """Keys and values, sorted by key."""


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One step of an RFC 6902 patch; only add, replace and remove exist here."""

    operator: str
    path: str
    """RFC 6901 pointer."""
    value: Any = None


@dataclass(frozen=True, slots=True)
class FieldOverrider:
    """A patch of JSON or YAML text inside one string field."""

    field_path: str
    """RFC 6901 pointer of the string."""
    json: tuple[PatchOperation, ...] = ()
    yaml: tuple[PatchOperation, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaintextOverrider:
    """All plaintext items of one rule: a single RFC 6902 patch, applied as a whole or not at all."""

    operations: tuple[PatchOperation, ...]


Overrider: TypeAlias = ImageOverrider | CommandArgsOverrider | LabelAnnotationOverrider | FieldOverrider | PlaintextOverrider


@dataclass(frozen=True, slots=True)
class OverrideRule:
    target: ClusterAffinity | None
    """None: every cluster."""
    overriders: tuple[Overrider, ...]
    """In the order in which they apply: image, command, args, labels, annotations, field, plaintext."""
    origin: Origin = NOWHERE
    places: tuple[Origin, ...] = ()
    """Of the items, as written: one for each overrider, and one for each operation of the plaintext overrider, which is last."""

    @property
    def may_spoil(self) -> bool:
        """Whether an overrider can make an invalid object of a valid one. The others write text where text belongs."""
        return any(
            isinstance(one, (PlaintextOverrider, FieldOverrider))
            or (isinstance(one, ImageOverrider) and one.predicate_path is not None)
            for one in self.overriders
        )

    def place_of(self, position: int, operation: int = 0) -> Origin:
        """Of one overrider, or of one operation of it if it is the plaintext overrider."""
        overrider = self.overriders[position]
        item = position + (operation if isinstance(overrider, PlaintextOverrider) else 0)
        return self.places[item] if item < len(self.places) else self.origin


@dataclass(frozen=True, slots=True)
class OverridePolicy:
    """An OverridePolicy or a ClusterOverridePolicy."""

    ref: PolicyRef
    selectors: tuple[ResourceSelector, ...]
    """Empty: every template (of its namespace, for an OverridePolicy)."""
    rules: tuple[OverrideRule, ...]
    origin: Origin = NOWHERE

    @property
    def cluster_scoped(self) -> bool:
        return self.ref.kind == "ClusterOverridePolicy"
