"""What the controller did to an object, as `kubectl describe` shows it in the member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, policy, secret, selector
from tests.support.servers import ServerWorld, eventually

FILES = {
    "c.yaml": config("c", word="ours"), "old.yaml": config("old"),
    "p.yaml": policy("p", selector("ConfigMap")), "q.yaml": policy("q", selector("Secret")),
}  # fmt: skip
REFUSED = secret("keys", plain="hidden-value").replace('"Opaque"', '"kubernetes.io/tls"')


def events(world: ServerWorld, name: str, reason: str) -> list[dict[str, Any]]:
    path = f"/apis/events.k8s.io/v1/namespaces/{world.namespace}/events"
    listed = world.planes["m1"].request(path)["items"]
    return [one for one in listed if one["regarding"]["name"] == name and one["reason"] == reason]


def test_events_of_objects(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1], FILES)
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        for count in (1, 2):
            world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}})
            told = eventually(lambda: _counted(events(world, "c", "DriftCorrected"), count))  # noqa: B023
        assert (told["type"], told["regarding"]["uid"]) == ("Normal", world.get("m1", "configmaps", "c")["metadata"]["uid"])
        assert "data" in told["note"]
        uid = world.get("m1", "configmaps", "old")["metadata"]["uid"]
        world.commit({"keys.yaml": REFUSED}, "old.yaml")
        (pruned,) = eventually(lambda: events(world, "old", "Pruned"))
        assert pruned["regarding"]["uid"] == uid
        (refused,) = eventually(lambda: events(world, "keys", "ApplyFailed"))
        assert refused["type"] == "Warning"
        assert "hidden" not in str(refused)
        assert not events(world, "c", "ApplyFailed")
        assert ours.end() == 0


def _counted(found: list[dict[str, Any]], count: int) -> Any:
    """The only Event, when it has happened so often."""
    return next((one for one in found if len(found) == 1 and (one.get("series") or {"count": 1})["count"] == count), None)


@pytest.mark.parametrize("forbidden", [True, False], ids=["forbidden", "off"])
def test_without_events_the_rest_goes_on(tmp_path: Path, bare_planes: list[ControlPlane], forbidden: bool) -> None:
    """By a role of one's own that does not have them, or by the option."""
    world = ServerWorld(tmp_path, bare_planes[:1], FILES)
    if forbidden:
        world.members.joinpath("m1.kubeconfig").write_text(_without_events(world, bare_planes[0]))
    with daemon(tmp_path, "--repo", str(world.repo.path), *([] if forbidden else ["--no-object-events"])) as ours:
        ours.settle()
        world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}})
        eventually(lambda: world.get("m1", "configmaps", "c")["data"] == {"word": "ours"})
        world.commit({}, "old.yaml")
        eventually(lambda: world.get("m1", "configmaps", "old") is None)
        assert ours.end() == 0
        assert not [line for line in ours.log if line["level"] in ("warning", "error") and "orbidden" in str(line)]
    assert not events(world, "c", "DriftCorrected")


def _without_events(world: ServerWorld, plane: ControlPlane) -> str:
    """A kubeconfig of an account that may do everything but that."""
    name = world.namespace
    rules = [
        {"apiGroups": [""], "resources": ["configmaps", "secrets", "namespaces"], "verbs": ["*"]},
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
        {"nonResourceURLs": ["*"], "verbs": ["get"]},
    ]
    rbac = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    binding = {
        "apiVersion": f"{rbac}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }  # fmt: skip
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    plane.request("/api/v1/namespaces/default/serviceaccounts", "POST", account)
    plane.request(f"/apis/{rbac}/v1/clusterroles", "POST", role)
    plane.request(f"/apis/{rbac}/v1/clusterrolebindings", "POST", binding)
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = plane.request(f"/api/v1/namespaces/default/serviceaccounts/{name}/token", "POST", request)["status"]["token"]
    kubeconfig = yaml.safe_load(plane.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    return str(yaml.safe_dump(kubeconfig))
