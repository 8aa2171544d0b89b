"""What the Tenants say about plans: how much a revision removes, and as whom objects are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.changes import Action, Change, ChangeSet, Outcome
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.ordering import declared_key
from reconciler.model.tenant import ServiceAccount
from reconciler.passes.options import Options
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.kept_removals import without_removals
from reconciler.tenancy.accounts import accounts_of
from reconciler.tenancy.removals import Owner, owner_by, refused_removals, removed


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many copies earlier passes over the same revision removed."""

    members: Counter[ClusterName] = field(default_factory=Counter)
    tenants: Counter[str] = field(default_factory=Counter)
    """By the name of the Tenant."""

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(self.members + other.members, self.tenants + other.tenants)


NOTHING_PRUNED = Pruned()


def pruned_in(compiled: Compiled, outcomes: Mapping[ClusterName, Iterable[Outcome]]) -> Pruned:
    """What one pass removed."""
    copies = [
        (name, outcome.change.key)
        for name, of_member in outcomes.items()
        for outcome in of_member
        if outcome.change.action is Action.PRUNE and outcome.done
    ]
    return Pruned(Counter(name for name, _ in copies), removed(copies, owner_in(compiled)))


def owner_in(compiled: Compiled) -> Owner:
    """Whose an object is: by the file of its template, or by that which placed it last where the template is gone."""

    def file_of(key: ResourceKey) -> str:
        item, last = compiled.templates.get(key), compiled.recorded.decisions.get(key)
        return item.template.origin.file if item is not None else last.template_file if last is not None else ""

    return owner_by(compiled.desired.judges, file_of)


def within_limits(
    plans: Mapping[ClusterName, ChangeSet], compiled: Compiled, options: Options, already: Mapping[str, int]
) -> dict[ClusterName, ChangeSet]:
    """The plans without the removals of Tenants that would remove more than they may. Whoever runs this program lifts the limit
    for a member with --allow-prune; a commit does not. already: see `Pruned.tenants`."""
    given = options.allow_prune - options.from_commit
    limited = {name: plan for name, plan in plans.items() if given.isdisjoint({name, "*"})}
    copies = [(name, change.key) for name, plan in limited.items() for change in plan.of(Action.PRUNE)]
    denials = refused_removals(copies, owner_in(compiled), already)
    reasons = {key: str(denial) for key, denial in denials.items()}
    if not reasons:
        return dict(plans)
    return {
        name: without_removals(plan, reasons, compiled.interpreter) if name in limited else plan for name, plan in plans.items()
    }


def account_of(key: ResourceKey, compiled: Compiled) -> ServiceAccount | None:
    """As whom an object is written; None: as the credential of the program."""
    return accounts_of([key], compiled.desired.judges, owner_in(compiled)).get(key)


def with_accounts(plan: ChangeSet, compiled: Compiled) -> ChangeSet:
    """The plan with the ServiceAccounts that its writes are impersonated as."""
    declared = {change.key: _declared(change) for change in plan.remarkable}
    found = accounts_of(declared.values(), compiled.desired.judges, owner_in(compiled))
    accounts = {key: found[one] for key, one in declared.items() if one in found}
    return replace(plan, accounts=accounts) if accounts else plan


def _declared(change: Change) -> ResourceKey:
    """The key of its template."""
    if change.desired is not None:
        return change.desired.declared
    return change.key if change.live is None else declared_key(change.key, change.live)
