"""Mistakes in FederatedHPAs and CronFederatedHPAs: each is told at its field, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from reconciler.load.parse_file import parse_file
from reconciler.model.issues import Severity

HPA: dict[str, Any] = {
    "apiVersion": "autoscaling.karmada.io/v1alpha1",
    "kind": "FederatedHPA",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 5,
        "metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
        ],
    },
}
CRON: dict[str, Any] = {
    "apiVersion": "autoscaling.karmada.io/v1alpha1",
    "kind": "CronFederatedHPA",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "rules": [{"name": "night", "schedule": "0 20 * * *", "targetReplicas": 2}],
    },
}
FEDERATED = {"apiVersion": "autoscaling.karmada.io/v1alpha1", "kind": "FederatedHPA", "name": "web"}
METRIC = ("spec", "metrics", 0)
RULE = ("spec", "rules", 0)
GONE: Any = object()


def changed(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    step, *rest = path
    copy = document.copy()
    if rest:
        copy[step] = changed(document[step], tuple(rest), value)
    elif value is GONE:
        del copy[step]
    else:
        copy[step] = value
    return copy


def issues(document: Any) -> list[Any]:
    return list(parse_file("a.yaml", "0", yaml.safe_dump(document, sort_keys=False).encode()).issues)


def test_good_ones_pass() -> None:
    assert issues(HPA) == issues(CRON) == []


@pytest.mark.parametrize(
    ("document", "path", "value", "message", "remedy"),
    [
        (HPA, ("spec", "minReplicas"), 6, "spec.maxReplicas must be at least minReplicas, which is 6", "Raise it"),
        (HPA, ("spec", "minReplicas"), 0, "spec.minReplicas must be at least 1", ""),
        (HPA, ("spec", "maxReplicas"), GONE, "spec.maxReplicas is missing", ""),
        (HPA, ("spec", "scaleTargetRef", "kind"), "FederatedHPA", "is FederatedHPA, which has no replicas", "Name the workload"),
        (HPA, (*METRIC, "type"), "External", "spec.metrics[0].type must be one of Resource", "(External) are not supported"),
        (HPA, (*METRIC, "type"), "Pods", "spec.metrics[0].pods is missing: the type is Pods", "correct the type"),
        (HPA, (*METRIC, "resource", "target", "averageUtilization"), GONE, "averageUtilization is missing", "Add it"),
        (HPA, (*METRIC, "resource", "target", "averageValue"), 1, "does not belong to the type Utilization", "Remove it"),
        (
            HPA,
            (*METRIC, "resource", "target"),
            {"type": "AverageValue", "averageValue": 0},
            "averageValue must be greater than 0",
            "Write what",
        ),
        (
            HPA,
            (*METRIC, "resource", "target"),
            {"type": "AverageValue", "averageValue": "0m"},
            "averageValue must be greater than 0",
            "Write what",
        ),
        (HPA, ("spec", "behavior"), {"scaleDown": {"stabilizationWindowSeconds": 9999}}, "must be at most 3600", ""),
        (CRON, (*RULE, "schedule"), "0 25 * * *", "spec.rules[0].schedule is no schedule", "as in 0 8 * * 1-5"),
        (CRON, (*RULE, "schedule"), "@fortnightly", "spec.rules[0].schedule is no schedule", "or @daily"),
        (CRON, (*RULE, "timeZone"), "Mars/Olympus", "there is no such time zone", "IANA"),
        (CRON, (*RULE, "targetReplicas"), GONE, "targetReplicas is missing: the target is a workload", "Add the number"),
        (CRON, (*RULE, "targetMinReplicas"), 2, "is for a FederatedHPA alone", "targetReplicas"),
        (CRON, ("spec", "scaleTargetRef"), FEDERATED, "targetReplicas has no effect on a FederatedHPA", "targetMinReplicas"),
        (
            CRON,
            ("spec", "scaleTargetRef"),
            {**FEDERATED, "kind": "Deployment"},
            "must be FederatedHPA for the group",
            "name a workload",
        ),
        (CRON, ("spec", "rules"), [*CRON["spec"]["rules"]] * 2, "night is also that of another rule", "a name of its own"),
        (CRON, (*RULE, "name"), "n" * 33, "spec.rules[0].name", ""),
        (CRON, (*RULE, "successfulHistoryLimit"), 0, "must be at least 1", ""),
    ],
)
def test_a_mistake_is_told_at_its_field(document: Any, path: Any, value: Any, message: str, remedy: str) -> None:
    found = [one for one in issues(changed(document, path, value)) if message in one.message]
    assert len(found) == 1, issues(changed(document, path, value))
    assert found[0].severity is Severity.ERROR
    assert remedy in found[0].remedy
    assert found[0].origin.line > 1


def test_a_rule_for_a_federated_hpa_sets_something_in_order() -> None:
    limits = changed(CRON, ("spec", "scaleTargetRef"), FEDERATED)
    nothing = changed(limits, ("spec", "rules"), [{"name": "night", "schedule": "@daily"}])
    assert ["the rule sets nothing" in one.message for one in issues(nothing)] == [True]
    upside = changed(nothing, (*RULE, "targetMinReplicas"), 5)
    assert issues(upside) == []
    assert "must be at least targetMinReplicas" in issues(changed(upside, (*RULE, "targetMaxReplicas"), 4))[0].message
