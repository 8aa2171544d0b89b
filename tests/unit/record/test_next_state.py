"""The state after a pass joins what each member reports, and keeps the objects that did not change."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.pipeline.works import make_works
from reconciler.record.branch_layout import files_of
from reconciler.record.next_state import Observation, Statuses, next_state
from tests.support.in_memory_fleet import NOW, compile_files
from tests.support.shop import SHOP

WEB = ResourceKey("apps", "Deployment", "shop", "web")
MEMBERS = [ClusterName(name) for name in ("m1", "m2", "m3")]
BROKEN = Health(HealthStatus.FAILED, "crash loop")


def reports(recorded: RecordedState | None = None, **health: Health) -> Statuses:
    """Every member reports what it must hold as applied; health: of web in some members."""
    return {
        name: {
            manifest.key: ClusterStatus(name, True, health.get(name, CURRENT) if manifest.key == WEB else CURRENT)
            for manifest in work.manifests
        }
        for name, work in make_works(compile_files(SHOP, recorded)).items()
    }


def state_after(statuses: Statuses, recorded: RecordedState | None = None) -> RecordedState:
    compiled = compile_files(SHOP, recorded)
    return next_state(compiled, make_works(compiled), Observation("3f2c1ab", NOW, statuses))


def test_the_order_of_the_members_does_not_matter() -> None:
    statuses = reports(m2=BROKEN)
    backwards = {name: statuses[name] for name in reversed(MEMBERS)}
    assert list(backwards) != list(statuses)
    assert files_of(state_after(backwards)) == files_of(state_after(statuses))
    assert [status.cluster for status in state_after(backwards).reports[WEB].statuses] == ["m1", "m2"]


def test_equal_facts_give_the_same_state() -> None:
    first = state_after(reports())
    assert state_after(reports(first), first) is first


def test_a_decision_stays_the_same_object_when_only_a_report_changes() -> None:
    first = state_after(reports())
    second = state_after(reports(first, m1=BROKEN), first)
    assert all(second.decisions[key] is first.decisions[key] for key in first.decisions)
    changed = {key for key in first.reports if second.reports[key] is not first.reports[key]}
    assert changed == {WEB}
    assert (first.clusters[MEMBERS[0]].current - second.clusters[MEMBERS[0]].current) == 1


def test_a_member_that_cannot_be_read_is_not_ready() -> None:
    compiled = compile_files(SHOP)
    observation = Observation("3f2c1ab", NOW, reports(), {MEMBERS[0]: "no answer"})
    clusters = next_state(compiled, make_works(compiled), observation).clusters
    assert [(clusters[name].ready, clusters[name].message) for name in MEMBERS] == [(False, "no answer"), (True, ""), (True, "")]


def test_a_removed_template_is_recorded_until_no_member_holds_it() -> None:
    first = state_after(reports())
    compiled = compile_files({path: text for path, text in SHOP.items() if path != "web/deployment.yaml"}, first)
    works = make_works(compiled)
    nothing: Statuses = {name: {} for name in MEMBERS}
    held: Statuses = {**nothing, MEMBERS[1]: {WEB: replace(first.reports[WEB].statuses[1], applied=False)}}
    decision = next_state(compiled, works, Observation("4", NOW, held)).decisions[WEB]
    assert (decision.binding.cluster_names, decision.binding.policy) == (("m2",), None)
    assert WEB not in next_state(compiled, works, Observation("4", NOW, nothing)).decisions


def test_what_is_recorded_of_a_member_that_was_not_asked_stays() -> None:
    """Also that it could not be read."""
    compiled = compile_files(SHOP)
    first = next_state(compiled, make_works(compiled), Observation("1", NOW, reports(m1=BROKEN), {MEMBERS[0]: "no answer"}))
    asked = {name: statuses for name, statuses in reports(first).items() if name != MEMBERS[0]}
    second = state_after(asked, first)
    assert second.clusters == first.clusters
    assert second.reports == first.reports
    assert list(state_after(asked).clusters) == list(MEMBERS[1:]), "nothing is recorded of a member that was never asked"
