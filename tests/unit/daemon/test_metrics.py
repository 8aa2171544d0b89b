"""The figures after passes that went well and passes that did not."""

from __future__ import annotations

from reconciler.cluster.member_protocol import MemberError
from reconciler.daemon.metrics import Metrics
from reconciler.endpoints.exchange import Written
from reconciler.model.keys import ClusterName
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP


def lines(metrics: Metrics) -> set[str]:
    return {line for line in metrics.text().decode().splitlines() if not line.startswith("#")}


async def test_what_was_done_and_how_it_stands() -> None:
    fleet = Playground("m1", "m2", "m3")
    metrics = Metrics()
    metrics.passed(await fleet.sync(SHOP), 0.2)
    metrics.passed(await fleet.sync(SHOP), 0.05)
    said = lines(metrics)
    assert 'reconciler_passes_total{result="ok"} 2.0' in said
    assert 'reconciler_pass_seconds_bucket{le="0.1"} 1.0' in said
    assert {f'reconciler_cluster_up{{cluster="{name}"}} 1.0' for name in ("m1", "m2", "m3")} <= said
    created = len(fleet.holds()["m1"])
    assert f'reconciler_changes_total{{action="create",cluster="m1",result="ok"}} {created}.0' in said
    assert f'reconciler_objects{{cluster="m1",health="Current"}} {created}.0' in said


async def test_a_member_that_does_not_answer_and_a_write_that_is_refused() -> None:
    fleet = Playground("m1", "m2", "m3")
    fleet.members["m2"].refuses.add("look")
    metrics = Metrics()
    metrics.passed(await fleet.sync(SHOP), 0.2)
    refused = next(iter(fleet.holds()["m1"]))
    fleet.members["m1"].objects.clear()
    fleet.members["m1"].refuses.add(refused)
    metrics.passed(await fleet.sync(SHOP), 0.2)
    said = lines(metrics)
    assert 'reconciler_cluster_up{cluster="m2"} 0.0' in said
    assert 'reconciler_passes_total{result="failed"} 2.0' in said
    assert 'reconciler_changes_total{action="create",cluster="m1",result="failed"} 1.0' in said


async def test_a_member_that_left_has_no_figures() -> None:
    fleet = Playground("m1", "m2", "m3")
    metrics = Metrics()
    metrics.passed(await fleet.sync(SHOP), 0.2)
    metrics.dispatched(Written(ClusterName("m3"), ("shop", "web"), 2, 1, seconds=0.02))
    metrics.dispatched(Written(ClusterName("m1"), ("shop", "web"), error=MemberError("m1 is away")))
    said = lines(metrics)
    assert any('cluster="m3"' in line for line in said)
    assert 'reconciler_endpoint_writes_total{cluster="m3",result="ok"} 3.0' in said
    assert 'reconciler_endpoint_write_seconds_bucket{le="0.03"} 1.0' in said
    metrics.passed(await fleet.sync({path: text for path, text in SHOP.items() if path != "clusters/m3.yaml"}), 0.2)
    said = lines(metrics)
    assert not [line for line in said if 'cluster="m3"' in line]
    assert any('reconciler_changes_total{action="create",cluster="m1"' in line for line in said)
    assert 'reconciler_endpoint_writes_total{cluster="m1",result="failed"} 1.0' in said


def test_only_the_revision_that_is_kept_is_told() -> None:
    metrics = Metrics()
    metrics.polled("aaa", good=True)
    metrics.polled("", good=False)
    metrics.polled("bbb", good=True)
    said = lines(metrics)
    assert {line for line in said if line.startswith("reconciler_revision")} == {'reconciler_revision{revision="bbb"} 1.0'}
    assert {'reconciler_polls_total{result="ok"} 2.0', 'reconciler_polls_total{result="failed"} 1.0'} <= said
