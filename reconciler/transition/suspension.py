"""Suspension and preservation: the fields of a policy that govern the copies in the members, not their placement.

In Karmada, suspension stops creation, updates and corrections, but not deletion. Here it stops deletion, too: it is recorded
with the decision, so nothing is removed when the template or the policy disappears meanwhile (design: "safer than Karmada").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of
from reconciler.model.policy import NOT_SUSPENDED, PropagationPolicy, Suspension
from reconciler.model.recorded import RecordedDecision
from reconciler.model.settings import Settings
from reconciler.model.suspended import Suspended, suspended_in
from reconciler.model.work import Work


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done with the copies of one object."""

    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False
    """Whether copies that are no longer wanted are released instead of deleted (`preserveResourcesOnDeletion`)."""


FREE = Terms()


def terms_of(
    policy: PropagationPolicy | None, previous: RecordedDecision | None, now: datetime, *, as_recorded: bool = False
) -> Terms:
    """The terms of the policy; the recorded terms where there is no policy, or where it does not act yet (`as_recorded`)."""
    if policy is not None and not (as_recorded and previous is not None):
        suspension = with_statement(policy.suspension, policy.suspended, now)
        return Terms(suspension, policy.preserve) if suspension or policy.preserve else FREE
    return FREE if previous is None else recorded_terms(previous, ended=has_ended(previous, now))


def recorded_terms(previous: RecordedDecision, *, ended: bool) -> Terms:
    """ended: whether the suspension that is recorded has ended."""
    suspension = NOT_SUSPENDED if ended else previous.suspension
    return Terms(suspension, previous.preserve) if suspension or previous.preserve else FREE


def has_ended(previous: RecordedDecision, now: datetime) -> bool:
    stated = previous.suspension.stated
    return stated is not None and not stated.holds(now)


def with_statement(suspension: Suspension, stated: Suspended | None, now: datetime) -> Suspension:
    """The suspension, everywhere where an annotation states that and its time has not ended."""
    if stated is None or not stated.holds(now):
        return suspension
    return replace(suspension, everywhere=True, stated=stated)


def with_own_statement(terms: Terms, template: Manifest, now: datetime) -> Terms:
    """The terms, with what the annotations of the object itself state."""
    suspension = with_statement(terms.suspension, suspended_in(annotations_of(template)), now)
    return terms if suspension is terms.suspension else replace(terms, suspension=suspension)


@dataclass(frozen=True, slots=True)
class Halt:
    """Members to which nothing is written, whatever their objects are."""

    everywhere: Suspended | None = None
    """By the Configuration."""
    clusters: Mapping[ClusterName, Suspended] = field(default_factory=dict)
    """By their Cluster files, sorted."""

    def on(self, name: ClusterName) -> Suspended | None:
        return self.everywhere or self.clusters.get(name)


NO_HALT = Halt()


def halt_of(settings: Settings, clusters: Iterable[Cluster], now: datetime) -> Halt:
    """What is suspended as a whole."""
    stated = {one.name: found for one in clusters if (found := suspended_in(one.annotations)) is not None and found.holds(now)}
    everywhere = settings.suspended if settings.suspended is not None and settings.suspended.holds(now) else None
    return Halt(everywhere, dict(sorted(stated.items()))) if stated or everywhere is not None else NO_HALT


def suspension_ends(
    settings: Settings, clusters: Iterable[Cluster], others: Iterable[Suspended | None], now: datetime
) -> datetime | None:
    """When the next suspension ends by itself; None where none does. others: those of policies and objects."""
    stated = [settings.suspended, *(suspended_in(one.annotations) for one in clusters), *others]
    return min((one.until for one in stated if one is not None and one.until is not None and one.until > now), default=None)


@dataclass(frozen=True, slots=True)
class Restraints:
    """The terms of all objects, by what they restrain."""

    everywhere: frozenset[ResourceKey] = frozenset()
    """Objects that are suspended in every member."""
    on: Mapping[ClusterName, frozenset[ResourceKey]] = field(default_factory=dict)
    """Objects that are suspended in one member."""
    preserved: frozenset[ResourceKey] = frozenset()
    """Objects whose copies are released instead of deleted."""


def restraints_of(terms: Mapping[ResourceKey, Terms]) -> Restraints:
    """The terms of all objects as one value."""
    on: dict[str, set[ResourceKey]] = {}
    for key, term in terms.items():
        for name in term.suspension.clusters:
            on.setdefault(name, set()).add(key)
    return Restraints(
        everywhere=frozenset(key for key, term in terms.items() if term.suspension.everywhere),
        on={ClusterName(name): frozenset(keys) for name, keys in sorted(on.items())},
        preserved=frozenset(key for key, term in terms.items() if term.preserve),
    )


def restrain(works: Mapping[ClusterName, Work], restraints: Restraints) -> Mapping[ClusterName, Work]:
    """The works, each with the objects that must not be touched and those that must not be deleted."""
    if restraints == Restraints():
        return works
    return {
        name: replace(
            work,
            suspended=restraints.everywhere | restraints.on.get(name, frozenset()),
            preserved=restraints.preserved,
        )
        for name, work in works.items()
    }
