"""The owners of objects whose `metadata.managedFields` was wiped: the member is asked, by a dry run.

Without recorded owners, an API server attributes everything that an object holds to `before-first-apply`, as soon as somebody
applies to it. A dry run shows this entry before anything is written. So the plan can make these fields ours, and what is not in
Git goes with the first write (`model/former_managers.py`). An answer holds until the object changes.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.cluster.packed_objects import packed
from reconciler.model.former_managers import OWNERS
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import Manifest, is_terminating, mapping, sequence
from reconciler.model.memo import Memo
from reconciler.model.work import Work
from reconciler.passes.pass_cache import MemberCache
from reconciler.plan.conflict import may_write


class LostOwners:
    """Asks members about objects without owners, and remembers the answers. One for each process."""

    def __init__(self) -> None:
        self._answers: dict[ClusterName, dict[ResourceKey, tuple[Record, Record]]] = {}

    async def restore(self, view: LiveView, work: Work, instance: str, client: MemberClient, cache: MemberCache) -> LiveView:
        """The view, in which the objects that we may write have owners. instance: whose objects are ours."""
        before = self._answers.pop(view.cluster, {})
        found = cache.latest(_ownerless, view, work, instance, cache.memo)
        if not found:
            return view
        known = {key: before[key] for key, record in found.items() if key in before and before[key][0] is record}
        asked = [(key, record) for key, record in found.items() if key not in known]
        answers = await at_most([_with_owners(record, client) for _, record in asked])
        known |= {key: (record, answer) for (key, record), answer in zip(asked, answers, strict=True)}
        self._answers[view.cluster] = known
        records = {**view.records, **{key: answer for key, (_, answer) in known.items()}}
        return LiveView.of_records(view.cluster, records, view.unread)

    def forget_others(self, names: Container[ClusterName]) -> None:
        """Forgets the answers of members that are not in the fleet any more."""
        self._answers = {name: answers for name, answers in self._answers.items() if name in names}


def _ownerless(view: LiveView, work: Work, instance: str, memo: Memo) -> dict[ResourceKey, Record]:
    if not any(memo.each(_asked_once, (list(view.records.values()),), memo)):  # Nearly always.
        return {}
    return {key: record for key, record in _writable(view, work, instance) if memo(_is_ownerless, record)}


def _asked_once(record: Record, memo: Memo) -> bool:
    return memo(_is_ownerless, record)


def _writable(view: LiveView, work: Work, instance: str) -> list[tuple[ResourceKey, Record]]:
    return [
        (manifest.key, record)
        for manifest in work.manifests
        if (record := view.records.get(manifest.key)) is not None
        and may_write(manifest.conflict_resolution, ours=record.instance == instance)
    ]


def _is_ownerless(record: Record) -> bool:
    return not record.has_owners and not is_terminating(record.manifest)


async def _with_owners(record: Record, client: MemberClient) -> Record:
    """The record as it is where the member does not answer, or records no owners at all."""
    live = record.manifest
    try:
        answer = await client.preview(_identity(live), live)
    except MemberError:
        return record
    entries: list[Any] = sequence(answer, *OWNERS)
    return packed({**live, "metadata": {**mapping(live, "metadata"), "managedFields": entries}}) if entries else record


def _identity(live: Manifest) -> Manifest:
    """A statement of no field at all."""
    names = {name: value for name, value in mapping(live, "metadata").items() if name in ("name", "namespace")}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": names}
