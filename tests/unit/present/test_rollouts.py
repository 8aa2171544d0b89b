"""`rollout status` as text: groups in order, clusters that are equally far together, within the width."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.keys import ClusterName
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout, RolloutPhase
from reconciler.present.rollouts import Pause, ShownRollout, rollout_lines, rollouts_document
from reconciler.present.table import Room

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MANY = tuple(ClusterName(f"edge-{number:02}") for number in range(20))
ROLLOUT = RecordedRollout(
    None,
    "1" * 40,
    NOW - timedelta(minutes=30),
    groups=(GroupOfClusters("canary", MANY[:2]), GroupOfClusters("europe", MANY[2:5]), GroupOfClusters("rest", MANY[5:])),
    progress={
        MANY[0]: ClusterProgress(NOW - timedelta(minutes=30), NOW - timedelta(minutes=20)),
        MANY[1]: ClusterProgress(NOW - timedelta(minutes=30), NOW - timedelta(minutes=20)),
        MANY[2]: ClusterProgress(NOW - timedelta(minutes=5)),
        MANY[3]: ClusterProgress(NOW - timedelta(minutes=5), NOW - timedelta(minutes=1), "Deployment.apps shop/web: no image"),
    },
    message="edge-02 is not Current yet",
    queued="2" * 40,
)


def text(shown: ShownRollout, width: int | None = None) -> list[str]:
    return [str(line) for line in rollout_lines([shown], NOW, Room(width))]


def test_a_rollout_that_is_under_way() -> None:
    lines = text(ShownRollout(ROLLOUT, not_ready=frozenset({MANY[19]})))
    assert [" ".join(line.split()) for line in lines] == [
        "Rollout of 1111111111 (Configuration): Progressing, under way, begun 30m ago",
        "edge-02 is not Current yet",
        "2222222222 waits until it has ended",
        "GROUP CLUSTERS STATE SINCE MESSAGE",
        "canary edge-00,edge-01 Current 20m",
        "europe edge-02 under way 5m",
        "edge-03 failed 60s Deployment.apps shop/web: no image",
        "edge-04 waits",
        f"rest {','.join(MANY[5:19])} waits",
        "edge-19 waits not Ready; has its turn when it is back",
    ]


def test_it_fits_a_terminal() -> None:
    lines = text(ShownRollout(ROLLOUT), 80)
    assert max(map(len, lines)) <= 80
    assert "  rest     edge-05..edge-19   waits" in [line.rstrip() for line in lines]


def test_who_paused_it_stands_in_place_of_what_it_waits_for() -> None:
    paused = replace(ROLLOUT, message="paused: lunch", queued="")
    lines = text(ShownRollout(paused, Pause("lunch", "Ann <ann@example.org>", "3" * 40)))
    assert lines[1] == "  paused by Ann <ann@example.org> in 3333333333: lunch"
    assert "paused" not in lines[2]
    ended = text(ShownRollout(replace(ROLLOUT, phase=RolloutPhase.COMPLETED, message="", queued=""), Pause("lunch")))
    assert not any("paused" in line for line in ended)


def test_a_cluster_that_never_had_a_change_that_was_taken_back() -> None:
    (document,) = rollouts_document([ShownRollout(replace(ROLLOUT, phase=RolloutPhase.REVERTED, message="taken back by 4"))])
    (rest,) = [group for group in document["groups"] if group["name"] == "rest"]
    assert {cluster["state"] for cluster in rest["clusters"]} == {"kept"}
    assert (document["phase"], document["queued"], document["paused"]) == ("Reverted", "2" * 40, None)
