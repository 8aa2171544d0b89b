"""A real forge on loopback: Gitea, with an administrator, and its API as the tests need it.

    with running() as forge: forge.add_repository("config")

It dies with whoever started it, as control planes do. Repositories, database and log live in a temporary folder.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.controlplane.start import Part
from tests.parts.build import binary, files_of

ADMINISTRATOR = "ada"
_PASSWORD = "only-on-loopback"

_SETTINGS = """
RUN_MODE = prod
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
STATIC_ROOT_PATH = {files}
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
[repository]
ROOT = {folder}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = {secret}
INTERNAL_TOKEN = {secret}
[webhook]
ALLOWED_HOST_LIST = loopback
[actions]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[mailer]
ENABLED = false
[log]
LEVEL = Warn
"""


@dataclass(frozen=True, slots=True)
class Forge:
    """A running Gitea."""

    url: str
    folder: Path
    token: str
    """Of the administrator, for everything."""

    def request(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        """The JSON answer of its API. Raises urllib.error.HTTPError."""
        headers = {"Authorization": f"token {token or self.token}", "Content-Type": "application/json"}
        return _request(f"{self.url}/api/v1{path}", method, body, headers)

    def add_user(self, name: str, *scopes: str) -> str:
        """A user who is no administrator; a token of theirs with these scopes."""
        user = {"username": name, "password": _PASSWORD, "email": f"{name}@example.org", "must_change_password": False}
        self.request("POST", "/admin/users", user)
        return self.add_token(name, *scopes)

    def add_token(self, name: str, *scopes: str) -> str:
        """A token of a user with these scopes."""
        basic = base64.b64encode(f"{name}:{_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        body = {"name": secrets.token_hex(4), "scopes": list(scopes)}
        return str(_request(f"{self.url}/api/v1/users/{name}/tokens", "POST", body, headers)["sha1"])

    def add_repository(self, name: str) -> str:
        """An empty repository of the administrator, whose default branch is `main`; its path."""
        self.request("POST", "/user/repos", {"name": name, "default_branch": "main", "auto_init": False})
        return f"{ADMINISTRATOR}/{name}"

    def add_collaborator(self, repository: str, name: str, permission: str = "write") -> None:
        self.request("PUT", f"/repos/{repository}/collaborators/{name}", {"permission": permission})

    def add_webhook(self, repository: str, url: str, secret: str, kind: str = "gitea") -> None:
        """For pushes to any branch."""
        settings = {"url": url, "content_type": "json", "secret": secret}
        self.request("POST", f"/repos/{repository}/hooks", {"type": kind, "config": settings, "events": ["push"], "active": True})

    def protect(self, repository: str, pattern: str, **rule: Any) -> None:
        """A rule for branches of this name or pattern."""
        self.request("POST", f"/repos/{repository}/branch_protections", {"rule_name": pattern, **rule})

    def protect_tags(self, repository: str, pattern: str, *users: str) -> None:
        """Only these users make, move or delete such tags."""
        rule = {"name_pattern": pattern, "whitelist_usernames": list(users)}
        self.request("POST", f"/repos/{repository}/tag_protections", rule)

    def statuses(self, repository: str, commit: str) -> list[dict[str, Any]]:
        """Of a commit, the newest first."""
        statuses: list[dict[str, Any]] = self.request("GET", f"/repos/{repository}/commits/{commit}/statuses")
        return sorted(statuses, key=lambda status: -status["id"])

    def set_status(self, repository: str, commit: str, context: str, state: str) -> None:
        self.request("POST", f"/repos/{repository}/statuses/{commit}", {"context": context, "state": state})

    def remote(self, repository: str, user: str = ADMINISTRATOR, token: str = "") -> str:
        """The URL for git, with the credential of a user."""
        return f"{self.url.replace('://', f'://{user}:{token or self.token}@')}/{repository}.git"


@contextmanager
def running() -> Iterator[Forge]:
    """A ready forge. Raises BuildError, StartError."""
    program, files = binary("gitea"), files_of("gitea")
    folder = Path(tempfile.mkdtemp(prefix="forge-"))
    try:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
        settings = folder / "app.ini"
        settings.write_text(_SETTINGS.format(port=port, folder=folder, files=files, secret=secrets.token_hex(32)))
        environment = _environment(folder)
        # Nothing of this process's environment: Gitea writes Git's global configuration, which tests set to /dev/null. As root,
        # `git config --global` would replace that device by a file, for the whole machine.
        words = [
            "env",
            "--ignore-environment",
            *(f"{name}={value}" for name, value in environment.items()),
            str(program),
            "--config",
            str(settings),
        ]
        part = Part("gitea", [*words, "web"], folder / "gitea.log")
        url = f"http://127.0.0.1:{port}"
        part.start()
        try:
            part.wait_until(lambda: _is_ready(url), "readiness")
            yield Forge(url, folder, _administrator(words))
        finally:
            part.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GITEA_WORK_DIR": str(folder),
        "HOME": str(folder),
        "GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT": "true",
    }


def _administrator(words: list[str]) -> str:
    """Makes the administrator; a token of theirs."""
    who = ["--username", ADMINISTRATOR]
    more = ["--password", _PASSWORD, "--email", "ada@example.org", "--must-change-password=false"]
    _run(*words, "admin", "user", "create", "--admin", *who, *more)
    said = _run(*words, "admin", "user", "generate-access-token", *who, "--scopes", "all", "--raw")
    return said.splitlines()[-1].strip()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _is_ready(url: str) -> bool:
    try:
        return bool(_request(f"{url}/api/v1/version", "GET", None, {}))
    except OSError:
        return False


def _request(url: str, method: str, body: Any, headers: Mapping[str, str]) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310 - always loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            said = answer.read()
    except urllib.error.HTTPError as refusal:
        # Whoever keeps the error, such as the report of a failed test, does not keep its connection open.
        with refusal:
            said = refusal.read()
        raise urllib.error.HTTPError(
            refusal.url, refusal.code, f"{refusal.reason}: {said.decode(errors='replace')}", refusal.headers, None
        ) from None
    return json.loads(said) if said else None
