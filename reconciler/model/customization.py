"""Rules for a custom kind, declared in the repository as Lua scripts (config.karmada.io/v1alpha1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.keys import GroupVersionKind
from reconciler.model.origin import NOWHERE, Origin


class Operation(StrEnum):
    """A rule about a kind, by its field name in `spec.customizations`."""

    RETENTION = "retention"
    REPLICAS = "replicaResource"
    COMPONENTS = "componentResource"
    REVISION = "replicaRevision"
    REFLECTION = "statusReflection"
    AGGREGATION = "statusAggregation"
    HEALTH = "healthInterpretation"
    DEPENDENCIES = "dependencyInterpretation"

    @property
    def function(self) -> str:
        """The name of the Lua function."""
        return _FUNCTIONS[self]


_FUNCTIONS: Mapping[Operation, str] = {
    Operation.RETENTION: "Retain",
    Operation.REPLICAS: "GetReplicas",
    Operation.COMPONENTS: "GetComponents",
    Operation.REVISION: "ReviseReplica",
    Operation.REFLECTION: "ReflectStatus",
    Operation.AGGREGATION: "AggregateStatus",
    Operation.HEALTH: "InterpretHealth",
    Operation.DEPENDENCIES: "GetDependencies",
}


@dataclass(frozen=True, slots=True)
class DeclaredScript:
    """One Lua script."""

    text: str
    """Never empty: an empty script declares nothing."""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Customization:
    """One ResourceInterpreterCustomization. Several may be for one kind."""

    name: str
    target: GroupVersionKind
    """The kind, in exactly this version."""
    scripts: Mapping[Operation, DeclaredScript]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"ResourceInterpreterCustomization {self.name}"
