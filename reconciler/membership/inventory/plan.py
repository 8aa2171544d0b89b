"""What a look at the host clusters makes of the members: a value, from which the commit follows. Pure.

Nothing here removes a member. One whose object vanished is cordoned: it gets no new objects, and keeps those that it has. When
the object is back, the taint goes, unless a person had put it there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.membership.inventory import refusals
from reconciler.membership.inventory.facts import Declared, Look
from reconciler.membership.inventory.fields import (
    CORDON_FIELD,
    FieldChanges,
    field_changes,
    present_fields,
    wanted_fields,
    written_fields,
)
from reconciler.membership.inventory.objects import ClusterObject
from reconciler.model.cluster import Cluster
from reconciler.model.cluster_inventory import SOURCE_ANNOTATION, InventoryRule, InventorySettings
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName


class Outcome(StrEnum):
    """What becomes of one member."""

    ADDED = "Added"
    CHANGED = "Changed"
    UNCHANGED = "Unchanged"
    CORDONED = "Cordoned"
    """Its object vanished."""
    RETURNED = "Returned"
    """Its object is back."""
    VANISHED = "Vanished"
    """Its object vanished, and nothing is written: it is cordoned already, or a guard or a person holds it."""
    WAITING = "Waiting"
    """Its object is not ready to be a member."""
    REFUSED = "Refused"
    """An issue says why."""


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """What becomes of one member, or of an object that would be one."""

    name: ClusterName
    rule: str
    reference: str
    """SOURCE/NAMESPACE/NAME of the object."""
    outcome: Outcome
    note: str = ""
    file: str = ""
    """Where the member is declared, or will be."""
    changes: FieldChanges | None = None
    """None where nothing is written."""
    is_new: bool = False

    @property
    def source(self) -> str:
        """As the Cluster file records it."""
        return f"{self.rule}/{self.reference}"


@dataclass(frozen=True, slots=True)
class InventoryPlan:
    members: tuple[MemberPlan, ...] = ()
    """Sorted by name, rule and object."""
    issues: tuple[Issue, ...] = ()
    """Sorted."""

    @property
    def written(self) -> tuple[MemberPlan, ...]:
        return tuple(one for one in self.members if one.changes is not None)

    @property
    def missing(self) -> frozenset[ClusterName]:
        """Members whose objects are not there, cordoned or not."""
        return frozenset(one.name for one in self.members if one.outcome in (Outcome.CORDONED, Outcome.VANISHED))


def plan_inventory(
    settings: InventorySettings, looks: Mapping[str, Look], declared: Declared, missed: Collection[ClusterName] | None = None
) -> InventoryPlan:
    """looks: by the name of the rule. missed: members whose objects an earlier look did not find either; only those are cordoned.
    None: one look is enough."""
    issues = [look.problem for look in looks.values() if look.problem is not None]
    rules = {rule.name: rule for rule in settings.rules}
    found = _found(settings.rules, looks)
    members: list[MemberPlan] = []
    taken: dict[str, str] = {}
    for rule, one in found:
        name = ClusterName(f"{rule.prefix}{one.name}")
        cluster = declared.clusters.get(name)
        if cluster is not None and _is_held(cluster, rule, one, rules, looks, found):
            members.append(_kept(cluster, rule, one))
            continue
        refusal = refusals.refusal(name, rule, one, declared, _rivals(name, rule, found), taken)
        if refusal is not None:
            issues.append(refusal)
            members.append(MemberPlan(name, rule.name, one.reference, Outcome.REFUSED, refusal.message))
        elif one.waits_for:
            members.append(MemberPlan(name, rule.name, one.reference, Outcome.WAITING, one.waits_for))
        else:
            taken |= {name: str(one), **({one.endpoint: name} if one.endpoint else {})}
            changes = field_changes({}, {}, wanted_fields(rule, one))
            file = f"clusters/{name}.yaml"
            members.append(MemberPlan(name, rule.name, one.reference, Outcome.ADDED, "", file, changes, is_new=True))
    here = {one.name for one in members if one.outcome is not Outcome.REFUSED}
    for rule in settings.rules:
        vanished, problem = _vanished(rule, looks, settings, here, declared, missed)
        members += vanished
        issues += [problem] if problem is not None else []
    return InventoryPlan(tuple(sorted(members, key=lambda one: (one.name, one.rule, one.reference))), tuple(sorted(issues)))


def _found(rules: Sequence[InventoryRule], looks: Mapping[str, Look]) -> list[tuple[InventoryRule, ClusterObject]]:
    """In the order of the rules, and of their objects by namespace and name. An object that is being deleted is gone."""
    return [
        (rule, one)
        for rule in rules
        for one in sorted(looks[rule.name].objects if rule.name in looks else (), key=lambda one: (one.namespace, one.name))
        if not one.is_leaving
    ]


def _source(cluster: Cluster) -> str:
    return cluster.annotations.get(SOURCE_ANNOTATION, "")


def _rule_of(cluster: Cluster) -> str:
    return _source(cluster).partition("/")[0]


def _is_held(
    cluster: Cluster,
    rule: InventoryRule,
    one: ClusterObject,
    rules: Mapping[str, InventoryRule],
    looks: Mapping[str, Look],
    found: Sequence[tuple[InventoryRule, ClusterObject]],
) -> bool:
    """Whether the Cluster stands for this object: by this rule, or by one that is gone or does not select it any more."""
    owner, _, reference = _source(cluster).partition("/")
    if reference != one.reference:
        return False
    if owner == rule.name or owner not in rules:
        return True
    if owner not in looks or looks[owner].problem is not None:  # It may select the object still.
        return False
    return rules[owner].host == rule.host and not any(
        other.name == owner and found_one.reference == reference for other, found_one in found
    )


def _rivals(
    name: ClusterName, rule: InventoryRule, found: Sequence[tuple[InventoryRule, ClusterObject]]
) -> tuple[ClusterObject, ...]:
    """The objects of the same rule that would get the same name."""
    return tuple(one for other, one in found if other == rule and f"{other.prefix}{one.name}" == name)


def _kept(cluster: Cluster, rule: InventoryRule, one: ClusterObject) -> MemberPlan:
    present, written = present_fields(cluster), written_fields(cluster)
    wanted = wanted_fields(rule, one)
    if one.waits_for:  # What it does not say now is not news.
        wanted = {**{name: value for name, value in written.items() if name != CORDON_FIELD}, **wanted}
    changes = field_changes(present, written, wanted)
    source = f"{rule.name}/{one.reference}"
    needed = changes.sets or changes.removes or dict(changes.written) != written or _source(cluster) != source
    returned = CORDON_FIELD in changes.removes
    outcome = Outcome.RETURNED if returned else Outcome.CHANGED if needed else Outcome.UNCHANGED
    note = f"kept as it was edited: {', '.join(changes.kept)}" if changes.kept else ""
    return MemberPlan(cluster.name, rule.name, one.reference, outcome, note, cluster.origin.file, changes if needed else None)


def _vanished(
    rule: InventoryRule,
    looks: Mapping[str, Look],
    settings: InventorySettings,
    here: Collection[ClusterName],
    declared: Declared,
    missed: Collection[ClusterName] | None,
) -> tuple[list[MemberPlan], Issue | None]:
    """What becomes of members of the rule whose objects are not there. here: members whose objects are."""
    look = looks.get(rule.name)
    if look is None or look.problem is not None:
        return [], None
    members = [one for one in declared.clusters.values() if _rule_of(one) == rule.name]
    plans = {cluster.name: _cordoned(cluster, rule) for cluster in members if cluster.name not in here}
    fresh = [name for name, plan in plans.items() if plan.changes is not None]
    owned = [one for one in members if CORDON_FIELD not in written_fields(one)]
    problem = refusals.guarded(rule, settings.guard, fresh, len(owned), look.listed)
    held = set(fresh) if problem is not None else {name for name in fresh if missed is not None and name not in missed}
    note = "not cordoned: too many at once" if problem is not None else "cordoned if the next look does not find it either"
    return [_held_back(plan, note) if name in held else plan for name, plan in sorted(plans.items())], problem


def _cordoned(cluster: Cluster, rule: InventoryRule) -> MemberPlan:
    present, written = present_fields(cluster), written_fields(cluster)
    changes = field_changes(present, written, {**written, CORDON_FIELD: ""})
    needed = CORDON_FIELD in changes.sets
    reference = _source(cluster).partition("/")[2]
    note = "" if needed else "cordoned" if CORDON_FIELD in present else "a person uncordoned it"
    outcome = Outcome.CORDONED if needed else Outcome.VANISHED
    return MemberPlan(cluster.name, rule.name, reference, outcome, note, cluster.origin.file, changes if needed else None)


def _held_back(plan: MemberPlan, note: str) -> MemberPlan:
    return MemberPlan(plan.name, plan.rule, plan.reference, Outcome.VANISHED, note, plan.file)
