"""kubectl as a process, played by a shell: what it gets, and how it ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from reconciler.kubectl.failures import KubectlError
from reconciler.kubectl.process import Kubectl


def script(tmp_path: Path, body: str) -> Kubectl:
    place = tmp_path / "kubectl"
    place.write_text(f"#!/bin/sh\n{body}\n")
    place.chmod(0o700)
    return Kubectl(place, {"TERM": "xterm", "HOME": "/root", "SECRET": "hunter2", "HTTPS_PROXY": "http://p"})


async def test_it_reads_its_kubeconfig_as_often_as_it_likes(tmp_path: Path) -> None:
    kubectl = script(tmp_path, 'file="${1#--kubeconfig=}"; shift; /bin/cat "$file" "$file"; echo "$@"; exit 5')
    ran = await kubectl.run(["get", "x y"], b"config;", seconds=10)
    assert (ran.code, ran.out) == (5, "config;config;get x y\n")


async def test_its_environment_is_bare(tmp_path: Path) -> None:
    ran = await script(tmp_path, "/usr/bin/env").run([], b"", seconds=10)
    names = {line.partition("=")[0] for line in ran.out.splitlines()} - {"PWD", "SHLVL", "_"}
    assert names == {"HOME", "KUBECACHEDIR", "KUBERC", "PATH", "TERM"}
    assert "HOME=/nonexistent" in ran.out


async def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    kubectl = script(tmp_path, f"echo $$ > {tmp_path}/pid; exec /bin/sleep 60")
    with pytest.raises(TimeoutError):
        await kubectl.run([], b"", seconds=0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.kubectl.process._GRACE", 0.1)
    kubectl = script(tmp_path, 'trap "" TERM; echo ready; while :; do /bin/sleep 1; done')
    async with kubectl.stream([], b"") as running:
        assert await anext(running.out) == "ready"
    assert running.process.returncode == -9


async def test_one_that_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(KubectlError, match="cannot be run"):
        await Kubectl(tmp_path / "none", {}).run([], b"", seconds=1)


async def test_too_much_output_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.kubectl.process._MOST", 1000)
    with pytest.raises(KubectlError, match="64 MiB"):
        await script(tmp_path, "while :; do echo line; done").run([], b"", seconds=10)


async def test_becoming_it_keeps_the_kubeconfig(tmp_path: Path) -> None:
    kubectl = script(tmp_path, '/bin/cat "${1#--kubeconfig=}"; exit 7')
    code = (
        "from pathlib import Path; from reconciler.kubectl.process import Kubectl; "
        f"Kubectl(Path({str(kubectl.program)!r}), {{}}).become(['exec'], b'config')"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert (process.returncode, out) == (7, b"config")
