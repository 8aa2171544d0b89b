"""Objects that overrides spoil, or that a member's release does not know, are not sent. The rest is."""

from __future__ import annotations

import pytest

from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.pipeline.check_rendered import Schemas
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import make_works
from tests.support.in_memory_fleet import NOW, Files, Playground, compile_files, load
from tests.support.shop import SHOP, on, policy_file, text

WEB = ResourceKey("apps", "Deployment", "shop", "web")
REPLICAS = "{path: /spec/replicas, operator: replace, value: '3'}"
UNTIL_THEN = "Until then, copies that are already placed stay as they are."


def override(overriders: str, *, name: str = "spoil", target: str = "", selector: str = "name: web") -> str:
    """The items of `overriders` are on line 10 and below."""
    return text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: %s, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, %s}]
          overrideRules:
            - targetCluster: {%s}
              overriders:
                plaintext:
                %s
    """) % (name, selector, target, f"\n{8 * ' '}".join(f"- {item}" for item in overriders.splitlines()))


def issues(files: Files, reason: str, recorded: RecordedState | None = None) -> list[Issue]:
    return [issue for issue in compile_files(files, recorded).issues if issue.reason == reason]


@pytest.mark.parametrize(
    ("operation", "reason", "message"),
    [
        (REPLICAS, "WrongType", "spec.replicas must be a whole number"),
        ("{path: /spec/replica, operator: add, value: 3}", "UnknownField", "spec.replica is not a known field"),
        ("{path: /spec/selector, operator: remove}", "MissingField", "spec.selector is missing"),
        (
            "{path: /spec/template/spec/containers/0/env/-, operator: add, value: {name: LOG, value: debug}}",
            "DuplicateItem",
            "env[1] has the same name as an item before it",
        ),
        (
            "{path: /spec/template/metadata/labels/app, operator: replace, value: other}",
            "InvalidValue",
            "spec.template.metadata.labels does not match spec.selector, which asks for app=web",
        ),
        (
            "{path: /spec/template/metadata/labels/tier, operator: add, value: a b}",
            "InvalidValue",
            "spec.template.metadata.labels.tier must be a label value",
        ),
        (
            "{path: /spec/template/spec/containers/0/imagePullPolicy, operator: add, value: always}",
            "InvalidValue",
            "imagePullPolicy must be one of Always, IfNotPresent, Never",
        ),
    ],
)
def test_an_overrider_that_makes_an_invalid_object(operation: str, reason: str, message: str) -> None:
    given = SHOP["web/deployment.yaml"].replace("name: main,", "name: main, env: [{name: LOG, value: info}],")
    label = "{path: /metadata/labels, operator: add, value: {a: b}}"
    files = {**SHOP, "web/deployment.yaml": given, "bad.yaml": override(f"{label}\n{operation}")}
    (issue,) = issues(files, reason)
    assert (issue.origin.file, issue.severity, issue.subject) == ("bad.yaml", Severity.ERROR, str(WEB))
    assert issue.origin.line == 11
    told = "Deployment.apps shop/web: rule 0 of OverridePolicy shop/spoil makes an object that an API server refuses: "
    assert issue.message.startswith(told)
    assert message in issue.message
    assert "debug" not in issue.message
    assert issue.remedy.endswith(UNTIL_THEN)


def test_the_spoiled_object_is_withheld_where_it_is_spoiled_and_nothing_else() -> None:
    compiled = compile_files({**SHOP, "bad.yaml": override(REPLICAS, target="clusterNames: [m2]")})
    works = make_works(compiled)
    assert WEB in {one.key for one in works[ClusterName("m1")].manifests}
    assert WEB not in {one.key for one in works[ClusterName("m2")].manifests}
    assert list(works[ClusterName("m2")].failed) == [WEB]
    others = {one.key for one in make_works(compile_files(SHOP))[ClusterName("m2")].manifests} - {WEB}
    assert {one.key for one in works[ClusterName("m2")].manifests} == others


async def test_the_last_good_copy_stays() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    before = fleet.holds()
    done = await fleet.sync({**SHOP, "bad.yaml": override(REPLICAS)})
    assert fleet.holds() == before
    assert fleet.requests().keys() == set() or not any("web" in line for log in fleet.requests().values() for line in log)
    (report,) = [report for key, report in done.recorded.reports.items() if key == WEB]
    assert all("makes an object that an API server refuses" in status.message for status in report.statuses)


WIDGETS = text("""
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {kind: Widget, plural: widgets}
      versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
""")


@pytest.mark.parametrize(
    ("operation", "severity", "message"),
    [
        ("{path: /spec/sise, operator: add, value: 3}", Severity.WARNING, "makes an object with a mistake: spec.sise is not"),
        ("{path: /spec/size, operator: add, value: x}", Severity.ERROR, "makes an object that an API server refuses: spec.size"),
    ],
)
def test_what_an_api_server_only_drops_is_sent(operation: str, severity: Severity, message: str) -> None:
    widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: shop}, spec: {size: 1}}"
    files = {
        **SHOP,
        "crd.yaml": WIDGETS,
        "w.yaml": widget,
        "p.yaml": policy_file("w", "Widget", on("m1"), api="example.com/v1"),
        "o.yaml": override(operation, selector="name: w").replace("apps/v1, kind: Deployment", "example.com/v1, kind: Widget"),
    }
    compiled = compile_files(files)
    (issue,) = [issue for issue in compiled.issues if issue.origin.file == "o.yaml"]
    assert issue.severity is severity
    assert message in issue.message
    sent = {one.key.name for one in make_works(compiled)[ClusterName("m1")].manifests}
    assert ("w" in sent) is (severity is Severity.WARNING)


def test_a_later_overrider_may_put_it_right() -> None:
    files = {**SHOP, "o.yaml": override(REPLICAS)}
    assert issues(files, "WrongType")
    right = override("{path: /spec/replicas, operator: replace, value: 3}", name="z")
    assert not issues({**files, "z.yaml": right}, "WrongType")


POD_RESOURCES = "{path: /spec/template/spec/resources, operator: add, value: {limits: {cpu: 1}}}"
"""A field since 1.32."""


def state(**versions: str) -> RecordedState:
    names = {name: ClusterName(name) for name in versions}
    return RecordedState(
        clusters={
            names[name]: RecordedCluster(names[name], f"{name}.yaml", version=version) for name, version in versions.items()
        }
    )


@pytest.mark.parametrize(
    ("version", "refused"),
    [("v1.29.4+k3s1", "1.29"), ("v1.31.0", "1.31"), ("v1.2.0", "1.25"), ("v1.32.0", ""), ("v1.99.0", ""), ("", ""), ("dev", "")],
)
def test_a_member_is_sent_what_its_release_knows(version: str, refused: str) -> None:
    files = {**SHOP, "o.yaml": override(POD_RESOURCES)}
    compiled = compile_files(files, state(m1=version, m2="v1.34.1"))
    found = [issue for issue in compiled.issues if issue.reason == "UnknownField"]
    assert [issue.origin.line for issue in found] == ([10] if refused else [])
    assert all(f"makes an object that Kubernetes {refused} (m1) refuses" in issue.message for issue in found)
    rendering = compiled.templates[WEB].rendering
    assert sorted(rendering.failed) == (["m1"] if refused else [])
    assert sorted(rendering.manifests) == (["m2"] if refused else ["m1", "m2"])


def test_a_template_may_be_too_new_for_a_member() -> None:
    newer = SHOP["web/deployment.yaml"].replace("spec: {containers:", "spec: {resources: {limits: {cpu: 1}}, containers:")
    (issue,) = issues({**SHOP, "web/deployment.yaml": newer}, "UnknownField", state(m1="v1.30.0", m2="v1.30.2"))
    assert "web: Kubernetes 1.30 (m1, m2) refuses this object: spec.template.spec.resources is not a known field" in issue.message
    assert issue.origin.file == "web/deployment.yaml"
    assert "or upgrade these" in issue.remedy


def test_what_did_not_change_is_not_checked_again() -> None:
    compiler, files = Compiler(), {**SHOP, "bad.yaml": override(REPLICAS)}
    first = compiler.compile(load(files, compiler), RecordedState(), NOW)
    compiler.next_pass()
    again = compiler.compile(load({**files, "other.yaml": ""}, compiler), RecordedState(), NOW)
    assert again.templates[WEB].rendering is first.templates[WEB].rendering


def test_one_manifest_is_validated_whole_by_each_release_and_a_template_where_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[int, str, bool]] = []
    violations = Schemas.violations

    def watched(self: Schemas, manifest: Manifest, release: str, valid: Manifest | None = None) -> list[Violation]:
        seen.append((id(manifest), release, valid is None))
        return violations(self, manifest, release, valid)

    monkeypatch.setattr(Schemas, "violations", watched)
    replicas = "{path: /spec/replicas, operator: replace, value: 7}"
    files = {**SHOP, "o.yaml": override(replicas, target="clusterNames: [m1]")}
    recorded = state(m1="v1.31.0", m2="v1.31.2")
    compiled = compile_files(files, recorded)
    rendering = compiled.templates[WEB].rendering
    sent = {id(one.manifest) for one in rendering.manifests.values()}
    assert len(sent) == 2
    of_web = [one for one in seen if one[0] in sent]
    assert sorted(whole for _, _, whole in of_web) == [False, True], "the other one only where it differs"
    assert (id(compiled.templates[WEB].template.manifest), "1.31", True) not in seen
    newer = SHOP["web/deployment.yaml"].replace("spec: {containers:", "spec: {resources: {limits: {cpu: 1}}, containers:")
    refused = compile_files({**files, "web/deployment.yaml": newer}, recorded).templates[WEB]
    assert sorted(refused.rendering.failed) == ["m1", "m2"]
    assert seen.count((id(refused.template.manifest), "1.31", True)) == 1
