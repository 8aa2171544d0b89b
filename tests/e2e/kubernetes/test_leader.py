"""Several processes for one fleet: one leads and the others stand by, by a Lease of the host cluster or by a branch; and where
nobody elects a leader, two that decide at once harm nothing."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, eventually


@pytest.fixture
def world(tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    world = ServerWorld(tmp_path, bare_planes[:2])
    world.commit({"policy.yaml": policy("configs", selector("ConfigMap", api="v1"), "m1", "m2")})
    return world


def set_value(world: ServerWorld, value: str) -> None:
    world.commit({"config.yaml": config("shared", value=value)})


def held(world: ServerWorld, value: str) -> bool:
    return all((world.get(name, "configmaps", "shared") or {}).get("data") == {"value": value} for name in world.planes)


@pytest.mark.parametrize("kind", ["lease", "branch"])
def test_one_leads_and_another_takes_over(kind: str, tmp_path: Path, world: ServerWorld) -> None:
    host = world.planes["m1"]
    place = {"lease": f"kube-system/{world.namespace}", "branch": "reconciler/leader"}[kind]
    options = [
        "--repo",
        f"file://{world.repo.path}",
        "--member-root",
        str(world.members),
        "--host-kubeconfig",
        str(host.kubeconfig),
    ]
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef")
    options += ["--webhook-listen", "127.0.0.1:0", "--webhook-secret-file", str(secret)]
    options += ["--leader-elect", kind, "--lease-name", place, "--lease-duration", "10s"]
    set_value(world, "1")
    with ExitStack() as stack:
        pair = {
            name: stack.enter_context(daemon(tmp_path, *options, "--cache", str(tmp_path / name), name=name))
            for name in ("a", "b")
        }
        eventually(lambda: leaders(pair) and standbys(pair), seconds=60)
        [leader], [standby] = leaders(pair), standbys(pair)
        pair[leader].settle()
        assert held(world, "1")
        assert pair[standby].ask("/readyz") == (200, "ok\n")
        assert (pair[leader].metric("reconciler_leader"), pair[standby].metric("reconciler_leader")) == (1, 0)
        assert not pair[standby].said("new revision")
        repository = str(world.repo.path)
        answers = {name: pair[name].tell_push(repository, secret.read_text())[1] for name in pair}
        assert answers[leader] == "accepted: the repository is read now\n"
        assert answers[standby].startswith({"lease": "accepted: the process that leads", "branch": "ignored: "}[kind])

        pair[leader].end(signal.SIGKILL)
        set_value(world, "2")
        eventually(lambda: held(world, "2"), seconds=60)
        assert pair[standby].said("leading")
        pair[standby].settle()
        assert pair[standby].end() == 0
        last = stack.enter_context(daemon(tmp_path, *options, "--cache", str(tmp_path / "c"), name="c"))
        eventually(lambda: last.said("leading"), seconds=60)
        assert not last.said("standing by"), "who ends properly gives the lease back"


def leaders(pair: dict[str, Daemon]) -> list[str]:
    return [name for name, one in pair.items() if one.said("leading")]


def standbys(pair: dict[str, Daemon]) -> list[str]:
    return [name for name, one in pair.items() if one.said("standing by")]


def test_two_that_decide_at_once_harm_nothing(tmp_path: Path, world: ServerWorld) -> None:
    """Moves and changes while two processes without an election follow the same branch, each with a mirror of its own."""
    options = ["--repo", f"file://{world.repo.path}", "--member-root", str(world.members)]
    moving, staying = selector("ConfigMap", "moving"), selector("ConfigMap", "shared")
    with ExitStack() as stack:
        pair = [
            stack.enter_context(daemon(tmp_path, *options, "--cache", str(tmp_path / name), name=name, interval="1s"))
            for name in ("a", "b")
        ]
        for number in range(6):
            target = ("m1", "m2")[number % 2]
            files = {"policy.yaml": policy("shared", staying, "m1", "m2"), "move.yaml": policy("moving", moving, target)}
            last = world.commit({**files, "moving.yaml": config("moving", value=str(number))})
            set_value(world, str(number))
            eventually(partial(held, world, str(number)), seconds=60)
            # Members answer one after the other: meanwhile the copy may have moved from the second to the first.
            seen = world.holders("configmaps", "moving") or world.holders("configmaps", "moving")
            assert seen, "a move leaves no moment without a copy"
        last = world.repo.git("rev-parse", "HEAD").strip()
        eventually(lambda: all(one.said("new revision")[-1]["revision"] == last for one in pair), seconds=60)
        eventually(lambda: last.encode() in world.status_branch().get("revision.yaml", b""), seconds=60)
        eventually(lambda: world.holders("configmaps", "moving") == ["m2"], seconds=60)
        quiet_since = world.audited_in_full()
        assert [one.end() for one in pair] == [0, 0]
    assert world.writes(quiet_since) == [], "they agree, so neither writes"
    recorded = world.status_branch()
    world.synced("--local")
    assert world.writes(quiet_since) == []
    assert world.status_branch() == recorded, "what they recorded is what there is"
