"""Charts become objects on each member, and these are treated as any object is."""

from __future__ import annotations

import json

import pytest

from reconciler.model.binding import TargetCluster
from reconciler.model.health import HealthStatus
from reconciler.model.issues import errors_in
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.manifest import get, key_of
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.passes.options import Options
from reconciler.pipeline.works import make_works
from tests.support.expanding import WordRenderer, chart_object, playground, value_override
from tests.support.in_memory_fleet import Files, Playground, compile_files
from tests.support.shop import BROKEN, DIVIDED, cluster_file, config_file, on, policy_file, workload

CHART = ResourceKey("reconciler.dev", "Chart", "shop", "app")
POLICY = policy_file("app", "Chart", on("m1", "m2"), api="reconciler.dev/v1alpha1")
TEMPLATES: dict[str, str] = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/templates/web.yaml": workload("<release>-web", 1)
    .replace("replicas: 1", "replicas: <count>")
    .replace("  namespace: shop\n", ""),
    "charts/app/templates/color.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: <release>-color}\ndata: {color: <color>, kube: <kube>}\n"
    ),
}
BASE: dict[str, str] = {
    **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")},
    **TEMPLATES,
    "app/chart.yaml": chart_object("app", values={"count": 2, "color": "red"}),
    "app/policy.yaml": POLICY,
}
HOLDS = ["ConfigMap shop/app-color", "Deployment.apps shop/app-web"]


@pytest.fixture
def renderer() -> WordRenderer:
    return WordRenderer()


@pytest.fixture
async def shop(renderer: WordRenderer) -> Playground:
    shop = playground("m1", "m2", "m3", renderer=renderer)
    done = await shop.sync(BASE)
    assert errors_in(done.compiled.issues) == []
    assert shop.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": []}
    return shop


def changed(files: dict[str, str | None], base: Files = BASE) -> Files:
    return {path: text for path, text in {**base, **files}.items() if text is not None}


def value(shop: Playground, member: str, *path: str, key: str = HOLDS[0]) -> object:
    return get(shop.members[member].holds()[key], *path)


async def test_the_children_are_written_and_the_chart_is_not(shop: Playground) -> None:
    assert value(shop, "m1", "metadata", "namespace") == "shop"
    assert value(shop, "m1", "data", "color") == "red"


async def test_a_second_sync_is_silent_and_runs_nothing(shop: Playground, renderer: WordRenderer) -> None:
    before, runs = shop.recorded, len(renderer.runs)
    await shop.sync(BASE)
    assert shop.requests() == {}
    assert shop.recorded is before
    assert len(renderer.runs) == runs


async def test_equal_values_and_capabilities_are_one_expansion(shop: Playground, renderer: WordRenderer) -> None:
    assert len(renderer.runs) == 1


async def test_an_override_changes_the_values_of_one_member(shop: Playground, renderer: WordRenderer) -> None:
    await shop.sync(changed({"app/blue.yaml": value_override("app", "m2", color="blue")}))
    assert shop.requests() == {"m2": ["apply ConfigMap shop/app-color"]}
    assert (value(shop, "m1", "data", "color"), value(shop, "m2", "data", "color")) == ("red", "blue")
    assert len(renderer.runs) == 2


async def test_replicas_are_divided_into_the_value_that_is_named(shop: Playground) -> None:
    divided = policy_file("app", "Chart", f"{on('m1', 'm2')}, {DIVIDED}", api="reconciler.dev/v1alpha1")
    chart = chart_object("app", values={"count": 5, "color": "red"}, more="  replicas: {path: /count}\n")
    done = await shop.sync(changed({"app/chart.yaml": chart, "app/policy.yaml": divided}))
    assert errors_in(done.compiled.issues) == []
    shares = [value(shop, name, "spec", "replicas", key=HOLDS[1]) for name in ("m1", "m2")]
    assert sum(map(int, shares)) == 5  # type: ignore[call-overload]
    assert [target.replicas for target in shop.recorded.decisions[CHART].binding.targets] == shares


async def test_a_policy_edit_moves_the_children_and_the_old_copy_goes_last(shop: Playground) -> None:
    moved = policy_file("app", "Chart", on("m2", "m3"), api="reconciler.dev/v1alpha1")
    await shop.sync(changed({"app/policy.yaml": moved}))
    assert shop.holds() == {"m1": [], "m2": HOLDS, "m3": HOLDS}
    assert len(shop.passes) > 1
    assert shop.passes[0].recorded.decisions[CHART].binding.cluster_names == ("m1", "m2", "m3")


async def test_an_object_that_a_new_version_lacks_is_pruned(shop: Playground) -> None:
    await shop.sync(changed({"charts/app/templates/color.yaml": None}))
    assert shop.requests() == {"m1": ["delete ConfigMap shop/app-color"], "m2": ["delete ConfigMap shop/app-color"]}
    assert ResourceKey("", "ConfigMap", "shop", "app-color") not in shop.recorded.decisions


async def test_a_change_of_a_template_reaches_the_members(shop: Playground) -> None:
    await shop.sync(changed({"charts/app/templates/color.yaml": TEMPLATES["charts/app/templates/color.yaml"] + "# x\n"}))
    assert shop.requests() == {}
    other = TEMPLATES["charts/app/templates/color.yaml"].replace("color: <color>", "color: dark<color>")
    await shop.sync(changed({"charts/app/templates/color.yaml": other}))
    assert value(shop, "m2", "data", "color") == "darkred"


def test_there_are_works_where_nothing_but_a_chart_is_declared_and_it_cannot_be_expanded() -> None:
    works = make_works(compile_files(BASE))
    assert {name: work.manifests for name, work in works.items()} == {"m1": (), "m2": (), "m3": ()}


async def test_values_that_are_not_declared_are_an_error(shop: Playground) -> None:
    """Whatever the templates make of the values that are there."""
    chart = chart_object("app", values={"count": 2, "color": "red"}, more="  valuesFrom: [{kind: Secret, name: absent}]\n")
    done = await shop.sync(changed({"app/chart.yaml": chart}))
    assert {issue.reason for issue in errors_in(done.compiled.issues)} == {"ValuesMissing"}
    assert shop.requests() == {}


def of_release(name: str, namespace: str = "shop") -> dict[str, object]:
    return {
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace},
    }


async def test_adopt_takes_over_the_objects_of_its_release_and_no_others(renderer: WordRenderer) -> None:
    shop = playground("m1", "m2", renderer=renderer)
    for member, release in (("m1", "app"), ("m2", "other")):
        color = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"color": "theirs"}}
        color["metadata"] = {"name": "app-color", "namespace": "shop", **of_release(release)}
        shop.members[member].objects[key_of(color)] = color
    two = changed({"clusters/m3.yaml": None, "app/chart.yaml": chart_object("app", values={"count": 2, "color": "red"})})
    await shop.sync(two)
    assert [value(shop, name, "data", "color") for name in ("m1", "m2")] == ["theirs", "theirs"]
    await shop.sync({**two, "app/chart.yaml": two["app/chart.yaml"] + "  adopt: true\n"})
    assert [value(shop, name, "data", "color") for name in ("m1", "m2")] == ["red", "theirs"]
    status = shop.recorded.report_of(ResourceKey("", "ConfigMap", "shop", "app-color")).status_in(ClusterName("m2"))
    assert status is not None
    assert "it belongs to shop/other" in status.message


async def test_a_chart_that_is_gone_takes_its_children_with_it(shop: Playground) -> None:
    other = {"other.yaml": config_file("other")}
    await shop.sync(changed({"app/chart.yaml": None, **other}))
    assert shop.holds() == {"m1": [], "m2": [], "m3": []}


@pytest.mark.parametrize(
    ("case", "files"),
    [
        ("a template fails", {"charts/app/templates/color.yaml": "a: <missing>\n"}),
        ("the output is no YAML", {"charts/app/templates/color.yaml": "a: [\n"}),
        ("an object is named twice", {"charts/app/templates/copy.yaml": TEMPLATES["charts/app/templates/color.yaml"]}),
        ("a kind of ours", {"charts/app/templates/p.yaml": POLICY}),
        ("the folder is gone", dict.fromkeys(TEMPLATES)),
        ("its file has an error", {"app/chart.yaml": BROKEN}),
        (
            "its values are missing",
            {"app/chart.yaml": chart_object("app", more="  valuesFrom: [{kind: Secret, name: absent}]\n")},
        ),
    ],
)
async def test_where_the_expansion_fails_nothing_is_written_or_pruned(
    shop: Playground, case: str, files: dict[str, str | None]
) -> None:
    for _ in range(2):
        done = await shop.sync(changed(files))
        assert shop.requests() == {}, case
        assert errors_in(done.compiled.issues)
    await shop.sync(BASE)
    assert shop.requests() == {}


async def test_without_a_record_nothing_is_pruned_that_a_chart_may_expand_to(shop: Playground) -> None:
    """The status branch is lost, and the chart cannot be expanded: nobody knows whose these objects are."""
    shop.recorded = RecordedState()
    for _ in range(2):
        done = await shop.sync(changed({"charts/app/templates/color.yaml": "a: <missing>\n"}))
        assert errors_in(done.compiled.issues)
        assert shop.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": []}
    await shop.sync(BASE)
    assert shop.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": []}
    assert {one.parent for key, one in shop.recorded.decisions.items() if key != CHART} == {CHART}


async def test_a_move_without_a_record_waits_for_the_new_copies(shop: Playground) -> None:
    """The status branch is lost together with the commit that moves the chart."""
    moved = changed({"app/policy.yaml": policy_file("app", "Chart", on("m3"), api="reconciler.dev/v1alpha1")})
    shop.recorded = RecordedState()
    shop.members["m3"].refuses = {HOLDS[1]}
    await shop.sync(moved, options=Options(allow_prune=frozenset({"*"})))
    assert shop.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": [HOLDS[0]]}
    assert shop.recorded.decisions[CHART].binding.cluster_names == ("m1", "m2", "m3")
    shop.members["m3"].refuses = set()
    await shop.sync(moved, options=Options(allow_prune=frozenset({"*"})))
    assert shop.holds() == {"m1": [], "m2": [], "m3": HOLDS}


async def test_a_chart_that_fits_nowhere_keeps_its_children_without_a_record(shop: Playground) -> None:
    nowhere = changed({"app/policy.yaml": policy_file("app", "Chart", on("m9"), api="reconciler.dev/v1alpha1")})
    shop.recorded = RecordedState()
    for _ in range(2):
        await shop.sync(nowhere, options=Options(allow_prune=frozenset({"*"})))
        assert shop.holds() == {"m1": HOLDS, "m2": HOLDS, "m3": []}
    await shop.sync(BASE)
    assert shop.requests() == {}


async def test_without_a_record_the_replicas_of_a_chart_stay_where_they_are(shop: Playground) -> None:
    divided = policy_file("app", "Chart", f"{on('m1', 'm2')}, {DIVIDED}", api="reconciler.dev/v1alpha1")
    chart = chart_object("app", values={"count": 4, "color": "red"}, more="  replicas: {path: /count}\n")
    files = changed({"app/chart.yaml": chart, "app/policy.yaml": divided})
    await shop.sync(files)
    shop.recorded = RecordedState()
    await shop.sync(files)
    assert [target.replicas for target in shop.recorded.decisions[CHART].binding.targets] == [2, 2]
    assert shop.requests() == {}


async def test_an_error_names_the_line_of_the_template_and_the_chart(shop: Playground) -> None:
    bad = TEMPLATES["charts/app/templates/color.yaml"].replace("<color>", "<missing>")
    done = await shop.sync(changed({"charts/app/templates/color.yaml": bad}))
    (issue,) = errors_in(done.compiled.issues)
    assert str(issue.origin) == "charts/app/templates/color.yaml:4"
    assert "Chart.reconciler.dev shop/app" in issue.message
    assert "app/chart.yaml:1" in issue.message


async def test_all_mistakes_of_a_chart_are_told_at_once(shop: Playground) -> None:
    calls = "a: {{ getHostByName 1 }}\n"
    done = await shop.sync(changed({"charts/app/templates/x.yaml": calls, "charts/app/templates/y.yaml": calls}))
    assert [str(one.origin) for one in errors_in(done.compiled.issues)] == [
        "charts/app/templates/x.yaml:1",
        "charts/app/templates/y.yaml:1",
    ]
    kinds = {f"charts/app/templates/{name}.yaml": POLICY.replace("name: app", f"name: {name}") for name in ("p", "q")}
    done = await shop.sync(changed(dict(kinds)))
    assert len([one for one in errors_in(done.compiled.issues) if one.reason == "ExpansionFailed"]) == 2
    assert shop.requests() == {}


async def test_it_may_fail_on_one_member_alone(shop: Playground) -> None:
    files = changed({"app/bad.yaml": value_override("app", "m2", color="[")})
    done = await shop.sync(files)
    assert [one.reason for one in errors_in(done.compiled.issues)] == ["OutputUnreadable"]
    assert shop.requests() == {}
    newer = TEMPLATES["charts/app/templates/color.yaml"].replace("color: <color>", "color: <color>, more: x")
    await shop.sync({**files, "charts/app/templates/color.yaml": newer})
    assert shop.requests() == {"m1": ["apply ConfigMap shop/app-color"]}


async def test_without_the_program_everything_stays_and_it_is_said_once(shop: Playground, renderer: WordRenderer) -> None:
    renderer.absent = True
    second = chart_object("app").replace("name: app", "name: second")
    done = await shop.sync(changed({"app/chart.yaml": chart_object("app", values={"count": 9, "color": "x"}), "s.yaml": second}))
    assert shop.requests() == {}
    assert [one.reason for one in errors_in(done.compiled.issues)] == ["ProgramMissing"]
    renderer.absent = False
    await shop.sync(changed({"app/chart.yaml": chart_object("app", values={"count": 9, "color": "x"})}))
    assert value(shop, "m1", "spec", "replicas", key=HOLDS[1]) == 9


async def test_two_that_declare_the_same_object_are_an_error_and_the_first_keeps_it(shop: Playground) -> None:
    template = config_file("app-color").replace("value: ", "color: ")
    policy = policy_file("color", "ConfigMap", on("m1"), api="v1", target="app-color")
    done = await shop.sync(changed({"a.yaml": template, "b.yaml": policy}))
    (issue,) = errors_in(done.compiled.issues)
    assert issue.reason == "DeclaredTwice"
    assert str(issue.origin) == "a.yaml:1"
    assert "Chart.reconciler.dev shop/app" in issue.message
    assert shop.requests() == {}


async def test_a_template_that_was_there_first_keeps_its_object(renderer: WordRenderer) -> None:
    shop = playground("m1", "m2", "m3", renderer=renderer)
    template, policy = config_file("app-color"), policy_file("color", "ConfigMap", on("m1", "m2"), api="v1", target="app-color")
    first = {path: text for path, text in BASE.items() if path.startswith("clusters/")} | {"a.yaml": template, "b.yaml": policy}
    await shop.sync(first)
    done = await shop.sync({**BASE, **first})
    (issue,) = errors_in(done.compiled.issues)
    assert str(issue.origin) == "app/chart.yaml:1"
    assert shop.requests() == {name: ["apply Deployment.apps shop/app-web"] for name in ("m1", "m2")}


async def test_the_status_of_a_chart_is_that_of_its_children(shop: Playground) -> None:
    report = shop.recorded.report_of(CHART)
    assert [(one.cluster, one.applied, one.health.status) for one in report.statuses] == [
        ("m1", True, HealthStatus.CURRENT),
        ("m2", True, HealthStatus.CURRENT),
    ]
    assert shop.recorded.decisions[CHART].binding.cluster_names == ("m1", "m2")


async def test_a_child_records_its_parent_and_has_its_terms(shop: Playground) -> None:
    await shop.sync(changed({"app/policy.yaml": POLICY.replace("spec:", "spec:\n  preserveResourcesOnDeletion: true", 1)}))
    for key, decision in shop.recorded.decisions.items():
        assert decision.preserve, key
        assert decision.parent == (None if key == CHART else CHART)
        assert decision.binding.policy is not None


async def test_a_job_that_is_a_hook_runs_once_for_each_state(shop: Playground) -> None:
    hook = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}\n"
        "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}\n"
    )
    probe = hook.replace("migrate", "probe").replace("pre-upgrade", "test")
    files = changed({"charts/app/templates/migrate.yaml": hook, "charts/app/templates/probe.yaml": probe})
    await shop.sync(files)
    (first,) = [key for key in shop.holds()["m1"] if key.startswith("Job")]
    assert first.startswith("Job.batch shop/migrate-")
    for member in shop.members.values():
        member.logs[first] = "done"
    await shop.sync(files)
    await shop.sync(files)
    assert shop.requests() == {}
    await shop.sync({**files, "app/blue.yaml": value_override("app", "m2", color="blue")})
    assert [key for key in shop.holds()["m1"] if key.startswith("Job")] == [first]
    (second,) = [key for key in shop.holds()["m2"] if key.startswith("Job")]
    assert second != first


async def test_values_come_from_objects_of_the_tree_and_inline_ones_count_more(shop: Playground) -> None:
    settings = config_file("settings").replace('value: "1"', "values.yaml: " + json.dumps("color: green\ncount: 7\n"))
    chart = chart_object("app", values={"count": 2}, more="  valuesFrom: [{kind: ConfigMap, name: settings}]\n")
    done = await shop.sync(changed({"app/chart.yaml": chart, "app/settings.yaml": settings}))
    assert done.compiled.issues == ()
    assert value(shop, "m1", "data", "color") == "green"
    assert value(shop, "m1", "spec", "replicas", key=HOLDS[1]) == 2


async def test_a_definition_and_its_objects_may_be_in_one_chart(shop: Playground) -> None:
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: teas.shop.example}\n"
        "spec: {group: shop.example, scope: Namespaced, names: {kind: Tea, plural: teas}, versions: "
        "[{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}\n"
    )
    tea = "apiVersion: shop.example/v1\nkind: Tea\nmetadata: {name: green}\n"
    done = await shop.sync(changed({"charts/app/crds/tea.yaml": definition, "charts/app/templates/tea.yaml": tea}))
    assert errors_in(done.compiled.issues) == []
    assert "Tea.shop.example shop/green" in shop.holds()["m1"]


async def test_a_policy_that_names_a_child_is_told_what_to_select(shop: Playground) -> None:
    policy = policy_file("color", "ConfigMap", on("m3"), api="v1", target="app-color")
    done = await shop.sync(changed({"b.yaml": policy}))
    (issue,) = [one for one in done.compiled.issues if one.reason == "SelectsChild"]
    assert str(issue.origin.file) == "b.yaml"
    assert shop.requests() == {}


async def test_a_folder_that_a_chart_names_is_no_warning_and_another_one_is(shop: Playground) -> None:
    done = await shop.sync(changed({"charts/other/Chart.yaml": "apiVersion: v2\nname: other\nversion: 1.0.0\n"}))
    assert [(one.reason, one.origin.file) for one in done.compiled.issues] == [("HelmChart", "charts/other/Chart.yaml")]


async def test_who_depends_on_a_chart_waits_for_all_its_children(renderer: WordRenderer) -> None:
    shop = playground("m1", renderer=renderer)
    for member in shop.members.values():
        member.tells_health = True
    second = chart_object("second", values={"count": 1, "color": "red"}).replace(
        "namespace: shop}", "namespace: shop, annotations: {reconciler.dev/depends-on: Chart.reconciler.dev/app}}"
    )
    files = {path: text for path, text in BASE.items() if "m2" not in path and "m3" not in path}
    files |= {
        "app/policy.yaml": policy_file("app", "Chart", on("m1"), api="reconciler.dev/v1alpha1"),
        "second.yaml": second,
        "p.yaml": policy_file("second", "Chart", on("m1"), api="reconciler.dev/v1alpha1"),
    }
    done = await shop.sync(files, options=Options(wait=False))
    assert [one for one in done.compiled.issues if one.reason != "Unclaimed"] == []
    assert shop.holds()["m1"] == HOLDS
    web = ResourceKey("apps", "Deployment", "shop", "app-web")
    member = shop.members["m1"]
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    conditions = [{"type": one, "status": "True", "reason": "NewReplicaSetAvailable"} for one in ("Available", "Progressing")]
    member.objects[web] = {**member.objects[web], "status": {**status, "conditions": conditions}}
    await shop.sync(files, options=Options(wait=False))
    assert "ConfigMap shop/second-color" in shop.holds()["m1"]


READY = {
    "status": {
        **dict.fromkeys(("observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1),
        "conditions": [
            {"type": one, "status": "True", "reason": "NewReplicaSetAvailable"} for one in ("Available", "Progressing")
        ],
    }
}


def across(chart_waits: str = "", config_waits: str = "Chart.reconciler.dev/app@m2") -> Files:
    """A Chart on m2, and a ConfigMap on m1. What they wait for."""
    chart = chart_object("app", values={"count": 1, "color": "red"})
    noted = f"namespace: shop, annotations: {{reconciler.dev/depends-on: {chart_waits}}}}}" if chart_waits else "namespace: shop}"
    waiting = config_file("first").replace(
        "namespace: shop}",
        f"namespace: shop, annotations: {{reconciler.dev/depends-on: {config_waits}}}}}" if config_waits else "namespace: shop}",
    )
    return changed({
        "clusters/m3.yaml": None,
        "app/chart.yaml": chart.replace("namespace: shop}", noted, 1),
        "app/policy.yaml": policy_file("app", "Chart", on("m2"), api="reconciler.dev/v1alpha1"),
        "first.yaml": waiting,
        "first-policy.yaml": policy_file("first", "ConfigMap", on("m1"), api="v1"),
    })  # fmt: skip


def with_health(renderer: WordRenderer) -> Playground:
    shop = playground("m1", "m2", renderer=renderer)
    for member in shop.members.values():
        member.tells_health = True
    return shop


async def test_who_depends_on_a_chart_of_another_member_waits_for_all_its_children_there(renderer: WordRenderer) -> None:
    shop = with_health(renderer)
    done = await shop.sync(across(), options=Options(wait=False))
    assert [one.reason for one in done.compiled.issues] == []
    assert shop.holds() == {"m1": [], "m2": HOLDS}
    (waiting,) = [change for change in done.plans[ClusterName("m1")].changes if change.key.name == "first"]
    assert "it waits for Deployment.apps shop/app-web on m2 (not Current yet)" in str(getattr(waiting, "reason", ""))
    web, member = ResourceKey("apps", "Deployment", "shop", "app-web"), shop.members["m2"]
    member.objects[web] = {**member.objects[web], **READY}
    await shop.sync(across(), options=Options(wait=False))
    assert shop.holds()["m1"] == ["ConfigMap shop/first"]


async def test_the_children_of_a_chart_wait_for_an_object_of_another_member(renderer: WordRenderer) -> None:
    shop = with_health(renderer)
    files = across(chart_waits="ConfigMap/first@m1", config_waits="")
    done = await shop.sync({**files, "first-policy.yaml": ""}, options=Options(wait=False))
    assert shop.holds() == {"m1": [], "m2": []}, done.compiled.issues
    await shop.sync(files, options=Options(wait=False))
    assert shop.holds() == {"m1": ["ConfigMap shop/first"], "m2": HOLDS}


async def test_a_circle_through_a_chart_of_another_member_is_told(renderer: WordRenderer) -> None:
    shop = with_health(renderer)
    done = await shop.sync(across(chart_waits="ConfigMap/first@m1"), options=Options(wait=False))
    found = [(one.reason, one.origin.file) for one in errors_in(done.compiled.issues)]
    assert ("DependencyCycle", "first.yaml") in found
    assert ("DependencyCycle", "app/chart.yaml") in found
    assert shop.holds() == {"m1": [], "m2": []}


def test_a_chart_that_is_not_placed_there_is_told() -> None:
    def told(files: Files) -> list[tuple[str, str]]:
        issues = compile_files(files).issues
        return [(one.reason, str(one.origin)) for one in issues if one.reason == "DependencyNotPlaced"]

    assert told(across()) == []
    assert told(across(config_waits="Chart.reconciler.dev/app@m1")) == [("DependencyNotPlaced", "first.yaml:1")]
    assert told(across(config_waits="Chart.reconciler.dev/app")) == [("DependencyNotPlaced", "first.yaml:1")]


def test_members_need_not_serve_the_kind_of_a_chart() -> None:
    served = frozenset({GroupVersionKind("apps", "v1", "Deployment")})
    member = RecordedCluster(ClusterName("m1"), "clusters/m1.yaml", apis=served, version="v1.36.3")
    compiled = compile_files(BASE, RecordedState(clusters={member.name: member}))
    assert compiled.templates[CHART].placed.targets == (TargetCluster(ClusterName("m1")), TargetCluster(ClusterName("m2")))
    seen = {request.kube_version: request.apis for request in compiled.needs.missing}
    assert seen == {"": (), "v1.36.3": ("apps/v1", "apps/v1/Deployment")}


async def test_a_suspended_chart_writes_nothing(shop: Playground) -> None:
    suspended = POLICY.replace("spec:", "spec:\n  suspension: {dispatchingOnClusters: {clusterNames: [m1]}}", 1)
    chart = chart_object("app", values={"count": 3, "color": "red"})
    await shop.sync(changed({"app/policy.yaml": suspended, "app/chart.yaml": chart}))
    assert shop.requests() == {"m2": ["apply Deployment.apps shop/app-web"]}


async def test_the_objects_of_a_member_are_its_children(shop: Playground) -> None:
    assert {name: one.objects for name, one in shop.recorded.clusters.items()} == {"m1": 2, "m2": 2, "m3": 0}
