"""Suspension and letting go: what the policies say about the members' copies rather than about their places.

In Karmada suspension stops creation, updates and corrections, but not deletion. Here it freezes deletion, too: what it says is
recorded, so that neither a template nor a policy that disappears meanwhile takes anything away (design: "safer than Karmada").
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
    """How the copies of one object are dealt with."""

    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False


FREE = Terms()


def terms_of(policy: PropagationPolicy | None, previous: RecordedDecision | None, *, as_recorded: bool = False) -> Terms:
    """The policy's word; the recorded one where there is no policy, or where it does not act yet (`as_recorded`)."""
    if policy is not None and not (as_recorded and previous is not None):
        return Terms(policy.suspension, policy.preserve) if policy.suspension or policy.preserve else FREE
    if previous is None or not (previous.suspension or previous.preserve):
        return FREE
    return Terms(previous.suspension, previous.preserve)


@dataclass(frozen=True, slots=True)
class Restraints:
    """All terms together, by what they restrain."""

    everywhere: frozenset[ResourceKey] = frozenset()
    on: Mapping[ClusterName, frozenset[ResourceKey]] = field(default_factory=dict)
    preserved: frozenset[ResourceKey] = frozenset()


def restraints_of(terms: Mapping[ResourceKey, Terms]) -> Restraints:
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
    """The works with what must not be touched, or not be removed."""
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
