"""The order of changes in one pass: what `plan/waits.py` needs to know of a fleet, and what a wait leaves in the record.

| Fact | Where it comes from |
|---|---|
| objects of a member that no file declares, and that others depend on | read with the wanted ones |
| objects on other members | their plan and view in this pass, else what was recorded of them last |
| since when an object is waited for | its recorded status: a restart does not begin the time anew |
| the same of one that has no status here | the recorded status of the object that waits |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.cluster.member_protocol import Wanted
from reconciler.model.changes import ChangeSet, Skip, Standing, Wait
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.ordering import Dependency, gate_timeout
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.member_order import MemberOrder, order_of
from reconciler.plan.removal_waits import with_removals_in_order
from reconciler.plan.waits import Facts, standing_of, timed, with_waits

Works = Mapping[ClusterName, Work]
Plans = Mapping[ClusterName, ChangeSet]
Views = Mapping[ClusterName, LiveView | str]


def ordered(
    reconciliation: Reconciliation, compiled: Compiled, works: Works, views: Views, plans: Plans, now: datetime
) -> dict[ClusterName, ChangeSet]:
    """The plans without the changes whose turn has not come. views: what the members hold."""
    orders = {name: order_in(reconciliation, compiled, works[name]) for name in plans}
    others = _Others(reconciliation, compiled, works, views, plans, now)
    found = {}
    for name, plan in plans.items():
        order, view = orders[name], views[name]
        if not isinstance(view, LiveView) or not plan.writes:
            found[name] = plan
            continue
        without = with_removals_in_order(plan, order, compiled.interpreter)
        found[name] = with_waits(without, view, order, others.facts(name, order))
    return found


def order_in(reconciliation: Reconciliation, compiled: Compiled, work: Work) -> MemberOrder:
    """Computed once for as long as the member must hold the same manifests."""
    cache = reconciliation.cache.of(work.cluster)
    return cache.latest(order_of, work.manifests, work.cluster, compiled.interpreter, cache.memo)


async def strangers(
    reconciliation: Reconciliation, compiled: Compiled, works: Works, members: Mapping[ClusterName, RecordedCluster]
) -> dict[ClusterName, Wanted]:
    """By member, the objects that no file declares for it and that others depend on, there or elsewhere, each in the best version
    that the member serves. Kinds that it does not serve are left out, and so are members without any."""
    named: dict[ClusterName, set[ResourceKey]] = {}
    for name, work in works.items():
        await reconciliation.turns.take()
        for dependencies in order_in(reconciliation, compiled, work).declared.values():
            for one in dependencies:
                named.setdefault(ClusterName(one.cluster) or name, set()).add(one.key)
    found: dict[ClusterName, Wanted] = {}
    for name, keys in named.items():
        member = members.get(name)
        if name not in works or member is None or member.apis is None:
            continue
        foreign = keys - {key for one in works[name].manifests for key in (one.key, one.declared)}
        served = _best_versions(member.apis) if foreign else {}
        if wanted := {key: served[key.group, key.kind] for key in sorted(foreign) if (key.group, key.kind) in served}:
            found[name] = wanted
    return found


def _best_versions(apis: Iterable[GroupVersionKind]) -> dict[tuple[str, str], GroupVersionKind]:
    return {(gvk.group, gvk.kind): gvk for gvk in sorted(apis, key=lambda each: (each.maturity, each))}


class _Others:
    """What is known of objects on other members."""

    def __init__(
        self, reconciliation: Reconciliation, compiled: Compiled, works: Works, views: Views, plans: Plans, now: datetime
    ) -> None:
        self._reconciliation = reconciliation
        self._compiled = compiled
        self._works = works
        self._views = views
        self._plans = plans
        self._now = now
        self._known: dict[Dependency, Wait | None] = {}
        """What was asked already: many members may wait for one."""

    def facts(self, name: ClusterName, order: MemberOrder) -> Facts:
        named = {one for dependencies in order.declared.values() for one in dependencies if one.cluster}
        for one in named - self._known.keys():
            self._known[one] = self._elsewhere(one)
        elsewhere = {one: wait for one in sorted(named) if (wait := self._known[one]) is not None}
        facts = self._facts_of(name, elsewhere)
        return replace(facts, waits_since=dict(_waits_since(order, facts)))

    def _facts_of(self, name: ClusterName, elsewhere: Mapping[Dependency, Wait]) -> Facts:
        work, recorded = self._works[name], self._compiled.recorded
        declared = {one.key: one.declared for one in work.manifests if one.template is not None}
        client = self._reconciliation.fleet.clients.get(name)
        return Facts(
            self._now,
            tells_health=client is None or client.tells_health,
            timeout=self._compiled.desired.settings.gate_timeout,
            interpreter=self._compiled.interpreter,
            recorded=lambda key: recorded.report_of(declared.get(key, key)).status_in(name),
            elsewhere=elsewhere,
        )

    def _elsewhere(self, dependency: Dependency) -> Wait | None:
        name = ClusterName(dependency.cluster)
        work, view, plan = self._works.get(name), self._views.get(name), self._plans.get(name)
        children = [one.declared for one in work.manifests if dependency.key in one.parents] if work is not None else []
        if children:
            return self._family(children, dependency.cluster)
        desired = _wanted(dependency.key, work.manifests) if work is not None else None
        key = desired.key if desired is not None else dependency.key
        template = self._compiled.templates.get(dependency.key)
        expanded = template is not None and template.template.is_expanded  # No member has it; its status says how it is.
        if plan is not None and isinstance(view, LiveView) and not expanded:
            change = next((one for one in plan.changes if one.key == key), None)
            facts = self._facts_of(name, {})
            wait = standing_of(change, view.objects.get(key), facts.recorded(key), facts)
            return None if wait is None else replace(wait, on=dependency)
        status = self._compiled.recorded.report_of(dependency.key).status_in(name)
        status = status or self._reconciliation.elsewhere.get(dependency)
        if status is None and template is None:
            return Wait(dependency, Standing.UNKNOWN)
        standing = _reported(status, desired)
        if standing is not Standing.IN_PROGRESS or status is None:
            return None if standing is None else Wait(dependency, standing)
        manifest = desired.manifest if desired is not None else template.template.manifest if template is not None else {}
        stated, usual = gate_timeout(manifest), self._compiled.desired.settings.gate_timeout
        wait = Wait(dependency, standing, timeout=usual if stated is None else stated)
        return timed(wait, status.waited_for_since, self._now)

    def _family(self, children: Iterable[ResourceKey], cluster: str) -> Wait | None:
        """The wait for one of the objects that a Chart expands to on another member: the worst, which names that object."""
        waits = [wait for key in children if (wait := self._elsewhere(Dependency(key, cluster))) is not None]
        return min(waits, key=lambda wait: wait.standing.may_end, default=None)


def _waits_since(order: MemberOrder, facts: Facts) -> Iterator[tuple[str, datetime]]:
    """The earliest time where several objects wait for the same one."""
    statuses = [status for key in order.declared if (status := facts.recorded(key)) is not None]
    yield from sorted({pair for status in statuses for pair in status.waits_since}, reverse=True)


def _wanted(declared: ResourceKey, manifests: Iterable[RenderedManifest]) -> RenderedManifest | None:
    return next((one for one in manifests if one.declared == declared), None)


def _reported(status: ClusterStatus | None, desired: RenderedManifest | None) -> Standing | None:
    """By the last report of another process, or of an earlier pass; None where the object is met."""
    if status is None:
        return Standing.ABSENT if desired is None else Standing.NOT_WRITTEN
    if not status.applied or (desired is not None and status.digest not in ("", desired.public_digest)):
        return Standing.NOT_WRITTEN
    if status.health.status is HealthStatus.CURRENT:
        return None
    return Standing.FAILED if status.health.status is HealthStatus.FAILED else Standing.IN_PROGRESS


Statuses = Mapping[ResourceKey, ClusterStatus]


def with_waited_for(
    found: Mapping[ClusterName, Statuses], works: Works, plans: Plans, recorded: RecordedState, now: datetime
) -> dict[ClusterName, Statuses]:
    """The statuses, with the time since when an object that others wait for is written and not Current. It stands in the status
    of that object; where this process has none, in that of each object that waits."""
    result = dict(found)
    for name, keys in _waited_for(works, plans).items():
        statuses = result.get(name, {})
        changed = {
            key: replace(status, waited_for_since=_since(recorded.report_of(key).status_in(name), status, now))
            for key in sorted(keys)
            if (status := statuses.get(key)) is not None and status.applied
            if status.health.status is not HealthStatus.CURRENT
        }
        if changed:
            result[name] = {**statuses, **changed}
    for name, waiting in _without_status(works, plans, found).items():
        last = {key: recorded.report_of(key).status_in(name) for key in waiting}
        changed = {key: _with_waits_since(result[name][key], last[key], waiting[key], now) for key in sorted(waiting)}
        result[name] = {**result[name], **changed}
    return result


def _with_waits_since(status: ClusterStatus, last: ClusterStatus | None, waits: Iterable[str], now: datetime) -> ClusterStatus:
    known = dict(last.waits_since) if last is not None else {}
    return replace(status, waits_since=tuple(sorted((what, known.get(what, now)) for what in waits)))


def _without_status(
    works: Works, plans: Plans, found: Mapping[ClusterName, Statuses]
) -> dict[ClusterName, dict[ResourceKey, frozenset[str]]]:
    """By the keys of their templates, objects that wait until others are Current that have no status in `found`, with these."""
    places = {place for name, wait in waits_in(plans) for place in (name, ClusterName(wait.on.cluster) or name)}
    renamed = {
        place: {one.key: one.declared for one in works[place].manifests if one.template is not None}
        for place in places & works.keys()
    }

    def has_status(there: ClusterName, key: ResourceKey) -> bool:
        return renamed.get(there, {}).get(key, key) in found.get(there, {})

    result: dict[ClusterName, dict[ResourceKey, frozenset[str]]] = {}
    for name in sorted(places & plans.keys()):
        told: dict[int, frozenset[str]] = {}
        for change in plans[name].remarkable:
            if not isinstance(change, Skip) or not change.waits or not has_status(name, change.key):
                continue
            if id(change.waits) not in told:
                begun = [wait.on for wait in change.waits if wait.standing in (Standing.IN_PROGRESS, Standing.TIMED_OUT)]
                lacking = [one for one in begun if not has_status(ClusterName(one.cluster) or name, one.key)]
                told[id(change.waits)] = frozenset(map(str, lacking))
            if told[id(change.waits)]:
                result.setdefault(name, {})[renamed[name].get(change.key, change.key)] = told[id(change.waits)]
    return result


def _waited_for(works: Works, plans: Plans) -> dict[ClusterName, set[ResourceKey]]:
    """By the keys of the templates."""
    found: dict[ClusterName, set[ResourceKey]] = {}
    for name, wait in waits_in(plans):
        found.setdefault(ClusterName(wait.on.cluster) or name, set()).add(wait.on.key)
    for name, keys in found.items():
        manifests = works[name].manifests if name in works else ()
        renamed = {one.key: one.declared for one in manifests if one.template is not None and one.key in keys}
        found[name] = {renamed.get(key, key) for key in keys}
    return found


def _since(last: ClusterStatus | None, status: ClusterStatus, now: datetime) -> datetime:
    same = last is not None and last.digest == status.digest
    return last.waited_for_since or now if last is not None and same else now


def waits_in(plans: Plans) -> Iterator[tuple[ClusterName, Wait]]:
    """Of every change that waits. Those of one place in an ordered namespace share their waits, which are given once."""
    for name, plan in plans.items():
        told: set[int] = set()
        for change in plan.remarkable:
            if isinstance(change, Skip) and change.waits and id(change.waits) not in told:
                told.add(id(change.waits))
                yield from ((name, wait) for wait in change.waits)


def seconds_to_timeout(plans: Plans, now: datetime) -> float | None:
    """Seconds until a wait times out; None where none does."""
    left = [
        (wait.since + wait.timeout - now).total_seconds()
        for _, wait in waits_in(plans)
        if wait.standing is Standing.IN_PROGRESS and wait.since is not None and wait.timeout is not None
    ]
    return max(min(left), 0.0) if left else None


def may_go_on(plans: Plans) -> bool:
    """Whether a change waits for its turn, and nothing is known that keeps the turn from coming."""
    return any(isinstance(change, Skip) and change.pending for plan in plans.values() for change in plan.remarkable)
