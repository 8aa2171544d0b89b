from pathlib import Path
from typing import Any

import pytest

from reconciler.load.schemas import karmada
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of, with_value, without
from tests.unit.load.documents import WRONG, Document, documents, name_of, spoiled

SAMPLES = documents("karmada.yaml")
BY_NAME = {name_of(document): document for document in SAMPLES}
PLACEMENT = ("spec", "placement")
RULE = ("spec", "overrideRules", 0, "overriders")


def violations(document: Document) -> list[Violation]:
    return karmada.validate(document, gvk_of(document))


@pytest.mark.parametrize("document", SAMPLES, ids=name_of)
def test_good_documents_pass(document: Document) -> None:
    assert violations(document) == []


def test_every_kind_has_a_sample() -> None:
    assert {gvk_of(document) for document in SAMPLES} == karmada.known_kinds()


@pytest.mark.parametrize(
    ("name", "path", "value", "severity", "message", "remedy"),
    [
        (
            "PropagationPolicy-web",
            (*PLACEMENT, "replicaScheduling", "replicaSchedulingType"),
            "Divded",
            "error",
            'replicaSchedulingType must be one of Duplicated, Divided, but is "Divded"',
            "Did you mean Divided?",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "resourceSelectors"),
            [],
            "error",
            "must not be empty",
            "Fill it, or remove the field.",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "propagateDeps"),
            "yes",
            "error",
            "must be true or false, but is text",
            "Write it without quotes.",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "conflictResolution"),
            "Abourt",
            "error",
            "one of Abort, Overwrite",
            "Did you mean Abort?",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "placment"),
            {},
            "warning",
            "spec.placment is not a known field; it has no effect",
            "Did you mean placement",
        ),
        (
            "PropagationPolicy-web",
            (*PLACEMENT, "clusterAffinity", "excludeClusters"),
            [],
            "warning",
            "not a known field",
            "Did you mean exclude?",
        ),
        (
            "PropagationPolicy-web",
            (*PLACEMENT, "clusterAffinities"),
            [{"affinityName": "a"}],
            "error",
            "spec.placement has both clusterAffinity and clusterAffinities, which exclude each other",
            "Keep one of the two.",
        ),
        ("PropagationPolicy-web", (*PLACEMENT, "spreadConstraints", 0, "minGroups"), -1, "error", "must be at least 0", "limits"),
        (
            "PropagationPolicy-web",
            (*PLACEMENT, "spreadConstraints", 0, "spreadByLabel"),
            "rack",
            "error",
            "exclude each other",
            "Keep",
        ),
        (
            "PropagationPolicy-web",
            (*PLACEMENT, "replicaScheduling", "weightPreference", "staticWeightList", 0, "weight"),
            0,
            "error",
            "staticWeightList[0].weight must be at least 1",
            "Write a number within the limits.",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "failover", "cluster", "purgeMode"),
            "Immediately",
            "warning",
            "uses a word of Karmada 1.18 and before",
            "Write Directly instead of Immediately.",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "failover", "application", "purgeMode"),
            "Never",
            "error",
            "has gracePeriodSeconds",
            "Remove it",
        ),
        (
            "PropagationPolicy-web",
            ("spec", "resourceSelectors", 1, "labelSelector", "matchExpressions", 0, "operator"),
            "Gt",
            "warning",
            "must be one of In, NotIn, Exists, DoesNotExist",
            "Write one of these.",
        ),
        (
            "ClusterPropagationPolicy-everything",
            ("spec", "suspension", "dispatching"),
            True,
            "error",
            "suspends dispatching both everywhere",
            "Keep",
        ),
        (
            "ClusterPropagationPolicy-everything",
            (*PLACEMENT, "clusterAffinities", 0, "affinityName"),
            "a b",
            "error",
            "clusterAffinities[0].affinityName must be a label key",
            "Write at most 63",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "argsOverrider", 0, "operator"),
            "replace",
            "error",
            "must be one of add, remove",
            "Write one of",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "plaintext", 0, "path"),
            3,
            "error",
            "must be text, but is a whole number",
            "Put it in quotes.",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "fieldOverrider", 0, "json"),
            [{"subPath": "/", "operator": "remove"}],
            "error",
            "either as json or",
            "one",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "fieldOverrider", 0, "fieldPath"),
            "data",
            "error",
            "must be a JSON pointer",
            "Begin it with '/'",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "fieldOverrider", 1, "json", 0, "value"),
            1,
            "error",
            "has the operator remove and a value",
            "Remove the value",
        ),
        (
            "OverridePolicy-web",
            (*RULE, "labelsOverrider", 0, "value", "bad key!"),
            "a",
            "error",
            "must be a label key",
            "Write at most",
        ),
        (
            "OverridePolicy-web",
            ("spec", "targetCluster"),
            {},
            "error",
            "has both overrideRules and the older targetCluster",
            "Move",
        ),
        (
            "FederatedResourceQuota-shop",
            ("spec", "overall", "cpu"),
            "much",
            "error",
            "spec.overall.cpu must be a quantity",
            "Write a number",
        ),
        ("PropagationPolicy-web", ("spec", "priority"), 2**31, "error", "must be at most 2147483647", "limits"),
        ("PropagationPolicy-web", ("spec", "priority"), -(2**31) - 1, "error", "must be at least -2147483648", "limits"),
        ("ClusterTaintPolicy-not-ready", ("spec", "taints"), [], "error", "spec.taints must not be empty", "Fill"),
        ("Cluster-member1", ("metadata", "name"), "Member.1", "error", "must be the name of a cluster", "at most 48"),
        (
            "Cluster-member1",
            ("spec", "syncMode"),
            "push",
            "error",
            'must be one of Push, Pull, but is "push"',
            "Did you mean Push?",
        ),
        ("Cluster-member1", ("spec", "zone"), "a", "error", "spec has both zone and zones", "Keep zones."),
        ("Cluster-member1", ("spec", "proxyURL"), "proxy:80", "error", "must be the URL of a proxy", "Begin it with"),
        (
            "Configuration-",
            ("spec", "handoverTimeout"),
            "1 minute",
            "error",
            "spec.handoverTimeout must be a duration",
            "30s, 5m or 1h30m",
        ),
        (
            "Configuration-",
            ("spec", "handoverTimeout"),
            30,
            "error",
            "must be text, but is a whole number",
            "Put it in quotes. Write hours",
        ),
        ("Configuration-", ("spec", "handoverTimeout"), "", "error", "must be a duration", "Write hours"),
        (
            "Configuration-",
            ("spec", "exlude"),
            [],
            "error",
            "spec.exlude is not a known field",
            "Did you mean exclude?",
        ),
        ("Configuration-", ("spec", "pruneGuard", "maxShare"), 50, "error", "must be a share", "such as 50%"),
        ("Configuration-", ("spec", "pruneGuard", "maxShare"), "101%", "error", "must be a share", "such as 50%"),
        ("Configuration-", ("spec", "concurrency"), 0, "error", "must be at least 1", "limits"),
        (
            "Configuration-",
            ("spec", "unclaimed"),
            "Delete",
            "error",
            'one of Keep, Prune, but is "Delete"',
            "Write one of these.",
        ),
    ],
)
def test_a_typical_mistake(name: str, path: tuple[str | int, ...], value: Any, severity: str, message: str, remedy: str) -> None:
    [violation] = violations(with_value(BY_NAME[name], path, value))
    assert violation.severity is Severity(severity)
    assert violation.path == path[: len(violation.path)]
    assert message in violation.message
    assert remedy in violation.remedy


@pytest.mark.parametrize(
    ("name", "path", "message", "remedy"),
    [
        ("PropagationPolicy-web", ("spec",), "spec is missing", "Add it."),
        ("PropagationPolicy-web", ("metadata", "name"), "metadata.name is missing", "Add it."),
        (
            "PropagationPolicy-web",
            ("spec", "resourceSelectors", 0, "kind"),
            "spec.resourceSelectors[0].kind is missing",
            "Add it.",
        ),
        ("Cluster-member1", ("spec", "syncMode"), "spec.syncMode is missing", "Add it: Push or Pull."),
        ("Cluster-member1", ("spec", "secretRef", "namespace"), "spec.secretRef.namespace is missing", "Add it."),
        ("OverridePolicy-web", (*RULE, "fieldOverrider", 0, "yaml", 0, "value"), "has no value", "Write the value"),
    ],
)
@pytest.mark.parametrize("null", [False, True])
def test_what_is_missing_or_null(name: str, path: tuple[str | int, ...], message: str, remedy: str, null: bool) -> None:
    document = with_value(BY_NAME[name], path, None) if null else without(BY_NAME[name], path)
    [violation] = violations(document)
    assert (violation.path, violation.severity) == (path[:-1], Severity.ERROR)
    assert message in violation.message
    assert remedy in violation.remedy


def test_null_counts_as_absent() -> None:
    document = with_value(BY_NAME["PropagationPolicy-web"], (*PLACEMENT, "clusterAffinities"), None)
    assert violations(with_value(document, ("metadata", "creationTimestamp"), None)) == []


def test_the_style_before_override_rules_is_checked_as_loosely_as_karmada_does() -> None:
    loose = {"labelsOverrider": [{"operator": "add", "value": {"bad key!": "x y"}}]}
    assert violations(with_value(BY_NAME["ClusterOverridePolicy-old-style"], ("spec", "overriders"), loose)) == []


@pytest.mark.parametrize("document", SAMPLES, ids=name_of)
def test_values_of_the_users_are_not_repeated(document: Document) -> None:
    for offset in range(0, len(WRONG) + 2, 3):
        for path, changed in spoiled(document, offset):
            if {"overriders", "value", "annotations"} & set(path):
                for violation in violations(changed):
                    assert "hunter2" not in f"{violation.message} {violation.remedy}", path


def test_other_kinds_are_not_judged() -> None:
    assert karmada.validate({"spec": 1}, GroupVersionKind("apps", "v1", "Deployment")) == []


def test_the_schemas_are_found_beside_the_source_tree() -> None:
    assert karmada.schema_folder() == Path(karmada.__file__).parents[3] / "schemas"


def test_a_number_of_groups_beyond_64_bits() -> None:
    groups = [{"spreadByField": "cluster", "minGroups": 18446744073709551616.0}]
    path = ("spec", "placement", "spreadConstraints")
    (violation,) = violations(with_value(BY_NAME["PropagationPolicy-web"], path, groups))
    assert violation.path == (*path, 0, "minGroups")
    assert "must be at most 9223372036854775807" in violation.message
