"""Giving every object back: planned as releases, one for each object of ours on each member, and carried out as any other plan.

Nothing is compiled and nothing recorded: what is ours is read from the members alone, so that it also finds what no file declares
any more. A member that does not answer is named, and the next run releases what this one did not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.apply.executor import carry_out
from reconciler.cluster.member_protocol import MemberClient, MemberError, SlicesToFollow
from reconciler.endpoints.copies import INSTANCE as COPIES_OF
from reconciler.endpoints.copies import without_instance
from reconciler.model.changes import ChangeSet, Outcome, Release
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.ownership import owner_of, unmarked
from reconciler.passes.fleet import Fleet
from reconciler.passes.progress import Progress

_REASON = "every object is given back"


@dataclass(frozen=True, slots=True)
class Releases:
    """What giving everything back comes to, and what came of it."""

    plans: Mapping[ClusterName, ChangeSet]
    """Releases alone, of the members that answered; sorted by member and object."""
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, or not in full, and the reason. What they hold may still be ours."""
    unread: tuple[str, ...] = ()
    """Files with an error that may declare a member, sorted: nobody asked it."""
    outcomes: Mapping[ClusterName, tuple[Outcome, ...]] = field(default_factory=dict)
    """One for each release; empty before they are carried out."""

    @property
    def failed(self) -> tuple[tuple[ClusterName, Outcome], ...]:
        """What could not be released."""
        return tuple((name, one) for name, each in self.outcomes.items() for one in each if not one.done)

    @property
    def is_complete(self) -> bool:
        """Whether nothing of ours was left that was asked for."""
        return not (self.unanswered or self.unread or self.failed)


def undeclared_members(desired: DesiredState) -> tuple[str, ...]:
    """The files with an error that may declare a member."""
    return tuple(sorted(file for file, text in desired.broken_texts.items() if _CLUSTER in text))


_CLUSTER = "cluster.karmada.io/v1"
"""A text that each file with a Cluster contains."""


async def plan_releases(fleet: Fleet, instance: str, answered: Callable[[], None] = lambda: None) -> Releases:
    """Asks all members at the same time for everything with our marks. An error of a member is part of the result.

    instance: as in `Settings`. answered: called after each member.
    """

    async def ask(client: MemberClient) -> tuple[ChangeSet | None, str]:
        try:
            return await _plan(client, instance)
        except MemberError as error:
            return None, error.message
        finally:
            answered()

    answers = dict(zip(fleet.clients, await asyncio.gather(*map(ask, fleet.clients.values())), strict=True))
    unanswered = {**fleet.unreachable, **{name: reason for name, (_, reason) in answers.items() if reason}}
    unanswered |= {name: f"{name}: {_PULLED}" for name in fleet.pulled}
    plans = {name: plan for name, (plan, _) in sorted(answers.items()) if plan is not None}
    return Releases(plans, dict(sorted(unanswered.items())))


_PULLED = "an agent keeps it (spec.syncMode: Pull). Name your own kubeconfig for it: --kubeconfig FILE"


async def release_all(
    found: Releases, fleet: Fleet, concurrency: int, progress: Progress
) -> dict[ClusterName, tuple[Outcome, ...]]:
    """Carries the plans out, all members at the same time; an error of one object is part of its outcome.

    concurrency: requests to one member at the same time.
    """
    progress.begin({name: len(plan.writes) for name, plan in found.plans.items() if plan.writes})

    async def release(name: ClusterName, plan: ChangeSet) -> tuple[Outcome, ...]:
        return await carry_out(plan, fleet.clients[name], concurrency, lambda outcome: progress.done(name, outcome))

    results = await asyncio.gather(*[release(name, plan) for name, plan in found.plans.items()])
    return dict(zip(found.plans, results, strict=True))


async def _plan(client: MemberClient, instance: str) -> tuple[ChangeSet, str]:
    """The releases of one member, and why some objects may be missing; empty where none is. Raises MemberError."""
    view = await client.look({})
    unread = view.unread
    reasons = {*unread.kinds.values(), *unread.objects.values()}
    copies, trouble = await _copies(client, instance)
    changes = sorted([*_objects(view, instance), *copies], key=lambda change: change.key)
    return ChangeSet(client.name, (tuple(changes),) if changes else ()), "; ".join(sorted({*reasons, trouble} - {""}))


def _objects(view: LiveView, instance: str) -> list[Release]:
    """An object with our label that our id does not name is a copy that somebody made of one of ours; it is not ours."""
    ours = {key: live for key, live in view.objects.items() if owner_of(live) == instance}
    return [Release(key, live, unmarked(live), _REASON) for key, live in ours.items()]


async def _copies(client: MemberClient, instance: str) -> tuple[list[Release], str]:
    """The EndpointSlices that were copied to the member, and why they cannot be read; empty where they can."""
    slices = client.endpoint_slices()
    if slices is None:
        return [], ""
    slices.follow(SlicesToFollow(copies=f"{COPIES_OF}={instance}"), lambda: None)
    await slices.settled()
    copies = {key: record.manifest for key, record in (slices.copies or {}).items()}
    return [Release(key, live, without_instance(live), _REASON) for key, live in copies.items()], slices.trouble
