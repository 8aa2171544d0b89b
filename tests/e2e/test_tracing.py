"""From push to Current as one trace: real processes, a real collector's receiver, members that are folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import started
from tests.support.fleet import World, cluster, fleet, placed
from tests.support.otlpreceiver import Collector, Received, collecting
from tests.support.program import PROGRAM, clean_environment
from tests.support.servers import eventually

SECRET = "the secret of the webhooks"
DAEMON = ("--log-json", "--listen", "127.0.0.1:0")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as one:
        yield one


def environment(collector: Collector) -> dict[str, str]:
    return clean_environment(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="100")


def revision_of(collector: Collector, commit: str, service: str = "reconciler") -> Received | None:
    roots = [one for one in collector.named("revision") if one.resource["service.name"] == service]
    return next((one for one in roots if one.attributes["vcs.ref.head.revision"] == commit), None)


def test_a_push_is_one_trace_from_its_webhook_to_current(tmp_path: Path, collector: Collector) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    webhooks = ("--webhook-listen", "127.0.0.1:0", "--webhook-secret-file", str(secret))
    command = [*PROGRAM, "run", *DAEMON, "--interval", "1h", "--repo", str(world.repo.path), *webhooks]
    with started(command, environment(collector), tmp_path / "run.log") as daemon:
        daemon.settle()
        commit = world.commit(placed("web", "m1", "m2", replicas=7))
        assert daemon.tell_push(world.repo.path.name, SECRET)[0] == 202
        root = eventually(lambda: revision_of(collector, commit))
        assert daemon.end() == 0
    assert (root.attributes["reconciler.trigger"], root.attributes["reconciler.outcome"]) == ("webhook", "current")
    assert root.parent == ""
    spans = [one for one in collector.spans if one.trace == root.trace]
    assert {one.parent for one in spans} - {one.id for one in spans} == {""}, "no part is lost"
    assert {one.name for one in spans} == {
        *("revision", "fetch", "load", "rollout", "pass", "discover", "compile", "survey", "plan", "apply", "observe", "record")
    }
    writes = {one.attributes["k8s.cluster.name"]: one.attributes["reconciler.configured"] for one in spans if one.name == "apply"}
    assert writes == {"m1": 1, "m2": 1}
    assert min(one.begun for one in spans) == root.begun
    assert max(one.ended for one in spans) == root.ended
    assert [line for line in daemon.log if line["level"] in ("warning", "error")] == []


def test_the_agent_of_a_member_carries_on_the_trace_of_the_decision(tmp_path: Path, collector: Collector) -> None:
    edge = cluster("edge").replace('"Push"', '"Pull"')
    world = World(tmp_path, {**fleet("near"), "clusters/edge.yaml": edge, **placed("web", "near", "edge")})
    place = ("--repo", f"file://{world.repo.path}", "--interval", "1s", "--cache")
    leader = [*PROGRAM, "run", *DAEMON, *place, str(tmp_path / "cache"), "--member-root", str(world.members)]
    inside = ("--member-root", str(tmp_path / "inside"))
    agent = [*PROGRAM, "agent", "edge", *DAEMON, *place, str(tmp_path / "agent-cache"), *inside]
    named = {**environment(collector), "OTEL_SERVICE_NAME": "reconciler-agent"}
    with started(leader, environment(collector), tmp_path / "run.log") as leads:
        leads.settle()
        commit = world.repo.git("rev-parse", "HEAD")
        with started(agent, named, tmp_path / "agent.log"):
            theirs = eventually(lambda: revision_of(collector, commit, "reconciler-agent"))
            ours = eventually(lambda: revision_of(collector, commit))
    assert theirs.trace == ours.trace
    assert theirs.parent in {one.id for one in collector.named("record")}
    assert theirs.attributes["k8s.cluster.name"] == "edge"
    applied = {one.attributes["k8s.cluster.name"] for one in collector.named("apply") if one.trace == ours.trace}
    assert applied == {"near", "edge"}
    assert ours.attributes["reconciler.outcome"] == "current"
    assert ours.ended > theirs.begun, "the leader waits for the report"


def test_a_collector_that_is_away_changes_nothing_but_the_log(tmp_path: Path, collector: Collector) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    command = [*PROGRAM, "run", *DAEMON, "--interval", "1s", "--repo", str(world.repo.path)]
    nobody = {**environment(collector), "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with started(command, nobody, tmp_path / "run.log") as daemon:
        daemon.settle()
        eventually(lambda: daemon.said("cannot send traces"))
        assert daemon.end() == 0
    assert collector.requests == 0
