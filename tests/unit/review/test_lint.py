"""What `validate` warns about: selectors, clusters and overriders without effect, and no warning where there is an effect."""

from __future__ import annotations

import pytest

from reconciler.model.capacity import Capacity
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.review.lint import lint
from tests.support.in_memory_fleet import Files, compile_files
from tests.support.shop import DIVIDED, SHOP, config_file, on, policy_file, text, workload


def warnings(files: Files, reason: str) -> list[Issue]:
    return [issue for issue in lint(compile_files(files)) if issue.reason == reason]


def override(overriders: str, *, target: str = "", kind: str = "OverridePolicy", selector: str = "name: web") -> str:
    return text(f"""
        apiVersion: policy.karmada.io/v1alpha1
        kind: {kind}
        metadata: {{name: {kind.lower()}{"" if kind.startswith("Cluster") else ", namespace: shop"}}}
        spec:
          resourceSelectors: [{{apiVersion: apps/v1, kind: Deployment, {selector}}}]
          overrideRules:
            - overriders: {{{overriders}}}
              {f"targetCluster: {{{target}}}" if target else ""}
    """)


GOLD = "labelSelector: {matchLabels: {tier: gold}}"
ANNOTATE = "annotationsOverrider: [{operator: add, value: {gold: '1'}}]"


def test_the_shop_has_no_warnings() -> None:
    assert not list(lint(compile_files(SHOP)))


def test_an_override_policy_selects_what_a_cluster_override_policy_labels() -> None:
    label = override("labelsOverrider: [{operator: add, value: {tier: gold}}]", kind="ClusterOverridePolicy")
    files = {**SHOP, "gold.yaml": override(ANNOTATE, selector=GOLD)}
    assert len(warnings(files, "MatchesNothing")) == 1
    assert not list(lint(compile_files({**files, "label.yaml": label})))


def test_an_override_policy_selects_nothing_where_a_cluster_override_policy_removes_the_label() -> None:
    label = override("labelsOverrider: [{operator: remove, value: {tier: ''}}]", kind="ClusterOverridePolicy")
    labelled = SHOP["web/deployment.yaml"].replace("namespace: shop", "namespace: shop, labels: {tier: gold}", 1)
    files = {**SHOP, "web/deployment.yaml": labelled, "gold.yaml": override(ANNOTATE, selector=GOLD)}
    assert not list(lint(compile_files(files)))
    assert len(warnings({**files, "label.yaml": label}, "MatchesNothing")) == 1


@pytest.mark.parametrize(
    ("selector", "remedy"),
    [
        ("{apiVersion: v1, kind: Namespace, name: shop}", "Remove the selector: a Namespace needs no policy"),
        ("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, name: x}", "Write a ClusterPropagationPolicy."),
        ("{apiVersion: apps/v1beta1, kind: Deployment, name: web}", "Write apps/v1."),
        ("{apiVersion: v1, kind: Deployment, name: web}", "is written in apps/v1, which is another group. Write apps/v1 if"),
        ("{apiVersion: app/v1, kind: Deployment}", "is written in apps/v1, which is another group. Write apps/v1 if"),
        ("{apiVersion: app/v1, kind: Deployment, name: wbe}", "Did you mean web?"),
        ("{apiVersion: apps/v1, kind: Deployment, name: elsewhere}", "is in another namespace"),
        ("{apiVersion: apps/v1, kind: Deployment, name: wbe}", "Did you mean web?"),
    ],
)
def test_the_remedy_for_a_selector_can_help(selector: str, remedy: str) -> None:
    policy = policy_file("odd", "X", on("m1")).replace("{apiVersion: apps/v1, kind: X, name: odd}", selector)
    other = workload("elsewhere", 1).replace("namespace: shop", "namespace: other")
    (issue,) = warnings({**SHOP, "odd.yaml": policy, "elsewhere.yaml": other}, "MatchesNothing")
    assert remedy in issue.remedy


TAINTS = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: away}
    spec:
      targetClusters: {clusterNames: [m9]}
      addOnConditions: [{conditionType: Ready, operator: In, statusValues: ["False"]}]
      removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
      taints: [{key: away, effect: NoSchedule}]
""")
WEIGHTS = "weightPreference: {staticWeightList: [{targetCluster: {clusterNames: [m9]}, weight: 3}]}"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (policy_file("odd", "Deployment", DIVIDED.replace("}", f", {WEIGHTS}}}"), target="web"), "staticWeightList[0]"),
        (
            policy_file(
                "odd",
                "Deployment",
                "clusterAffinities: [{affinityName: a, clusterNames: [m1], "
                "overflowAffinities: [{affinityName: b, clusterNames: [m9]}]}], "
                "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}",
                target="web",
            ),
            "clusterAffinities[0].overflowAffinities[0]",
        ),
        (
            policy_file(
                "odd", "Deployment", on("m1"), target="web", more="suspension: {dispatchingOnClusters: {clusterNames: [m9]}}"
            ),
            "suspension.dispatchingOnClusters",
        ),
        (TAINTS, "targetClusters"),
    ],
)
def test_an_unknown_cluster_is_named_wherever_clusters_are_chosen(content: str, place: str) -> None:
    (issue,) = warnings({**SHOP, "odd.yaml": content}, "UnknownCluster")
    assert "names the cluster m9, which no file declares" in issue.message
    assert place in issue.message


def test_an_empty_name_is_shown() -> None:
    files = {**SHOP, "odd.yaml": policy_file("odd", "Deployment", on('""'), target="web")}
    (issue,) = warnings(files, "UnknownCluster")
    assert 'names the cluster "", which no file declares' in issue.message
    waiting = policy_file("c", "ConfigMap", on("m1"), api="v1").replace("spec:", "spec:\n  dependentOverrides: ['', o]")
    files = {**SHOP, "c.yaml": config_file("c"), "p.yaml": waiting}
    (issue,) = [one for one in compile_files(files).issues if one.reason == "WaitingForOverrides"]
    assert 'waits for "", o (spec.dependentOverrides)' in issue.message


def test_labels_that_no_cluster_has() -> None:
    labels = "labelSelector: {matchLabels: {regin: eu}}"
    weights = WEIGHTS.replace("clusterNames: [m9]", labels)
    files = {
        **SHOP,
        "odd.yaml": policy_file("odd", "Deployment", DIVIDED.replace("}", f", {weights}}}"), target="web"),
        "odd-override.yaml": override(ANNOTATE, target=labels),
    }
    places = [issue.message for issue in warnings(files, "MatchesNoCluster")]
    assert len(places) == 2
    assert all("matches no declared cluster" in message for message in places)


@pytest.mark.parametrize(
    ("overriders", "reason", "remedy"),
    [
        (
            "argsOverrider: [{containerName: mian, operator: add, value: [-v]}]",
            "there is no container mian",
            "Did you mean main?",
        ),
        ("argsOverrider: [{containerName: main, operator: remove, value: [-v]}]", "none of these values", "Correct"),
        ("commandOverrider: [{containerName: main, operator: remove, value: [-v]}]", "none of these values", "Correct"),
        ("imageOverrider: [{component: Tag, operator: replace, value: not a tag!}]", '"not a tag!" is neither a tag', "digits"),
        ("imageOverrider: [{component: Tag, operator: add, value: ' x'}]", 'followed by " x" is neither a tag', "digits"),
        ("labelsOverrider: [{operator: replace, value: {tier: gold}}]", "does not have tier", "or write add"),
        ("annotationsOverrider: [{operator: remove, value: {gold: ''}}]", "does not have gold", "Correct the names"),
        ("plaintext: [{path: /spec/strategy/rollingUpdate, operator: remove}]", "API server fills it in", "replace the value"),
        ("plaintext: [{path: /metadata/name, operator: replace, value: web}]", "has these values already", "Correct"),
    ],
)
def test_an_overrider_that_changes_nothing(overriders: str, reason: str, remedy: str) -> None:
    """A second overrider of the same rule that acts does not hide it."""
    served = SHOP["web/deployment.yaml"].replace('image: "web:1"', 'image: "web:1", args: [serve]')
    files = {**SHOP, "web/deployment.yaml": served}
    (issue,) = warnings({**files, "idle.yaml": override(overriders)}, "ChangesNothing")
    assert reason in issue.message
    assert remedy in issue.remedy
    assert str(issue.origin) == "idle.yaml:7"
    if "annotations" not in overriders:
        assert len(warnings({**files, "idle.yaml": override(f"{overriders}, {ANNOTATE}")}, "ChangesNothing")) == 1


@pytest.mark.parametrize(("held", "reason"), [("", "the text at /data/a is empty"), ('{"x":1}', "has these values already")])
def test_a_json_patch_that_changes_nothing(held: str, reason: str) -> None:
    overriders = "fieldOverrider: [{fieldPath: /data/a, json: [{subPath: /x, operator: replace, value: 1}]}]"
    files = {
        **SHOP,
        "c.yaml": config_file("c").replace('value: "1"', f"a: '{held}'"),
        "p.yaml": policy_file("c", "ConfigMap", on("m1"), api="v1"),
        "o.yaml": override(overriders, selector="name: c").replace("apps/v1, kind: Deployment", "v1, kind: ConfigMap"),
    }
    (issue,) = warnings(files, "ChangesNothing")
    assert reason in issue.message


@pytest.mark.parametrize(
    ("overriders", "fields"),
    [
        ("plaintext: [{path: /metadata/finalizers, operator: add, value: [example.com/x]}]", "metadata.finalizers"),
        ("plaintext: [{path: /status, operator: add, value: {replicas: 2}}]", "status"),
        (
            "annotationsOverrider: [{operator: add, value: {deployment.kubernetes.io/revision: '7', team: web}}]",
            "metadata.annotations.deployment.kubernetes.io/revision",
        ),
    ],
)
def test_a_field_that_cleaning_removes_after_an_override(overriders: str, fields: str) -> None:
    """The overrider changes the object, so it is not one that changes nothing."""
    files = {**SHOP, "o.yaml": override(overriders)}
    (issue,) = warnings(files, "NotActedOn")
    assert f"sets {fields} of Deployment.apps shop/web, and no member gets it" in issue.message
    assert str(issue.origin) == "o.yaml:7"
    assert not warnings(files, "ChangesNothing")


@pytest.mark.parametrize("annotations", ["", "annotations: {deployment.kubernetes.io/revision: '7'}, "])
def test_what_arrives_is_no_mistake_beside_what_is_cleaned(annotations: str) -> None:
    """What the template itself sets is not the fault of the overrider."""
    served = SHOP["web/deployment.yaml"].replace("metadata: {name", f"metadata: {{{annotations}name", 1)
    files = {
        **SHOP,
        "web/deployment.yaml": served,
        "o.yaml": override("annotationsOverrider: [{operator: add, value: {team: web}}]"),
    }
    assert not warnings(files, "NotActedOn")


CRONJOB = text("""
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: tick, namespace: shop}
    spec:
      schedule: "* * * * *"
      jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "tick:1"}]}}}}
""")


@pytest.mark.parametrize("selectors", ["[{apiVersion: batch/v1, kind: CronJob}]", "[]"])
def test_a_kind_that_an_image_overrider_does_not_look_into(selectors: str) -> None:
    """Even if the same overrider changes objects of other kinds."""
    image = override("imageOverrider: [{component: Registry, operator: replace, value: mirror.example}]")
    image = image.replace("[{apiVersion: apps/v1, kind: Deployment, name: web}]", selectors)
    files = {
        **SHOP, "tick.yaml": CRONJOB, "tick-policy.yaml": policy_file("tick", "CronJob", on("m1"), api="batch/v1"),
        "image.yaml": image,
    }  # fmt: skip
    (issue,) = warnings(files, "ChangesNothing")
    assert "CronJob.batch shop/tick: imageOverrider does not look for containers in CronJob" in issue.message
    assert "/spec/jobTemplate/spec/template/spec/containers/0/image" in issue.remedy


def test_a_rule_for_a_cluster_without_the_object_is_no_mistake() -> None:
    """The next scheduling may place it there."""
    idle = "argsOverrider: [{containerName: mian, operator: add, value: [-v]}]"
    files = {**SHOP, "idle.yaml": override(idle, target="clusterNames: [m3]")}
    assert not warnings(files, "ChangesNothing")


@pytest.mark.parametrize(
    ("metadata", "spec", "lines"),
    [
        ("", "", ["clusters/m5.yaml:1"]),
        ("", ", apiEndpoint: 'https://x'", ["clusters/m5.yaml:1"]),
        ("", ", apiEndpoint: 'file:m5'", []),
        ("", ", secretRef: {namespace: a, name: b}", []), (", annotations: {reconciler.dev/kubeconfig: m5}", "", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("broken", [{}, {"broken.yaml": "kind: [\n"}])
def test_a_member_without_a_credential(broken: Files, metadata: str, spec: str, lines: list[str]) -> None:
    head = "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\n"
    file = f"{head}metadata: {{name: m5{metadata}}}\nspec: {{syncMode: Push{spec}}}\n"
    assert [str(one.origin) for one in warnings({**SHOP, **broken, "clusters/m5.yaml": file}, "NoCredential")] == lines


AGGREGATED = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}"
DYNAMIC = DIVIDED.replace("}", ", weightPreference: {dynamicWeight: AvailableReplicas}}")


@pytest.mark.parametrize("division", [AGGREGATED, DYNAMIC])
def test_division_by_a_capacity_that_nobody_recorded(division: str) -> None:
    files = {**SHOP, "web/policy.yaml": policy_file("web", "Deployment", division)}
    compiled = compile_files(files)
    (issue,) = [one for one in lint(compiled) if one.reason == "NotActedOn"]
    (refused,) = [one for one in compiled.issues if one.reason == "Unschedulable"]
    assert "staticWeightList" in issue.remedy
    assert issue.remedy in refused.remedy
    m1 = ClusterName("m1")
    recorded = RecordedState(clusters={m1: RecordedCluster(m1, "clusters/m1.yaml", capacity=Capacity())})
    assert not [one for one in lint(compile_files(files, recorded)) if one.reason == "NotActedOn"]


def test_the_namespace_of_a_selector_for_a_kind_without_namespaces() -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: viewer}\nrules: []\n"
    selector = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, namespace: shop}"
    policy = (
        "apiVersion: policy.karmada.io/v1alpha1\nkind: ClusterPropagationPolicy\nmetadata: {name: roles}\n"
        f"spec: {{resourceSelectors: [{selector}], placement: {{}}}}\n"
    )
    (issue,) = warnings({**SHOP, "role.yaml": role, "roles.yaml": policy}, "MatchesNothing")
    assert issue.remedy == "ClusterRole.rbac.authorization.k8s.io viewer is cluster-scoped. Remove the selector's namespace."


def test_the_namespace_that_a_template_lacks_and_an_override_policy_names() -> None:
    """Where a policy selects it as it is, the template is fine, and the override misses it."""
    here = {file: content.replace(", namespace: shop", "") for file, content in SHOP.items() if file.startswith("web/")}
    files = {**SHOP, **here, "gold.yaml": override(ANNOTATE)}
    (issue,) = [one for one in warnings(files, "MatchesNothing") if one.origin.file == "gold.yaml"]
    assert "states no namespace, so it counts as default. Write namespace: shop in web/deployment.yaml:1." in issue.remedy


def test_an_overrider_that_a_later_one_replaces_everywhere() -> None:
    first = override("imageOverrider: [{component: Tag, operator: replace, value: '2'}]", kind="ClusterOverridePolicy")
    second = override("imageOverrider: [{component: Tag, operator: replace, value: '3'}]")
    files = {**SHOP, "a.yaml": first, "b.yaml": second}
    (issue,) = warnings(files, "OverriddenLater")
    assert str(issue.origin) == "a.yaml:7"
    assert issue.message == (
        "ClusterOverridePolicy clusteroverridepolicy: imageOverrider of rule 0 has no effect in Deployment.apps shop/web: "
        "imageOverrider of OverridePolicy shop/overridepolicy (b.yaml:7) is applied later and writes the same fields"
    )
    on_m1 = second.replace("- overriders", "- targetCluster: {clusterNames: [m1]}\n      overriders")
    assert not warnings({**files, "b.yaml": on_m1}, "OverriddenLater")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "imageOverrider: [{component: Registry, operator: add, value: a.b}]",
            "imageOverrider: [{component: Tag, operator: replace, value: '3'}]",
        ),
        (
            "argsOverrider: [{containerName: main, operator: add, value: [-a]}]",
            "argsOverrider: [{containerName: main, operator: add, value: [-b]}]",
        ),
        (
            "annotationsOverrider: [{operator: add, value: {a: '1', b: '1'}}]",
            "annotationsOverrider: [{operator: add, value: {a: '2'}}]",
        ),
        (
            "annotationsOverrider: [{operator: add, value: {a: '1'}}]",
            "annotationsOverrider: [{operator: replace, value: {a: '2'}}]",
        ),
        ("plaintext: [{path: /spec/paused, operator: add, value: true}]", "plaintext: [{path: /spec/paused, operator: remove}]"),
        ("labelsOverrider: [{operator: add, value: {a: '1'}}]", "labelsOverrider: [{operator: add, value: {a: '2'}}]"),
    ],
)
def test_an_overrider_on_which_the_later_one_builds(first: str, second: str) -> None:
    files = {**SHOP, "a.yaml": override(first, kind="ClusterOverridePolicy"), "b.yaml": override(second)}
    assert not warnings(files, "OverriddenLater")
