"""`reconciler dashboard` as a process of its own."""

from __future__ import annotations

import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import PROGRAM, clean_environment, popen


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Dashboard:
    """A server, and the repository that it shows."""

    url: str
    """Without a slash at its end."""
    repository: Path
    process: subprocess.Popen[str]

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return ask(self.url, path, method, **headers)


def ask(url: str, path: str, method: str = "GET", **headers: str) -> Answer:
    """Follows no redirect. headers: with underscores in place of hyphens."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url + path, method=method, headers=sent)  # noqa: S310 - a server on loopback
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=60) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def dashboard(repository: Path, *arguments: str, port: int = 0, **variables: str) -> Iterator[Dashboard]:
    """Serves for the block. port: a free one by default. variables: of its environment."""
    command = [*PROGRAM, "dashboard", str(repository), "--listen", f"127.0.0.1:{port}", *arguments]
    process = popen(command, env=clean_environment(**variables), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = ""
        while (found := re.search(r"http://\S+?:\d+", said)) is None:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield Dashboard(found[0], repository, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        assert process.stderr is not None
        process.stderr.close()
