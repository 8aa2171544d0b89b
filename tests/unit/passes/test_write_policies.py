"""What is left to a member is neither written nor told, and what stays by policy is told and not written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.health import HealthStatus
from reconciler.passes.events import DriftCorrected
from reconciler.passes.verdict import Verdict, verdict_of
from tests.support.drifting_shop import SETTINGS, WEB, DriftingShop, replicas, value
from tests.support.in_memory_fleet import NOW, Files
from tests.support.shop import SHOP, config_file


def configured(spec: str, files: Files = SHOP) -> Files:
    return {**files, "reconciler.yaml": f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {spec}\n"}


async def begun(spec: str) -> DriftingShop:
    return await DriftingShop(configured(spec)).begin()


def image(text: str) -> Any:
    return lambda item: item["spec"]["template"]["spec"]["containers"][0].update(image=text)


POINTERS = "{ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]}"
PATHS = "{ignoreDifferences: [{kind: Deploy*, jsonPaths: [$.spec.replicas]}]}"
JQ = "{ignoreDifferences: [{jq: [.spec.replicas]}]}"
MANAGERS = "{ignoreDifferences: [{managers: [scaler]}]}"


@pytest.mark.parametrize("spec", [POINTERS, PATHS, JQ, MANAGERS])
async def test_an_ignored_field_is_neither_written_nor_told_and_the_rest_is_put_right(spec: str) -> None:
    shop = await begun(spec)
    shop.members["m1"].edit("Deployment", "web", replicas(9), by="scaler")
    done = await shop.run_pass()
    assert not done.wrote
    assert done.events == ()
    assert shop.status(WEB, "m1").drift is None
    shop.members["m1"].edit("Deployment", "web", image("evil:1"), by="kubectl-edit")
    done = await shop.run_pass()
    (event,) = done.events
    assert isinstance(event, DriftCorrected)
    assert event.reason == "the member drifted: spec.template.spec.containers (by kubectl-edit)"
    assert shop.members["m1"].objects[WEB]["spec"]["replicas"] == 9
    assert not (await shop.run_pass()).wrote


async def test_a_new_template_leaves_the_field_to_its_writer() -> None:
    shop = await begun(POINTERS)
    shop.members["m1"].edit("Deployment", "web", replicas(9), by="scaler")
    await shop.run_pass()
    await shop.put(configured(POINTERS, {**SHOP, "web/deployment.yaml": SHOP["web/deployment.yaml"].replace("web:1", "web:2")}))
    assert (await shop.run_pass()).wrote
    spec = shop.members["m1"].objects[WEB]["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (9, "web:2")


async def test_a_rule_is_about_its_members_and_objects_only() -> None:
    rule = "kind: Deployment, namespace: shop, name: web, targetCluster: {clusterNames: [m1]}, jsonPointers: [/spec/replicas]"
    shop = await begun(f"{{ignoreDifferences: [{{{rule}}}]}}")
    for name in ("m1", "m2"):
        shop.members[name].edit("Deployment", "web", replicas(9), by="scaler")
    await shop.run_pass()
    assert shop.members["m1"].objects[WEB]["spec"]["replicas"] == 9
    assert shop.members["m2"].objects[WEB]["spec"]["replicas"] != 9


async def test_an_annotation_says_the_same_for_one_object() -> None:
    annotated = SHOP["web/deployment.yaml"].replace(
        "name: web,", 'name: web, annotations: {reconciler.dev/ignore-differences: "/spec/replicas"},', 1
    )
    shop = await DriftingShop({**SHOP, "web/deployment.yaml": annotated}).begin()
    shop.members["m1"].edit("Deployment", "web", replicas(9), by="scaler")
    assert not (await shop.run_pass()).wrote


async def test_a_query_that_fails_for_an_object_keeps_it_as_it_is_and_says_so() -> None:
    shop = await begun('{ignoreDifferences: [{kind: ConfigMap, name: settings, jq: [".data.value.x"]}]}')
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    done = await shop.run_pass()
    assert not done.wrote
    message = shop.status(SETTINGS, "m1").message
    assert message == "the member's object: the jq .data.value.x of ignoreDifferences: it fails for this object"
    assert verdict_of(done) is Verdict.NO


REPORT = "{driftPolicy: Report}"


async def test_drift_that_is_only_reported_stays_is_recorded_and_ends() -> None:
    shop = await begun(REPORT)
    shop.members["m2"].edit("ConfigMap", "settings", value("9"))
    done = await shop.run_pass()
    assert not done.wrote
    assert verdict_of(done) is Verdict.DONE
    status = shop.status(SETTINGS, "m2")
    assert status.drift is not None
    assert (status.drift.what, status.drift.stands) == ("the member drifted: data.value (by kubectl-edit)", True)
    assert status.problem == "the member drifted: data.value (by kubectl-edit); it stays, because its drift policy is Report"
    assert status.applied
    assert status.health.status is HealthStatus.CURRENT
    before, waits = shop.recorded, done.retry_in
    assert waits is None
    again = await shop.run_pass()
    assert shop.recorded.reports == before.reports
    assert again.events == (), "it is news once"
    shop.members["m2"].edit("ConfigMap", "settings", value("2"), by="kubectl-edit")
    await shop.run_pass()
    assert shop.status(SETTINGS, "m2").drift is None or not shop.status(SETTINGS, "m2").drift.stands  # type: ignore[union-attr]


async def test_a_deletion_that_is_only_reported_is_not_undone_by_a_later_pass() -> None:
    shop = await begun(REPORT)
    shop.members["m1"].remove("ConfigMap", "settings")
    for _ in range(3):
        done = await shop.run_pass()
        assert not done.wrote
        assert not done.unfinished
        assert verdict_of(done) is Verdict.DONE
    drift = shop.status(SETTINGS, "m1").drift
    assert drift is not None
    assert drift.what == "the member drifted: the object was deleted"
    assert drift.stands
    await shop.put(configured(REPORT, {**SHOP, "settings/config.yaml": config_file("settings", "5")}))
    assert (await shop.run_pass()).wrote
    assert SETTINGS in shop.members["m1"].objects


async def test_a_new_template_is_written_over_reported_drift() -> None:
    shop = await begun(REPORT)
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    await shop.run_pass()
    await shop.put(configured(REPORT, {**SHOP, "settings/config.yaml": config_file("settings", "5")}))
    await shop.run_pass()
    assert shop.members["m1"].objects[SETTINGS]["data"] == {"value": "5"}
    assert shop.status(SETTINGS, "m1").drift is None


async def test_a_rule_goes_before_the_default_and_an_annotation_before_rules() -> None:
    spec = "{driftPolicy: Report, writePolicies: [{kind: ConfigMap, driftPolicy: Correct}]}"
    annotated = SHOP["web/deployment.yaml"].replace(
        "name: web,", "name: web, annotations: {reconciler.dev/drift-policy: Correct},", 1
    )
    shop = await DriftingShop(configured(spec, {**SHOP, "web/deployment.yaml": annotated})).begin()
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    shop.members["m1"].edit("Deployment", "web", replicas(9))
    done = await shop.run_pass()
    assert {event.key for event in done.events if isinstance(event, DriftCorrected)} == {SETTINGS, WEB}


ONCE = "{writePolicies: [{kind: ConfigMap, apply: CreateOnly}]}"


async def test_what_is_created_only_once_is_left_alone_and_created_again_when_it_is_gone() -> None:
    shop = await begun(ONCE)
    created = shop.status(SETTINGS, "m1").digest
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    assert not (await shop.run_pass()).wrote
    await shop.put(configured(ONCE, {**SHOP, "settings/config.yaml": config_file("settings", "5")}))
    done = await shop.run_pass()
    assert not done.wrote
    assert verdict_of(done) is Verdict.DONE
    assert shop.members["m1"].objects[SETTINGS]["data"] == {"value": "9"}
    assert shop.status(SETTINGS, "m1").digest == created, "the manifest that it was created from"
    shop.members["m1"].remove("ConfigMap", "settings")
    await shop.run_pass()
    assert shop.members["m1"].objects[SETTINGS]["data"] == {"value": "5"}


async def test_a_correction_is_counted_with_its_beginning() -> None:
    shop = await DriftingShop(SHOP).begin()
    times = []
    for number in range(12):
        shop.seconds += 400
        shop.members["m2"].edit("ConfigMap", "settings", value("9"))
        moment = NOW + timedelta(hours=number)
        shop.reconciliation = replace(shop.reconciliation, clock=lambda moment=moment: moment)
        await shop.run_pass()
        drift = shop.status(SETTINGS, "m2").drift
        assert drift is not None
        assert drift.since == NOW
        times.append((drift.times, drift.coarse.times, drift.last))
    assert [exact for exact, _, _ in times] == list(range(1, 13))
    assert [coarse for _, coarse, _ in times] == [1, 1, 3, 3, 3, 3, 3, 3, 3, 10, 10, 10]
    assert times[-1][2] == NOW + timedelta(hours=9)
