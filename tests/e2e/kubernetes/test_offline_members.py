"""An export at a site with a real API server: headquarters have no way to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import config, document, policy, selector
from tests.support.program import Ran, run_here
from tests.support.servers import ServerWorld


@pytest.mark.members("m1", "m2")
def test_a_member_is_kept_by_what_somebody_carries(tmp_path: Path, world: ServerWorld) -> None:
    (world.members / "m2.kubeconfig").unlink()
    pulled = document("Cluster", "m2", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    everything = selector("ConfigMap")
    bundle, report, site = tmp_path / "m2.bundle", tmp_path / "m2.report", tmp_path / "site"

    def carry() -> Ran:
        world.sync("--no-wait")
        assert world.run("export", "--member", "m2", "--to", str(bundle)).code == 0
        at_site = ["--repo", str(site), "--host-kubeconfig", str(world.planes["m2"].kubeconfig), "--report", str(report)]
        done = run_here("apply", str(bundle), *at_site)
        assert world.run("import-report", str(report)).code == 0
        world.sync("--no-wait")
        return done

    world.commit({"clusters/m2.yaml": pulled, "policy.yaml": policy("configs", everything, "m2")})
    world.commit({"config.yaml": config("settings", value="1"), "other.yaml": config("other", value="2")})
    done = carry()
    assert done.code == 0, done.out + done.err
    assert world.holders("configmaps", "settings") == ["m2"]
    row = next(one for one in world.run("clusters", "-o", "json").json if one["name"] == "m2")
    assert row["ready"]
    assert row["objects"]["current"] == row["objects"]["total"] >= 3

    before = world.audited()
    assert run_here("apply", str(bundle), "--repo", str(site), "--host-kubeconfig", str(world.planes["m2"].kubeconfig)).code == 0
    assert world.writes(before, "m2") == [], "the second time is silent"

    world.commit(
        {
            "policy.yaml": policy("configs", selector("ConfigMap", "other"), "m2"),
            "more.yaml": policy("m", selector("ConfigMap", "settings"), "m1"),
        }
    )
    carry()
    assert "m1" in world.holders("configmaps", "settings")
    carry()
    assert world.holders("configmaps", "settings") == ["m1"]
    assert world.holders("configmaps", "other") == ["m2"]


@pytest.mark.members("m1")
def test_without_a_kubeconfig_nothing_is_tried(tmp_path: Path, world: ServerWorld) -> None:
    (world.members / "m1.kubeconfig").unlink()
    pulled = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    world.commit({"clusters/m1.yaml": pulled, "policy.yaml": policy("configs", selector("ConfigMap"), "m1")})
    world.sync("--no-wait")
    bundle = tmp_path / "m1.bundle"
    assert world.run("export", "--member", "m1", "--to", str(bundle)).code == 0
    done = run_here("apply", str(bundle), "--repo", str(tmp_path / "site"))
    assert done.code == 2, done.err
    assert "nothing says how m1 is reached" in done.err
