"""Rules for a custom kind, declared in the repository as Lua scripts (config.karmada.io/v1alpha1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.keys import GroupVersionKind
from reconciler.model.origin import NOWHERE, Origin


class Operation(StrEnum):
    """What can be asked about a kind, as the members of `spec.customizations` name it."""

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
        """The Lua function that answers it."""
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
    text: str
    """Never empty: an empty script declares nothing."""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Customization:
    """One ResourceInterpreterCustomization. Several may be for one kind."""

    name: str
    target: GroupVersionKind
    """Of exactly this version."""
    scripts: Mapping[Operation, DeclaredScript]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"ResourceInterpreterCustomization {self.name}"
