"""From files to issues and names: circles, dependencies that are placed elsewhere, and the Jobs of gates."""

from __future__ import annotations

import re

from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.pipeline.works import make_works
from tests.support.in_memory_fleet import compile_files
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text

POLICY = policy_file("all", "ConfigMap", on("m1", "m2"), api="v1").replace(", name: all}", "}")
JOBS = policy_file("jobs", "Job", on("m1", "m2"), api="batch/v1").replace(", name: jobs}", "}")
ORDER = ("DependencyCycle", "DependencyNotObserved", "DependencyNotPlaced", "InvalidOrder", "OrderStatedTwice", "HookNotHonoured")


def config(name: str, value: str = "1", **annotations: str) -> str:
    noted = ", ".join(f"reconciler.dev/{key.replace('_', '-')}: '{one}'" for key, one in annotations.items())
    return text(f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: shop, annotations: {{{noted}}}}}
        data: {{value: "{value}"}}
    """)


def job(annotation: str = "reconciler.dev/gate: before", name: str = "migrate") -> str:
    return text(f"""
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {name}
          namespace: shop
          annotations: {{{annotation}}}
        spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: "migrate:1"}}]}}}}}}
    """)


def files(**named: str) -> dict[str, str]:
    clusters = {f"{name}.yaml": cluster_file(name) for name in ("m1", "m2")}
    shop = {"namespace.yaml": NAMESPACE, "policy.yaml": POLICY, "jobs.yaml": JOBS}
    return {**clusters, **shop, **{f"{name}.yaml": content for name, content in named.items()}}


def issues(**named: str) -> list[Issue]:
    return [issue for issue in compile_files(files(**named)).issues if issue.reason in ORDER]


def job_names(named: dict[str, str], member: str = "m1") -> list[str]:
    work = make_works(compile_files(named))[ClusterName(member)]
    return [one.key.name for one in work.manifests if one.key.kind == "Job"]


def test_a_circle_is_drawn_with_the_place_of_each_edge() -> None:
    found = issues(a=config("a", depends_on="ConfigMap/b"), b=config("b", depends_on="ConfigMap/a"), c=config("c"))
    assert [(str(issue.origin), issue.reason) for issue in found] == [
        ("a.yaml:1", "DependencyCycle"),
        ("b.yaml:1", "DependencyCycle"),
    ]
    assert found[0].message == (
        "ConfigMap shop/a waits for itself: ConfigMap shop/a (a.yaml:1) depends on ConfigMap shop/b; "
        "ConfigMap shop/b (b.yaml:1) depends on ConfigMap shop/a"
    )


def test_a_circle_through_waves() -> None:
    found = issues(a=config("a", wave="1"), b=config("b", wave="0", depends_on="ConfigMap/a"))
    assert found[0].message == (
        "ConfigMap shop/a waits for itself: ConfigMap shop/a (a.yaml:1) comes after wave 0, that of ConfigMap shop/b; "
        "ConfigMap shop/b (b.yaml:1) depends on ConfigMap shop/a"
    )


def test_a_circle_across_members() -> None:
    found = issues(a=config("a", depends_on="ConfigMap/b@m2"), b=config("b", depends_on="ConfigMap/a@m1"))
    assert {issue.reason for issue in found} == {"DependencyCycle"}
    assert "depends on ConfigMap shop/b on m2" in found[0].message
    assert not issues(a=config("a", depends_on="ConfigMap/a@m1")), "others wait for the copy on one member"


def test_what_is_placed_elsewhere_or_nowhere() -> None:
    only = {"d": config("d"), "other": policy_file("d", "ConfigMap", on("m2"), api="v1")}
    found = issues(a=config("a", depends_on="ConfigMap/d"), **only)
    assert [issue.message for issue in found] == ["ConfigMap shop/a depends on ConfigMap shop/d, but that is not placed on m1"]
    assert not issues(a=config("a", depends_on="ConfigMap/d@m2"), **only)
    (unknown,) = issues(a=config("a", depends_on="ConfigMap/d@m9"), d=config("d"))
    assert unknown.message == "ConfigMap shop/a depends on ConfigMap shop/d, but m9 is no declared cluster"
    assert not issues(a=config("a", depends_on="ConfigMap/of-somebody-else"))


def test_what_no_file_declares_cannot_be_waited_for_across_the_border_of_an_agent() -> None:
    waits = {
        "a": config("a", depends_on="ConfigMap/theirs@m2"),
        "d": config("d"),
        "e": config("e", depends_on="ConfigMap/d@m2"),
        "f": config("f", depends_on="ConfigMap/theirs"),
    }
    assert not issues(**waits), "the leader looks at both members"

    def pulled(*names: str) -> list[Issue]:
        clusters = {name: cluster_file(name).replace("Push", "Pull") for name in names}
        return issues(**waits, **clusters)

    (there,) = pulled("m2")
    assert there.reason == "DependencyNotObserved"
    assert there.message == (
        "ConfigMap shop/a on m1 depends on ConfigMap shop/theirs on m2, which no file declares. Of such objects nothing is "
        "recorded that agents or the leader could read of each other (members with an agent: m2), so it waits for ever"
    )
    assert (there.origin.file, there.origin.line) == ("a.yaml", 1)
    assert there.remedy.startswith("Declare ConfigMap shop/theirs and place it on m2")
    (here,) = pulled("m1")
    assert "(members with an agent: m1)" in here.message
    (both,) = pulled("m1", "m2")
    assert "(members with an agent: m1, m2)" in both.message


def test_the_job_of_a_gate_has_another_name_with_each_revision_of_what_it_guards() -> None:
    (first,) = job_names(files(job=job(), a=config("a")))
    assert re.fullmatch(r"migrate-[0-9a-f]{10}", first)
    assert job_names(files(job=job(), a=config("a")), "m2") == [first]
    assert job_names(files(job=job(), a=config("a", "2"))) != [first]
    elsewhere = config("a", "9").replace("namespace: shop", "namespace: bank")
    assert job_names(files(job=job(), a=config("a"), b=elsewhere)) == [first]
    assert job_names(files(job=job("other: 'x'"), a=config("a"))) == ["migrate"], "it is no gate"


def test_an_override_makes_another_name_on_its_member() -> None:
    override = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: tier, namespace: shop}
        spec:
          overrideRules:
            - targetCluster: {clusterNames: [m2]}
              overriders: {plaintext: [{path: /data/value, operator: replace, value: "2"}]}
          resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: a}]
    """)
    plain, overridden = files(job=job(), a=config("a")), files(job=job(), a=config("a"), tier=override)
    assert job_names(overridden, "m1") == job_names(plain, "m1")
    assert job_names(overridden, "m2") != job_names(plain, "m2")


def test_hooks_that_cannot_be_honoured_are_named_and_not_applied() -> None:
    for hook in ("argocd.argoproj.io/hook: SyncFail", "argocd.argoproj.io/hook: Skip", "helm.sh/hook: test"):
        named = files(job=job(hook))
        assert [issue.reason for issue in compile_files(named).issues if issue.reason in ORDER] == ["HookNotHonoured"]
        assert job_names(named) == []
    (issue,) = issues(job=job("argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: HookSucceeded"))
    assert str(issue.origin) == "job.yaml:6"
    assert "HookSucceeded removes nothing here" in issue.message


def test_only_what_runs_is_told_that_it_is_not_made_anew() -> None:
    hook = "argocd.argoproj.io/hook: PreSync"
    pod = (
        job(hook)
        .replace("batch/v1", "v1")
        .replace("kind: Job", "kind: Pod")
        .replace("template: {spec: {", "")
        .replace("]}}}", "]}")
    )
    assert [issue.reason for issue in issues(pod=pod)] == ["HookNotHonoured"]
    noted = config("a").replace("annotations: {}", f"annotations: {{{hook}}}")
    assert issues(a=noted) == []


def test_mistakes_have_the_line_of_their_annotation() -> None:
    twice = "reconciler.dev/wave: '1', argocd.argoproj.io/sync-wave: '2'"
    (issue,) = issues(job=job(twice))
    assert (issue.reason, str(issue.origin)) == ("OrderStatedTwice", "job.yaml:6")
    assert [one.reason for one in issues(a=config("a", wave="first"))] == ["InvalidOrder"]
    assert [one.reason for one in issues(a=config("a", gate="before"))] == ["InvalidOrder"]
    assert [one.reason for one in issues(a=config("a", depends_on="shop/b"))] == ["InvalidOrder"]
    assert [one.reason for one in issues(a=config("a", gate_timeout="soon"))] == ["InvalidOrder"]
    assert [one.reason for one in issues(a=config("a", depends_on="/namespaces/shop/Namespace/x"))] == ["InvalidOrder"]
