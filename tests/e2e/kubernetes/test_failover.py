"""A member's API server dies: on real API servers with controllers, by the real loop, with restarts in between."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, agent, daemon
from tests.support.fleet import DEPLOYMENT, POLICY, config, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually
from tests.support.status_history import Version, first, moment, values, versions

FAILOVER = {
    "mode": "auto",
    "failureThreshold": "2s",
    "successThreshold": "2s",
    "coolDown": "10m",
    "maxMembers": "40%",
    "maxObjects": "100%",
}
CONDITIONS = [{"conditionType": "Ready", "operator": "NotIn", "statusValues": ["True"]}]
RECOVERED = [{"conditionType": "Ready", "operator": "In", "statusValues": ["True"]}]
ONE = [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
TOLERATED = [{"key": "lost", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}]


def tolerant(selected: dict[str, str], *members: str, failover: dict[str, Any] | None = None, **placement: Any) -> str:
    """For these members, or m1 and m2; what is selected may stay on a lost one for three seconds."""
    among = {"clusterAffinity": {"clusterNames": list(members or ("m1", "m2"))}, "clusterTolerations": TOLERATED}
    spec = {"resourceSelectors": [selected], "placement": among | placement} | ({"failover": failover} if failover else {})
    return document("PropagationPolicy", selected["name"], api=POLICY, spec=spec)


def single(*members: str) -> str:
    """On one of these members, or of m1 and m2."""
    return tolerant(selector("Deployment", "web", DEPLOYMENT), *members, spreadConstraints=ONE)


@pytest.fixture
def world(world: ServerWorld) -> ServerWorld:
    taints = {"addOnConditions": CONDITIONS, "removeOnConditions": RECOVERED, "taints": [{"key": "lost", "effect": "NoExecute"}]}
    forever = [{"key": "lost", "operator": "Exists"}]
    everywhere = {"resourceSelectors": [selector("ConfigMap", api="v1")], "placement": {"clusterTolerations": forever}}
    world.commit(
        {
            "reconciler.yaml": configuration(world.namespace, failover=FAILOVER),
            "lost.yaml": document("ClusterTaintPolicy", "lost", "", api=POLICY, spec=taints),
            "web.yaml": workload("web"),
            "web-policy.yaml": single(),
            "stays.yaml": config("stays", key="value"),
            "stays-policy.yaml": document("PropagationPolicy", "stays", api=POLICY, spec=everywhere),
        }
    )
    return world


def recorded(world: ServerWorld, name: str = "web") -> dict[str, Any]:
    """What `status` tells of an object."""
    rows: list[dict[str, Any]] = json.loads(world.run("status", "-o", "json").out)["objects"]
    return next(row for row in rows if row["name"] == name)


def places(world: ServerWorld, name: str = "web") -> dict[str, str]:
    return {one["name"]: one["health"] for one in recorded(world, name)["clusters"]}


def evictions(world: ServerWorld, name: str = "web") -> list[tuple[str, str]]:
    return [(one["cluster"], one["phase"]) for one in recorded(world, name)["evictions"]]


def condition(world: ServerWorld, name: str) -> str:
    rows: list[dict[str, Any]] = world.run("clusters", "-o", "json").json
    (ready,) = next(row for row in rows if row["name"] == name)["conditions"]
    return f"{ready['status']} {ready['reason']}"


def decision_file(world: ServerWorld, which: str) -> str:
    """which: `<Kind>.<group>/<name>`."""
    return f"bindings/{world.namespace}/{which}.yaml"


def on_record(world: ServerWorld, path: str) -> Any:
    """A document of the status branch."""
    return yaml.safe_load(world.status_branch()[path])


def member_status(world: ServerWorld, name: str) -> dict[str, Any]:
    status: dict[str, Any] = on_record(world, f"clusters/{name}.yaml")["status"]
    return status


def clusters_of(decision: Any) -> list[str]:
    return [name for one in decision["spec"].get("clusters", ()) for name in one["names"]]


def times_of(decision: Any, timer: str, member: str = "m1") -> list[Any]:
    """Since when a timer runs that is recorded for each member."""
    return [one["since"] for one in decision["spec"].get(timer, ()) if one["name"] == member]


def tasks_of(decision: Any, field: str) -> list[Any]:
    """A field of its evictions."""
    return [task[field] for task in decision["spec"].get("evictions", ())]


def lasting(since: Any, seconds: int = 10) -> str:
    """A duration that began then, and is over in some seconds."""
    return f"{int((datetime.now(UTC) - moment(since)).total_seconds()) + seconds}s"


def in_force(world: ServerWorld, revision: str) -> bool:
    return revision.encode() in world.status_branch()["revision.yaml"]


def removed(world: ServerWorld, since: dict[str, int], member: str = "") -> list[str]:
    """The names of what was deleted since then."""
    deleted = [one for one in world.writes(since, member) if one.startswith("delete ")]
    return sorted(one.partition("?")[0].rpartition("/")[2] for one in deleted)


def restarted(running: Daemon) -> None:
    """Killed without a word, as a node that loses power."""
    running.end(signal.SIGKILL)


def at(world: ServerWorld) -> tuple[str, str]:
    return "--repo", str(world.repo.path)


SLOW = {**FAILOVER, "failureThreshold": "6s", "successThreshold": "15s", "goneAfter": "8s"}
"""Long enough for a kill in the middle of each."""


def lost_with(world: ServerWorld) -> dict[str, str]:
    """Beside `web`: what must not run twice, and what is on both members."""
    directly = {"cluster": {"purgeMode": "Directly"}}
    return {
        "reconciler.yaml": configuration(world.namespace, failover=SLOW),
        "once.yaml": config("once", key="value"),
        "once-policy.yaml": tolerant(selector("ConfigMap", "once"), spreadConstraints=ONE, failover=directly),
        "both.yaml": config("both", key="value"),
        "both-policy.yaml": tolerant(selector("ConfigMap", "both")),
    }


def test_a_lost_member_is_replaced_and_gives_back_only_what_was_taken(
    tmp_path: Path, world: ServerWorld, planes: list[ControlPlane]
) -> None:
    lost = world.planes["m1"]
    world.commit(lost_with(world))
    both, once = (decision_file(world, f"ConfigMap/{name}") for name in ("both", "once"))
    with daemon(tmp_path, *at(world)) as begun:
        eventually(lambda: begun.said("recorded") and places(world) == {"m1": "Current"}, seconds=90)
        lost.kill()
        eventually(lambda: member_status(world, "m1").get("pendingSince"), seconds=90)
        restarted(begun)  # In the middle of failureThreshold.
    assert condition(world, "m1") == "True ClusterReady"
    with daemon(tmp_path, *at(world), name="second") as second:
        eventually(lambda: member_status(world, "m1").get("taints"), seconds=90)
        restarted(second)  # In the middle of tolerationSeconds.
    assert evictions(world) == []
    with daemon(tmp_path, *at(world), name="third") as third:
        eventually(lambda: evictions(world) and times_of(on_record(world, once), "leaving"), seconds=90)
        restarted(third)  # In the middle of the move, and of goneAfter.
    assert world.get("m2", "configmaps", "once") is None
    with daemon(tmp_path, *at(world), name="fourth") as fourth:
        eventually(lambda: evictions(world) == [("m1", "Evicted")], seconds=120)
        assert places(world)["m2"] == "Current"
        assert world.get("m2", "deployments", "web")["status"]["readyReplicas"] == 2
        eventually(lambda: evictions(world, "once") == [("m1", "Evicted")], seconds=90)
        told = world.run("history", "deployment/web", "-n", world.namespace, "-o", "json").out
        assert '"evicted"' in told
        assert "the member has the taint lost:NoExecute" in told
        since = world.audited()
        lost.start()
        eventually(lambda: member_status(world, "m1").get("pendingSince"), seconds=90)
        restarted(fourth)  # In the middle of successThreshold.
    assert condition(world, "m1") == "False ClusterNotReachable"
    with daemon(tmp_path, *at(world), name="fifth") as fifth:
        eventually(lambda: world.get("m1", "deployments", "web") is None, seconds=120)
        eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
        eventually(lambda: all(places(world, name) == {"m2": "Current"} for name in ("web", "once", "both")), seconds=90)
        assert removed(world, since, "m1") == ["both", "once", "web"]
        assert world.holders("configmaps", "stays") == ["m1", "m2", "m3"]
        cool_down = lasting(*tasks_of(on_record(world, both), "creationTimestamp"))
        revision = world.commit({"reconciler.yaml": configuration(world.namespace, failover=SLOW | {"coolDown": cool_down})})
        eventually(lambda: in_force(world, revision), seconds=90)
        restarted(fifth)  # In the middle of coolDown.
    assert evictions(world, "both") == [("m1", "Evicted")]
    with daemon(tmp_path, *at(world), name="sixth") as sixth:
        eventually(lambda: places(world, "both") == {"m1": "Current", "m2": "Current"}, seconds=90)
        eventually(lambda: evictions(world, "both") == evictions(world) == [], seconds=90)
        assert sixth.end() == 0
    assert world.holders("deployments", "web") == world.holders("configmaps", "once") == ["m2"]
    assert world.holders("configmaps", "stays") == ["m1", "m2", "m3"]
    assert removed(world, since) == ["both", "once", "web"]
    each_timer_ran_once(world, cool_down)


def says(version: Version, status: str) -> bool:
    """Whether the record of a member says so of its readiness since a moment that was seen."""
    (ready,) = version.document["status"]["conditions"]
    return ready["status"] == status and "lastTransitionTime" in ready


def each_timer_ran_once(world: ServerWorld, cool_down: str) -> None:
    """By all that was ever recorded: no moment was replaced by a later one, and nothing happened before its time."""
    member = versions(world.repo.path, "clusters/m1.yaml")
    began, ended = map(moment, values(member, lambda one: one["status"].get("pendingSince")))
    for since, status in ((began, "False"), (ended, "True")):
        (changed,) = {
            moment(one.document["status"]["conditions"][0]["lastTransitionTime"]) for one in member if says(one, status)
        }
        assert changed == since
        assert min(one.at for one in member if says(one, status)) - since >= timedelta(seconds=6)
    (tainted,) = values(member, lambda one: [taint["timeAdded"] for taint in one["status"].get("taints", ())])
    for path in ("Deployment.apps/web", "ConfigMap/once", "ConfigMap/both"):
        found = versions(world.repo.path, decision_file(world, path))
        ((evicted,),) = values(found, lambda one: tasks_of(one, "creationTimestamp"))
        assert moment(evicted) - moment(*tainted) >= timedelta(seconds=3)
        assert values(found, lambda one: tasks_of(one, "phase")) in ([["Evicting"], ["Evicted"]], [["Evicted"]])
    once = versions(world.repo.path, decision_file(world, "ConfigMap/once"))
    ((left,),) = values(once, lambda one: times_of(one, "leaving"))
    assert values(once, clusters_of) == [["m1"], ["m2"]]
    assert first(once, lambda one: clusters_of(one) == ["m2"]) - moment(left) >= timedelta(seconds=8)
    assert values(versions(world.repo.path, decision_file(world, "Deployment.apps/web")), clusters_of)[-1] == ["m2"]
    both = versions(world.repo.path, decision_file(world, "ConfigMap/both"))
    assert values(both, clusters_of) == [["m1", "m2"], ["m2"], ["m1", "m2"]]
    (evicted,) = values(both, lambda one: tasks_of(one, "creationTimestamp"))[0]
    back = first(both[::-1], lambda one: clusters_of(one) == ["m2"])
    back = first([one for one in both if one.at >= back], lambda one: clusters_of(one) == ["m1", "m2"])
    assert back - moment(evicted) >= timedelta(seconds=int(cool_down[:-1]))


def ailing(*, tolerated: int = 6, ill: bool = True, **failover: Any) -> dict[str, str]:
    """`web` on m2 or m3, which moves when it is unhealthy for too long. ill: whether no node takes its Pods."""
    manifest = json.loads(workload("web"))
    if ill:
        manifest["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "true"}
    application = {"decisionConditions": {"tolerationSeconds": tolerated}, "purgeMode": "Gracefully", "gracePeriodSeconds": 6}
    placement = {"clusterAffinity": {"clusterNames": ["m2", "m3"]}, "spreadConstraints": ONE}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement, "propagateDeps": True}
    policy = document("PropagationPolicy", "web", api=POLICY, spec=spec | {"failover": {"application": application}})
    return {"web.yaml": json.dumps(manifest), "web-policy.yaml": policy}


@pytest.mark.members("m2", "m3")
def test_an_application_that_fails_moves_once_and_returns_once_whenever_this_program_dies(
    tmp_path: Path, world: ServerWorld
) -> None:
    """It finds no node on either member; then it is mended, and returns. These are not the members that other tests kill."""
    world.commit(ailing())
    path = decision_file(world, "Deployment.apps/web")
    with daemon(tmp_path, *at(world)) as begun:
        eventually(lambda: begun.said("recorded") and times_of(on_record(world, path), "unhealthySince", "m2"), seconds=90)
        restarted(begun)  # In the middle of tolerationSeconds.
    assert evictions(world) == []
    since = world.audited()
    with daemon(tmp_path, *at(world), name="second") as second:
        eventually(lambda: evictions(world), seconds=90)
        restarted(second)  # In the middle of gracePeriodSeconds.
    assert evictions(world) == [("m2", "Evicting")]
    with daemon(tmp_path, *at(world), name="third") as third:
        eventually(lambda: evictions(world) == [("m2", "Evicted")], seconds=90)
        eventually(lambda: world.holders("deployments", "web") == ["m3"], seconds=90)
        assert removed(world, since) == ["web"]
        moved = versions(world.repo.path, path)
        healthy_for = lasting(*tasks_of(moved[-1].document, "creationTimestamp"))
        failback = FAILOVER | {"coolDown": "1s", "failback": {"whenHealthyFor": healthy_for}}
        mended = ailing(tolerated=300, ill=False)
        revision = world.commit({"reconciler.yaml": configuration(world.namespace, failover=failback), **mended})
        eventually(lambda: in_force(world, revision), seconds=90)
        restarted(third)  # In the middle of whenHealthyFor.
    assert evictions(world) == [("m2", "Evicted")]
    with daemon(tmp_path, *at(world), name="fourth") as fourth:
        eventually(lambda: places(world) == {"m2": "Current"} and evictions(world) == [], seconds=90)
        eventually(lambda: world.holders("deployments", "web") == ["m2"])
        assert fourth.end() == 0
    assert removed(world, since, "m2") == removed(world, since, "m3") == ["web"]
    (unhealthy,) = map(moment, *zip(*values(moved, lambda one: times_of(one, "unhealthySince", "m2")), strict=True))
    found = versions(world.repo.path, path)
    ((evicted,),) = values(found, lambda one: tasks_of(one, "creationTimestamp"))
    assert moment(evicted) - unhealthy >= timedelta(seconds=6)
    assert values(found, lambda one: tasks_of(one, "phase")) == [["Evicting"], ["Evicted"], ["Returning"]]
    evicting, returning = (first(found, lambda one, it=it: tasks_of(one, "phase") == [it]) for it in ("Evicted", "Returning"))
    assert evicting - moment(evicted) >= timedelta(seconds=6)
    assert returning - moment(evicted) >= timedelta(seconds=int(healthy_for[:-1]))


def test_all_members_lost_at_once_change_nothing(tmp_path: Path, world: ServerWorld) -> None:
    with daemon(tmp_path, *at(world)) as running:
        eventually(lambda: running.said("recorded") and places(world) == {"m1": "Current"}, seconds=90)
        since = world.audited()
        for plane in world.planes.values():
            plane.kill()
        try:
            (paused, *_) = eventually(lambda: running.said("failover paused"), seconds=120)
            assert "of 3 members are Ready, so nothing is moved" in paused["reason"]
        finally:
            for plane in world.planes.values():
                plane.start()
        eventually(lambda: all(condition(world, name) == "True ClusterReady" for name in world.planes), seconds=120)
        eventually(lambda: places(world) == {"m1": "Current"}, seconds=90)
        assert running.end() == 0
    assert evictions(world) == []
    assert world.writes(since) == []
    assert world.holders("deployments", "web") == ["m1"]


def taints_of(world: ServerWorld, name: str) -> str:
    """As the leader recorded it."""
    return world.status_branch()[f"clusters/{name}.yaml"].decode().partition("taints:")[2]


def test_a_member_whose_agent_is_gone_is_replaced_and_its_agent_removes_only_what_was_taken(
    tmp_path: Path, world: ServerWorld
) -> None:
    """Its API server is well all the time, so two copies run until the agent is back: nobody else may write there."""
    (world.members / "m1.kubeconfig").unlink()
    pulled = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    # Nothing is placed on a member of which nothing is known while there is another one.
    world.commit({"clusters/m1.yaml": pulled, "web-policy.yaml": single("m1")})
    url = ("--repo", f"file://{world.repo.path}")
    kubeconfig = str(world.planes["m1"].kubeconfig)
    inside = (*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", kubeconfig, "--heartbeat", "3s")
    with daemon(tmp_path, *url, "--member-root", str(world.members), "--cache", str(tmp_path / "leader")) as leader:
        with agent(tmp_path, "m1", *inside) as edge:
            eventually(lambda: leader.said("recorded") and places(world) == {"m1": "Current"}, seconds=120)
            eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
            revision = world.commit({"web-policy.yaml": single()})
            eventually(lambda: revision.encode() in world.status_branch()["revision.yaml"], seconds=90)
            eventually(lambda: places(world) == {"m1": "Current"}, seconds=90)
            restarted(edge)
        eventually(lambda: condition(world, "m1") == "Unknown ClusterStatusUnknown", seconds=90)
        eventually(lambda: "lost" in taints_of(world, "m1"), seconds=90)
        eventually(lambda: evictions(world) == [("m1", "Evicted")], seconds=120)
        assert places(world)["m2"] == "Current"
        assert world.get("m2", "deployments", "web")["status"]["readyReplicas"] == 2
        assert world.holders("deployments", "web") == ["m1", "m2"]
        since = world.audited_in_full()
        with agent(tmp_path, "m1", *inside, name="again") as edge:
            eventually(lambda: world.get("m1", "deployments", "web") is None, seconds=120)
            eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
            eventually(lambda: places(world) == {"m2": "Current"}, seconds=90)
            eventually(lambda: "lost" not in taints_of(world, "m1"), seconds=90)
            assert edge.end() == 0
        assert leader.end() == 0
    world.audited_in_full()
    deleted = [one for one in world.writes(since) if one.startswith("delete ")]
    assert [one.partition("?")[0].rpartition("/")[2] for one in deleted] == ["web"]
    assert world.holders("configmaps", "stays") == ["m1", "m2", "m3"]
    assert world.holders("deployments", "web") == ["m2"]
