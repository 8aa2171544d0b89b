"""What stays in its place stays as it is: content, not only clusters and numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.kept import kept_objects
from tests.support.in_memory_fleet import Files, Playground, compile_files, load
from tests.support.shop import BROKEN, SHOP, cluster_file, config_file, on, policy_file, text, workload

MIRROR = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: OverridePolicy
    metadata: {name: mirror, namespace: shop}
    spec:
      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
      overrideRules: [{overriders: {imageOverrider: [{component: Registry, operator: replace, value: mirror.example}]}}]
""")
WAITING = policy_file("web", "Deployment", on("m1", "m2"), more="dependentOverrides: [mirror]")
START: dict[str, str] = {**SHOP, "web/policy.yaml": WAITING, "web/mirror.yaml": MIRROR}
PRUNE = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {unclaimed: Prune}}"

EDITED = workload("web", 7).replace("web:1", "web:2")
CHANGES: dict[str, dict[str, str | None]] = {
    "waits for overrides": {"web/mirror.yaml": None},
    "no cluster fits": {"web/policy.yaml": policy_file("web", "Deployment", on("nowhere"))},
    "another scheduler": {"web/policy.yaml": policy_file("web", "Deployment", on("m1"), more="schedulerName: other")},
    "unclaimed and kept": {"web/policy.yaml": None},
    "its policy cannot be read": {"web/policy.yaml": BROKEN},
    "its override cannot be read": {"web/mirror.yaml": BROKEN},
}


def changed(files: Mapping[str, str | None], base: Files = START) -> Files:
    """None takes a file away."""
    return {path: content for path, content in {**base, **files}.items() if content is not None}


def copies(shop: Playground, name: str = "web") -> dict[str, Manifest]:
    return {f"{member}/{key}": one for member, held in shop.members.items() for key, one in held.holds().items() if name in key}


@pytest.fixture
async def synced() -> Playground:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(START)
    assert len(copies(shop)) == 2
    return shop


@pytest.mark.parametrize("case", CHANGES)
async def test_the_copies_stay_byte_for_byte(synced: Playground, case: str) -> None:
    before = copies(synced)
    files = changed({**CHANGES[case], "web/deployment.yaml": EDITED})
    for _ in range(2):
        done = await synced.sync(files)
        assert synced.requests() == {}
        assert copies(synced) == before
    (web,) = [decision for key, decision in synced.recorded.decisions.items() if key.name == "web"]
    report = synced.recorded.report_of(web.binding.key)
    assert [status.cluster for status in report.statuses if status.applied] == ["m1", "m2"]
    assert web.message
    assert done.works[ClusterName("m1")].held


@pytest.mark.parametrize("case", CHANGES)
async def test_a_second_sync_records_nothing(synced: Playground, case: str) -> None:
    files = changed({**CHANGES[case], "web/deployment.yaml": EDITED})
    await synced.sync(files)
    before = synced.recorded
    await synced.sync(files)
    assert synced.recorded == before


@pytest.mark.parametrize("case", CHANGES)
async def test_diff_and_render_show_no_write_and_say_what_is_kept(synced: Playground, case: str) -> None:
    before = compile_files(START, synced.recorded, settled=True)
    after = compile_files(changed({**CHANGES[case], "web/deployment.yaml": EDITED}), assume_applied(before), settled=True)
    assert [difference.key.name for difference in diff_compiled(before, after)] == []
    (kept,) = kept_objects(before, after)
    assert (kept.key.name, kept.clusters, bool(kept.reason)) == ("web", ("m1", "m2"), True)
    assert not any(manifest.key.name == "web" for work in make_works(after).values() for manifest in work.manifests)


async def test_a_kept_copy_is_not_mentioned_where_nothing_would_change(synced: Playground) -> None:
    await synced.sync(changed(CHANGES["no cluster fits"]))
    before = compile_files(changed(CHANGES["no cluster fits"]), synced.recorded, settled=True)
    other = changed({**CHANGES["no cluster fits"], "settings/config.yaml": config_file("settings", "9")})
    assert list(kept_objects(before, compile_files(other, assume_applied(before), settled=True))) == []


SUSPENDED = WAITING + "  suspension: {dispatching: true}\n"
ON_M2 = WAITING + "  suspension: {dispatchingOnClusters: {clusterNames: [m2]}}\n"


@pytest.mark.parametrize(
    ("changes", "clusters", "reason"),
    [
        ({"web/policy.yaml": None}, ("m1", "m2"), "spec.unclaimed"),
        ({"web/policy.yaml": SUSPENDED}, ("m1", "m2"), "HEAD suspends it"),
        ({"web/policy.yaml": SUSPENDED, "web/deployment.yaml": EDITED}, ("m1", "m2"), "it is suspended"),
        ({"web/policy.yaml": ON_M2, "web/deployment.yaml": EDITED}, ("m2",), "it is suspended"),
    ],
)
async def test_what_a_policy_gives_up_or_suspends_is_told(
    synced: Playground, changes: dict[str, str | None], clusters: tuple[str, ...], reason: str
) -> None:
    before = compile_files(START, synced.recorded, settled=True)
    kept = list(kept_objects(before, compile_files(changed(changes), assume_applied(before), settled=True)))
    assert [one.clusters for one in kept] == [clusters]
    assert all(reason in one.reason for one in kept)


async def test_so_is_a_suspended_object_whose_template_is_gone(synced: Playground) -> None:
    base = changed({"web/policy.yaml": SUSPENDED})
    await synced.sync(base)
    before = compile_files(base, synced.recorded, settled=True)
    head = changed({"web/deployment.yaml": None}, base)
    (kept,) = kept_objects(before, compile_files(head, assume_applied(before), settled=True))
    assert (kept.key.name, kept.clusters) == ("web", ("m1", "m2"))
    assert "without the suspension first" in kept.reason


@pytest.mark.parametrize("case", CHANGES)
async def test_the_copies_follow_once_the_policy_acts_again(synced: Playground, case: str) -> None:
    kept = changed({**CHANGES[case], "web/deployment.yaml": EDITED})
    await synced.sync(kept)
    mended = changed({"web/deployment.yaml": EDITED})
    before = compile_files(kept, synced.recorded, settled=True)
    after = compile_files(mended, assume_applied(before), settled=True)
    (difference,) = diff_compiled(before, after)
    assert (difference.clusters, difference.before is None) == (("m1", "m2"), False)
    assert "kept as it was" in difference.reason
    await synced.sync(mended)
    assert synced.requests() == {name: ["apply Deployment.apps shop/web"] for name in ("m1", "m2")}


@pytest.mark.parametrize("case", CHANGES)
async def test_nothing_differs_where_the_copies_were_up_to_date(synced: Playground, case: str) -> None:
    kept = changed(CHANGES[case])
    await synced.sync(kept)
    before = compile_files(kept, synced.recorded, settled=True)
    assert diff_compiled(before, compile_files(START, assume_applied(before), settled=True)) == []


async def test_a_foreign_change_to_a_kept_copy_stays(synced: Playground) -> None:
    files = changed(CHANGES["no cluster fits"])
    await synced.sync(files)
    member = synced.members["m1"]
    (key,) = [key for key in member.objects if key.name == "web"]
    member.objects[key] = {**member.objects[key], "spec": {"replicas": 9}}
    await synced.sync(files)
    assert member.objects[key]["spec"] == {"replicas": 9}


async def test_a_kept_copy_that_somebody_deleted_is_reported(synced: Playground) -> None:
    files = changed(CHANGES["no cluster fits"])
    await synced.sync(files)
    member = synced.members["m1"]
    (key,) = [key for key in member.objects if key.name == "web"]
    del member.objects[key]
    await synced.sync(files)
    status = synced.recorded.report_of(key).status_in("m1")
    assert status is not None
    assert (status.applied, str(status.health.status)) == (False, "NotFound")


async def test_unclaimed_copies_are_pruned_if_the_configuration_says_so(synced: Playground) -> None:
    await synced.sync(changed({**CHANGES["unclaimed and kept"], "reconciler.yaml": PRUNE}))
    assert copies(synced) == {}


USES = workload("web", 2).replace("containers:", "volumes: [{name: c, configMap: {name: shared}}], containers:")
SHARED: dict[str, str] = {
    **{path: content for path, content in SHOP.items() if path.startswith(("clusters/", "namespace"))},
    "web.yaml": USES,
    "web-policy.yaml": policy_file("web", "Deployment", on("m1"), more="propagateDeps: true"),
    "api.yaml": USES.replace("web", "api"),
    "api-policy.yaml": policy_file("api", "Deployment", on("m2"), more="propagateDeps: true"),
    "shared.yaml": config_file("shared"),
}


async def test_a_dependency_is_kept_where_only_kept_workloads_use_it() -> None:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(SHARED)
    stuck = {**SHARED, "web-policy.yaml": policy_file("web", "Deployment", on("nowhere"), more="propagateDeps: true")}
    await shop.sync({**stuck, "shared.yaml": config_file("shared", "2")})
    assert shop.requests() == {"m2": ["apply ConfigMap shop/shared"]}
    await shop.sync({**SHARED, "shared.yaml": config_file("shared", "2")})
    assert shop.requests() == {"m1": ["apply ConfigMap shop/shared"]}


async def test_a_workload_that_uses_an_object_gets_it_where_its_own_policy_is_stuck() -> None:
    shop = Playground("m1", "m2", "m3")
    own = {**SHARED, "own.yaml": policy_file("shared", "ConfigMap", on("m3"), api="v1")}
    await shop.sync(own)
    await shop.sync(
        {
            **own,
            "own.yaml": policy_file("shared", "ConfigMap", on("nowhere"), api="v1"),
            "shared.yaml": config_file("shared", "2"),
        }
    )
    assert shop.requests() == {"m1": ["apply ConfigMap shop/shared"], "m2": ["apply ConfigMap shop/shared"]}
    assert "ConfigMap shop/shared" in shop.holds()["m3"]


# Copies on members that have no record of them.

STATES: dict[str, dict[str, str | None]] = {case: change for case, change in CHANGES.items() if "cannot be read" not in case}


@pytest.mark.parametrize("case", STATES)
@pytest.mark.parametrize("address", ["file:m1", "file:elsewhere"])
async def test_a_renamed_member_keeps_its_copies(synced: Playground, case: str, address: str) -> None:
    """Recognised by its address, or not."""
    before = copies(synced)["m1/Deployment.apps shop/web"]
    synced.members["alpha"] = member = synced.members.pop("m1")
    member.name = ClusterName("alpha")
    renamed = {"clusters/m1.yaml": cluster_file("alpha").replace("file:alpha", address)}
    for _ in range(2):
        await synced.sync(changed({**STATES[case], **renamed, "web/deployment.yaml": EDITED}))
        assert copies(synced)["alpha/Deployment.apps shop/web"] == before
    (web,) = [decision for key, decision in synced.recorded.decisions.items() if key.name == "web"]
    assert web.binding.cluster_names == ("alpha", "m2")


@pytest.mark.parametrize("case", STATES)
async def test_a_lost_status_branch_takes_nothing_away(synced: Playground, case: str) -> None:
    before, synced.recorded = copies(synced), RecordedState()
    for _ in range(2):
        await synced.sync(changed({**STATES[case], "web/deployment.yaml": EDITED}))
        assert copies(synced) == before


async def test_a_renamed_member_is_recognised_and_nothing_is_written_to_it(synced: Playground) -> None:
    synced.members["alpha"] = member = synced.members.pop("m1")
    member.name = ClusterName("alpha")
    files = changed(
        {
            "clusters/m1.yaml": cluster_file("alpha").replace("file:alpha", "file:m1"),
            "web/policy.yaml": WAITING.replace("m1", "alpha"),
            "settings/policy.yaml": SHOP["settings/policy.yaml"].replace("m1", "alpha"),
        }
    )
    before = compile_files(START, synced.recorded, settled=True)
    after = compile_files(files, assume_applied(before), settled=True)
    assert diff_compiled(before, after) == []
    (told,) = [issue for issue in after.issues if issue.reason == "ClusterRenamed"]
    assert told.message.startswith("alpha is the member that was m1")
    assert not [issue for issue in after.issues if issue.reason == "ClusterLeft"]
    await synced.sync(files)
    assert synced.requests() == {}
    assert not [issue for issue in compile_files(files, synced.recorded).issues if issue.reason == "ClusterRenamed"]


async def test_members_that_exchange_their_names_exchange_nothing_else(synced: Playground) -> None:
    synced.members["m1"], synced.members["m2"] = synced.members["m2"], synced.members["m1"]
    for name, member in synced.members.items():
        member.name = ClusterName(name)
    files = changed(
        {
            "clusters/m1.yaml": cluster_file("m1").replace("file:m1", "file:m2"),
            "clusters/m2.yaml": cluster_file("m2").replace("file:m2", "file:m1"),
            "settings/tier.yaml": SHOP["settings/tier.yaml"].replace("[m2]", "[m1]"),
        }
    )
    await synced.sync(files)
    assert synced.requests() == {}


async def test_a_member_that_is_declared_again_hands_its_copy_over(synced: Playground) -> None:
    """The successor is Current before the copy that was found goes."""
    await synced.sync(changed({"clusters/m1.yaml": None}))
    only_m3 = policy_file("web", "Deployment", on("m3"))
    await synced.sync(changed({"web/policy.yaml": only_m3}))
    first, *_ = synced.passes
    assert [change.key.name for change in first.plans[ClusterName("m1")].writes] == []
    assert sorted(copies(synced)) == ["m3/Deployment.apps shop/web"]


async def test_a_member_that_could_not_be_read_yet_is_asked_when_it_answers(synced: Playground) -> None:
    member = synced.members["m1"]
    await synced.sync(changed({"clusters/m1.yaml": None}))
    member.refuses.add("look")
    await synced.sync(changed(CHANGES["no cluster fits"]))
    assert not synced.recorded.clusters[ClusterName("m1")].read
    member.refuses.clear()
    await synced.sync(changed(CHANGES["no cluster fits"]))
    assert len(copies(synced)) == 2
    assert synced.recorded.clusters[ClusterName("m1")].read
    (web,) = [decision for key, decision in synced.recorded.decisions.items() if key.name == "web"]
    assert web.binding.cluster_names == ("m1", "m2")


async def test_the_namespace_of_a_kept_copy_stays(synced: Playground) -> None:
    synced.members["alpha"] = member = synced.members.pop("m1")
    member.name = ClusterName("alpha")
    renamed: dict[str, str | None] = {"clusters/m1.yaml": cluster_file("alpha"), "namespace.yaml": None}
    await synced.sync(changed({**CHANGES["no cluster fits"], **renamed}))
    assert {"Namespace shop", "Deployment.apps shop/web"} <= set(synced.holds()["alpha"])


def test_one_server_has_one_name() -> None:
    """Two Clusters with one address are refused, so a member is never recognised twice."""
    files = {**SHOP, "clusters/alpha.yaml": cluster_file("alpha").replace("file:alpha", "file:m1")}
    assert {issue.reason for issue in load(files).issues} == {"SharedFolder"}


async def test_the_number_that_an_override_writes_is_recorded_beside_the_share() -> None:
    shop = Playground("m1", "m2", "m3")
    rule = (
        "{targetCluster: {clusterNames: [m2]}, overriders: {plaintext: [{path: /spec/replicas, operator: replace, value: 10}]}}"
    )
    ten = MIRROR.replace("name: mirror", "name: ten").partition("overrideRules:")[0] + f"overrideRules: [{rule}]\n"
    await shop.sync({**SHOP, "web/ten.yaml": ten})
    (web,) = [decision for key, decision in shop.recorded.decisions.items() if key.name == "web"]
    assert [(target.name, target.replicas) for target in web.binding.targets] == [("m1", 2), ("m2", 2)]
    assert web.overridden == {"m2": 10}
