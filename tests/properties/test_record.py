"""The status branch holds every fact, and its bytes depend on the facts only."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.cluster import Taint
from reconciler.model.condition import Condition
from reconciler.model.descheduling import Cap, Waiting
from reconciler.model.drift_record import DriftedField, DriftRecord
from reconciler.model.eviction import EvictionPhase, EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.policy import Suspension
from reconciler.model.quantity import Quantity
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import (
    NO_REPORT,
    ClusterStatus,
    ObjectReport,
    RecordedCluster,
    RecordedDecision,
    RecordedState,
    Reserved,
)
from reconciler.model.scale import CRON_FEDERATED_HPA, Firing, RecordedCron, RecordedRule, RecordedScale
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.fleet_pictures import picture_files
from reconciler.record.readme import readme
from reconciler.record.report_documents import parse_report, report_document
from tests.support.builders import Recorded

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]) | st.sampled_from("\n\t"), max_size=30)
NAMES = st.text("abz019.-:", min_size=1, max_size=12)
CLUSTERS = st.sampled_from(["m1", "m2", "m3", "1e3", "true"])
FILES = st.builds("apps/{}.yaml".format, NAMES)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(lambda t: t.replace(microsecond=0))
KEYS = st.builds(
    ResourceKey,
    st.sampled_from(["", "apps", "example.com"]),
    st.sampled_from(["Deployment", "ConfigMap", "Widget"]),
    st.just("") | NAMES,
    NAMES | st.sampled_from(["a/b", "..", "ü", "%2F"]),
)
POLICIES = st.builds(PolicyRef, st.sampled_from(["PropagationPolicy", "ClusterPropagationPolicy"]), st.just("") | NAMES, NAMES)
HEALTHS = st.builds(Health, st.sampled_from(HealthStatus), TEXT, st.sampled_from(["", "LessReady"]))
FIELDS = st.builds(DriftedField, TEXT.filter(bool), st.lists(TEXT.filter(bool), max_size=2).map(tuple))
DRIFTS = st.builds(
    DriftRecord,
    TEXT,
    TIMES,
    st.booleans(),
    st.sampled_from([1, 3, 10, 300]),
    st.none() | TIMES,
    st.none() | TIMES,
    fields=st.lists(FIELDS, max_size=3).map(tuple),
)
STATUSES = st.builds(
    ClusterStatus,
    CLUSTERS,
    st.booleans(),
    HEALTHS,
    TEXT,
    st.sampled_from(["", "sha256:00"]),
    drift=st.none() | DRIFTS,
    waited_for_since=st.none() | TIMES,
    waits_since=st.dictionaries(TEXT, TIMES, max_size=2).map(lambda found: tuple(sorted(found.items()))),
    log=TEXT,
)
COUNTS = st.integers(0, 2**31)
TARGETS = st.lists(st.builds(TargetCluster, CLUSTERS, COUNTS), unique_by=lambda target: target.name).map(
    lambda targets: tuple(sorted(targets))
)


EVICTIONS = st.builds(
    EvictionTask,
    CLUSTERS,
    st.sampled_from(PurgeMode),
    st.sampled_from(["TaintUntolerated", "ApplicationFailure"]),
    NAMES,
    TIMES,
    TEXT,
    st.sampled_from(EvictionPhase),
    COUNTS,
    st.none() | st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    st.booleans(),
    st.dictionaries(NAMES, TEXT, max_size=2),
    TARGETS,
    st.just("") | NAMES,
    st.just("") | NAMES,
)


QUANTITIES = st.builds("{}{}".format, st.integers(0, 10**12), st.sampled_from(["", "m", "k", "Ki", "Gi", "e3"])).map(
    Quantity.parse
)
AMOUNTS = st.dictionaries(st.sampled_from(["cpu", "memory", "pods", "example.com/gpu"]), QUANTITIES, max_size=3)
WAITING = st.builds(Waiting, COUNTS, COUNTS, st.lists(TIMES, min_size=1, max_size=3).map(sorted).map(tuple))
USES = st.dictionaries(st.sampled_from(["cpu", "requests.memory", "pods"]), st.tuples(QUANTITIES, QUANTITIES), max_size=3)
QUOTAS = st.builds(
    lambda namespace, name, file, uses: QuotaUse(
        namespace,
        name,
        file,
        {each: limit for each, (limit, _) in uses.items()},
        {each: used for each, (_, used) in uses.items()},
    ),
    NAMES,
    NAMES,
    FILES,
    USES,
)


@st.composite
def objects(draw: st.DrawFn) -> Recorded:
    targets = draw(TARGETS)
    statuses = sorted(draw(st.lists(STATUSES, max_size=3, unique_by=lambda one: one.cluster)), key=lambda one: one.cluster)
    workload = draw(st.booleans())
    policy = draw(st.none() | POLICIES)
    binding = Binding(draw(KEYS), policy, targets, draw(COUNTS) if workload else 0, draw(st.booleans()), workload)
    decision = RecordedDecision(
        binding,
        template_file=draw(FILES),
        policy_file=draw(FILES) if policy else "",
        overrides=tuple(draw(st.lists(st.tuples(POLICIES, FILES), max_size=2))),
        leaving=draw(st.dictionaries(CLUSTERS, TIMES, max_size=2)),
        reserved=draw(st.dictionaries(CLUSTERS, st.builds(Reserved, st.integers(1, 9), st.none() | TIMES), max_size=2)),
        message=draw(TEXT),
        evictions=tuple(draw(st.lists(EVICTIONS, max_size=2))),
        injected=draw(st.dictionaries(NAMES, TEXT, max_size=1)),
        unhealthy_since=draw(st.dictionaries(CLUSTERS, TIMES, max_size=2)),
        preserved=draw(st.dictionaries(CLUSTERS, st.dictionaries(NAMES, TEXT, max_size=1), max_size=1)),
        conflict_resolution=draw(st.sampled_from(["Abort", "Overwrite"])),
        waiting=draw(st.dictionaries(CLUSTERS, WAITING, max_size=2)),
        caps=draw(st.dictionaries(CLUSTERS, st.builds(Cap, COUNTS, TIMES), max_size=2)),
        counted=draw(AMOUNTS),
        held=draw(st.booleans()),
        held_on=draw(st.frozensets(CLUSTERS, max_size=2)),
        decided=draw(st.none() | TARGETS),
        required_by=tuple(draw(st.lists(st.builds(RequiredBy, KEYS, TARGETS), max_size=2))),
        rule_files=tuple(draw(st.lists(FILES, max_size=2))),
        overridden=draw(st.dictionaries(CLUSTERS, COUNTS, max_size=2)),
        preserve=draw(st.booleans()),
        suspension=Suspension(draw(st.booleans()), draw(st.frozensets(CLUSTERS, max_size=2))),
        template_digest=draw(st.sampled_from(["", "sha256:01"])),
        policy_digest=draw(st.sampled_from(["", "sha256:02"])),
    )
    return Recorded(decision, ObjectReport(tuple(statuses), draw(st.none() | st.just({"replicas": 2}))))


GRADES = st.lists(st.builds(NodeGrade, AMOUNTS, st.integers(1, 10**6)), max_size=3).map(tuple)
CAPACITIES = st.builds(Capacity, AMOUNTS, AMOUNTS, AMOUNTS, st.none() | GRADES)
APIS = st.frozensets(
    st.builds(
        GroupVersionKind,
        st.sampled_from(["", "apps", "example.com"]),
        st.sampled_from(["v1", "v1beta1"]),
        st.sampled_from(["Deployment", "Widget"]),
    )
)
TAINTS = st.lists(
    st.builds(Taint, NAMES, st.sampled_from(["", "x"]), st.sampled_from(["NoSchedule", "NoExecute"]), st.none() | TIMES),
    max_size=2,
).map(tuple)
CONDITIONS = st.builds(Condition, NAMES, st.sampled_from(["True", "False", "Unknown"]), st.none() | TIMES, NAMES, TEXT)
RECORDED_CLUSTERS = st.builds(
    RecordedCluster,
    CLUSTERS,
    FILES,
    st.booleans(),
    TEXT,
    COUNTS,
    COUNTS,
    COUNTS,
    TEXT,
    apis=st.none() | APIS,
    capacity=st.none() | CAPACITIES,
    taints=TAINTS,
    stated_taints=TAINTS,
    conditions=st.lists(CONDITIONS, max_size=2).map(tuple),
    pending_since=st.none() | TIMES,
    generation=COUNTS,
)


NUMBERS = st.none() | COUNTS
SCALES = st.builds(
    RecordedScale,
    KEYS,
    KEYS,
    TEXT,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.none() | TIMES,
    st.lists(TEXT.filter(bool), max_size=2).map(tuple),
    st.lists(CONDITIONS, max_size=2).map(tuple),
)
FIRINGS = st.lists(st.builds(Firing, TIMES, TIMES, NUMBERS, NUMBERS, NUMBERS, TEXT), max_size=2).map(tuple)
RULES = st.dictionaries(st.sampled_from(["day", "night"]), st.builds(RecordedRule, TEXT, TIMES, FIRINGS, FIRINGS), max_size=2)
CRON_KEYS = st.sampled_from(["a", "b"]).map(lambda name: ResourceKey(*CRON_FEDERATED_HPA, "shop", name))
CRONS = st.builds(RecordedCron, CRON_KEYS, RULES.map(lambda rules: dict(sorted(rules.items()))))


@st.composite
def states(draw: st.DrawFn) -> RecordedState:
    items = draw(st.lists(objects(), max_size=4, unique_by=lambda item: item.binding.key))
    clusters = draw(st.lists(RECORDED_CLUSTERS, max_size=3, unique_by=lambda cluster: cluster.name))
    revision = draw(st.text("0123456789abcdef", max_size=40))
    return RecordedState(
        revision,
        {item.binding.key: item.decision for item in items},
        {item.binding.key: item.report for item in items if item.report != NO_REPORT},
        {cluster.name: cluster for cluster in clusters},
        quotas=tuple(sorted(draw(st.lists(QUOTAS, max_size=2, unique_by=_name_of)), key=_name_of)),
        scales={one.key: one for one in sorted(draw(st.lists(SCALES, max_size=2, unique_by=_key_of)), key=_key_of)},
        crons={one.key: one for one in sorted(draw(st.lists(CRONS, max_size=2, unique_by=_key_of)), key=_key_of)},
    )


def _key_of(one: RecordedScale | RecordedCron) -> ResourceKey:
    return one.key


def _name_of(quota: QuotaUse) -> tuple[str, str]:
    return quota.namespace, quota.name


@given(states())
def test_a_written_state_is_read_back(state: RecordedState) -> None:
    assert state_of(files_of(state)) == state


def _is_current(status: ClusterStatus) -> bool:
    return status.applied and status.health.status is HealthStatus.CURRENT


@given(st.lists(STATUSES, unique_by=lambda one: one.cluster, max_size=5), st.integers(0, 3))
def test_a_report_of_groups_is_the_report_of_its_statuses(statuses: list[ClusterStatus], step: int) -> None:
    alike = [replace(one, health=statuses[0].health, applied=statuses[0].applied) for one in statuses[:step]]
    statuses = sorted([*alike, *statuses[step:]], key=lambda one: one.cluster)
    whole = ObjectReport(tuple(statuses), {"replicas": 2})

    def read() -> ObjectReport:
        return parse_report(report_document(ResourceKey("", "ConfigMap", "", "a"), whole))[1]

    assert read().clusters == whole.clusters == {one.cluster for one in statuses}
    assert read().clusters_where(_is_current) == whole.clusters_where(_is_current)
    assert [read().status_in(name) for name in ("m1", "m2")] == [whole.status_in(name) for name in ("m1", "m2")]
    assert read() == whole
    assert pickle.loads(pickle.dumps(read())) == whole  # noqa: S301 - what this test wrote
    assert replace(read(), aggregated=None) == replace(whole, aggregated=None)
    used = read()
    assert used.statuses is used.statuses
    assert used.clusters_where(_is_current) == whole.clusters_where(_is_current)


@given(states(), st.randoms(use_true_random=False))
def test_equal_facts_give_equal_bytes(state: RecordedState, random: Any) -> None:
    def shuffled(items: Any) -> Any:
        return dict(random.sample(list(items.items()), len(items)))

    other = replace(
        state, decisions=shuffled(state.decisions), reports=shuffled(state.reports), clusters=shuffled(state.clusters)
    )
    assert files_of(other) == files_of(state)
    assert list(files_of(other)) == sorted(files_of(state))
    assert readme(other) == readme(state)
    assert picture_files(other) == picture_files(state)
    assert list(picture_files(other)) == sorted(picture_files(state))


@given(st.lists(states(), min_size=1, max_size=4))
def test_what_is_remembered_of_earlier_states_changes_no_byte(several: list[RecordedState]) -> None:
    memo = Memo()
    for state in [*several, *several]:
        assert picture_files(state, memo) == picture_files(state)
        assert readme(state, memo) == readme(state)
        memo.next_pass()


@given(states())
def test_a_picture_holds_text_and_shapes_alone(state: RecordedState) -> None:
    for data in picture_files(state).values():
        root = ElementTree.fromstring(data)  # noqa: S314 - our own
        assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {"svg", "title", "style", "g", "rect", "path", "text"}
        attributes = {name for one in root.iter() for name in one.attrib}
        assert not [name for name in attributes if "href" in name or name.startswith("on") or name == "style"]


@given(states())
def test_every_fact_has_a_file_of_its_own(state: RecordedState) -> None:
    facts = (state.decisions, state.reports, state.clusters, state.quotas, state.scales, state.crons)
    assert len(files_of(state)) == 1 + sum(map(len, facts))
