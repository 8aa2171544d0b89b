"""Failovers, drift and revisions in the order of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked
from reconciler.dashboard.pages.timeline import STEPS, Event, Told, view
from reconciler.dashboard.scope import Scope, visible
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedDecision
from reconciler.present.style import Style
from reconciler.record.object_history import ObjectFacts, RecordedStep
from reconciler.repo.revision import Commit
from reconciler.review.rollout_statements import Statement, Verb
from tests.support.builders import binding, config
from tests.support.showcase import THEN
from tests.support.showcase_events import LATER

A, B = (ResourceKey("", "ConfigMap", "shop", name) for name in "ab")
Objects = dict[ResourceKey, tuple[ObjectFacts, ObjectFacts]]


def step(at: datetime, revision: str, objects: Objects | None = None) -> RecordedStep:
    return RecordedStep(Commit("c" * 40, "t" * 40, "Recorded", "Reconciler <r@localhost>", at), revision, objects or {})


def copy(key: ResourceKey, **fields: object) -> ObjectFacts:
    decision = RecordedDecision(binding(config(key.name), m1=0), "a.yaml")
    status = replace(ClusterStatus(ClusterName("m1"), True, CURRENT, digest="sha256:1"), **fields)  # type: ignore[arg-type]
    return ObjectFacts(decision, ObjectReport((status,)))


def corrected(key: ResourceKey, what: str = "ann changed data.a") -> tuple[ObjectFacts, ObjectFacts]:
    return copy(key), copy(key, corrected=what)


def events(facts: Facts, *steps: RecordedStep, **query: str) -> list[Event]:
    page = view(Asked(facts, THEN, query=query, address="/timeline"), Told(steps))
    return [event for day in page.days for event in day.events]


def test_the_same_about_several_objects_is_one_event(facts: Facts) -> None:
    (event,) = events(facts, step(THEN, "1", {A: corrected(A), B: corrected(B)}))
    assert (event.kind, event.role, event.text, event.message) == (
        "drift",
        Style.PLAIN,
        "2 objects were corrected on m1",
        "ann changed data.a",
    )
    assert (event.objects, event.total) == ((A, B), 2)


def test_what_differs_is_told_apart(facts: Facts) -> None:
    found = events(facts, step(THEN, "1", {A: corrected(A), B: corrected(B, "bob deleted it")}))
    assert [event.text for event in found] == ["ConfigMap shop/a was corrected on m1", "ConfigMap shop/b was corrected on m1"]


def test_a_failover_names_the_member_and_the_reason(facts: Facts) -> None:
    keys = [key for key, one in facts.state.decisions.items() if one.evictions]
    moved = {
        key: (
            ObjectFacts(replace(one, evictions=()), facts.state.report_of(key)),
            ObjectFacts(one, facts.state.report_of(key)),
        )
        for key, one in facts.state.decisions.items()
    }
    (event,) = events(facts, step(LATER, "1", moved))
    assert (event.kind, event.text) == ("failover", f"{len(keys)} objects leave ap-south-2")
    assert "not-ready:NoExecute" in event.message
    assert event.total == len(keys)


def test_a_revision_that_comes_into_force_is_an_event_and_the_oldest_is_not(facts: Facts) -> None:
    found = events(facts, step(LATER, "b" * 40), step(LATER, "a" * 40), step(THEN, "a" * 40))
    assert [(event.kind, event.text) for event in found] == [("revision", "Revision bbbbbbbb came into force")]


def test_it_is_in_days_and_one_kind_can_be_chosen(facts: Facts) -> None:
    steps = [step(THEN, "2", {A: corrected(A)}), step(THEN - timedelta(days=1), "1", {B: corrected(B)})]
    page = view(Asked(facts, THEN, address="/timeline"), Told(steps))
    assert [str(day.day) for day in page.days] == ["2026-11-30", "2026-11-29"]
    assert [(one.text, one.number, one.href) for one in page.kinds] == [
        ("Drift", 2, "/timeline?kind=drift"),
        ("Revisions", 1, "/timeline?kind=revision"),
    ]
    assert [event.kind for event in events(facts, *steps, kind="revision")] == ["revision"]
    assert events(facts, *steps, kind="<script>") == []


def test_members_that_may_not_be_seen_are_not_told_of(facts: Facts) -> None:
    steps = [step(THEN, "1", {A: corrected(A)})]
    seen = visible(facts, Scope(None, ("us-*",)))
    assert events(seen, *steps) == []
    assert len(events(facts, *steps)) == 1


def test_that_there_may_be_older_ones_is_said(facts: Facts) -> None:
    few, many = [step(THEN, "1")], [step(THEN, "1")] * STEPS
    assert [view(Asked(facts, THEN), Told(steps)).since for steps in (few, many)] == [None, THEN]


def stated(
    verb: Verb, detail: str = "", ref: PolicyRef | None = None, author: str = "Ada Lovelace <ada@example.org>"
) -> Statement:
    commit = Commit("d" * 40, "t" * 40, "Words of the commit", "Merge Bot <bot@example.org>", THEN)
    return Statement(commit, author, ref, verb, detail)


def test_statements_about_rollouts_stand_in_the_order_of_time(facts: Facts) -> None:
    fraud = PolicyRef("PropagationPolicy", "payments", "fraud")
    gone = PolicyRef("PropagationPolicy", "payments", "gone")
    told = Told(
        [step(LATER, "1", {A: corrected(A)}), step(THEN - timedelta(hours=1), "1", {B: corrected(B)})],
        [
            stated(Verb.PAUSED, "look at this first"),
            stated(Verb.APPROVED, f"{'a' * 40}/europe", fraud),
            stated(Verb.PROMOTED, f"{'a' * 40}/*", gone),
            stated(Verb.RESUMED, author=""),
        ],
    )
    page = view(Asked(facts, THEN, address="/timeline"), told)
    found = [(event.kind, event.text, event.message, event.rollout) for day in page.days for event in day.events]
    assert found[1:-1] == [
        ("rollout", "Ada Lovelace paused the rollout of the Configuration", "look at this first", "Configuration"),
        (
            "rollout",
            "Ada Lovelace approved group europe of the rollout of PropagationPolicy payments/fraud",
            "of revision aaaaaaaa",
            "PropagationPolicy payments/fraud",
        ),
        (
            "rollout",
            "Ada Lovelace promoted every group of the rollout of PropagationPolicy payments/gone",
            "of revision aaaaaaaa",
            "",
        ),
        ("rollout", "Somebody resumed the rollout of the Configuration", "", "Configuration"),
    ]
    assert [kind for kind, *_ in found] == ["drift", *["rollout"] * 4, "drift"]
    only = view(Asked(facts, THEN, query={"kind": "rollout"}, address="/timeline"), told)
    assert (only.total, [one.text for one in only.kinds]) == (4, ["Drift", "Rollouts"])
