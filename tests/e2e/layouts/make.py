"""Makes the bundles of this folder with the program of another commit.

    git worktree add /some/where COMMIT
    python -m tests.e2e.layouts.make directories /some/where tests/e2e/layouts/layout1-directories.bundle
    python -m tests.e2e.layouts.make servers     /some/where tests/e2e/layouts/layout1-servers.bundle

The files of the revisions come from the builders of this commit; everything on the status branch and in the members was written
by the program of the other commit, which runs as a process of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.start import running
from tests.support.fleet import (
    DEPLOYMENT,
    World,
    cluster,
    config,
    document,
    fleet,
    override,
    placed,
    policy,
    secret,
    selector,
    workload,
)
from tests.support.gitrepo import GitRepo
from tests.support.program import Ran, clean_environment
from tests.support.servers import ServerWorld

JOB = "batch/v1"
POD = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "docker.io/library/busybox:1.37"}]}


class WorldOfCheckout(World):
    """A repository that the program of another commit reconciles."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        super().__init__(folder)
        self.checkout = checkout

    def run(self, command: str, *arguments: str) -> Ran:
        return run_checkout(self.checkout, command, *arguments, "--repo", str(self.repo.path))


class ServerWorldOfCheckout(ServerWorld):
    """A repository with real API servers as members that the program of another commit reconciles."""

    checkout: Path

    def run(self, command: str, *arguments: str) -> Ran:
        return run_checkout(self.checkout, command, *arguments, "--repo", str(self.repo.path))


def run_checkout(checkout: Path, *arguments: str) -> Ran:
    """`reconciler ARGUMENTS` of a checkout. Prints what the command wrote to stderr."""
    command = [sys.executable, "-m", "reconciler", *arguments]
    environment = clean_environment(PYTHONPATH=str(checkout))
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, check=False, timeout=120)
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    sys.stderr.write(f"--- {' '.join(arguments[:-2])}: exit code {ran.code}\n{ran.err}\n")
    return ran


def on(name: str, *members: str, **spec: Any) -> dict[str, str]:
    """A ConfigMap and its policy, as files."""
    return {
        f"configs/{name}/config.yaml": config(name, key="value"),
        f"configs/{name}/policy.yaml": policy(name, selector("ConfigMap", name), *members, **spec),
    }


def labelled(name: str, zone: str) -> str:
    """A policy for a Deployment that selects clusters by a label."""
    text = policy(name, selector("Deployment", name, DEPLOYMENT), "m1")
    spec = json.loads(text)["spec"]
    spec["placement"] = {"clusterAffinity": {"labelSelector": {"matchLabels": {"zone": zone}}}}
    return document("PropagationPolicy", name, api="policy.karmada.io/v1alpha1", spec=spec)


def lean_on(name: str, *, config_map: str, secret_name: str) -> str:
    """A Deployment that reads a ConfigMap and a Secret."""
    manifest = json.loads(workload(name))
    manifest["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [
        {"configMapRef": {"name": config_map}},
        {"secretRef": {"name": secret_name}},
    ]
    return json.dumps(manifest, indent=2) + "\n"


def rebalancer(name: str, *workloads: str) -> str:
    targets = [{"apiVersion": DEPLOYMENT, "kind": "Deployment", "namespace": "shop", "name": one} for one in workloads]
    return document("WorkloadRebalancer", name, "", api="apps.karmada.io/v1alpha1", spec={"workloads": targets})


FIRST: Mapping[str, str] = {
    **fleet("m1", "m2", "m3"),
    **placed("web", "m1", "m2"),
    **placed("api", "m1", "m2", divided=True, replicas=5),
    **placed("lazy", "m1"),
    **placed("cart", "m1"),
    **placed("stuck"),
    "clusters/m1.yaml": cluster("m1", zone="east"),
    "apps/stuck/policy.yaml": labelled("stuck", "east"),
    "apps/store/workload.yaml": lean_on("store", config_map="settings", secret_name="password"),
    "apps/store/policy.yaml": policy("store", selector("Deployment", "store", DEPLOYMENT), "m2", "m3", propagateDeps=True),
    "apps/store/settings.yaml": config("settings", colour="blue"),
    "apps/store/password.yaml": secret("password", {"password": "correct horse"}),
    "job.yaml": document("Job", "report", api=JOB, spec={"parallelism": 4, "completions": 4, "template": {"spec": POD}}),
    "job-policy.yaml": policy("report", selector("Job", "report", JOB), "m1", "m2", divided=True),
    "token.yaml": secret("token", token="battery staple"),
    "token-policy.yaml": policy("token", selector("Secret", "token"), "m1"),
    "apps/lazy/policy.yaml": policy(
        "lazy", selector("Deployment", "lazy", DEPLOYMENT), "m1", activationPreference="Lazy"
    ),
    **on("legacy", "m1"),
    **on("gone", "m1", "m2"),
    **on("guarded", "m1"),
    **on("released", "m1", preserveResourcesOnDeletion=True),
    **on("preserved", "m1", preserveResourcesOnDeletion=True),
}  # fmt: skip

CURRENT = {
    "observedGeneration": 1,
    "replicas": 2,
    "updatedReplicas": 2,
    "readyReplicas": 2,
    "availableReplicas": 2,
    "conditions": [
        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ],
}
"""Of a Deployment of two replicas, as its controller writes it."""


def directories(folder: Path, checkout: Path) -> GitRepo:
    """A repository with three directory members after five syncs; their folders are the branch `members`."""
    world = WorldOfCheckout(folder, checkout)
    world.commit(FIRST)
    world.sync()
    for member in ("m1", "m2"):
        copy = next((world.members / member).rglob("*web*.yaml"))
        copy.write_text(yaml.safe_dump({**yaml.safe_load(copy.read_text()), "status": CURRENT}, sort_keys=False))
    world.sync()
    image = [{"component": "Registry", "operator": "replace", "value": "eu.example.com"}]
    world.commit(
        {
            "apps/api/workload.yaml": workload("api", 7),
            "apps/web/override.yaml": override("web", selector("Deployment", "web", DEPLOYMENT), "m2", imageOverrider=image),
            "configs/guarded/config.yaml": document(
                "ConfigMap", "guarded", data={"key": "value"}, annotations={"reconciler.dev/prune": "disabled"}
            ),
        },
        *[path for path in FIRST if path.startswith("configs/gone/")],
    )
    world.sync()
    world.commit(
        {
            "apps/lazy/policy.yaml": policy(
                "lazy", selector("Deployment", "lazy", DEPLOYMENT), "m2", activationPreference="Lazy"
            ),
            "apps/stuck/policy.yaml": labelled("stuck", "esat"),
            "apps/cart/policy.yaml": policy(
                "cart", selector("Deployment", "cart", DEPLOYMENT), "m1", suspension={"dispatching": True}
            ),
            "apps/cart/workload.yaml": workload("cart", image="docker.io/library/nginx:1.29"),
            "apps/api/policy.yaml": policy(
                "api", selector("Deployment", "api", DEPLOYMENT), "m1", "m2", "m3", divided=True
            ),
            "rebalance.yaml": rebalancer("afresh", "api"),
        },
        *[path for path in FIRST if path.startswith(("configs/guarded/", "configs/released/"))],
    )  # fmt: skip
    world.sync()
    world.commit({"configs/legacy/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: legacy\n"})
    world.sync()
    world.sync()
    members = GitRepo(folder / "members")
    shutil.copytree(world.members, members.path, dirs_exist_ok=True)
    members.commit("What the members hold")
    world.repo.git("fetch", "--quiet", str(members.path), "main:members")
    return world.repo


def servers(folder: Path, checkout: Path) -> GitRepo:
    """A repository with two API servers without controllers as members, in the middle of a move."""
    with running(("m1", "m2")) as planes:
        world = ServerWorldOfCheckout.__new__(ServerWorldOfCheckout)
        world.checkout = checkout
        ServerWorld.__init__(world, folder, planes, {**placed("web", "m1"), **on("settings", "m1")}, named="layout")
        world.sync("--no-wait")
        world.edit("m1", "deployments", "web", {"status": CURRENT}, by="kube-controller-manager", more="/status")
        world.edit("m1", "configmaps", "settings", {"data": {"key": "another"}})
        world.sync("--no-wait")
        world.commit(placed("web", "m2"))
        world.sync("--no-wait")
    return world.repo


def main(what: str, checkout: str, bundle: str) -> None:
    target = Path(bundle).absolute()
    with tempfile.TemporaryDirectory() as folder:
        repo = {"directories": directories, "servers": servers}[what](Path(folder), Path(checkout).absolute())
        repo.git("bundle", "create", "--quiet", str(target), "--branches")


if __name__ == "__main__":
    main(*sys.argv[1:])
