"""Which objects members would refuse: by what each of them gets, told once for each cause."""

from __future__ import annotations

import json

import pytest

from reconciler.model.issues import Issue, Severity
from reconciler.review import admission, admission_process
from reconciler.review.admission import new_refusals, refusals
from tests.admission.scenes import Document, binding, bound, custom, definition, policy, rule
from tests.support.in_memory_fleet import Files, compile_files
from tests.support.shop import SHOP, cluster_file, config_file, on, on_servers, policy_file, text, workload

DEPLOYMENTS = {"resourceRules": [rule("deployments", "apps")]}
FEW = {"expression": "object.spec.replicas < 5", "messageExpression": "'%d are too many'.format([object.spec.replicas])"}
KINDS = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
MEMBERS = on_servers({f"{name}.yaml": cluster_file(name) for name in ("a", "b", "c")})
WEB = {"web.yaml": workload("web", 7), "web-policy.yaml": policy_file("web", "Deployment", on("a", "b"))}


def guards(documents: list[Document], *members: str, kinds: tuple[str, ...] = KINDS) -> dict[str, str]:
    """A file with these documents, and a policy that places them on the members."""
    selectors = [{"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind} for kind in kinds if kind in KINDS]
    selectors += [{"apiVersion": "apiextensions.k8s.io/v1", "kind": kind} for kind in kinds if kind not in KINDS]
    placing = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "ClusterPropagationPolicy",
        "metadata": {"name": "guards"},
        "spec": {"resourceSelectors": selectors, "placement": {"clusterAffinity": {"clusterNames": list(members)}}},
    }
    return {"guards.yaml": "\n---\n".join(map(json.dumps, documents)), "guards-policy.yaml": json.dumps(placing)}


def found(files: Files) -> list[Issue]:
    return refusals(compile_files(files))


def test_without_policies_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_process, "start_child", None)
    assert found(SHOP) == []
    assert found({**SHOP, **guards([policy("few", FEW, match=DEPLOYMENTS)], "member1")}) == []


def test_an_object_is_refused_where_the_policy_is_placed() -> None:
    files = {**MEMBERS, **WEB, **guards(bound("few", FEW, match=DEPLOYMENTS), "b", "c")}
    (issue,) = found(files)
    assert (str(issue.origin), issue.severity, issue.reason) == ("web.yaml:1", Severity.ERROR, "AdmissionDenied")
    assert issue.message == (
        "Deployment.apps shop/web: ValidatingAdmissionPolicy few (guards.yaml:1) refuses this object on b: 7 are too many"
    )
    assert issue.remedy.startswith("Change the object, or the policy. Until then, copies")
    assert found({**files, **guards(bound("few", FEW, match=DEPLOYMENTS), "c")}) == []


def test_folders_refuse_nothing() -> None:
    """Neither is anybody asked by `diff --live`."""
    folders = {name: cluster_file(name[0]) for name in MEMBERS}
    guarded = {**WEB, **guards(bound("few", FEW, match=DEPLOYMENTS), "a", "b")}
    (issue,) = found({**folders, **guarded})
    assert "refuses this object where the folders of a, b are applied: 7 are too many" in issue.message
    assert issue.remedy == "Change the object, or the policy. A folder takes the object as it is."
    (issue,) = found({**MEMBERS, "b.yaml": folders["b.yaml"], **guarded})
    assert "refuses this object on a, and where the folder of b is applied: 7 are too many" in issue.message
    assert issue.remedy.endswith("copies that are already placed stay as they are. A folder takes the object as it is.")
    match = {**DEPLOYMENTS, "namespaceSelector": {"matchLabels": {"team": "x"}}}
    remedies = [
        issue.remedy
        for members in (MEMBERS, folders)
        for issue in found({**members, **WEB, **guards(bound("few", FEW, match=match), "a")})
    ]
    assert ["diff --live" in remedy for remedy in remedies] == [True, False]


def test_each_member_gets_its_own_object() -> None:
    override = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: web, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
          overrideRules:
            - targetCluster: {clusterNames: [b]}
              overriders: {plaintext: [{path: /spec/replicas, operator: replace, value: 2}]}
    """)
    files = {**MEMBERS, **WEB, "override.yaml": override, **guards(bound("few", FEW, match=DEPLOYMENTS), "a", "b")}
    assert [issue.message.partition(" on ")[2] for issue in found(files)] == ["a: 7 are too many"]


def test_a_warning_is_a_warning_and_an_audit_is_nothing() -> None:
    for actions, reasons in (("Warn", ["AdmissionWarned"]), ("Audit", []), ("Deny Audit", ["AdmissionDenied"])):
        files = {**MEMBERS, **WEB, **guards(bound("few", FEW, match=DEPLOYMENTS, actions=actions), "a")}
        assert [issue.reason for issue in found(files)] == reasons


def test_what_only_a_server_knows_is_told_once_at_the_policy() -> None:
    who = "request.userInfo.username == 'x' || object.spec.replicas < 5"
    files = {**MEMBERS, **WEB, **guards(bound("who", who, match=DEPLOYMENTS), "a", "b")}
    (issue,) = found(files)
    assert (str(issue.origin), issue.severity, issue.reason) == ("guards.yaml:1", Severity.WARNING, "AdmissionNotJudged")
    assert "1 object (Deployment.apps shop/web) not judged: " in issue.message
    assert "reads request.userInfo, which only the server knows" in issue.message


@pytest.mark.parametrize(("count", "issues"), [(5, 5), (6, 1)])
def test_one_complaint_about_many_objects_is_told_once_at_the_policy(count: int, issues: int) -> None:
    many = {f"config-{number}.yaml": config_file(f"config-{number}") for number in range(count)}
    placing = {"configs.yaml": policy_file("configs", "ConfigMap", on("a"), api="v1").replace(", name: configs", "")}
    files = {**MEMBERS, **many, **placing, **guards(bound("none", {"expression": "false", "message": "never"}), "a")}
    reported = found(files)
    assert len(reported) == issues
    if issues == 1:
        assert str(reported[0].origin) == "guards.yaml:1"
        assert "refuses 6 objects (ConfigMap shop/config-0, " in reported[0].message


def test_parameters_and_namespaces_are_those_that_the_member_gets() -> None:
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    few = {"expression": "object.spec.replicas < int(params.data.value)", "message": "too many"}
    ref = {"name": "limit", "namespace": "shop", "parameterNotFoundAction": "Deny"}
    documents = [policy("few", few, match=DEPLOYMENTS, paramKind=kind), binding("few", paramRef=ref)]
    files = {**MEMBERS, **WEB, **guards(documents, "a", "b"), "limit.yaml": config_file("limit", "5")}
    files["limit-policy.yaml"] = policy_file("limit", "ConfigMap", on("a"), api="v1")
    messages = {issue.reason: issue.message for issue in found(files)}
    assert messages["AdmissionDenied"].endswith("refuses this object on a: too many")
    assert "the parameter, ConfigMap limit, is not among the objects that the cluster gets" in messages["AdmissionNotJudged"]


def test_namespace_labels_that_are_not_in_the_repository_are_unknown() -> None:
    match = {**DEPLOYMENTS, "namespaceSelector": {"matchLabels": {"team": "x"}}}
    files = {**MEMBERS, **WEB, **guards(bound("few", FEW, match=match), "a")}
    assert [issue.reason for issue in found(files)] == ["AdmissionNotJudged"]
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: %s}}\n"
    assert [issue.reason for issue in found({**files, "ns.yaml": space % "x"})] == ["AdmissionDenied"]
    assert found({**files, "ns.yaml": space % "z"}) == []


def widgets(size: int) -> dict[str, str]:
    rules = {
        "x-kubernetes-validations": [{"rule": "self.size < 5"}, {"rule": "self.size >= oldSelf.size", "message": "may only grow"}]
    }
    crd = definition("Widget", {"size": {"type": "integer"}}, spec_more=rules)
    widget = json.dumps(custom("Widget", "w", {"namespace": "shop"}, size=size))
    place = policy_file("w", "Widget", on("a"), api="scenes.example.org/v1")
    return {**MEMBERS, "w.yaml": widget, "w-policy.yaml": place, **guards([crd], "a", kinds=("CustomResourceDefinition",))}


def test_the_rules_of_a_definition_count() -> None:
    (issue,) = found(widgets(7))
    assert issue.message == (
        "Widget.scenes.example.org shop/w: CustomResourceDefinition widgets.scenes.example.org (guards.yaml:1) refuses this "
        "object on a: spec: failed rule: self.size < 5"
    )
    assert found(widgets(3)) == []


def test_a_diff_judges_transitions_and_reports_what_is_new() -> None:
    before, after = compile_files(widgets(4)), compile_files(widgets(3))
    assert [issue.message.rpartition(": ")[2] for issue in new_refusals(after, before)] == ["may only grow"]
    assert new_refusals(before, after) == []
    bad = compile_files(widgets(7))
    assert new_refusals(bad, bad) == []
    assert len(new_refusals(bad, before)) == 1


def test_no_process_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(admission_process, "start_child", refuse)
    compiled = compile_files({**MEMBERS, **WEB, **guards(bound("few", FEW, match=DEPLOYMENTS), "a")})
    for issues in (refusals(compiled), new_refusals(compiled, compiled)):
        assert [issue.reason for issue in issues] == ["AdmissionNotJudged"]
        assert "Cannot allocate memory" in issues[0].message


def test_distinct_manifests_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    original = admission_process.AdmissionProcess.judge

    def count(self: admission_process.AdmissionProcess, cluster: list[Document], items: list[admission.Item]) -> object:
        judged.append(len(items))
        return original(self, cluster, items)

    monkeypatch.setattr(admission.AdmissionProcess, "judge", count)
    many = on_servers({f"{number}.yaml": cluster_file(f"m{number}") for number in range(20)})
    names = [f"m{number}" for number in range(20)]
    everywhere = {"web.yaml": workload("web", 7), "web-policy.yaml": policy_file("web", "Deployment", on(*names))}
    (issue,) = found({**many, **everywhere, **guards(bound("few", FEW, match=DEPLOYMENTS), *names)})
    assert judged == [1]
    assert "on m0, m1, m10 and 17 more: 7 are too many" in issue.message
