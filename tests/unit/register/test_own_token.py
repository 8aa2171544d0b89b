"""A credential that exists, put into a folder: `token create --git-credential-file`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.edit.planned_writes import carry_out
from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.register.credential import CredentialKind, CredentialRequest
from reconciler.register.token_create import plan_own_token
from reconciler.repo.secret_folder import read_credentials
from reconciler.repo.ssh_key import new_ssh_key

HTTPS, SSH = "https://git.example.com/team/config.git", "git@git.example.com:team/config.git"
KEY, _ = new_ssh_key("edge")
HOSTS = b"git.example.com ssh-ed25519 AAAA\n"


async def put(folder: Path, content: bytes, url: str, hosts: bytes = b"") -> str:
    file = folder / "own"
    file.write_bytes(content)
    request = CredentialRequest(ClusterName("edge-1"), CredentialKind.USER, folder / "made", known_hosts=hosts)
    plan = await plan_own_token(None, request, file, "bot", url)
    await carry_out(plan.writes, lambda _: None, dry_run=False)
    return plan.url


async def test_a_token_and_a_key(tmp_path: Path) -> None:
    assert await put(tmp_path, b"hush\n", HTTPS) == HTTPS
    login = read_credentials(tmp_path / "made")
    assert (login.username, login.password) == ("bot", "hush")
    assert await put(tmp_path, KEY, SSH, HOSTS) == SSH
    key = read_credentials(tmp_path / "made")
    assert (key.identity, key.known_hosts, key.password) == (KEY, HOSTS, "")


@pytest.mark.parametrize(
    ("content", "url", "hosts", "said"),
    [
        (b"\n", HTTPS, b"", "holds no token"),
        (b"two words", HTTPS, b"", "holds no token"),
        (KEY, SSH, b"", "needs the host keys"),
        (KEY, HTTPS, HOSTS, "not the way"),
        (b"hush", SSH, b"", "not the way"),
    ],
)
async def test_what_is_refused(tmp_path: Path, content: bytes, url: str, hosts: bytes, said: str) -> None:
    with pytest.raises(ReconcilerError, match=said) as refused:
        await put(tmp_path, content, url, hosts)
    assert refused.value.remedy
    assert "hush" not in str(refused.value)
    assert not (tmp_path / "made").exists()
