"""Policies and Clusters as Karmada's API would store them, and why it would not."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.admission.admit import admit
from reconciler.load.parse_file import parse_file
from reconciler.model.issues import Severity, errors_in
from reconciler.model.manifest import get, with_value
from reconciler.model.settings import Settings
from tests.unit.load.documents import WRONG, Document, documents, name_of, spoiled

SAMPLES = documents("karmada.yaml")


def policy(kind: str = "PropagationPolicy", **spec: Any) -> Document:
    metadata = {"name": "p"} if kind.startswith("Cluster") else {"name": "p", "namespace": "shop"}
    return {"apiVersion": "policy.karmada.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def overriding(**overriders: Any) -> Document:
    return policy("OverridePolicy", overrideRules=[{"overriders": overriders}])


def member(name: str = "m1", **spec: Any) -> Document:
    spec = {"syncMode": "Push", **spec}
    return {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": name}, "spec": spec}


def refused(document: Document) -> list[str]:
    """The fields that refusals are about."""
    return sorted(violation.message.split()[0] for violation in admit(document).refusals)


@pytest.mark.parametrize("document", SAMPLES, ids=name_of)
def test_good_documents_are_admitted(document: Document) -> None:
    assert not [violation for violation in admit(document, "default").refusals if violation.severity is Severity.ERROR]


@pytest.mark.parametrize("document", SAMPLES, ids=name_of)
def test_what_is_stored_is_stored_again_unchanged(document: Document) -> None:
    stored = admit(document, "default").document
    assert admit(stored, "default").document == stored


@pytest.mark.parametrize("document", SAMPLES, ids=name_of)
def test_anything_may_be_written_and_none_of_it_is_repeated(document: Document) -> None:
    for offset in range(len(WRONG) + 2):
        for path, changed in spoiled(document, offset):
            messages = str([(it.message, it.remedy) for it in admit(changed, "default").refusals])
            assert "hunter2" not in messages, path


def test_other_kinds_pass_unchanged() -> None:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "Not a name"}, "spec": {"zone": None}}
    assert admit(document) == admit(admit(document).document)
    assert admit(document).document == document


@pytest.mark.parametrize(
    ("spec", "path", "stored"),
    [
        ({}, ("conflictResolution",), "Abort"),
        ({"preemption": None}, ("preemption",), "Never"),
        ({"placement": None}, ("placement",), {}),
        ({"schedulerName": ""}, ("schedulerName",), ""),
        ({"placement": {"replicaScheduling": {}}}, ("placement", "replicaScheduling", "replicaDivisionPreference"), "Weighted"),
        (
            {"placement": {"spreadConstraints": [{"spreadByLabel": "x"}]}},
            ("placement", "spreadConstraints", 0, "spreadByField"),
            None,
        ),
        ({"placement": {"spreadConstraints": [{"minGroups": 0}]}}, ("placement", "spreadConstraints", 0, "minGroups"), 1),
        ({"failover": {"cluster": {"purgeMode": "Immediately"}}}, ("failover", "cluster", "purgeMode"), "Directly"),
        ({"failover": {"application": {"purgeMode": "Graciously"}}}, ("failover", "application", "gracePeriodSeconds"), 600),
        ({"failover": {"application": {}}}, ("failover", "application", "decisionConditions"), None),
        ({"resourceSelectors": [{"kind": "X", "namespace": ""}]}, ("resourceSelectors", 0, "namespace"), "shop"),
        ({"placement": {"misspelt": 1}}, ("placement", "misspelt"), None),
    ],
)
def test_defaults_of_policies(spec: dict[str, Any], path: tuple[str | int, ...], stored: Any) -> None:
    assert get(admit(policy(**spec)).document, "spec", *path) == stored


def test_cluster_wide_policies_select_everywhere_and_live_nowhere() -> None:
    document = policy("ClusterPropagationPolicy", resourceSelectors=[{"apiVersion": "v1", "kind": "X"}])
    stored = admit(with_value(document, ("metadata", "namespace"), "shop"), "shop").document
    assert "namespace" not in stored["metadata"]
    assert "namespace" not in stored["spec"]["resourceSelectors"][0]


AGGREGATED = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"}
BY_CLUSTER = {"spreadByField": "cluster"}
TOO_LARGE = {"a": "x" * (256 * 1024)}


@pytest.mark.parametrize(
    ("placement", "fields"),
    [
        ({"clusterAffinity": {}, "clusterAffinities": []}, []),
        ({"clusterTolerations": [{"operator": ""}, {"operator": "Gt"}]}, ["clusterTolerations[1].operator"]),
        ({"spreadConstraints": [{"spreadByLabel": "x"}, {"spreadByLabel": "y"}]}, []),
        ({"spreadConstraints": [{"spreadByField": "zone"}, BY_CLUSTER]}, []),
        (
            {"spreadConstraints": [BY_CLUSTER, BY_CLUSTER, BY_CLUSTER]},
            [f"spreadConstraints[{it}].spreadByField" for it in (1, 2)],
        ),
        (
            {"clusterAffinities": [{"affinityName": "x", "overflowAffinities": [{"affinityName": "y"}]}]},
            ["clusterAffinities[0].overflowAffinities"] * 2,
        ),
        (
            {
                "replicaScheduling": AGGREGATED,
                "clusterAffinities": [
                    {
                        "affinityName": "x",
                        "labelSelector": {},
                        "overflowAffinities": [{"affinityName": "y"}, {"affinityName": "y"}],
                    }
                ],
            },
            ["clusterAffinities[0].overflowAffinities[1].affinityName"],
        ),
        (
            {
                "replicaScheduling": {"weightPreference": {"dynamicWeight": "AvailableReplicas"}},
                "clusterAffinities": [{"affinityName": "x", "exclude": ["m2"], "overflowAffinities": [{"affinityName": "y"}]}],
            },
            [],
        ),
        ({"workloadAffinity": {"affinity": {"groupByLabelKey": "-"}}}, ["workloadAffinity.affinity.groupByLabelKey"]),
        ({"workloadAffinity": {"affinity": {"groupByLabelKey": "a"}, "antiAffinity": {"groupByLabelKey": "b"}}}, []),
    ],
)
def test_refusals_of_placements(placement: dict[str, Any], fields: list[str]) -> None:
    assert refused(policy(placement=placement)) == [f"spec.placement.{field}" for field in fields]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        (policy(resourceSelectors=[{"namespace": "other"}]), ["spec.resourceSelectors[0].namespace"]),
        (policy("ClusterPropagationPolicy", resourceSelectors=[{"namespace": "other"}]), []),
        (policy(preemption="Always", resourceSelectors=[{"name": "x"}, {}]), ["spec.resourceSelectors[1].name"]),
        (policy(suspension={"dispatching": True, "dispatchingOnClusters": {"clusterNames": ["m1"]}}), ["spec.suspension"]),
        (policy(suspension={"dispatching": True, "dispatchingOnClusters": {"clusterNames": []}}), []),
        (policy(failover={"application": {}}), ["spec.propagateDeps"]),
        (policy(failover={"cluster": {"statePreservation": {"rules": [{"aliasLabelName": "-a"}]}}}), [
            "spec.failover.cluster.statePreservation.rules[0].aliasLabelName"
        ]),
        (policy("OverridePolicy", overrideRules=[], targetCluster={}), []),
        (policy("ClusterOverridePolicy", overrideRules=[], targetCluster={}), ["spec"]),
        (policy("OverridePolicy", overrideRules=[{}], overriders={"fieldOverrider": [{}]}), []),
        (policy("OverridePolicy", overrideRules=[{}], overriders={"plaintext": [{}]}), ["spec.overriders"]),
        (policy("OverridePolicy", overriders={"labelsOverrider": [{"value": {"bad key!": "x"}}]}), []),
        (with_value(policy(), ("metadata", "labels"), {"bad key!": "x"}), ["metadata.labels"]),
        (with_value(policy(), ("metadata", "name"), "P"), ["metadata.name"]),
    ],
)  # fmt: skip
def test_refusals_of_policies(document: Document, fields: list[str]) -> None:
    assert refused(document) == fields


@pytest.mark.parametrize(
    ("overrider", "item", "fields"),
    [
        ("annotationsOverrider", {"value": {"EXAMPLE.com/Key": "any thing!"}}, []),
        ("annotationsOverrider", {"value": TOO_LARGE}, [".value"]),
        ("labelsOverrider", {"value": {"EXAMPLE.com/Key": "x"}}, [".value"]),
        ("imageOverrider", {"predicate": {"path": "spec/image"}}, [".predicate.path"]),
        ("imageOverrider", {"predicate": {"path": ""}}, []),
        ("fieldOverrider", {"fieldPath": "/a"}, [""]),
        ("fieldOverrider", {"fieldPath": "/a", "yaml": [{"operator": "add", "value": None}]}, [".yaml[0]"]),
        ("fieldOverrider", {"fieldPath": "/a", "yaml": [{"operator": "remove", "value": None}]}, []),
        ("fieldOverrider", {"fieldPath": "/a", "json": [{"operator": "replace", "value": ""}]}, []),
    ],
)
def test_refusals_of_overriders(overrider: str, item: dict[str, Any], fields: list[str]) -> None:
    place = f"spec.overrideRules[0].overriders.{overrider}[0]"
    assert refused(overriding(**{overrider: [item]})) == [place + field for field in fields]


def test_a_file_gets_no_values_that_machines_make() -> None:
    assert admit(policy()).document["metadata"] == policy()["metadata"]
    tainted = member(taints=[{"key": "k", "effect": "NoExecute"}])
    assert admit(tainted).document["spec"]["taints"] == tainted["spec"]["taints"]


def test_a_zone_moves_and_status_is_not_taken_from_files() -> None:
    stored = admit({**member(zone="z1"), "status": {"kubernetesVersion": "v1"}}).document
    assert stored["spec"]["zones"] == ["z1"]
    assert "zone" not in stored["spec"]
    assert "status" not in stored


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ({"apiEndpoint": "file:member1"}, []),
        ({"apiEndpoint": "https://10.0.0.1:6443"}, []),
        *(({"apiEndpoint": url}, ["spec.apiEndpoint"]) for url in ("10.0.0.1", "https://u:p@h", "https://h/?q", "https://h#f")),
        ({"proxyURL": "SOCKS5://proxy:1080"}, []),
        *(({"proxyURL": url}, ["spec.proxyURL"]) for url in ("proxy:1080", "ftp://proxy", "http://a b")),
        ({"secretRef": {}}, ["spec.secretRef.name", "spec.secretRef.namespace"]),
        ({"impersonatorSecretRef": {"name": "x", "namespace": ""}}, ["spec.impersonatorSecretRef.namespace"]),
        ({"zones": ["a", "b c"]}, ["spec.zones[1]"]),
        ({"zone": "a b"}, ["spec.zone"]),
        ({"taints": [{"key": "k"}]}, ["spec.taints[0].effect"]),
        ({"taints": [{"key": "k", "effect": "NoExecute"}, {"key": "k", "effect": "NoSchedule"}]}, []),
        *(
            ({"taints": [{"key": "k", "effect": "NoExecute", "timeAdded": time}]}, fields)
            for time, fields in (
                ("2026-01-31T12:00:00Z", []),
                ("2026-01-31T12:00:00+02:00", []),
                ("yesterday", ["spec.taints[0].timeAdded"]),
                ("2026-01-31T12:00:00", ["spec.taints[0].timeAdded"]),
            )
        ),
        ({"syncMode": ""}, ["spec.syncMode"]),
    ],
)
def test_refusals_of_clusters(spec: dict[str, Any], fields: list[str]) -> None:
    assert refused(member(**spec)) == fields


def test_an_effect_that_does_nothing_is_not_worth_losing_a_cluster() -> None:
    (violation,) = admit(member(taints=[{"key": "k", "effect": "PreferNoSchedule"}])).refusals
    assert violation.severity is Severity.WARNING


def model(grade: int, low: Any, high: Any, name: str = "cpu") -> dict[str, Any]:
    return {"grade": grade, "ranges": [{"name": name, "min": low, "max": high}]}


@pytest.mark.parametrize(
    ("models", "fine"),
    [
        ([model(1, "1", "5"), model(0, "7", "1")], True),
        ([model(0, 0, 1), model(1, "1", "2")], True),
        ([model(0, "0", "1"), model(1, "1000m", "2")], False),
        ([model(0, "0", "1.5Gi", "memory"), model(1, "1.5Gi", "2Gi", "memory")], False),
        ([model(0, "0", "4Gi", "memory"), model(1, "4Gi", "9Gi", "memory")], True),
        ([model(0, "0", "1"), model(0, "1", "2")], False),
        ([model(0, "0", "1", "nvidia.com/gpu")], False),
        ([model(0, "0", "1"), model(1, "1", "1"), model(2, "1", "2")], False),
        ([model(0, "0", "1"), {"grade": 1}], False),
        ([model(0, "0", "much"), model(1, "much", "2")], False),
    ],
)
def test_resource_models(models: list[Any], fine: bool) -> None:
    assert refused(member(resourceModels=models)) == ([] if fine else ["spec.resourceModels"])


MANY = b"""\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: p
spec:
  resourceSelectors:
  - {apiVersion: v1, kind: ConfigMap, namespace: other}
  placement:
    clusterAffinity: {clusterNames: [m1]}
    clusterAffinities:
    - affinityName: x
    - affinityName: x
    spreadConstraints:
    - spreadByField: region
      minGroups: 3
      maxGroups: 2
"""


def test_a_file_is_told_everything_at_once_and_nothing_twice() -> None:
    file = parse_file("p.yaml", "", MANY)
    assert not file.objects
    assert [(issue.origin.line, issue.reason) for issue in file.issues] == [
        (7, "ForeignNamespace"),
        (8, "InvalidValue"),
        (12, "InvalidValue"),
        (13, "InvalidValue"),
        (16, "InvalidValue"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        policy(resourceSelectors=[{"apiVersion": "v1", "kind": "X"}], placement={"clusterAffinities": [{"affinityName": "x y"}]}),
        policy(resourceSelectors=[{"apiVersion": "v1", "kind": "X"}], placement={"spreadConstraints": [{"minGroups": -1}]}),
        overriding(fieldOverrider=[{"fieldPath": "/a"}]),
        overriding(labelsOverrider=[{"operator": "add", "value": {"a": "b c"}}]),
        member(secretRef={"name": "x"}),
        member(provider="a b"),
        member("Member"),
    ],
)
def test_schema_and_admission_do_not_both_complain(document: Document) -> None:
    (issue,) = errors_in(parse_file("a.json", "", str(document).replace("'", '"').encode()).issues)
    assert issue.severity is Severity.ERROR


def test_a_policy_that_says_nothing_of_conflicts_leaves_them_to_the_configuration() -> None:
    file = parse_file("p.yaml", "", MANY[: MANY.index(b"  placement")].replace(b"other", b"default"))
    (found,) = file.objects
    assert not file.issues
    assert getattr(found.noun, "conflict_resolution", None) == ""
    assert Settings().conflict_resolution == "Abort"
