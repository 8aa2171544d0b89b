"""The credentials of a folder, on real servers: https with certificates, ssh, proxies; fetch and push."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError, UnreachableError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_access import RemoteCredentials
from tests.support.certificates import Authority
from tests.support.connectproxy import connect_proxy
from tests.support.githttp import basic, serve_with
from tests.support.gitrepo import GitRepo, run_git
from tests.support.gitssh import SshServer, serve_ssh
from tests.support.mountedsecret import Secret

CANARY = "c4n4ry-pa55"
STATUS = "reconciler/status"
BY = Signature("R", "r@example.org", datetime(2026, 1, 1, tzinfo=UTC))
AUTHORITY = Authority()


def everything_in(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


async def fetched_and_pushed(url: str, folder: Path, cache: Path) -> str:
    """The subject at the remote, after a push of the status branch by fast-forward."""
    async with await Repository.open(url, cache=cache, options=GitOptions(folder)) as repository:
        await repository.commit_files(STATUS, parent=None, changes={"a": b"1"}, message="Record\n", by=BY, publish=True)
        await repository.fetch()
        assert CANARY not in everything_in(cache)
        return (await repository.resolve("main")).subject


@pytest.mark.parametrize("way", ["basic", "bearer", "client certificate"])
async def test_https_with_an_own_authority(remote: Path, tmp_path: Path, secret: Secret, way: str) -> None:
    clients = Authority("Clients")
    certificate, key = clients.issue("reconciler")
    expected = {"basic": basic("git", CANARY), "bearer": f"Bearer {CANARY}"}.get(way, "")
    context = AUTHORITY.server(clients=clients if way == "client certificate" else None)
    with serve_with(tmp_path, expected, tls=context) as (address, _):
        url = f"https://{address}/{remote.name}"
        folder = {
            "basic": lambda: secret(username="git", password=f"{CANARY}\n", ca_crt=AUTHORITY.pem),
            "bearer": lambda: secret(bearerToken=CANARY, ca_crt=AUTHORITY.pem),
            "client certificate": lambda: secret(ca_crt=AUTHORITY.pem, tls_crt=certificate, tls_key=key),
        }[way]()
        assert await fetched_and_pushed(url, folder, tmp_path / "cache") == "Start"
        assert run_git(remote, "log", "--format=%s", STATUS) == "Record"
        folder = secret(ca_crt=Authority("Another").pem, bearerToken=CANARY)
        with pytest.raises(RepositoryError, match="the certificate of the remote is not trusted") as caught:
            await Repository.open(url, cache=tmp_path / "other", options=GitOptions(folder))
        assert CANARY not in str(caught.value)


async def test_a_secret_that_is_replaced_is_used_at_once(remote: Path, tmp_path: Path, secret: Secret) -> None:
    with serve_with(tmp_path, basic("git", "old"), tls=AUTHORITY.server()) as (address, server):
        options = GitOptions(secret(username="git", password="old", ca_crt=AUTHORITY.pem))
        url = f"https://{address}/{remote.name}"
        async with await Repository.open(url, cache=tmp_path / "cache", options=options) as repository:
            server.expected = (basic("git", CANARY),)
            with pytest.raises(RepositoryError, match="the remote refused the credentials"):
                await repository.fetch()
            secret(username="git", password=CANARY, ca_crt=AUTHORITY.pem)
            await repository.fetch()
            server.expected = (basic("git", "newer"),)
            with pytest.raises(RepositoryError, match="the remote refused the credentials") as caught:
                await repository.fetch()
            assert CANARY not in str(caught.value)


async def test_a_local_repository_reaches_its_remote(repo: GitRepo, remote: Path, tmp_path: Path, secret: Secret) -> None:
    with serve_with(tmp_path, basic("git", CANARY), tls=AUTHORITY.server()) as (address, _):
        repo.git("remote", "add", "origin", f"https://{address}/{remote.name}")
        options = GitOptions(secret(username="git", password=CANARY, ca_crt=AUTHORITY.pem))
        async with await Repository.open(str(repo.path), options=options) as repository:
            assert await repository.fetch_status(STATUS) is None
            assert await repository.is_published(await repository.resolve("HEAD"))
            await repository.commit_files(STATUS, parent=None, changes={"a": b"1"}, message="Record\n", by=BY, publish=True)
        assert run_git(remote, "log", "--format=%s", STATUS) == "Record"
        repo.git("remote", "set-url", "origin", f"https://git:{CANARY}@{address}/{remote.name}")
        async with await Repository.open(str(repo.path), options=options) as repository:
            with pytest.raises(RepositoryError, match=r"the URL holds a password, and the folder .* too") as caught:
                await repository.fetch_status(STATUS)
            assert CANARY not in str(caught.value)


KEY = asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def server(tmp_path: Path, remote: Path) -> Iterator[SshServer]:
    with serve_ssh(tmp_path, KEY) as server:
        yield server


@pytest.mark.parametrize("name", ["identity", "ssh-privatekey", "sshPrivateKey"])
async def test_ssh(server: SshServer, remote: Path, tmp_path: Path, secret: Secret, name: str) -> None:
    # Without the line break at its end, and readable for everybody: ssh itself would refuse such a file.
    private = KEY.export_private_key().rstrip()
    folder = secret(**{name: private, "known_hosts": server.known_hosts})
    url = f"ssh://git@127.0.0.1:{server.port}/{remote.name}"
    assert await fetched_and_pushed(url, folder, tmp_path / "cache") == "Start"
    assert any(command.startswith("git-receive-pack") for command in server.commands)
    assert run_git(remote, "log", "--format=%s", STATUS) == "Record"


@pytest.mark.parametrize("wrong", ["host key", "unknown host", "client key"])
async def test_ssh_refuses(server: SshServer, remote: Path, tmp_path: Path, secret: Secret, wrong: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    line = f"[127.0.0.1]:{server.port} {other.export_public_key().decode()}"
    known = {"host key": line, "unknown host": line.replace("127.0.0.1", "127.0.0.2")}.get(wrong, server.known_hosts)
    folder = secret(identity=(other if wrong == "client key" else KEY).export_private_key(), known_hosts=known)
    url = f"ssh://git@127.0.0.1:{server.port}/{remote.name}"
    with pytest.raises(RepositoryError) as caught:
        await Repository.open(url, cache=tmp_path / "cache", options=GitOptions(folder))
    assert ("not one of its known hosts" in caught.value.message) is (wrong != "client key"), caught.value.message
    assert server.commands == []


@pytest.mark.parametrize("where", ["environment", "folder"])
async def test_a_proxy(remote: Path, tmp_path: Path, secret: Secret, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The name resolves nowhere but at the proxy."""
    with serve_with(tmp_path, "", tls=AUTHORITY.server()) as (served, _):
        port = int(served.rpartition(":")[2])
        with connect_proxy(port, f"user:{CANARY}") as (proxy, asked):
            url, address = f"https://git.test:{port}/{remote.name}", f"http://user:{CANARY}@127.0.0.1:{proxy}"
            if where == "environment":
                monkeypatch.setenv("HTTPS_PROXY", address)
                folder = secret(ca_crt=AUTHORITY.pem)
            else:
                folder = secret(ca_crt=AUTHORITY.pem, proxy=address)
            assert await fetched_and_pushed(url, folder, tmp_path / "cache") == "Start"
            assert set(asked) == {f"git.test:{port}"}
            count = len(asked)
            if where == "environment":
                monkeypatch.setenv("NO_PROXY", ".test")
            else:
                secret(ca_crt=AUTHORITY.pem, proxy=address, noProxy="git.test")
            with pytest.raises(UnreachableError, match="the host of the remote has no address") as caught:
                await Repository.open(url, cache=tmp_path / "other", options=GitOptions(folder))
            assert len(asked) == count
            assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "values", "message"),
    [
        ("https://git.test/a", {"identity": KEY.export_private_key(), "known_hosts": "x"}, "the folder is for ssh"),
        ("ssh://git@git.test/a", {"username": "u", "password": CANARY}, "holds no private key"),
        ("git@git.test:a", {"bearerToken": CANARY}, "holds no private key"),
        (f"https://u:{CANARY}@git.test/a", {"username": "u", "password": CANARY}, "the URL holds a password"),
    ],
)
async def test_a_folder_that_does_not_fit_the_url(
    tmp_path: Path, secret: Secret, url: str, values: dict[str, str], message: str
) -> None:
    with pytest.raises(RepositoryError, match=message) as caught:
        await Repository.open(url, cache=tmp_path / "cache", options=GitOptions(secret(**values)))
    assert caught.value.remedy
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "values"),
    [
        ("https://git.test/a", {"username": "git", "password": CANARY}),
        ("https://git.test/a", {"bearerToken": CANARY}),
        ("https://git.test:8443/a", {"ca_crt": AUTHORITY.pem, "proxy": f"http://user:{CANARY}@127.0.0.1:1"}),
    ],
    ids=["basic", "bearer", "proxy"],
)
def test_git_is_told_secrets_through_its_environment_alone(secret: Secret, url: str, values: dict[str, str]) -> None:
    """Everybody on the machine can read a command line."""
    with RemoteCredentials(secret(**values)).access(url) as access:
        assert CANARY not in "".join((access.url, *access.options)) + repr(access)
        assert CANARY in "".join(access.environment.values())
        assert CANARY in access.secrets
        at_host = re.escape(url.removesuffix("/a"))
        named = [option for option in access.options if option.startswith(("http.", "--config-env=", "credential.https"))]
        assert all(re.match(rf"(--config-env=)?(http|credential)\.{at_host}\.", option) for option in named), named
