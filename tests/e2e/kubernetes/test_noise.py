"""What other clients change and no pass looks at makes no pass."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, document, placed, policy, selector
from tests.support.servers import ServerWorld, eventually

TIMES = 20


def scaler(target: str) -> str:
    spec = {"maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}}
    return document("HorizontalPodAutoscaler", "theirs", api="autoscaling/v2", spec=spec)


def test_noise_makes_no_pass_and_no_request(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    """The status of a foreign autoscaler, and annotations of our objects; beside them a drift, which does make a pass."""
    world = ServerWorld(tmp_path, bare_planes[:1])
    world.commit({**placed("web", "m1"), "c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        world.put("m1", "horizontalpodautoscalers", scaler("nobody"))
        time.sleep(2)
        passes, since = ours.metric('reconciler_passes_total{result="ok"}'), world.audited()
        for number in range(TIMES):
            status = {"status": {"currentReplicas": number, "desiredReplicas": number}}
            world.edit("m1", "horizontalpodautoscalers", "theirs", status, more="/status")
            world.edit("m1", "configmaps", "c", {"metadata": {"annotations": {"example.com/touched": str(number)}}})
            world.edit("m1", "deployments", "web", {"metadata": {"labels": {"example.com/touched": str(number)}}})
            time.sleep(0.1)
        assert ours.metric('reconciler_passes_total{result="ok"}') == passes
        assert world.asked_in_passes(since) == []
        world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}})
        eventually(lambda: ours.said("drift corrected"))
        assert world.get("m1", "configmaps", "c")["data"] == {"word": "ours"}
        before = ours.metric('reconciler_passes_total{result="ok"}')
        change = json.loads(scaler("web"))["spec"]
        world.edit("m1", "horizontalpodautoscalers", "theirs", {"spec": change})
        eventually(lambda: ours.metric('reconciler_passes_total{result="ok"}') > before)
