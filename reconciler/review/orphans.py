"""Objects of ours that nobody wants: in a member with our marks, and in neither a file of the revision nor the recorded state.

A sync removes what it wrote when it is not wanted any more. What is left was kept, came back from a backup, or was written before
the record of it was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.ownership import owner_of
from reconciler.model.recorded import RecordedState
from reconciler.passes.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Orphan:
    """One object on one member."""

    cluster: ClusterName
    key: ResourceKey
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class OrphansFound:
    """What all members answered."""

    orphans: tuple[Orphan, ...]
    """Sorted by member and object."""
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, or not in full, and the reason."""


async def find_orphans(
    fleet: Fleet, desired: DesiredState, recorded: RecordedState, answered: Callable[[], None] = lambda: None
) -> OrphansFound:
    """Asks all members at the same time for everything with our marks. An error of a member is part of the result.

    A template counts as wanted on every member, also where a policy does not place it: the next sync decides about these copies.

    answered: called after each member.
    """
    templates = {template.key for template in desired.templates}
    instance = desired.settings.instance
    asked = [_ask(client, answered) for client in fleet.clients.values()]
    answers = dict(zip(fleet.clients, await asyncio.gather(*asked), strict=True))
    orphans = [
        Orphan(name, key, manifest)
        for name, (objects, _) in answers.items()
        for key, manifest in objects.items()
        if owner_of(manifest) == instance and key not in templates and not _is_recorded(recorded, key, name)
    ]
    unanswered = {**fleet.unreachable, **{name: reason for name, (_, reason) in answers.items() if reason}}
    unanswered |= {name: f"{name}: an agent keeps it (spec.syncMode: Pull)" for name in fleet.pulled}
    return OrphansFound(tuple(sorted(orphans, key=lambda one: (one.cluster, one.key))), dict(sorted(unanswered.items())))


def _is_recorded(recorded: RecordedState, key: ResourceKey, cluster: ClusterName) -> bool:
    decision = recorded.decisions.get(key)
    return decision is not None and cluster in decision.holders(recorded.report_of(key))


async def _ask(client: MemberClient, answered: Callable[[], None]) -> tuple[Mapping[ResourceKey, Manifest], str]:
    """The objects, and why some are missing; empty where none is."""
    try:
        view = await client.look({})
    except MemberError as error:
        return {}, error.message
    finally:
        answered()
    unread = view.unread
    return view.objects, "; ".join(sorted({*unread.kinds.values(), *unread.objects.values(), *unread.contents.values()}))
