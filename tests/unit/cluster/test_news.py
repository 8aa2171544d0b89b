"""Which changes are a reason for a pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.cluster.news import News, concerns_a_pass, concerns_a_workload
from tests.support.builders import ours


def live(kind: str = "ConfigMap", api: str = "v1", **fields: Any) -> dict[str, Any]:
    """An object of ours, with an annotation, a label and a value that we own, and others that we do not."""
    item = ours({"apiVersion": api, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}, **fields})
    item["metadata"]["annotations"] |= {"note": "1", "theirs": "1"}
    item["metadata"]["labels"] |= {"team": "web", "theirs": "1"}
    owned = {"f:metadata": {"f:annotations": {"f:note": {}}, "f:labels": {"f:team": {}}}, "f:data": {"f:a": {}}}
    item["metadata"]["resourceVersion"] = "7"
    item["metadata"]["managedFields"] = [
        {"manager": "reconciler", "operation": "Apply", "time": "t1", "fieldsV1": owned},
        {"manager": "other", "operation": "Update", "time": "t1", "fieldsV1": {"f:metadata": {}}},
    ]
    return item


def at(*path: str | int, value: Any = "changed") -> Callable[[Any], None]:
    def change(item: Any) -> None:
        for step in path[:-1]:
            item = item.setdefault(step, {}) if isinstance(item, dict) else item[step]
        item[path[-1]] = value

    return change


NOISE = {
    "a version": at("metadata", "resourceVersion"),
    "a time": at("metadata", "managedFields", 0, "time"),
    "what others own": at("metadata", "managedFields", 1, "fieldsV1", value={"f:metadata": {"f:annotations": {"f:x": {}}}}),
}
OF_OTHERS = {
    "an annotation of others": at("metadata", "annotations", "theirs"),
    "a new annotation": at("metadata", "annotations", "new"),
    "a label of others": at("metadata", "labels", "theirs"),
}
NEWS = {
    "an annotation of ours": at("metadata", "annotations", "note"),
    "a label of ours": at("metadata", "labels", "team"),
    "a value": at("data", value={"a": "2"}),
    "a field that nobody had": at("immutable", value=True),
    "the status": at("status", value={"phase": "Failed"}),
    "a deletion": at("metadata", "deletionTimestamp"),
    "a finalizer": at("metadata", "finalizers", value=["x"]),
    "a controller": at("metadata", "ownerReferences", value=[{"controller": True}]),
    "a field taken from us": at("metadata", "managedFields", 0, "fieldsV1", value={"f:data": {}}),
}


def changed(before: dict[str, Any], change: Callable[[Any], None]) -> dict[str, Any]:
    after = copy.deepcopy(before)
    change(after)
    assert after != before
    return after


@pytest.mark.parametrize("change", [*NOISE, *OF_OTHERS])
@pytest.mark.parametrize("judge", [concerns_a_pass, concerns_a_workload])
def test_noise(change: str, judge: Callable[[Any, Any], bool]) -> None:
    assert not judge(live(), changed(live(), {**NOISE, **OF_OTHERS}[change]))


@pytest.mark.parametrize("change", NEWS)
@pytest.mark.parametrize("judge", [concerns_a_pass, concerns_a_workload])
def test_news(change: str, judge: Callable[[Any, Any], bool]) -> None:
    assert judge(live(), changed(live(), NEWS[change]))
    assert judge(changed(live(), NEWS[change]), live())


@pytest.mark.parametrize("change", NEWS)
def test_only_the_status_cannot_be_drift(change: str) -> None:
    expected = News.FOR_A_PASS if change == "the status" else News.OF_CONTENT
    assert concerns_a_pass(live(), changed(live(), NEWS[change])) is expected


@pytest.mark.parametrize("change", OF_OTHERS)
@pytest.mark.parametrize(
    ("kind", "api"), [("Rollout", "argoproj.io/v1alpha1"), ("HorizontalPodAutoscaler", "autoscaling/v1"), ("Shoot", "x.cloud/v1")]
)
def test_labels_and_annotations_that_rules_may_read_are_news(change: str, kind: str, api: str) -> None:
    assert concerns_a_pass(live(kind, api), changed(live(kind, api), OF_OTHERS[change]))
    assert not concerns_a_pass(live(kind, api), changed(live(kind, api), NOISE["a time"]))


SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web", "namespace": "theirs"},
    "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
}


def test_of_an_autoscaler_of_others_only_its_target_is_news() -> None:
    assert not concerns_a_workload(SCALER, changed(SCALER, at("status", value={"currentReplicas": 3})))
    assert not concerns_a_workload(SCALER, changed(SCALER, at("spec", "maxReplicas", value=9)))
    assert concerns_a_workload(SCALER, changed(SCALER, at("spec", "scaleTargetRef", "name", value="other")))


def test_an_autoscaler_that_becomes_ours_is_news() -> None:
    assert concerns_a_workload(SCALER, ours(SCALER))
