"""Members that are no longer declared, clusters that no file declares, and how much one sync may take away."""

from __future__ import annotations

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import plural
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.lint import lint
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import NAMESPACE, SHOP, cluster_file, config_file, on, policy_file, text, workload


async def test_removing_a_member_with_objects_is_an_issue() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(SHOP)
    held = len(ground.holds()["m3"])
    left = {path: content for path, content in SHOP.items() if path != "clusters/m3.yaml"}
    after = compile_files(left, ground.recorded, settled=True)
    (told,) = [issue for issue in after.issues if issue.reason == "ClusterLeft"]
    assert (told.subject, told.origin.file) == ("m3", "clusters/m3.yaml")
    assert f"the member keeps {plural(held - 1, 'object')} besides Namespaces" in told.message
    before = compile_files(SHOP, ground.recorded, settled=True)
    assert not [found for found in diff_compiled(before, after) if "m3" in found.clusters]


async def test_the_remedy_for_a_departed_member_ends_with_its_namespaces() -> None:
    """Declared again and drained, it keeps only what goes to every member. Its removal is then told of no more."""
    ground = Playground("m1", "m2", "m3")
    await ground.sync(SHOP)
    drained = {path: content.replace("m3", "m2") if path.endswith("policy.yaml") else content for path, content in SHOP.items()}
    await ground.sync(drained)
    assert ground.holds()["m3"] == ["Namespace shop"]
    assert ground.recorded.clusters[ClusterName("m3")].objects == 1
    left = {path: content for path, content in drained.items() if path != "clusters/m3.yaml"}
    assert "ClusterLeft" not in {issue.reason for issue in compile_files(left, ground.recorded, settled=True).issues}


async def test_a_member_with_another_address_is_an_issue_until_the_address_is_recorded() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(SHOP)
    held = len(ground.holds()["m3"])
    files = {**SHOP, "clusters/m3.yaml": SHOP["clusters/m3.yaml"].replace("file:m3", "file:other")}
    after = compile_files(files, assume_applied(compile_files(SHOP, ground.recorded, settled=True)), settled=True)
    (told,) = [issue for issue in after.issues if issue.reason == "ClusterReaddressed"]
    assert (told.subject, told.origin.file) == ("m3", "clusters/m3.yaml")
    assert told.message.startswith("cluster m3 has another address: file:other instead of file:m3; if this is another server, ")
    assert f"the former one keeps {held} objects, and" in told.message
    await ground.sync(files)
    assert not [issue for issue in compile_files(files, ground.recorded).issues if issue.reason == "ClusterReaddressed"]


async def test_where_only_a_renamed_member_was_named_the_remedy_is_its_new_name() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(SHOP)
    renamed = {**SHOP, "clusters/m3.yaml": SHOP["clusters/m3.yaml"].replace("name: m3", "name: alpha")}
    told = [issue for issue in compile_files(renamed, ground.recorded).issues if issue.reason == "NoClusterFit"]
    assert told
    assert all(issue.remedy.startswith("Write alpha in place of m3 in PropagationPolicy shop/") for issue in told)


@pytest.mark.parametrize(("name", "remedy"), [("m22", "Did you mean m2?"), ("typo", "Correct the name")])
def test_a_cluster_that_nobody_declares_is_named(name: str, remedy: str) -> None:
    files = {**SHOP, "odd.yaml": policy_file("odd", "Deployment", on("m1", name), target="web")}
    (found,) = [issue for issue in lint(compile_files(files)) if issue.reason == "UnknownCluster"]
    assert name in found.message
    assert found.remedy.startswith(remedy)


def test_nothing_is_called_missing_while_a_file_cannot_be_read() -> None:
    files = {**SHOP, "odd.yaml": policy_file("odd", "Deployment", on("typo"))}
    assert {issue.reason for issue in lint(compile_files(files))} == {"MatchesNothing", "UnknownCluster"}
    assert not list(lint(compile_files({**files, "broken.yaml": "kind: ["})))


async def test_the_guard_counts_all_passes_of_a_sync() -> None:
    """A move takes several passes, and each of them alone may stay below the guard."""
    guard = text("""
        apiVersion: reconciler.dev/v1alpha1
        kind: Configuration
        spec: {pruneGuard: {maxShare: 10%, alwaysAllowed: 2}}
    """)
    names = ["a", "b", "c", "d"]
    files = {path: content for path, content in SHOP.items() if path.startswith(("clusters/", "namespace"))}
    for name in names:
        files[f"{name}.yaml"] = config_file(name)
        files[f"{name}-policy.yaml"] = policy_file(name, "ConfigMap", on("m1"), api="v1")
    files["guard.yaml"] = guard
    ground = Playground("m1", "m2", "m3")
    await ground.sync(files)
    moved = {path: content.replace("[m1]", "[m2]") for path, content in files.items()}
    await ground.sync(moved)
    gone = sum("delete" in entry for one in ground.passes for outcomes in one.outcomes.values() for entry in _done(outcomes))
    assert gone <= 2
    assert ground.recorded != RecordedState()


def _done(outcomes: object) -> list[str]:
    return ["delete" for outcome in outcomes if outcome.done and outcome.change.action == "prune"]  # type: ignore[attr-defined]


async def test_a_move_between_members_that_exchanged_their_names_is_no_drift() -> None:
    """`web` was on the folder of m1, which is m2 now; the policy names m1, so that it moves. Nobody deleted it."""
    ground = Playground("m1", "m2")
    files = {
        **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")},
        "namespace.yaml": NAMESPACE,
        "web.yaml": workload("web", 1),
        "policy.yaml": policy_file("web", "Deployment", on("m1")),
    }
    await ground.sync(files)
    files["clusters/m1.yaml"] = cluster_file("m1").replace("file:m1", "file:m2")
    files["clusters/m2.yaml"] = cluster_file("m2").replace("file:m2", "file:m1")
    ground.members["m1"], ground.members["m2"] = ground.members["m2"], ground.members["m1"]
    await ground.sync(files)
    changes = [change for one in ground.passes for plan in one.plans.values() for change in plan.writes]
    assert ground.passes[0].compiled.renamed
    assert changes
    assert not any(change.drift for change in changes)
