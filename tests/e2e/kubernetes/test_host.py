"""The host cluster: reached by the credential of the process, which a Cluster file cannot claim for itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cluster import service_account
from tests.controlplane.start import ControlPlane
from tests.support.fleet import config, document, policy, selector
from tests.support.servers import ServerWorld

pytestmark = pytest.mark.members("m1", "m2")

AS_HOST = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push"})
"""Names no credential."""


@pytest.fixture
def hosted(world: ServerWorld) -> ServerWorld:
    world.commit(
        {"clusters/m1.yaml": AS_HOST, "c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"), "m1", "m2")}
    )
    return world


def test_by_a_kubeconfig_of_the_host(hosted: ServerWorld) -> None:
    kubeconfig = str(hosted.planes["m1"].kubeconfig)
    assert hosted.sync("--host-kubeconfig", kubeconfig, "--host-member", "m1").code == 0
    assert hosted.holders("configmaps", "c") == ["m1", "m2"]


def test_in_the_host_as_a_pod(hosted: ServerWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Pod finds the server in its environment, and a token and a CA in two files."""
    plane: ControlPlane = hosted.planes["m1"]
    host, _, port = plane.url.removeprefix("https://").rpartition(":")
    (tmp_path / "token").write_text(plane.token)
    (tmp_path / "ca.crt").write_bytes(plane.ca)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(service_account, "FOLDER", tmp_path)
    assert hosted.sync("--in-cluster", "--host-member", "m1").code == 0
    assert hosted.holders("configmaps", "c") == ["m1", "m2"]


def test_outside_of_any_cluster(hosted: ServerWorld) -> None:
    ran = hosted.sync("--in-cluster", "--host-member", "m1")
    assert ran.code == 3
    assert "the host cluster" in ran.err
    assert hosted.holders("configmaps", "c") == []


def test_a_file_cannot_claim_to_be_the_host(hosted: ServerWorld) -> None:
    since = hosted.audited()
    ran = hosted.sync("--host-kubeconfig", str(hosted.planes["m1"].kubeconfig))
    assert ran.code == 3
    assert "m1: its Cluster file names no credential" in ran.err
    assert hosted.requests(since, "m1") == []
    assert hosted.holders("configmaps", "c") == ["m2"]
