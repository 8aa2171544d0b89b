"""`promote`: what a real API server holds becomes a template, and is taken over without a restart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.documents.reader import read_stream
from tests.support.fleet import document, workload
from tests.support.servers import ServerWorld, eventually

pytestmark = pytest.mark.members("m1", "m2")


def pods(world: ServerWorld, name: str) -> list[str]:
    items = world.planes[name].request(world.path("pods"))["items"]
    return sorted(item["metadata"]["name"] for item in items if not item["metadata"].get("deletionTimestamp"))


def written(world: ServerWorld, path: str) -> list[dict[str, Any]]:
    documents, errors = read_stream(world.repo.git("show", f"HEAD:{path}"))
    assert not errors
    return [one.value for one in documents]


def test_a_deployment_becomes_a_template_and_no_pod_restarts(world: ServerWorld) -> None:
    assert world.sync().code == 0
    made = json.loads(workload("legacy"))
    made["metadata"]["annotations"] = {"team": "payments", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    world.put("m1", "deployments", json.dumps(made))
    eventually(lambda: len(pods(world, "m1")) == 2, seconds=60)
    before, running = world.get("m1", "deployments", "legacy"), pods(world, "m1")
    shown = world.run("promote", "deploy/legacy", "-n", world.namespace, "-C", "m1", "--dry-run")
    assert shown.code == 0, shown.err
    done = world.run("promote", "deploy/legacy", "-n", world.namespace, "-C", "m1", "--to", "m2")
    assert done.code == 0, done.err
    template, policy = written(world, f"{world.namespace}/deployment-legacy.yaml")
    assert template == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "legacy", "namespace": world.namespace, "annotations": {"team": "payments"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "legacy"}},
            "template": made["spec"]["template"],
        },
    }
    assert policy["spec"]["conflictResolution"] == "Overwrite"
    assert world.sync().code in (0, 1)
    eventually(lambda: world.holders("deployments", "legacy") == ["m1", "m2"], seconds=60)
    after = world.get("m1", "deployments", "legacy")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"] == before["spec"]  # A Deployment's generation counts annotations, too: our marks are some.
    assert pods(world, "m1") == running
    assert world.run("diff", "HEAD", "--live").code == 0


def test_what_does_not_become_a_template_is_refused(world: ServerWorld) -> None:
    assert world.sync().code == 0
    world.put("m1", "deployments", workload("owner"))
    eventually(lambda: pods(world, "m1"), seconds=60)
    replica_set = world.planes["m1"].request(world.path("replicasets"))["items"][0]["metadata"]["name"]
    world.put("m1", "secrets", document("Secret", "token", stringData={"password": "canary-4711"}))
    for arguments, reason in (
        (["rs/" + replica_set], "belongs to Deployment owner, which makes it: promote that object"),
        (["secret/token"], "would be in Git in plain text"),
        (["deploy/absent"], "m1 has no deploy absent"),
        (["ns/" + world.namespace], "declares Namespace"),
    ):
        done = world.run("promote", *arguments, "-n", world.namespace, "-C", "m1")
        assert done.code == 2, done.out
        assert reason in done.err
        assert "canary-4711" not in done.out + done.err
