"""What an object waits for in a rollout, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout, RolloutPhase
from reconciler.transition.rollout_turns import cluster_turns, turn_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APP, OTHER = ResourceKey("apps", "Deployment", "shop", "app"), ResourceKey("apps", "Deployment", "shop", "other")
A, B, C, D = map(ClusterName, "abcd")
ROLLOUT = RecordedRollout(
    None,
    "1" * 40,
    NOW,
    groups=(GroupOfClusters("canary", (A,)), GroupOfClusters("europe", (B, C)), GroupOfClusters("rest", (D,))),
    progress={A: ClusterProgress(NOW, NOW)},
    objects={APP: (TargetCluster(A, 1), TargetCluster(D, 1))},
    message="group europe waits: canary soaks",
)
RECORDED = {"Configuration": ROLLOUT}


@pytest.mark.parametrize(
    ("placed", "said"),
    [
        ((A, B, C), "b, c (group europe) and d (group rest) wait for their turn in the rollout of 1111111111"),
        ((A,), "d (group rest) waits for its turn in the rollout of 1111111111"),  # It has the object until then.
    ],
)
def test_an_object_waits_on_the_clusters_that_keep_what_they_had(placed: tuple[ClusterName, ...], said: str) -> None:
    assert turn_of(APP, RECORDED, placed) == said
    assert turn_of(APP, RECORDED, placed, reason=True) == f"{said}: group europe waits: canary soaks"


def test_others_do_not_wait() -> None:
    assert turn_of(OTHER, RECORDED, (A, B)) == ""
    for phase in (RolloutPhase.COMPLETED, RolloutPhase.REVERTED):
        assert turn_of(APP, {"Configuration": replace(ROLLOUT, phase=phase)}, (A, B)) == ""
    everywhere = replace(ROLLOUT, progress=dict.fromkeys((A, B, C, D), ClusterProgress(NOW)))
    assert turn_of(APP, {"Configuration": everywhere}, (A, B)) == ""


def test_a_cluster_waits_or_has_failed() -> None:
    assert cluster_turns(A, RECORDED) == ()
    assert cluster_turns(B, RECORDED) == ("waits in group europe of the rollout of 1111111111",)
    failed = replace(ROLLOUT, progress={A: ClusterProgress(NOW, NOW, "no image")}, phase=RolloutPhase.FAILED)
    assert cluster_turns(A, {"Configuration": failed}) == ("the rollout of 1111111111 failed here: no image",)
    assert cluster_turns(ClusterName("e"), RECORDED) == ()
