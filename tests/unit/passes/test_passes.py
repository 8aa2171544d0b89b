"""Syncs over a small shop, from files to members."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.cluster.member_protocol import NotConfiguredError, Wanted
from reconciler.model.changes import Action
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, key_of, with_value
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState
from reconciler.passes.options import Options
from tests.support.builders import config
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground
from tests.support.shop import DIVIDED, HOLDS, SHOP, cluster_file, config_file, on, policy_file, workload


@pytest.fixture
async def synced() -> Playground:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(SHOP)
    return shop


def found(shop: Playground, name: str, kind: str = "Deployment") -> RecordedDecision:
    (one,) = [item for key, item in shop.recorded.decisions.items() if (key.kind, key.name) == (kind, name)]
    return one


def report(shop: Playground, name: str, kind: str = "Deployment") -> ObjectReport:
    return shop.recorded.report_of(found(shop, name, kind).binding.key)


def replicas(shop: Playground, name: str) -> dict[str, int]:
    held = {member: fake.holds().get(f"Deployment.apps shop/{name}") for member, fake in shop.members.items()}
    return {member: get(manifest, "spec", "replicas") for member, manifest in held.items() if manifest}


async def test_the_first_sync_brings_everything(synced: Playground) -> None:
    assert synced.holds() == HOLDS
    assert synced.passes[-1].compiled.issues == ()
    assert replicas(synced, "web") == {"m1": 2, "m2": 2}
    held = {member: fake.holds().get("ConfigMap shop/settings") for member, fake in synced.members.items()}
    values = {member: get(manifest, "data", "value") for member, manifest in held.items()}
    assert values == {"m1": "1", "m2": "2", "m3": None}


async def test_what_it_remembers(synced: Playground) -> None:
    assert synced.recorded.revision == "3f2c1ab"
    web, settings = found(synced, "web"), found(synced, "settings", "ConfigMap")
    assert (web.template_file, web.policy_file) == ("web/deployment.yaml", "web/policy.yaml")
    assert [file for _, file in settings.overrides] == ["settings/tier.yaml"]
    assert all(status.applied and status.health.status is HealthStatus.CURRENT for status in report(synced, "web").statuses)
    members = {name: (item.ready, item.objects, item.applied, item.current) for name, item in synced.recorded.clusters.items()}
    assert members == {"m1": (True, 3, 3, 3), "m2": (True, 3, 3, 3), "m3": (True, 2, 2, 2)}


async def test_the_second_sync_asks_nothing_of_anyone_and_learns_nothing(synced: Playground) -> None:
    before = synced.recorded
    await synced.sync(SHOP)
    assert synced.requests() == {}
    assert len(synced.passes) == 1
    assert synced.recorded == before
    assert all(synced.recorded.decisions[key] is decision for key, decision in before.decisions.items())
    assert all(synced.recorded.reports[key] is reported for key, reported in before.reports.items())


async def test_a_move_makes_before_it_breaks(synced: Playground) -> None:
    await synced.sync(SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))})
    assert synced.requests() == {"m1": ["apply Deployment.apps shop/api"], "m3": ["delete Deployment.apps shop/api"]}
    created, removed = ({name for name, plan in one.plans.items() if plan.writes} for one in synced.passes)
    assert (created, removed) == ({"m1"}, {"m3"})
    assert replicas(synced, "api") == {"m1": 2}
    assert (found(synced, "api").leaving, found(synced, "api").message) == ({}, "")


async def test_what_must_not_run_twice_breaks_first(synced: Playground) -> None:
    policy = policy_file("api", "StatefulSet", on("m3"))
    single = SHOP | {"api/deployment.yaml": workload("api", 1, "StatefulSet"), "api/policy.yaml": policy}
    await synced.sync(single)
    await synced.sync(single | {"api/policy.yaml": policy_file("api", "StatefulSet", on("m1"))})
    removed, created = ({name for name, plan in one.plans.items() if plan.writes} for one in synced.passes)
    assert (removed, created) == ({"m3"}, {"m1"})


async def test_a_new_copy_that_cannot_come_keeps_the_old_one_even_after_the_time_out(synced: Playground) -> None:
    moved = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))}
    synced.members["m1"].refuses = {"Deployment.apps shop/api"}
    await synced.sync(moved)
    assert replicas(synced, "api") == {"m3": 2}
    assert list(found(synced, "api").leaving) == ["m3"]
    await synced.sync(moved)
    assert replicas(synced, "api") == {"m3": 2}
    synced.now += timedelta(minutes=11)
    await synced.sync(moved)
    assert replicas(synced, "api") == {"m3": 2}
    synced.members["m1"].refuses = set()
    await synced.sync(moved)
    assert replicas(synced, "api") == {"m1": 2}


async def test_a_placement_that_fits_nowhere_keeps_the_last_good_one(synced: Playground) -> None:
    result = await synced.sync(SHOP | {"web/policy.yaml": policy_file("web", "Deployment", on("m9"))})
    assert synced.requests() == {}
    assert "NoClusterFit" in [issue.reason for issue in result.compiled.issues]
    assert found(synced, "web").message.startswith("NoClusterFit: 0/3 clusters are available")


async def test_scaling_to_nothing_keeps_the_objects(synced: Playground) -> None:
    await synced.sync(SHOP | {"web/deployment.yaml": workload("web", 0)})
    assert replicas(synced, "web") == {"m1": 0, "m2": 0}
    await synced.sync(SHOP | {"web/deployment.yaml": workload("web", 5)})
    assert sum(replicas(synced, "web").values()) == 5


SETTINGS = """
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {name: settings}
spec: {%s}
"""


@pytest.mark.parametrize(("spec", "left"), [("unclaimed: Keep", {"m1": 2, "m2": 2}), ("unclaimed: Prune", {})])
async def test_a_template_that_lost_its_policy(synced: Playground, spec: str, left: dict[str, int]) -> None:
    files = {path: text for path, text in SHOP.items() if path != "web/policy.yaml"} | {"reconciler.yaml": SETTINGS % spec}
    result = await synced.sync(files)
    assert replicas(synced, "web") == left
    assert "Unclaimed" in [issue.reason for issue in result.compiled.issues]
    await synced.sync(files)
    assert synced.requests() == {}
    await synced.sync(SHOP)
    assert replicas(synced, "web") == {"m1": 2, "m2": 2}


async def test_what_git_no_longer_says_is_pruned_and_forgotten(synced: Playground) -> None:
    await synced.sync({path: text for path, text in SHOP.items() if not path.startswith("web/")})
    assert replicas(synced, "web") == {}
    assert "web" not in {key.name for key in synced.recorded.decisions}


async def test_what_could_not_be_pruned_is_not_forgotten(synced: Playground) -> None:
    synced.members["m1"].refuses = {"Deployment.apps shop/web"}
    less = {path: text for path, text in SHOP.items() if not path.startswith("web/")}
    await synced.sync(less)
    web = found(synced, "web")
    assert (web.binding.cluster_names, web.message) == (("m1",), "its template is gone; not pruned yet")
    synced.members["m1"].refuses = set()
    await synced.sync(less)
    assert replicas(synced, "web") == {}
    assert "web" not in {key.name for key in synced.recorded.decisions}


MANY = {f"c{number}.yaml": config_file(f"c{number}") for number in range(8)} | {
    "all.yaml": policy_file("all", "ConfigMap", on("m1"), api="v1", target='""')
}


@pytest.mark.parametrize(("allowed", "left"), [((), 8), (("m2",), 8), (("m1",), 0), (("*",), 0)])
async def test_too_much_at_once_needs_consent(synced: Playground, allowed: tuple[str, ...], left: int) -> None:
    await synced.sync(SHOP | MANY)
    await synced.sync(SHOP, options=Options(allow_prune=frozenset(allowed)))
    held = [name for name in synced.holds()["m1"] if name.startswith("ConfigMap shop/c")]
    assert len(held) == left


async def test_somebody_elses_object_is_left_alone_and_told(synced: Playground) -> None:
    theirs = config("mine", data={"by": "hand"})
    synced.members["m1"].objects[key_of(theirs)] = theirs
    new = {"new/config.yaml": config_file("mine"), "new/policy.yaml": policy_file("mine", "ConfigMap", on("m1"), api="v1")}
    await synced.sync(SHOP | new)
    assert synced.members["m1"].holds()["ConfigMap shop/mine"] == theirs
    assert "is not ours" in report(synced, "mine", "ConfigMap").statuses[0].message
    overwrite = policy_file("mine", "ConfigMap", on("m1"), api="v1", more="conflictResolution: Overwrite")
    await synced.sync(SHOP | new | {"new/policy.yaml": overwrite})
    assert get(synced.members["m1"].holds()["ConfigMap shop/mine"], "data") == {"value": "1"}


async def test_drift_is_put_right(synced: Playground) -> None:
    member = synced.members["m1"]
    key = found(synced, "web").binding.key
    member.objects[key] = with_value(member.objects[key], ("spec", "replicas"), 9)
    result = await synced.sync(SHOP)
    (change,) = result.plans["m1"].writes  # type: ignore[index]
    assert (change.drift, replicas(synced, "web")) == (True, {"m1": 2, "m2": 2})


async def test_a_member_that_does_not_answer_stops_nobody_else(synced: Playground) -> None:
    synced.members["m1"].refuses = {"look"}
    result = await synced.sync(SHOP | {"web/deployment.yaml": workload("web", 8)})
    assert replicas(synced, "web") == {"m1": 2, "m2": 4}
    assert result.unreadable == {"m1": "m1 does not answer"}
    seen = synced.recorded.clusters["m1"]  # type: ignore[index]
    assert (seen.ready, seen.message, seen.objects, seen.applied) == (False, "m1 does not answer", 3, 0)
    told = report(synced, "web").status_in("m1")
    assert told is not None
    assert (told.applied, told.health.status, told.message) == (False, HealthStatus.UNKNOWN, "m1 does not answer")
    synced.members["m1"].refuses = set()
    await synced.sync(SHOP | {"web/deployment.yaml": workload("web", 8)})
    assert replicas(synced, "web") == {"m1": 4, "m2": 4}


async def test_what_a_silent_member_holds_is_not_forgotten(synced: Playground) -> None:
    less = {path: text for path, text in SHOP.items() if not path.startswith("web/")}
    synced.members["m1"].refuses = {"look"}
    await synced.sync(less)
    assert found(synced, "web").binding.cluster_names == ("m1",)
    synced.members["m1"].refuses = set()
    await synced.sync(less)
    assert replicas(synced, "web") == {}


async def test_a_member_without_a_connection_is_like_one_that_does_not_answer() -> None:
    shop = Playground("m1", "m2")
    result = await shop.sync(SHOP)
    assert result.unreadable == {"m3": "m3: there is no connection"}
    assert shop.holds() == {name: HOLDS[name] for name in ("m1", "m2")}


async def test_only_some_members(synced: Playground) -> None:
    files = SHOP | {"web/deployment.yaml": workload("web", 8)}
    before = synced.recorded
    await synced.sync(files, options=Options(only=frozenset({"m2"})))
    assert replicas(synced, "web") == {"m1": 2, "m2": 4}
    assert report(synced, "web").status_in("m1") == before.report_of(found(synced, "web").binding.key).status_in("m1")
    await synced.sync(files)
    assert replicas(synced, "web") == {"m1": 4, "m2": 4}


class OutOfReach(FakeMember):
    """This process lacks the credential."""

    async def look(self, wanted: Wanted) -> LiveView:
        raise NotConfiguredError(f"{self.name}: there is no credential")


async def test_a_member_that_this_process_is_not_configured_to_reach_keeps_its_record(synced: Playground) -> None:
    """It did not answer then; that is an observation."""
    before, member = synced.recorded, synced.members["m1"]
    synced.members["m1"] = OutOfReach("m1")
    done = await synced.sync(SHOP)
    assert done.unreadable == {"m1": "m1: there is no credential"}
    assert (done.failed, synced.recorded) == (True, before)
    member.refuses = {"look"}
    synced.members["m1"] = member
    assert (await synced.sync(SHOP)).recorded.clusters[ClusterName("m1")].message == "m1 does not answer"


async def test_a_dry_run_touches_and_remembers_nothing(synced: Playground) -> None:
    before = synced.recorded
    result = await synced.sync(SHOP | {"web/deployment.yaml": workload("web", 8)}, options=Options(dry_run=True))
    assert synced.requests() == {}
    assert synced.recorded is before
    assert {name: [change.action for change in plan.writes] for name, plan in result.plans.items() if plan.writes} == {
        "m1": [Action.CONFIGURE],
        "m2": [Action.CONFIGURE],
    }


async def test_without_waiting_a_handover_goes_on_until_only_waiting_is_left(synced: Playground) -> None:
    moved = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))}
    await synced.sync(moved, options=Options(wait=False))
    assert replicas(synced, "api") == {"m1": 2}, "the new copy is Current at once, so the old one goes"
    synced.members["m2"].tells_health = True  # Nobody says there that the new copy is ready.
    await synced.sync(SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m2"))}, options=Options(wait=False))
    assert replicas(synced, "api") == {"m1": 2, "m2": 2}
    assert len(synced.passes) == 2


async def test_a_lost_memory_is_rebuilt_from_what_members_hold(synced: Playground) -> None:
    before = synced.recorded
    synced.recorded = RecordedState()
    await synced.sync(SHOP)
    assert synced.requests() == {}
    assert synced.recorded == before


async def test_with_a_lost_memory_a_move_still_makes_before_it_breaks(synced: Playground) -> None:
    synced.recorded = RecordedState()
    await synced.sync(SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))})
    first = synced.passes[0]
    assert {name for name, plan in first.plans.items() if plan.writes} == {"m1"}
    assert replicas(synced, "api") == {"m1": 2}


async def test_with_a_lost_memory_a_placement_that_fits_nowhere_is_still_kept(synced: Playground) -> None:
    synced.recorded = RecordedState()
    await synced.sync(SHOP | {"web/policy.yaml": policy_file("web", "Deployment", f"{on('m9')}, {DIVIDED}")})
    assert replicas(synced, "web") == {"m1": 2, "m2": 2}
    assert synced.requests() == {}


async def test_a_member_that_git_no_longer_declares_is_left_as_it_is(synced: Playground) -> None:
    before: dict[str, Manifest] = dict(synced.members["m2"].holds())
    await synced.sync({path: text for path, text in SHOP.items() if path != "clusters/m2.yaml"})
    assert synced.members["m2"].holds() == before
    assert replicas(synced, "web")["m1"] == 4
    assert set(synced.recorded.clusters) == {"m1", "m3"}


async def test_a_member_that_joins_gets_what_is_for_everyone(synced: Playground) -> None:
    synced.members["m4"] = type(synced.members["m1"])("m4")
    await synced.sync(SHOP | {"clusters/m4.yaml": cluster_file("m4")})
    assert synced.holds()["m4"] == ["Namespace shop"]


@pytest.mark.parametrize("claimed", [True, False])
async def test_a_second_sync_of_a_file_with_an_error_records_nothing_new(claimed: bool) -> None:
    """The file is in error from the start, and nothing in it would move."""
    text = "\n---\n".join([SHOP["web/deployment.yaml"], SHOP["web/policy.yaml"] * claimed, "{apiVersion: a.b/v1, kind: [}"])
    files = {path: content for path, content in SHOP.items() if not path.startswith("web/")} | {"web.yaml": text}
    shop = Playground("m1", "m2", "m3")
    await shop.sync(files)
    before = shop.recorded
    assert (found(shop, "web").message == "") is claimed
    await shop.sync(files)
    assert shop.recorded == before
    assert shop.requests() == {}
