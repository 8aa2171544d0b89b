"""An agent beside a real API server: the leader has no credential for it, and drift is healed while the repository is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.daemon import agent, daemon
from tests.support.fleet import config, document, policy, selector
from tests.support.servers import ServerWorld, eventually


@pytest.mark.members("m1", "m2")
def test_an_agent_moves_and_heals_without_the_leader(tmp_path: Path, world: ServerWorld) -> None:
    plane = world.planes["m2"]
    (world.members / "m2.kubeconfig").unlink()
    pulled = document("Cluster", "m2", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    everything = selector("ConfigMap")
    world.commit({"clusters/m2.yaml": pulled, "policy.yaml": policy("configs", everything, "m1")})
    world.commit({"config.yaml": config("settings", value="1")})
    repository, away = world.repo.path, tmp_path / "away"
    url = ["--repo", f"file://{repository}"]
    inside = [*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", str(plane.kubeconfig)]

    def value() -> str:
        return ((world.get("m2", "configmaps", "settings") or {}).get("data") or {}).get("value", "")

    with daemon(tmp_path, *url, "--member-root", str(world.members), "--cache", str(tmp_path / "leader")) as leader:
        eventually(lambda: world.get("m1", "configmaps", "settings"), seconds=60)
        with agent(tmp_path, "m2", *inside) as edge:
            world.commit({"policy.yaml": policy("configs", everything, "m2")})
            eventually(lambda: world.holders("configmaps", "settings") == ["m2"], seconds=60)
            eventually(lambda: b"apiEnablements" in world.status_branch().get("clusters/m2.yaml", b""), seconds=60)

            repository.rename(away)
            eventually(lambda: edge.said("cannot read the repository") and leader.said("cannot read the repository"), seconds=60)
            world.edit("m2", "configmaps", "settings", {"data": {"value": "edited"}})
            eventually(lambda: edge.said("drift corrected"), seconds=60)
            eventually(lambda: value() == "1", seconds=60)
            away.rename(repository)

            world.commit({"policy.yaml": policy("configs", everything, "m1")})
            eventually(lambda: world.holders("configmaps", "settings") == ["m1"], seconds=60)
            assert edge.end() == 0
