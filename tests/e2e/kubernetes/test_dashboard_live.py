"""The live parts of the dashboard: real Pods, by the token of the person who asks, from the server that the settings name."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from pathlib import Path

import pytest

from tests.support.dashboard import dashboard
from tests.support.fleet import config, placed, policy, secret, selector
from tests.support.servers import ServerWorld, configuration, eventually


def basic(token: str) -> str:
    return f"Basic {base64.b64encode(f'me:{token}'.encode()).decode()}"


def settings_for(world: ServerWorld, folder: Path) -> Path:
    """They name the server of m1 alone."""
    plane = world.planes["m1"]
    (folder / "ca.crt").write_bytes(plane.ca)
    file = folder / "dashboard.yaml"
    file.write_text(json.dumps({"members": {"m1": {"server": plane.url, "caFile": "ca.crt"}}}))
    return file


@pytest.mark.members("m1", "m2")
def test_pods_and_events_are_read_with_the_token_of_who_asks(world: ServerWorld, tmp_path: Path) -> None:
    world.commit(placed("web", "m1", "m2", replicas=2))
    assert world.sync("--no-wait").code in (0, 1)
    plane = world.planes["m1"]

    def pods() -> list[str]:
        items = plane.request(world.path("pods"))["items"]
        return [one["metadata"]["name"] for one in items if one["status"].get("phase") == "Running"]

    eventually(lambda: len(pods()) == 2, seconds=120)
    address = f"{world.namespace}/Deployment.apps/web"
    with dashboard(world.repo.path, "--settings", str(settings_for(world, tmp_path))) as served:
        assert "/live-from/m1/" in served.ask(f"/objects/{address}").text
        asked = served.ask(f"/live-from/m1/{address}")
        assert (asked.status, asked.headers["WWW-Authenticate"].startswith("Basic realm=")) == (401, True)
        shown = served.ask(f"/live-from/m1/{address}", Authorization=basic(plane.token))
        assert (shown.status, shown.headers["Cache-Control"]) == (200, "no-store")
        assert all(name in shown.text for name in pods())
        assert "Running" in shown.text
        assert "ScalingReplicaSet" in shown.text
        assert plane.token not in shown.text
        assert "As desired" in shown.text
        assert "<ins>" not in shown.text
        tree = served.ask(f"/live-from/m1/{address}/tree", Authorization=basic(plane.token))
        below = re.findall(r"<span>((?:Deployment|ReplicaSet|Pod) [^<]+)</span>.*?</svg>(\w+)</span>", tree.text)
        assert below[0] == ("Deployment web", "Current")
        assert below[1][0].startswith("ReplicaSet web-")
        assert below[2:] == [(f"Pod {name}", "Current") for name in pods()]
        assert served.ask(f"/live-from/m1/{address}/tree").status == 401
        assert pods()[0] not in served.ask(f"/live-from/m1/{address}/tree", Authorization=basic("guessed")).text
        log = served.ask(f"/live-from/m1/{address}?pod={pods()[0]}&container=web", Authorization=basic(plane.token))
        assert log.status == 200
        refused = served.ask(f"/live-from/m1/{address}", Authorization=basic("guessed"))
        assert refused.status == 200
        assert "Unauthorized" in refused.text
        assert pods()[0] not in refused.text
        # The settings name no server for m2, whatever its Cluster file says.
        for page in (address, f"{address}/tree"):
            assert served.ask(f"/live-from/m2/{page}", Authorization=basic(plane.token)).status == 404
        assert served.ask("/live-from/m1/nowhere/Deployment.apps/web", Authorization=basic(plane.token)).status == 404


def difference(page: str) -> list[str]:
    return [unescape(line) for line in re.findall("<(?:ins|del)>(.*?)</(?:ins|del)>", page)]


COMPARED = {
    **placed("web", "m1"),
    "c.yaml": config("c", word="a", other="b", more="<b>c</b>"),
    "s.yaml": secret("s", password="not-for-eyes"),
    "cp.yaml": policy("c", selector("ConfigMap"), "m1"),
    "sp.yaml": policy("s", selector("Secret"), "m1"),
}


@pytest.mark.members("m1")
def test_the_live_object_is_compared_with_the_manifest_in_force(world: ServerWorld, tmp_path: Path) -> None:
    ignoring = configuration(world.namespace, ignoreDifferences=[{"kind": "ConfigMap", "jsonPointers": ["/data/other"]}])
    world.commit({**COMPARED, "reconciler.yaml": ignoring})
    assert world.sync("--no-wait").code in (0, 1)
    with dashboard(world.repo.path, "--settings", str(settings_for(world, tmp_path))) as served:

        def shown(kind: str, name: str) -> str:
            token = basic(world.planes["m1"].token)
            return served.ask(f"/live-from/m1/{world.namespace}/{kind}/{name}", Authorization=token).text

        for kind, name in (("Deployment.apps", "web"), ("ConfigMap", "c"), ("Secret", "s")):
            text = shown(kind, name)
            assert ("As desired" in text, difference(text)) == (True, []), name
        container = {"name": "web", "image": "evil:1"}
        world.edit("m1", "deployments", "web", {"spec": {"template": {"spec": {"containers": [container]}}}})
        world.edit("m1", "configmaps", "c", {"data": {"word": None, "other": "ignored", "more": "z", "new": "theirs"}})
        world.edit("m1", "secrets", "s", {"data": {"password": "bm90LWV2ZW4tdGhpcw=="}})
        image = ["-      - image: evil:1", "+      - image: docker.io/library/nginx:1.28"]
        assert difference(shown("Deployment.apps", "web")) == image
        page = shown("ConfigMap", "c")
        assert difference(page) == ["-  more: z", "+  more: <b>c</b>", "+  word: a"]
        assert "Differs" in page
        page = shown("Secret", "s")
        assert difference(page) == ["-  password: '********'", "+  password: '******** (2)'"]
        assert "bm90LW" not in page
        assert "not-for-eyes" not in page
        world.remove("m1", "configmaps", "c")
        page = shown("ConfigMap", "c")
        assert "a sync creates it" in page
        assert "+  word: a" in difference(page)
