"""What a member holds, as far as a pass needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.ownership import is_ours


class Record(Protocol):
    """One live object, kept small between passes. The same record stands for the same state: what was concluded from it holds
    until there is another."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def instance(self) -> str:
        """The reconciler whose object this is (`ownership.owner_of`); empty where it is nobody's."""


class Unpacked(Mapping[ResourceKey, Manifest]):
    """Records read as manifests, each when it is asked for."""

    def __init__(self, records: Mapping[ResourceKey, Record]) -> None:
        self._records = records

    def __getitem__(self, key: ResourceKey) -> Manifest:
        return self._records[key].manifest

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[ResourceKey]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


@dataclass(frozen=True, slots=True)
class LiveView:
    """The objects that were asked for, everything that carries our label, and what scales workloads there."""

    cluster: ClusterName
    objects: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
    records: Mapping[ResourceKey, Record] = field(default_factory=dict)
    """The same objects, where the member remembers them between looks."""
    shared: bool = False
    """Whether others write to our objects, too, as on every API server: we then answer for the fields that we state, and the
    server keeps a list of who owns what. Elsewhere an object is written as a whole."""

    @classmethod
    def of_records(cls, cluster: ClusterName, records: Mapping[ResourceKey, Record]) -> LiveView:
        """The view of a member with an API server."""
        return cls(cluster, Unpacked(records), records, shared=True)

    def is_ours(self, key: ResourceKey, instance: str) -> bool:
        """Whether the object that is there was written by the reconciler of that name."""
        record = self.records.get(key)
        return record.instance == instance if record is not None else is_ours(self.objects[key], instance)
