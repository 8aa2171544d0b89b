"""A config repository at a forge whose members are API servers, and the process that follows it by the forge's own webhook."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.controlplane.start import ControlPlane
from tests.forge.start import Forge
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld


@dataclass
class Followed:
    world: ServerWorld
    process: Daemon

    def push(self, value: str) -> str:
        """The commit."""
        commit = commit_of(self.world, value)
        self.world.repo.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def holds(self, value: str) -> bool:
        """Whether all members do."""
        found = [self.world.get(name, "configmaps", "settings") for name in self.world.planes]
        return all(one is not None and one["data"] == {"value": value} for one in found)


@contextmanager
def following(folder: Path, forge: Forge, planes: list[ControlPlane]) -> Iterator[Followed]:
    """The process has applied the value 0. It reads the repository once in an hour, so that only webhooks act."""
    world = ServerWorld(folder, planes, {"policy.yaml": policy("settings", selector("ConfigMap"))})
    path, secret = forge.add_repository(f"config-{secrets.token_hex(3)}"), folder / "webhook-secret"
    secret.write_text(secrets.token_hex(32))
    world.repo.git("remote", "add", "origin", forge.remote(path))
    commit_of(world, "0")
    world.repo.git("push", "--quiet", "origin", "HEAD:main")
    where = ["--repo", forge.remote(path), "--cache", str(folder / "cache"), "--member-root", str(world.members)]
    webhooks = ["--webhook-listen", "127.0.0.1:0", "--webhook-secret-file", str(secret)]
    with daemon(folder, *where, *webhooks, interval="1h") as process:
        process.settle()
        url = f"http://127.0.0.1:{process.said('started')[0]['webhook_port']}/webhook"
        forge.add_webhook(path, url, secret.read_text())
        yield Followed(world, process)


def commit_of(world: ServerWorld, value: str) -> str:
    return world.commit({"config.yaml": config("settings", value=value)})
