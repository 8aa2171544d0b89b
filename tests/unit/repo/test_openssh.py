"""A container often runs with a user id that its image does not know, and OpenSSH's programs then end at once."""

import pwd

import asyncssh
import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions
from tests.support.gitrepo import GitRepo
from tests.support.mountedsecret import Secret

KEY = asyncssh.generate_private_key("ssh-ed25519")


async def use_everything(repo: GitRepo, options: GitOptions) -> None:
    async with await Repository.open(str(repo.path), options=options) as repository:
        await repository.resolve("HEAD")
        await repository.fetch_status("reconciler/status")


@pytest.mark.parametrize("lacking", ["user", "program"])
@pytest.mark.parametrize("use", ["credentials", "trusted keys", "signing key"])
async def test_what_openssh_needs_is_told(
    repo: GitRepo, secret: Secret, monkeypatch: pytest.MonkeyPatch, use: str, lacking: str
) -> None:
    private, public = KEY.export_private_key(), KEY.export_public_key()
    options = {
        "credentials": lambda: GitOptions(secret(identity=private, known_hosts="git.test ssh-ed25519 AAAA")),
        "trusted keys": lambda: GitOptions(trusted_keys=secret(ada=public)),
        "signing key": lambda: GitOptions(signing_key=secret(key=private) / "key"),
    }[use]()
    repo.git("remote", "add", "origin", "git@git.test:a.git")

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    if lacking == "user":
        monkeypatch.setattr(pwd, "getpwuid", unknown)
    else:
        monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(RepositoryError, match="without a name" if lacking == "user" else "is not installed") as caught:
        await use_everything(repo, options)
    assert caught.value.remedy
