"""Git over ssh on loopback: a real SSH server that runs `git upload-pack` and `git receive-pack`."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import asyncssh

from tests.support.gitrepo import ISOLATION


@dataclass(frozen=True)
class SshServer:
    port: int
    known_hosts: str
    """The line for the server's key."""
    commands: list[str]
    """What clients asked for."""


@contextmanager
def serve_ssh(root: Path, authorized: asyncssh.SSHKey) -> Iterator[SshServer]:
    """A server of the repositories below `root`, for the owner of this key."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    commands: list[str] = []

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        commands.append(process.command or "")
        program, path = shlex.split(process.command or "")
        environment = os.environ | ISOLATION
        if protocol := process.env.get("GIT_PROTOCOL"):
            environment["GIT_PROTOCOL"] = protocol
        git = await asyncio.create_subprocess_exec(
            "git", program.removeprefix("git-"), str(root / path.lstrip("/")),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert git.stdin is not None
        assert git.stdout is not None
        assert git.stderr is not None
        request = asyncio.create_task(_pump(process.stdin, git.stdin))
        await asyncio.gather(_pump(git.stdout, process.stdout), _pump(git.stderr, process.stderr))
        request.cancel()
        process.exit(await git.wait())

    keys = asyncssh.import_authorized_keys(authorized.export_public_key().decode())
    loop = asyncio.new_event_loop()
    listening = asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=keys, process_factory=handle, encoding=None
    )
    server = loop.run_until_complete(listening)
    thread = Thread(target=loop.run_forever)
    thread.start()
    port = server.get_port()
    line = f"[127.0.0.1]:{port} {host_key.export_public_key().decode().strip()}\n"
    try:
        yield SshServer(port, line, commands)
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _pump(source: Any, target: Any) -> None:
    while piece := await source.read(65536):
        target.write(piece)
        await target.drain()
    if isinstance(target, asyncio.StreamWriter):
        target.close()


async def _close(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
