"""A Source: files of another Git repository, or of a registry, that count as files of this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.source_lock import WantedSource


@dataclass(frozen=True, slots=True)
class DeclaredSource:
    name: str
    wanted: WantedSource
    tenant: str = ""
    """The name of the Tenant that must govern the files; empty where none is required."""
    origin: Origin = field(default=NOWHERE, compare=False)
    places: Mapping[str, Origin] = field(default_factory=dict, compare=False)
    """Where each field of `spec` stands."""

    def __str__(self) -> str:
        return f"Source {self.name}"
