"""What a process lacks to reach a member."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cluster.access import Access, Host
from reconciler.cluster.host_check import check_host
from reconciler.cluster.member_protocol import NotConfiguredError
from reconciler.cluster.not_configured import missing_means
from reconciler.model.cluster import KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.keys import ClusterName
from tests.support.builders import cluster

DIRECTORY = cluster("m1", apiEndpoint="file:m1")
SECRET = cluster("m1", secretRef={"namespace": "karmada-cluster", "name": "m1"})


def by_file(file: str) -> Cluster:
    return replace(cluster("m1"), annotations={KUBECONFIG_ANNOTATION: file})


@pytest.mark.parametrize(
    ("member", "root", "host", "lacking"),
    [
        (DIRECTORY, False, False, "directory members need a root folder"),
        (DIRECTORY, True, False, ""),
        (by_file("m1.kubeconfig"), False, False, "there is no folder for such files"),
        (by_file("m1.kubeconfig"), True, False, ""),
        (by_file("absent.kubeconfig"), True, False, "absent.kubeconfig does not exist"),
        (by_file("../outside.kubeconfig"), True, False, ""),
        (SECRET, True, False, "there is no host cluster"),
        (SECRET, False, True, ""),
        (cluster("host"), False, True, ""),
        (cluster("m1"), True, True, ""),
    ],
)
def test_options_and_files(tmp_path: Path, member: Cluster, root: bool, host: bool, lacking: str) -> None:
    (tmp_path / "m1.kubeconfig").write_text("not read")
    what, remedy = missing_means(
        member, Access(tmp_path if root else None, Host() if host else None, host_member=ClusterName("host"))
    )
    assert (lacking in what, bool(what), bool(remedy)) == (True, bool(lacking), bool(lacking))


@pytest.mark.parametrize("kubeconfig", [None, Path("/nowhere/kubeconfig")])
async def test_a_host_cluster_without_a_credential(kubeconfig: Path | None) -> None:
    await check_host(Access())
    with pytest.raises(NotConfiguredError, match="the host cluster"):
        await check_host(Access(host=Host(kubeconfig)))
