"""Kinds and versions that only members have: placed where a record lists them, explained where none does."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.settings import DeclaredKind
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.unserved import lacks_kinds
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from reconciler.review.lint import lint
from tests.support.in_memory_fleet import Files, compile_files
from tests.support.shop import cluster_file, on, policy_file, text

BUILT_IN = ("apps/v1 Deployment", "v1 ConfigMap", "v1 Namespace")
CERTIFICATE = "cert-manager.io/v1 Certificate"
WEB = ResourceKey("cert-manager.io", "Certificate", "shop", "web")


def server(name: str) -> str:
    return cluster_file(name).replace('"file:', '"https://')


def certificate(name: str = "web", api: str = "cert-manager.io/v1", kind: str = "Certificate") -> str:
    return f"\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{secretName: {name}}}\n"


FILES = {
    "m1.yaml": server("m1"),
    "m2.yaml": server("m2"),
    "web.yaml": certificate(),
    "policy.yaml": policy_file("web", "Certificate", on("m1", "m2"), api="cert-manager.io/v1"),
}


def kinds(*names: str) -> frozenset[GroupVersionKind]:
    return frozenset(GroupVersionKind.parse(*name.split()) for name in names)


def serving(name: str, *names: str, scopes: bool = True, cluster_scoped: Collection[str] = ()) -> RecordedCluster:
    """A member that serves some built-in kinds and these. scopes: as programs of this version record it."""
    custom = frozenset(DeclaredKind(gvk, str(gvk) not in cluster_scoped) for gvk in kinds(*names)) if scopes else frozenset()
    return RecordedCluster(ClusterName(name), f"{name}.yaml", apis=kinds(*BUILT_IN, *names), custom_kinds=custom)


def recorded(*members: RecordedCluster) -> RecordedState:
    return RecordedState(clusters={member.name: member for member in members})


def judged(files: Files, *members: RecordedCluster) -> Compiled:
    return compile_files(files, recorded(*members))


def of(compiled: Compiled, file: str = "web.yaml") -> Issue:
    (issue,) = [issue for issue in compiled.issues if issue.origin.file == file]
    return issue


def test_what_members_serve_is_placed_on_them() -> None:
    compiled = judged(FILES, serving("m1", CERTIFICATE), serving("m2", CERTIFICATE))
    assert not compiled.issues
    assert not compiled.protected.files
    assert [[one.key for one in work.manifests] for work in make_works(compiled).values()] == [[WEB], [WEB]]
    assert compiled.desired.unknown == ()


def test_where_it_is_not_served_it_is_not_placed_and_that_is_said() -> None:
    compiled = judged(FILES, serving("m1", CERTIFICATE), serving("m2"))
    assert {name: len(work.manifests) for name, work in make_works(compiled).items()} == {"m1": 1, "m2": 0}
    issue = of(compiled)
    assert (issue.severity, issue.reason) == (Severity.WARNING, "KindNotServed")
    assert issue.message == f"{WEB} is not placed on m2: {CERTIFICATE} is not served there"
    assert issue.remedy.startswith(f"Install what serves {CERTIFICATE} on m2, such as its operator")


def test_a_member_that_the_policy_does_not_want_is_not_mentioned() -> None:
    files = {**FILES, "policy.yaml": policy_file("web", "Certificate", on("m1"), api="cert-manager.io/v1")}
    assert not judged(files, serving("m1", CERTIFICATE), serving("m2")).issues


def test_where_it_is_not_served_at_all_kind_members_and_remedy_are_named() -> None:
    files = {**FILES, "policy.yaml": policy_file("web", "Certificate", on("m2"), api="cert-manager.io/v1")}
    issue = of(judged(files, serving("m1", CERTIFICATE), serving("m2")))
    assert (issue.severity, issue.reason) == (Severity.ERROR, "NoClusterFit")
    assert issue.remedy.startswith(f"Install what serves {CERTIFICATE} on m2, such as its operator")
    assert "change the placement" in issue.remedy


@pytest.mark.parametrize(
    ("members", "severity", "message", "remedy"),
    [
        (
            (),
            Severity.WARNING,
            "it is not recorded whether m1, m2 can store it",
            "Run `reconciler sync`, or `reconciler diff",
        ),
        ((serving("m1"),), Severity.WARNING, "it is not recorded whether m2 can store it", "Run `reconciler sync`"),
        ((serving("m1"), serving("m2")), Severity.ERROR, "and no member has it (m1, m2)", "Install its operator"),
        (
            (serving("m1", CERTIFICATE, scopes=False), serving("m2")),
            Severity.WARNING,
            "is served by m1, and it is not recorded whether it is namespaced",
            "Run `reconciler sync`",
        ),
        (
            (serving("m1", "cert-manager.io/v1beta1 Certificate", "cert-manager.io/v2 Certificate"), serving("m2")),
            Severity.ERROR,
            "no member serves Certificate in cert-manager.io/v1",
            "Write apiVersion: cert-manager.io/v2, which m1",
        ),
    ],
)
def test_what_is_not_known_to_be_served(
    members: tuple[RecordedCluster, ...], severity: Severity, message: str, remedy: str
) -> None:
    compiled = judged(FILES, *members)
    issue = of(compiled)
    assert issue.severity is severity
    assert message in issue.message
    assert remedy in issue.remedy
    assert compiled.protected.files == {"web.yaml"}
    assert not any(work.manifests for work in make_works(compiled).values())


def test_what_was_placed_stays_when_the_kind_is_gone() -> None:
    before = assume_applied(judged(FILES, serving("m1", CERTIFICATE), serving("m2", CERTIFICATE)))
    gone = RecordedState(decisions=before.decisions, clusters=recorded(serving("m1"), serving("m2")).clusters)
    compiled = compile_files(FILES, gone)
    assert [issue.reason for issue in compiled.issues] == ["UnknownKind"]
    assert all(work.held == {WEB} for work in make_works(compiled).values())


def test_folders_are_not_asked() -> None:
    files = {**FILES, "m1.yaml": cluster_file("m1"), "m2.yaml": cluster_file("m2")}
    issue = of(judged(files))
    assert (issue.severity, issue.reason) == (Severity.ERROR, "UnknownKind")
    assert "write in spec.kinds" in issue.remedy


def test_a_cluster_scoped_kind_has_no_namespace() -> None:
    issuer = "cert-manager.io/v1 ClusterIssuer"
    files = {**FILES, "web.yaml": certificate(kind="ClusterIssuer")}
    compiled = judged(files, serving("m1", issuer, cluster_scoped=[issuer]))
    assert ResourceKey("cert-manager.io", "ClusterIssuer", "", "web") in compiled.templates
    assert {issue.reason for issue in compiled.issues if issue.origin.file == "web.yaml"} == {"NamespaceIgnored", "Unclaimed"}


def test_the_other_checks_of_templates_apply() -> None:
    files = {**FILES, "twice.yaml": certificate(), "name.yaml": certificate("Web")}
    found = judged(files, serving("m1", CERTIFICATE)).issues
    assert [(issue.origin.file, issue.reason) for issue in found if issue.severity is Severity.ERROR] == [
        ("name.yaml", "InvalidName"),
        ("twice.yaml", "DeclaredTwice"),
        ("web.yaml", "DeclaredTwice"),
    ]


def test_a_similar_kind_is_proposed() -> None:
    issue = of(judged({**FILES, "web.yaml": certificate(api="apps/v1", kind="Deploymnt")}, serving("m1"), serving("m2")))
    assert "Did you mean Deployment?" in issue.remedy


DEPLOYMENT = text("""
    apiVersion: API
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      selector: {matchLabels: {app: web}}
      template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: web}]}}
""")


def deployed(api: str) -> Files:
    return {
        **FILES,
        "web.yaml": DEPLOYMENT.replace("API", api),
        "policy.yaml": policy_file("web", "Deployment", on("m1"), api=api),
    }


@pytest.mark.parametrize("members", [(), (serving("m1"), serving("m2"))])
def test_a_version_that_never_was_is_an_error(members: tuple[RecordedCluster, ...]) -> None:
    issue = of(judged(deployed("apps/v7"), *members))
    assert (issue.severity, issue.reason, issue.origin.line) == (Severity.ERROR, "UnknownVersion", 1)
    assert issue.remedy.startswith("Write apps/v1")


def test_a_member_may_be_newer_than_this_program() -> None:
    compiled = judged(deployed("apps/v7"), serving("m1", "apps/v7 Deployment"))
    assert not compiled.issues
    assert [one.key.name for one in make_works(compiled)[ClusterName("m1")].manifests] == ["web"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((), [("RemovedVersion", Severity.WARNING, "Write apps/v1,")]),
        ((serving("m1"),), [("NoClusterFit", Severity.ERROR, "Write apiVersion: apps/v1; m1 serves it.")]),
        ((serving("m2"),), [("RemovedVersion", Severity.WARNING, "Write apps/v1,")]),
        (
            (serving("m1"), serving("m2")),
            [("NoClusterFit", Severity.ERROR, "Write apiVersion: apps/v1; m1 serves it.")],
        ),
    ],
)
def test_a_version_that_is_served_no_more(
    members: tuple[RecordedCluster, ...], expected: list[tuple[str, Severity, str]]
) -> None:
    found = [issue for issue in judged(deployed("apps/v1beta1"), *members).issues if issue.origin.file == "web.yaml"]
    assert [(issue.reason, issue.severity) for issue in sorted(found, key=lambda one: one.reason)] == [
        (reason, severity) for reason, severity, _ in expected
    ]
    for issue, (*_, remedy) in zip(sorted(found, key=lambda one: one.reason), expected, strict=True):
        assert remedy in issue.remedy


@pytest.mark.parametrize("api", ["apps/v1beta1", "extensions/v1beta1"])
def test_the_template_is_what_has_to_change(api: str) -> None:
    """Whether the policy selects it, as within one group, or not."""
    files = {**deployed(api), "policy.yaml": policy_file("web", "Deployment", on("m1"))}
    compiled = compile_files(files)
    assert [issue.remedy for issue in lint(compiled) if issue.reason == "MatchesNothing"] == (
        []
        if api.startswith("apps/")
        else [f"Deployment.extensions shop/web is written in {api}, which is no longer served. Write apps/v1 there."]
    )
    assert ["Write apps/v1," in issue.remedy for issue in compiled.issues if issue.reason == "RemovedVersion"] == [True]


def test_a_version_that_its_members_have_given_up_is_an_error() -> None:
    """They hold the object, so they are not rejected; but nothing can be written to them."""
    old = serving("m1", "apps/v1beta1 Deployment")
    before = assume_applied(judged(deployed("apps/v1beta1"), old))
    upgraded = RecordedState(decisions=before.decisions, clusters=recorded(serving("m1")).clusters)
    (issue,) = [issue for issue in compile_files(deployed("apps/v1beta1"), upgraded).issues if issue.reason == "KindNotServed"]
    assert issue.severity is Severity.ERROR
    assert issue.message.endswith("apps/v1beta1 Deployment is not served by m1 any more")
    assert issue.remedy.startswith("Write apiVersion: apps/v1; m1 serves it.")


@pytest.mark.parametrize(
    ("api", "kind", "right"),
    [
        ("policy.karmada.io/v1beta1", "PropagationPolicy", "policy.karmada.io/v1alpha1"),
        ("policy.karmada.io/v1", "ClusterOverridePolicy", "policy.karmada.io/v1alpha1"),
        ("cluster.karmada.io/v1beta1", "Cluster", "cluster.karmada.io/v1alpha1"),
        ("reconciler.dev/v1", "Configuration", "reconciler.dev/v1alpha1"),
    ],
)
def test_a_version_of_karmadas_kinds_or_ours_that_never_was(api: str, kind: str, right: str) -> None:
    compiled = judged({**FILES, "web.yaml": certificate(api=api, kind=kind)}, serving("m1"), serving("m2"))
    issue = of(compiled)
    assert (issue.severity, issue.reason, issue.origin.line) == (Severity.ERROR, "UnknownVersion", 2)
    assert issue.remedy == f"Write apiVersion: {right}."
    assert not compiled.templates


def test_a_version_that_some_members_do_not_serve_is_told_once() -> None:
    files = {**deployed("apps/v1beta1"), "policy.yaml": policy_file("web", "Deployment", on("m1", "m2"), api="apps/v1beta1")}
    found = [issue for issue in judged(files, serving("m1")).issues if issue.origin.file == "web.yaml"]
    assert [(issue.reason, issue.remedy) for issue in found] == [("KindNotServed", "Write apiVersion: apps/v1; m1 serves it.")]


def test_a_kind_is_awaited_where_a_member_with_an_api_server_lacks_it() -> None:
    assert lacks_kinds(judged(FILES, serving("m1", CERTIFICATE), serving("m2")))
    only_m2 = {**FILES, "policy.yaml": policy_file("web", "Certificate", on("m2"), api="cert-manager.io/v1")}
    assert lacks_kinds(judged(only_m2, serving("m1", CERTIFICATE), serving("m2")))
    assert lacks_kinds(judged(FILES, serving("m1"), serving("m2"))), "the kind is not known at all"
    assert not lacks_kinds(judged(FILES, serving("m1", CERTIFICATE), serving("m2", CERTIFICATE)))
    assert not lacks_kinds(judged(FILES)), "nothing was read yet"
