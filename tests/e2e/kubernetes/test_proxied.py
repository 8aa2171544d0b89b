"""A member behind an HTTP proxy, whose way is written in its Cluster file or in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.connectproxy import connect_proxy
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, member

FILES = {"c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap"))}


def test_a_member_behind_a_proxy(tmp_path: Path, bare_planes: list[ControlPlane], monkeypatch: pytest.MonkeyPatch) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1], FILES)
    server = bare_planes[0].url.removeprefix("https://")
    port = int(server.rpartition(":")[2])
    with connect_proxy(port, "user:password", {"X-Team": ["a", "b"]}) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        way = {"proxyURL": f"http://user:password@127.0.0.1:{proxy}", "proxyHeader": {"X-Team": "a,b"}}
        world.commit({"clusters/m1.yaml": member("m1", **way)})
        assert world.sync().code == 0
        assert set(asked) == {server}
    assert world.get("m1", "configmaps", "c")["data"] == {"word": "ours"}
    ran = world.sync()
    assert ran.code != 0
    assert "the proxy on the way does not answer" in ran.out + ran.err
    assert "password" not in ran.out + ran.err


def test_the_environment_by_an_option_only(
    tmp_path: Path, bare_planes: list[ControlPlane], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1], FILES)
    server = bare_planes[0].url.removeprefix("https://")
    with connect_proxy(int(server.rpartition(":")[2])) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        assert world.sync().code == 0
        assert not asked
        world.commit({"c.yaml": config("c", word="changed")})
        assert world.sync("--proxy-from-environment").code == 0
        assert set(asked) == {server}
    assert world.get("m1", "configmaps", "c")["data"] == {"word": "changed"}
