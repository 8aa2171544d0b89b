"""Suspension and preservation: the fields of a policy that govern the copies in the members, not their placement.

In Karmada, suspension stops creation, updates and corrections, but not deletion. Here it stops deletion, too: it is recorded
with the decision, so nothing is removed when the template or the policy disappears meanwhile (design: "safer than Karmada").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.policy import NOT_SUSPENDED, PropagationPolicy, Suspension
from reconciler.model.recorded import RecordedDecision
from reconciler.model.work import Work


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done with the copies of one object."""

    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False
    """Whether copies that are no longer wanted are released instead of deleted (`preserveResourcesOnDeletion`)."""


FREE = Terms()


def terms_of(policy: PropagationPolicy | None, previous: RecordedDecision | None, *, as_recorded: bool = False) -> Terms:
    """The terms of the policy; the recorded terms where there is no policy, or where it does not act yet (`as_recorded`)."""
    if policy is not None and not (as_recorded and previous is not None):
        return Terms(policy.suspension, policy.preserve) if policy.suspension or policy.preserve else FREE
    if previous is None or not (previous.suspension or previous.preserve):
        return FREE
    return Terms(previous.suspension, previous.preserve)


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
