"""A member in memory that records who owns which field, as an API server does: for what other clients do to our objects."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Collection
from typing import Any

from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError, OnChange, Wanted
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.interpreter.containers import namespace_key
from reconciler.model.autoscaling import is_scaler
from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.managed_fields import MANAGER
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.ownership import INSTANCE_LABEL
from reconciler.model.tenant import ServiceAccount
from tests.support.fakemember import FakeMember
from tests.support.managed_fields import entry


class SharedMember(FakeMember):
    """What is applied becomes ours; `edit` and `remove` are other clients. Lists are owned as a whole. A look returns the same
    value while nothing changes."""

    def __init__(self, name: str, *, refuses: Collection[str] = ()) -> None:
        super().__init__(name, refuses=refuses, tells_health=True)
        self._versions = itertools.count(100)
        self.account: ServiceAccount | None = None
        self.spells: Callable[[Any], None] = lambda stored: None
        """What the server makes of an object that it stores."""
        self._records: dict[ResourceKey, PackedObject] = {}
        self._views: list[LiveView] = []
        """The last one; none after a change."""
        self._call: OnChange = lambda key: None

    def edit(self, kind: str, name: str, change: Callable[[Any], None], by: str = "kubectl-edit") -> None:
        """Another client changes an object, and owns what differs then."""
        key = self._key(kind, name)
        before = self.objects[key]
        after: Any = copy.deepcopy(before)
        change(after)
        theirs, owners = _differing(before, after), before["metadata"].get("managedFields") or [entry(_fields(before))]
        left = [{**one, "fieldsV1": _without(one["fieldsV1"], theirs)} for one in owners]
        _store_owners(after, *left, entry(theirs, by, "Update"))
        self._store(after)
        gone = INSTANCE_LABEL not in after["metadata"].get("labels", {})
        self._call(None if gone else key)

    def remove(self, kind: str, name: str) -> None:
        key = self._key(kind, name)
        del self.objects[key], self._records[key]
        self._views.clear()
        self._call(key)

    def report_ready(self, key: ResourceKey) -> None:
        """A controller says that a Deployment is as it should be. Nobody is told: for tests that make passes themselves."""
        item: Any = self.objects[key]
        count, version = item["spec"].get("replicas", 1), item["metadata"].get("generation", 1)
        numbers = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
        conditions = [{"type": "Available", "status": "True"}]
        self._store({**item, "status": {"observedGeneration": version, "conditions": conditions, **numbers}})

    async def look(self, wanted: Wanted) -> LiveView:
        self.log.append("look")
        if "look" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        if not self._views or self._views[0].unread is not self.unread:
            shown = {key: one for key, one in self._records.items() if not self.unread.reason(key)}
            self._views[:] = [LiveView.of_records(self.name, shown, self.unread)]
        return self._views[0]

    async def look_at(self, keys: Collection[ResourceKey]) -> LiveView | None:
        if "look" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        if any(map(self.unread.reason, keys)):
            return None
        near = {*keys, *(namespace_key(key.namespace) for key in keys), *filter(is_scaler, self._records)}
        return LiveView.of_records(self.name, {key: one for key, one in self._records.items() if key in near})

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        key = key_of(desired)
        await self._request("apply" if self.account is None else f"apply as {self.account.name}", key)
        if (live is None) != (key not in self.objects):
            raise MemberError(f"{key} is not as it was planned for")
        self._store(self._applied(expected))

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        await super().delete(key, live, propagation)
        self._records.pop(key, None)
        self._views.clear()

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        return self._applied(expected)

    def acting_as(self, account: ServiceAccount | None) -> SharedMember:
        acting = copy.copy(self)
        acting.account = account
        return acting if account is not None else self

    def on_change(self, call: OnChange) -> None:
        self._call = call

    def _key(self, kind: str, name: str) -> ResourceKey:
        return next(key for key in self.objects if (key.kind, key.name) == (kind, name))

    def _applied(self, statement: Manifest) -> Manifest:
        """The object with the stated fields; what others added to it stays, and stays theirs."""
        before: Any = self.objects.get(key_of(statement), {})
        after: Any = _merged(before, statement)
        stated, owners = _fields(statement), before.get("metadata", {}).get("managedFields", [])
        others = [{**one, "fieldsV1": _without(one["fieldsV1"], stated)} for one in owners if one["manager"] != MANAGER]
        _store_owners(after, entry(stated), *others)
        self.spells(after)
        return after  # type: ignore[no-any-return]

    def _store(self, document: Any) -> None:
        self._views.clear()
        stored = copy.deepcopy(document)
        stored["metadata"] |= {"resourceVersion": str(next(self._versions)), "uid": f"uid-{key_of(document)}"}
        self.objects[key_of(stored)], self._records[key_of(stored)] = stored, packed(stored)


def _store_owners(document: Any, *entries: Any) -> None:
    document["metadata"]["managedFields"] = [one for one in entries if one["fieldsV1"]]


def _merged(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return {**copy.deepcopy(before), **{name: _merged(before.get(name), value) for name, value in after.items()}}
    return copy.deepcopy(after)


_NOBODYS = ("apiVersion", "kind", "managedFields", "name", "namespace", "resourceVersion", "uid")


def _fields(value: Any) -> dict[str, Any]:
    """All fields of a document, in the FieldsV1 format."""
    if not isinstance(value, dict):
        return {}
    return {f"f:{name}": _fields(item) for name, item in value.items() if name not in _NOBODYS}


def _differing(before: Any, after: Any) -> dict[str, Any]:
    """The fields with another value in `after`, or that are new."""
    found: dict[str, Any] = {}
    for name, item in after.items():
        if name in _NOBODYS or before.get(name) == item:
            continue
        both = isinstance(item, dict) and isinstance(before.get(name), dict)
        found[f"f:{name}"] = _differing(before[name], item) if both else _fields(item)
    return found


def _without(fields: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """The fields that are not among the others."""
    return {
        step: _without(below, others.get(step, {})) for step, below in fields.items() if others.get(step) or step not in others
    }
