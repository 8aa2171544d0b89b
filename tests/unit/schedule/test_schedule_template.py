"""One template's decision, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.interpreter.precedence import interpreter_of
from reconciler.load.customization import parse_customization
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.memo import Memo
from reconciler.schedule.schedule_template import schedule_everywhere, schedule_template
from reconciler.schedule.task import SchedulerOptions
from tests.support.builders import binding, cluster, config, deployment, manifest, namespace, policy, template

CLUSTERS = (cluster("m1"), cluster("m2"), cluster("m3", taints=[{"key": "k", "effect": "NoSchedule"}]))
DIVIDED = {"replicaScheduling": {"replicaSchedulingType": "Divided"}}


def decide(
    document: Any,
    *,
    previous: Binding | None = None,
    empty: bool = False,
    sets: bool = False,
    rules: Mapping[str, str] | None = None,
    **placement: Any,
) -> Binding | Unschedulable:
    """rules: Lua scripts for the document's kind, by operation."""
    scripts = {operation: {"luaScript": script} for operation, script in (rules or {}).items()}
    target = {"apiVersion": document["apiVersion"], "kind": document["kind"]}
    customization = {
        "apiVersion": "config.karmada.io/v1alpha1",
        "kind": "ResourceInterpreterCustomization",
        "metadata": {"name": "rules"},
        "spec": {"target": target, "customizations": scripts},
    }
    interpreter = interpreter_of((parse_customization(customization),) if rules else ())
    return schedule_template(
        template(document), policy(**placement), CLUSTERS, previous, Memo(), SchedulerOptions(empty, sets), interpreter
    )


def shares(decision: Binding | Unschedulable) -> dict[str, int]:
    assert isinstance(decision, Binding)
    return {target.name: target.replicas for target in decision.targets}


def test_a_decision_says_how_it_came_about() -> None:
    decision = decide(deployment(replicas=3), **DIVIDED)
    assert shares(decision) in ({"m1": 2, "m2": 1}, {"m1": 1, "m2": 2})
    assert isinstance(decision, Binding)
    assert (decision.replicas, decision.divided, decision.workload) == (3, True, True)
    assert decision.reasons == ("2 of 3 clusters are eligible", "replicas are divided by static weight")
    assert decision.rejected == {"m3": "cluster(s) had untolerated taint {k:NoSchedule}"}


@pytest.mark.parametrize(("empty", "expected"), [(False, 1), (True, 2)])
def test_a_share_of_nothing(empty: bool, expected: int) -> None:
    decision = decide(deployment(replicas=1), empty=empty, **DIVIDED)
    assert len(shares(decision)) == expected


@pytest.mark.parametrize("placement", [{}, DIVIDED])
@pytest.mark.parametrize("empty", [False, True])
def test_scaling_to_nothing_keeps_an_object_without_requests(placement: Any, empty: bool) -> None:
    """Karmada (IsWorkload): without replicas and requests, a Deployment is placed as if it had no number of replicas."""
    decision = decide(deployment(replicas=0), empty=empty, **placement)
    assert shares(decision) == {"m1": 0, "m2": 0}


@pytest.mark.parametrize("placement", [{}, DIVIDED])
@pytest.mark.parametrize(("empty", "expected"), [(False, {}), (True, {"m1": 0, "m2": 0})])
def test_scaling_to_nothing_with_requests_depends_on_the_setting(placement: Any, empty: bool, expected: Any) -> None:
    pods = {"spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "1"}}}]}}
    document = deployment(replicas=0)
    document["spec"]["template"] = pods
    assert shares(decide(document, empty=empty, **placement)) == expected


def test_objects_without_a_count_go_everywhere() -> None:
    decision = decide(config(), **DIVIDED)
    assert shares(decision) == {"m1": 0, "m2": 0}
    assert isinstance(decision, Binding)
    assert not decision.workload


def test_who_holds_it_already_may_keep_it() -> None:
    assert shares(decide(deployment(), previous=binding(m3=2))) == {"m1": 2, "m2": 2, "m3": 2}


def test_nothing_fits() -> None:
    decision = decide(config(), clusterAffinity={"clusterNames": ["m9"]})
    assert isinstance(decision, Unschedulable)
    assert (decision.reason, decision.message) == (
        "NoClusterFit",
        "0/3 clusters are available: 1 cluster(s) had untolerated taint {k:NoSchedule}, "
        "2 cluster(s) did not match the placement cluster affinity constraint.",
    )
    assert set(decision.rejected) == {"m1", "m2", "m3"}


def test_no_cluster_at_all() -> None:
    decision = schedule_template(template(config()), policy(), (), None, Memo())
    assert isinstance(decision, Unschedulable)
    assert decision.message == "0/0 clusters are available: no cluster exists."


def test_a_count_that_is_none_is_a_reason() -> None:
    decision = decide(deployment(replicas=None, **{}) | {"spec": {"replicas": "three"}})
    assert isinstance(decision, Unschedulable)
    assert decision.remedy == "Correct this field of the object."
    assert decision.reason == "SchedulerError"
    assert "three" not in decision.message


AGGREGATED = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"}
DYNAMIC = {"replicaSchedulingType": "Divided", "weightPreference": {"dynamicWeight": "AvailableReplicas"}}


@pytest.mark.parametrize("scheduling", [AGGREGATED, DYNAMIC])
def test_how_to_divide_does_not_matter_without_a_count(scheduling: Any) -> None:
    assert isinstance(decide(config(), replicaScheduling=scheduling), Binding)


def test_a_namespace_goes_everywhere_whatever_the_taints() -> None:
    clusters = (*CLUSTERS, cluster("m4", deleting=True))
    assert schedule_everywhere(template(namespace()), clusters, Memo()).cluster_names == ("m1", "m2", "m3")


def spread(**constraint: Any) -> dict[str, Any]:
    return {"spreadConstraints": [constraint | {"maxGroups": 3}]}


@pytest.mark.parametrize(
    ("placement", "reason"),
    [
        (spread(spreadByLabel="x"), "; failed to select clusters: just support cluster and region spread constraint"),
        (
            spread(spreadByField="cluster", minGroups=3),
            "; failed to select clusters: the number of feasible clusters is less than spreadConstraint.MinGroups",
        ),
        (spread(spreadByField="cluster") | {"replicaScheduling": AGGREGATED}, ", but their capacity is unknown"),
        ({"replicaScheduling": AGGREGATED}, ", but their capacity is unknown"),
    ],
)
def test_room_is_spoken_of_only_where_it_is_lacking(placement: dict[str, Any], reason: str) -> None:
    decision = decide(deployment(replicas=2), **placement)
    assert isinstance(decision, Unschedulable)
    assert {decision.rejected[name] for name in ("m1", "m2")} == {f"cluster(s) passed every filter{reason}"}


@pytest.mark.parametrize("previous", [None, binding(m1=0, m2=1)])
def test_where_no_number_can_be_written_a_share_of_nothing_is_no_copy(previous: Binding | None) -> None:
    """A Pod runs wherever it is. So does one that an earlier version recorded with a share of 0."""
    decision = decide(manifest("Pod", spec={"containers": []}), previous=previous, empty=True, **DIVIDED)
    assert list(shares(decision).values()) == [1]
    assert isinstance(decision, Binding)
    assert {*decision.rejected, *shares(decision)} == {"m1", "m2", "m3"}


def test_a_declared_kind_is_divided_only_if_its_number_can_be_written() -> None:
    widget = manifest("Widget", api="example.com/v1", spec={"size": 1})
    rules = {"replicaResource": "function GetReplicas(obj) return obj.spec.size, nil end"}
    assert len(shares(decide(widget, empty=True, rules=rules, **DIVIDED))) == 1
    rules["replicaRevision"] = "function ReviseReplica(obj, size) obj.spec.size = size return obj end"
    assert len(shares(decide(widget, empty=True, rules=rules, **DIVIDED))) == 2


COMPONENTS = """function GetComponents(obj)
  return { { name = "lead", replicas = 1 }, { name = "work", replicas = obj.spec.replicas - 1 } }
end"""


@pytest.mark.parametrize(("sets", "held"), [(False, True), (True, False)])
def test_a_workload_of_components_is_placed_as_a_whole_where_they_count(sets: bool, held: bool) -> None:
    decision = decide(deployment(replicas=5), sets=sets, rules={"componentResource": COMPONENTS})
    assert isinstance(decision, Binding)
    assert (decision.workload, decision.replicas > 0) == (held, held)


def test_components_that_cannot_be_read_refuse_the_object() -> None:
    decision = decide(deployment(replicas=5), sets=True, rules={"componentResource": "function GetComponents() return 1 end"})
    assert isinstance(decision, Unschedulable)
    assert "GetComponents" in decision.message
