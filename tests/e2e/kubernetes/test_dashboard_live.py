"""The live parts of the dashboard: real Pods, by the token of the person who asks, from the server that the settings name."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.support.dashboard import dashboard
from tests.support.fleet import placed
from tests.support.servers import ServerWorld, eventually


def basic(token: str) -> str:
    return f"Basic {base64.b64encode(f'me:{token}'.encode()).decode()}"


@pytest.mark.members("m1", "m2")
def test_pods_and_events_are_read_with_the_token_of_who_asks(world: ServerWorld, tmp_path: Path) -> None:
    world.commit(placed("web", "m1", "m2", replicas=2))
    assert world.sync("--no-wait").code in (0, 1)
    plane = world.planes["m1"]
    ca = tmp_path / "ca.crt"
    ca.write_bytes(plane.ca)
    settings = tmp_path / "dashboard.yaml"
    settings.write_text(json.dumps({"members": {"m1": {"server": plane.url, "caFile": "ca.crt"}}}))

    def pods() -> list[str]:
        items = plane.request(world.path("pods"))["items"]
        return [one["metadata"]["name"] for one in items if one["status"].get("phase") == "Running"]

    eventually(lambda: len(pods()) == 2, seconds=120)
    address = f"{world.namespace}/Deployment.apps/web"
    with dashboard(world.repo.path, "--settings", str(settings)) as served:
        assert "/live-from/m1/" in served.ask(f"/objects/{address}").text
        asked = served.ask(f"/live-from/m1/{address}")
        assert (asked.status, asked.headers["WWW-Authenticate"].startswith("Basic realm=")) == (401, True)
        shown = served.ask(f"/live-from/m1/{address}", Authorization=basic(plane.token))
        assert (shown.status, shown.headers["Cache-Control"]) == (200, "no-store")
        assert all(name in shown.text for name in pods())
        assert "Running" in shown.text
        assert "ScalingReplicaSet" in shown.text
        assert plane.token not in shown.text
        log = served.ask(f"/live-from/m1/{address}?pod={pods()[0]}&container=web", Authorization=basic(plane.token))
        assert log.status == 200
        refused = served.ask(f"/live-from/m1/{address}", Authorization=basic("guessed"))
        assert refused.status == 200
        assert "Unauthorized" in refused.text
        assert pods()[0] not in refused.text
        # The settings name no server for m2, whatever its Cluster file says.
        assert served.ask(f"/live-from/m2/{address}", Authorization=basic(plane.token)).status == 404
        assert served.ask("/live-from/m1/nowhere/Deployment.apps/web", Authorization=basic(plane.token)).status == 404
