"""How git reaches a remote with the credentials of a folder: for one request, from the folder as it is at that time.

What git must get as a file (keys, certificates) it gets from memory, by a path below /proc: nothing is left on a disk when the
process is killed, and ssh sees a file that only its owner can read, however the Secret is mounted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from reconciler.repo.credentials import Access, basic_access, origin_of
from reconciler.repo.failures import RepositoryError
from reconciler.repo.openssh import require_openssh
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url, parse_address, read_access
from reconciler.repo.secret_folder import Credentials, GitHubApp, read_credentials

_RENEW = timedelta(minutes=10)
"""How long before its end a token is replaced: a long clone must not outlive it."""
_APP_USERNAME = "x-access-token"
_HEADER_VARIABLE, _PROXY_VARIABLE = "RECONCILER_GIT_HEADER", "RECONCILER_GIT_PROXY"
_SSH_OPTIONS = (
    "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes",
    "IdentityAgent=none", "ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4",
)  # fmt: skip


@contextmanager
def file_in_memory(content: bytes) -> Iterator[str]:
    """The path of a file that only this user can read, and that exists until the end of the `with`."""
    descriptor = os.memfd_create("reconciler")
    try:
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class RemoteCredentials:
    """The folder, and the token of its GitHub App. Not thread-safe."""

    folder: Path
    _token: tuple[GitHubApp, str, datetime] | None = field(default=None, repr=False)
    """The App that the token was made for, the token, and when it ends."""

    @classmethod
    def of(cls, options: GitOptions) -> Self | None:
        """None where the options name no folder."""
        return cls(options.credentials) if options.credentials is not None else None

    @contextmanager
    def access(self, url: str) -> Iterator[Access]:
        """How to reach the repository at a URL now. Raises RepositoryError, UnreachableError."""
        credentials = read_credentials(self.folder)
        with ExitStack() as files:
            try:
                yield self._access(url, credentials, files)
            except RepositoryError:
                self._token = None  # It may have been revoked.
                raise

    def plain(self, url: str) -> Access:
        """A URL without credentials. Raises RepositoryError where it has a password: only one of the two can be meant."""
        access = read_access(url)
        if access.secrets:
            raise RepositoryError(
                f"{access.url}: the URL holds a password, and the folder {self.folder} holds credentials, too",
                remedy="Remove user and password from the URL.",
            )
        return access

    def _access(self, url: str, credentials: Credentials, files: ExitStack) -> Access:
        plain = self.plain(url)
        address = parse_address(url)
        if address.is_ssh or (not address.scheme and is_url(url)):  # `host:path`, without a user
            return _ssh_access(plain, credentials, files)
        if address.scheme in ("https", "http"):
            return self._http_access(plain, credentials, files)
        return plain

    def _http_access(self, plain: Access, credentials: Credentials, files: ExitStack) -> Access:
        at_host = f"http.{origin_of(plain.url)}"
        username, password = credentials.username, credentials.password
        if credentials.app is not None:
            username, password = _APP_USERNAME, self._token_of(credentials, credentials.app)
        elif credentials.is_for_ssh_alone:
            raise RepositoryError(
                f"{credentials.folder}: the folder is for ssh, and {plain.url} is not an ssh URL",
                remedy="Use an ssh URL, or a folder with username and password, bearerToken, or the keys of a GitHub App.",
            )
        access = basic_access(plain.url, username, password) if password else replace(plain, options=(), environment={})
        options, environment, secrets = [*access.options], dict(access.environment), [*access.secrets]
        if token := credentials.bearer_token:
            # A header goes to every host that git is sent to, so git follows nobody.
            options += ("-c", f"{at_host}.extraHeader=", f"--config-env={at_host}.extraHeader={_HEADER_VARIABLE}")
            options += ("-c", f"{at_host}.followRedirects=false", "-c", "credential.helper=")
            environment[_HEADER_VARIABLE] = f"Authorization: Bearer {token}"
            secrets.append(token)
        if proxy := credentials.proxy:
            options.append(f"--config-env={at_host}.proxy={_PROXY_VARIABLE}")
            environment[_PROXY_VARIABLE] = proxy
            secrets += _proxy_secrets(proxy)
        if credentials.no_proxy:
            environment |= {"NO_PROXY": credentials.no_proxy, "no_proxy": credentials.no_proxy}
        for variable, content in (
            ("GIT_SSL_CAINFO", credentials.authorities),
            ("GIT_SSL_CERT", credentials.certificate),
            ("GIT_SSL_KEY", credentials.certificate_key),
        ):
            if content:
                environment[variable] = files.enter_context(file_in_memory(content))
        return Access(plain.url, tuple(options), environment, tuple(secrets))

    def _token_of(self, credentials: Credentials, app: GitHubApp) -> str:
        from reconciler.repo import github_app  # late: 60 ms that nobody else needs to wait for

        now = datetime.now(UTC)
        if self._token is None or self._token[0] != app or self._token[2] - now < _RENEW:
            token = github_app.installation_token(credentials, app, now)
            self._token = (app, token.value, token.ends)
        return self._token[1]


def _ssh_access(plain: Access, credentials: Credentials, files: ExitStack) -> Access:
    if not credentials.identity:
        raise RepositoryError(
            f"{credentials.folder}: {plain.url} is reached by ssh, and the folder holds no private key",
            remedy="Add the keys identity (or ssh-privatekey) and known_hosts, or use an https URL.",
        )
    if credentials.proxy:
        raise RepositoryError(
            f"{credentials.folder}: proxy is for https, and {plain.url} is reached by ssh",
            remedy="Remove proxy. For a proxy, use an https URL.",
        )
    require_openssh("ssh", str(credentials.folder))
    identity = files.enter_context(file_in_memory(credentials.identity))
    known_hosts = files.enter_context(file_in_memory(credentials.known_hosts))
    options = (*_SSH_OPTIONS, f"UserKnownHostsFile={known_hosts}")
    command = " ".join(["ssh -F none -a -x -i", identity, *(f"-o {option}" for option in options)])
    return Access(plain.url, (), {"GIT_SSH_COMMAND": command, "GIT_SSH_VARIANT": "ssh"})


def _proxy_secrets(proxy: str) -> list[str]:
    user_info = re.sub(r"^[a-z0-9]+://|@[^@]*$", "", proxy) if "@" in proxy else ""
    password = user_info.partition(":")[2]
    return [text for text in {password, unquote(password)} if text]
