"""The slices of one member by Service. Only what changed is unpacked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from reconciler.endpoints.copies import service_of
from reconciler.endpoints.routes import ServiceName
from reconciler.model.keys import ResourceKey
from reconciler.model.live import Record
from reconciler.model.manifest import Manifest


class SliceIndex:
    def __init__(self) -> None:
        self._records: dict[ResourceKey, Record] = {}
        self._service: dict[ResourceKey, ServiceName] = {}
        self._names: dict[ServiceName, ServiceName] = {}
        self._keys: defaultdict[ServiceName, set[ResourceKey]] = defaultdict(set)

    def refresh(self, records: Mapping[ResourceKey, Record]) -> set[ServiceName]:
        """Takes what the member holds now. Returns the Services whose slices changed."""
        changed: set[ServiceName] = set()
        for key in self._records.keys() - records.keys():
            changed.add(self._drop(key))
        for key, record in records.items():
            if self._records.get(key) is not record:
                changed |= self.put(key, record)
        return changed

    def put(self, key: ResourceKey, record: Record | None) -> set[ServiceName]:
        """Takes one slice; None where it is gone. As `refresh`."""
        changed = {self._drop(key)} if key in self._records else set()
        return changed if record is None else changed | {self._add(key, record)}

    def has(self, service: ServiceName) -> bool:
        return bool(self._keys.get(service))

    def of(self, service: ServiceName) -> list[Manifest]:
        """Its slices, sorted by name."""
        return [self._records[key].manifest for key in sorted(self._keys.get(service, ()))]

    @property
    def services(self) -> set[ServiceName]:
        return {service for service, keys in self._keys.items() if keys}

    def _add(self, key: ResourceKey, record: Record) -> ServiceName:
        service = service_of(record.manifest)
        service = self._names.setdefault(service, service)  # One object for all of its slices.
        self._records[key], self._service[key] = record, service
        self._keys[service].add(key)
        return service

    def _drop(self, key: ResourceKey) -> ServiceName:
        del self._records[key]
        service = self._service.pop(key)
        self._keys[service].discard(key)
        return service
