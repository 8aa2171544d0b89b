"""`reconciler run` and `reconciler agent` as processes of their own, asked over HTTP and by its log."""

from __future__ import annotations

import hmac
import http.client
import json
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.program import PROGRAM, clean_environment, popen
from tests.support.servers import eventually


@dataclass
class Daemon:
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> list[dict[str, Any]]:
        """Its lines so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.endswith("}")]

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == event]

    def ask(self, path: str) -> tuple[int, str]:
        """(status, text) of one of its pages."""
        port = self.said("started")[0]["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def tell_push(self, repository: str, secret: str) -> tuple[int, str]:
        """(status, text) of its answer to the webhook of a push to main, as GitHub sends it."""
        body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": repository}}).encode()
        signature = f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"
        connection = http.client.HTTPConnection("127.0.0.1", self.said("started")[0]["webhook_port"], timeout=10)
        try:
            connection.request("POST", "/webhook", body, {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        """Of a line of /metrics, labels and all; 0 where there is none."""
        lines = self.ask("/metrics")[1].splitlines()
        return next((float(line.removeprefix(name)) for line in lines if line.startswith(f"{name} ")), 0.0)

    def metric_families(self) -> dict[str, str]:
        """Name → type of all metrics."""
        status, text = self.ask("/metrics")
        assert status == 200
        return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))

    def settle(self) -> None:
        """Returns when it has made a pass and recorded it."""
        eventually(lambda: self.said("recorded"), seconds=60)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


@contextmanager
def daemon(folder: Path, *arguments: str, interval: str = "1s", name: str = "run", **variables: str) -> Iterator[Daemon]:
    """Runs for the block; started means that it listens. variables: of its environment."""
    command = [*PROGRAM, "run", "--log-json", "--listen", "127.0.0.1:0", "--interval", interval, *arguments]
    with started(command, clean_environment(**variables), folder / f"{name}.log") as one:
        yield one


@contextmanager
def agent(folder: Path, member: str, *arguments: str, name: str = "agent") -> Iterator[Daemon]:
    """`reconciler agent`, as `daemon`."""
    command = [*PROGRAM, "agent", member, "--log-json", "--listen", "127.0.0.1:0", "--interval", "1s", *arguments]
    with started(command, clean_environment(), folder / f"{name}.log") as one:
        yield one


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> Iterator[Daemon]:
    """A process that runs for the block; it has begun to listen."""
    with log_file.open("wb") as log:
        process = popen(command, env=environment, stdout=log, stderr=log)
    one = Daemon(process, log_file)
    try:
        eventually(lambda: one.said("started") or process.poll() is not None, seconds=120)
        assert process.poll() is None, log_file.read_text()
        yield one
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
