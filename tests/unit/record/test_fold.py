"""What agents report becomes part of the recorded state, and only what they say of their own member."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.work import Work
from reconciler.model.write_policy import Apply, WritePolicy
from reconciler.pipeline.works import make_works
from reconciler.record.fold import IN_DOUBT, NOT_APPLIED, NOT_REMOVED, reported_statuses, with_reported_facts
from reconciler.record.next_state import Observation, assume_applied, next_state
from tests.properties.test_record import STATUSES
from tests.support import builders
from tests.support.in_memory_fleet import NOW, compile_files
from tests.support.shop import SHOP

M1 = ClusterName("m1")
REVISION = "3f2c1ab"
WEB = builders.rendered(builders.deployment())
SECRET = builders.rendered(builders.manifest("Secret", "token"))
WORK = Work(M1, (WEB,))
NOTHING = RecordedState()
APIS = frozenset({GroupVersionKind("apps", "v1", "Deployment")})


def report(statuses: dict[ResourceKey, ClusterStatus], name: str = "m1", **fields: Any) -> MemberReport:
    facts = RecordedCluster(ClusterName(name), "", version="v1.36.3", apis=APIS)
    return replace(MemberReport(facts, statuses, REVISION, "77aa", NOW, timedelta(minutes=5)), **fields)


def status(digest: str = WEB.digest, health: Health = CURRENT) -> ClusterStatus:
    return ClusterStatus(M1, True, health, digest=digest)


def folded(work: Work, said: MemberReport | str, recorded: RecordedState = NOTHING, **now: float) -> Any:
    return reported_statuses(work, said, recorded, REVISION, NOW + timedelta(**now))


def decided(*members: str, **fields: Any) -> RecordedState:
    targets = tuple(TargetCluster(ClusterName(name), 2) for name in members)
    binding = Binding(WEB.key, None, targets, 2, divided=False, workload=True)
    return RecordedState(decisions={WEB.key: replace(RecordedDecision(binding, "web.yaml"), **fields)})


def test_a_copy_of_the_wanted_manifest_counts_as_reported() -> None:
    assert folded(WORK, report({WEB.key: status()})) == {WEB.key: status()}


def test_an_object_with_another_name_there_is_reported_by_that_of_its_template() -> None:
    gate = replace(WEB, key=WEB.key._replace(name="web-1"), template=WEB.key)
    assert folded(Work(M1, (gate,)), report({WEB.key: status()})) == {WEB.key: status()}


@pytest.mark.parametrize("statuses", [{}, {WEB.key: status("sha256:older")}])
def test_what_the_agent_did_not_apply_yet_is_unknown(statuses: dict[ResourceKey, ClusterStatus]) -> None:
    one = folded(WORK, report(statuses))[WEB.key]
    assert (one.applied, one.health.status, one.message) == (False, HealthStatus.UNKNOWN, NOT_APPLIED)


def test_an_object_that_is_created_only_once_counts_with_any_manifest() -> None:
    once = replace(WEB, write_policy=WritePolicy(Apply.CREATE_ONLY))
    assert folded(Work(M1, (once,)), report({WEB.key: status("sha256:older")}))[WEB.key].applied


@pytest.mark.parametrize(("revision", "applied"), [(REVISION, True), ("older", False)])
def test_a_secret_counts_with_its_revision(revision: str, applied: bool) -> None:
    said = report({SECRET.key: status("")}, revision=revision)
    assert folded(Work(M1, (SECRET,)), said)[SECRET.key].applied is applied


def test_what_is_not_wanted_any_more_stays_until_it_is_gone() -> None:
    one = folded(Work(M1, ()), report({WEB.key: status()}), decided("m1"))[WEB.key]
    assert (one.applied, one.health, one.message) == (False, CURRENT, NOT_REMOVED)
    assert folded(Work(M1, ()), report({}), decided("m1")) == {}


@pytest.mark.parametrize("held", [frozenset[ResourceKey](), frozenset({WEB.key})])
@pytest.mark.parametrize(
    ("recorded", "taken"),
    [
        (RecordedState(), False),
        (decided("m2"), False),
        (decided("m2", leaving={M1: NOW}), True),
        (decided("m2", decided=(TargetCluster(M1, 2),)), True),
        (decided("m2", required_by=(RequiredBy(SECRET.key, (TargetCluster(M1, 0),)),)), True),
        (RecordedState(reports={WEB.key: ObjectReport((status(),))}), True),
    ],
)
def test_a_copy_that_no_decision_placed_there_is_not_taken(
    recorded: RecordedState, taken: bool, held: frozenset[ResourceKey]
) -> None:
    assert bool(folded(Work(M1, (), held=held), report({WEB.key: status()}), recorded)) is taken


def known(message: str, health: Health, *, applied: bool = False) -> RecordedState:
    return RecordedState(reports={WEB.key: ObjectReport((ClusterStatus(M1, applied, health, message, WEB.digest),))})


UNKNOWN = Health(HealthStatus.UNKNOWN)


@pytest.mark.parametrize("revision", [REVISION, "older"])
@pytest.mark.parametrize(
    "last", [known(NOT_APPLIED, UNKNOWN), known("m1: its agent is silent", UNKNOWN), known(IN_DOUBT, UNKNOWN)]
)
def test_what_may_have_been_applied_is_gone_by_a_newest_report_only(last: RecordedState, revision: str) -> None:
    found = reported_statuses(Work(M1, ()), report({}, revision=revision), last, REVISION, NOW)
    assert {key: one.message for key, one in found.items()} == ({} if revision == REVISION else {WEB.key: IN_DOUBT})


def test_what_a_report_told_is_gone_by_the_next_one() -> None:
    assert reported_statuses(Work(M1, ()), report({}, revision="older"), known(NOT_REMOVED, CURRENT), REVISION, NOW) == {}


@pytest.mark.parametrize("last", [known(NOT_REMOVED, CURRENT), known(IN_DOUBT, UNKNOWN)])
@pytest.mark.parametrize("statuses", [{}, {WEB.key: status()}])
def test_what_comes_back_counts_by_a_newest_report_only(last: RecordedState, statuses: dict[ResourceKey, ClusterStatus]) -> None:
    one = reported_statuses(WORK, report(statuses, revision="older"), last, REVISION, NOW)[WEB.key]
    assert (one.applied, one.health.status, one.message) == (False, HealthStatus.UNKNOWN, IN_DOUBT)
    newest = reported_statuses(WORK, report(statuses), last, REVISION, NOW)[WEB.key]
    assert (newest.applied, newest.message) == ((True, "") if statuses else (False, NOT_APPLIED))


@pytest.mark.parametrize(("generation", "applied"), [(None, True), (6, False), (7, True), (8, False)])
def test_what_comes_back_within_a_revision_counts_by_a_report_on_the_last_decision(generation: int | None, applied: bool) -> None:
    """None: of an agent that does not report it."""
    last = replace(known(NOT_REMOVED, CURRENT), clusters={M1: RecordedCluster(M1, "", digest="of what goes", generation=6)})
    one = folded(WORK, report({WEB.key: status()}, generation=generation), last)[WEB.key]
    assert (one.applied, one.message) == ((True, "") if applied else (False, IN_DOUBT))


def test_what_stays_counts_by_an_older_report() -> None:
    last = known("", CURRENT, applied=True)
    assert reported_statuses(WORK, report({WEB.key: status()}, revision="older"), last, REVISION, NOW) == {WEB.key: status()}


def test_what_is_held_or_leaves_is_as_reported() -> None:
    held = Work(M1, (), held=frozenset({WEB.key}))
    assert folded(held, report({WEB.key: status("sha256:older")}), decided("m1"))[WEB.key].applied
    assert folded(Work(M1, (WEB,), leaving=frozenset({WEB.key})), report({})) == {}


@pytest.mark.parametrize(
    ("said", "minutes", "why"),
    [
        ("its agent has not reported yet", 0, "m1: its agent has not reported yet"),
        (report({WEB.key: status()}), 16, "m1: its agent reported last at 2026-01-01T12:00:00Z"),
        (report({}, facts=RecordedCluster(M1, "", ready=False, message="m1: refused")), 0, "m1: refused"),
    ],
)
def test_of_a_silent_member_nothing_is_known(said: MemberReport | str, minutes: int, why: str) -> None:
    one = folded(WORK, said, minutes=minutes)[WEB.key]
    assert (one.applied, one.health.status, one.message) == (False, HealthStatus.UNKNOWN, why)


def test_facts_are_those_of_the_member_and_keep_what_the_leader_knows() -> None:
    known = RecordedCluster(M1, "clusters/m1.yaml", addresses={"spec.apiEndpoint": "https://m1"}, read=False)
    state = with_reported_facts(RecordedState(clusters={M1: known}), [builders.cluster("m1")], {M1: report({})})
    assert state.clusters == {M1: replace(known, version="v1.36.3", apis=APIS)}
    assert with_reported_facts(state, [builders.cluster("m1")], {M1: report({})}) is state


@pytest.mark.parametrize(
    ("last", "said", "id", "read"),
    [("", "1", "1", True), ("1", "1", "1", True), ("1", "", "1", True), ("1", "2", "2", False)],
)
def test_another_server_is_one_that_was_never_read(last: str, said: str, id: str, read: bool) -> None:
    state = RecordedState(clusters={M1: RecordedCluster(M1, "", id=last)})
    found = with_reported_facts(state, [builders.cluster("m1")], {M1: report({}, facts=RecordedCluster(M1, "", id=said))})
    assert (found.clusters[M1].id, found.clusters[M1].read) == (id, read)


COMPILED = compile_files(SHOP, assume_applied(compile_files(SHOP)))
WORKS = make_works(COMPILED)
KEYS = st.sampled_from(sorted(COMPILED.templates))
SAID = st.fixed_dictionaries({name: st.dictionaries(KEYS, STATUSES, max_size=4) for name in WORKS})


def test_what_agents_report_is_one_status_for_all_copies() -> None:
    (web,) = (key for key in COMPILED.templates if (key.kind, key.name) == ("Deployment", "web"))
    statuses = {}
    for name, work in WORKS.items():
        copies = (manifest for manifest in work.manifests if manifest.key == web)
        said = {
            one.key: replace(status(one.digest), cluster=name, reflected={"replicas": 2, "readyReplicas": 2}) for one in copies
        }
        statuses[name] = reported_statuses(work, report(said, name), COMPILED.recorded, REVISION, NOW)
    found = next_state(COMPILED, WORKS, Observation(REVISION, NOW, statuses)).report_of(web)
    holders = [one.cluster for one in found.statuses if one.applied]
    assert len(holders) > 1
    assert found.aggregated is not None
    assert found.aggregated["readyReplicas"] == 2 * len(holders)


def of_member(name: ClusterName, said: dict[ResourceKey, ClusterStatus]) -> dict[ResourceKey, ClusterStatus]:
    own = {key: replace(one, cluster=name) for key, one in said.items()}
    return dict(reported_statuses(WORKS[name], report(own, name), COMPILED.recorded, REVISION, NOW))


@given(SAID, st.randoms(use_true_random=False))
def test_the_order_of_reports_decides_nothing(said: dict[ClusterName, dict[ResourceKey, ClusterStatus]], random: Any) -> None:
    statuses = {name: of_member(name, said[name]) for name in WORKS}
    shuffled = {name: statuses[name] for name in random.sample(list(WORKS), len(WORKS))}
    one = next_state(COMPILED, WORKS, Observation(REVISION, NOW, statuses))
    assert next_state(COMPILED, WORKS, Observation(REVISION, NOW, shuffled)) == one


@given(SAID, st.sampled_from(sorted(WORKS)), st.dictionaries(KEYS, STATUSES, max_size=4))
def test_a_report_changes_nothing_of_another_member(
    said: dict[ClusterName, dict[ResourceKey, ClusterStatus]], liar: ClusterName, lies: dict[ResourceKey, ClusterStatus]
) -> None:
    """Neither what is recorded of it, nor what it must hold, nor how it is placed now."""

    def of_others(said: dict[ClusterName, dict[ResourceKey, ClusterStatus]]) -> Any:
        statuses = {name: of_member(name, said[name]) for name in WORKS}
        state = next_state(COMPILED, WORKS, Observation(REVISION, NOW, statuses))
        reports = {
            (key, one.cluster): one for key, of_all in state.reports.items() for one in of_all.statuses if one.cluster != liar
        }
        return reports, {name: one for name, one in state.clusters.items() if name != liar}, state.decisions

    assert of_others(said) == of_others(said | {liar: lies})
