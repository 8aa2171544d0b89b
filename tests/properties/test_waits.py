"""Whatever happens in which order: nothing is written before what it depends on, nothing unrelated waits, and equal facts give
equal plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.changes import ChangeSet, Create, Prune, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import key_of
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.plan.member_order import order_of
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules
from reconciler.plan.removal_waits import with_removals_in_order
from reconciler.plan.waits import Facts, with_waits
from tests.support.builders import manifest, rendered

M1 = ClusterName("m1")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAMES = "abcdef"
AVAILABLE = {"type": "Available", "status": "True"}
READY = {**dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1), "conditions": [AVAILABLE]}


@dataclass(frozen=True)
class Thing:
    """A Deployment, which becomes Current some time after it was written."""

    name: str
    wave: int | None
    after: tuple[str, ...]
    namespace: str = "shop"

    @property
    def document(self) -> dict[str, Any]:
        annotations = {} if self.wave is None else {"reconciler.dev/wave": str(self.wave)}
        if self.after:
            annotations["reconciler.dev/depends-on"] = ",".join(f"Deployment.apps/shop/{name}" for name in self.after)
        return manifest("Deployment", self.name, self.namespace, api="apps/v1", spec={"replicas": 1}, annotations=annotations)

    @property
    def key(self) -> ResourceKey:
        return key_of(self.document)


THINGS = st.lists(
    st.builds(
        Thing,
        st.sampled_from(NAMES),
        st.none() | st.integers(-1, 2),
        st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
        st.sampled_from(["shop", "shop", "bank"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda thing: thing.name,
)
EVENTS = st.lists(st.tuples(st.sampled_from(["ready", "busy", "gone", "pass"]), st.sampled_from(NAMES)), max_size=20)


@dataclass
class Member:
    things: list[Thing]
    live: dict[ResourceKey, dict[str, Any]] = field(default_factory=dict)

    def plan(self, *, backwards: bool = False) -> ChangeSet:
        work = Work(M1, tuple(sorted((rendered(thing.document) for thing in self.things), key=lambda one: one.key)))
        items = list(self.live.items())
        view = LiveView(M1, dict(reversed(items) if backwards else items))
        order = order_of(work.manifests, M1, BUILT_IN)
        plan = plan_cluster(work, view, Settings(), PruneRules(consent=True))
        return with_waits(with_removals_in_order(plan, order, BUILT_IN), view, order, Facts(NOW))

    def is_met(self, key: ResourceKey) -> bool:
        return self.live.get(key, {}).get("status") == READY

    def needs(self, thing: Thing) -> list[ResourceKey]:
        """What must be met before it, said in another way than the program says it."""
        named = [ResourceKey("apps", "Deployment", "shop", name) for name in thing.after if thing.key.name != name]
        neighbours = [one for one in self.things if one.namespace == thing.namespace]
        if any(one.wave is not None for one in neighbours):
            named += [one.key for one in neighbours if (one.wave or 0) < (thing.wave or 0)]
        return named

    def carry_out(self) -> list[ResourceKey]:
        """One pass. Checks each write before any is made."""
        plan = self.plan()
        assert plan == self.plan(backwards=True)
        by_key = {thing.key: thing for thing in self.things}
        written = [change for change in plan.writes if change.key in by_key]
        for change in written:
            assert all(map(self.is_met, self.needs(by_key[change.key]))), f"{change.key} is written too early"
        for change in plan.changes:
            if isinstance(change, Skip) and change.waits:
                needs = self.needs(by_key[change.key])
                assert not all(map(self.is_met, needs)), f"{change.key} waits for nothing"
                assert {wait.on.key for wait in change.waits} <= set(needs)
        for change in written:
            assert isinstance(change, Create)
            self.live[change.key] = dict(rendered(by_key[change.key].document).manifest)
        return [change.key for change in written]

    def happen(self, what: str, name: str) -> None:
        key = next((key for key in self.live if key.name == name), None)
        if what == "pass":
            self.carry_out()
        elif key is not None and what == "gone":
            del self.live[key]
        elif key is not None:
            self.live[key]["status"] = READY if what == "ready" else {"replicas": 0}


def without_circles(things: list[Thing]) -> list[Thing]:
    """Each depends only on things before it, and none of an earlier wave on one of a later wave."""
    known: dict[str, Thing] = {}
    for thing in sorted(things, key=lambda one: (one.wave or 0, one.name)):
        known[thing.name] = Thing(thing.name, thing.wave, tuple(name for name in thing.after if name in known), "shop")
    return list(known.values())


@settings(max_examples=200)
@given(THINGS, st.fixed_dictionaries({name: st.sampled_from(["absent", "busy", "ready"]) for name in NAMES}), EVENTS)
def test_nothing_is_written_before_what_it_depends_on(
    things: list[Thing], begun: dict[str, str], events: list[tuple[str, str]]
) -> None:
    """begun: what a member may hold that another process left, in any state."""
    member = Member([thing for thing in things if thing.name not in thing.after])
    for thing in member.things:
        if begun[thing.name] != "absent":
            member.live[thing.key] = dict(rendered(thing.document).manifest)
            member.happen(begun[thing.name], thing.name)
    member.carry_out()
    for what, name in events:
        member.happen(what, name)
        member.carry_out()


@settings(max_examples=80)
@given(THINGS)
def test_what_has_no_circle_is_written_to_the_end(things: list[Thing]) -> None:
    member = Member(without_circles(things))
    for _ in member.things:
        for key in member.carry_out():
            member.live[key]["status"] = READY
    assert set(member.live) == {thing.key for thing in member.things}
    assert not member.plan().writes


@settings(max_examples=80)
@given(THINGS)
def test_an_unrelated_object_never_waits(things: list[Thing]) -> None:
    related = Member(things)
    work = Work(M1, tuple(sorted([*(rendered(one.document) for one in things), rendered(OTHER)], key=lambda one: one.key)))
    order, view = order_of(work.manifests, M1, BUILT_IN), LiveView(M1, related.live)
    plan = with_waits(plan_cluster(work, view, Settings(), PruneRules()), view, order, Facts(NOW))
    assert key_of(OTHER) in {change.key for change in plan.writes}


@settings(max_examples=80)
@given(THINGS)
def test_removal_comes_to_its_end_and_takes_what_depends_on_an_object_first(things: list[Thing]) -> None:
    member = Member(things)
    member.live = {thing.key: dict(rendered(thing.document).manifest) for thing in things}
    chain = without_circles(things) == sorted(things, key=lambda one: (one.wave or 0, one.name))
    member.things = []
    for _ in things:
        gone = {change.key for change in member.plan().writes if isinstance(change, Prune)}
        assert gone or not member.live, "something goes in each pass"
        staying = member.live.keys() - gone
        for thing in things if chain else ():
            if thing.key in staying:
                assert not gone & {ResourceKey("apps", "Deployment", "shop", name) for name in thing.after}
        member.live = {key: one for key, one in member.live.items() if key not in gone}
    assert not member.live


OTHER = manifest("ConfigMap", "other", "elsewhere")
