"""How the repository is named: one way, and without a credential that others could read."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.install.manifests import manifests
from reconciler.install.owned import path_of
from reconciler.install.request import InstallError, InstallRequest, RepositoryAccess, read_credential

URL = "https://git.example.com/config.git"
WITH_TOKEN = "https://robot:hush@git.example.com/config.git"


@pytest.mark.parametrize(
    "access", [RepositoryAccess(url=URL), RepositoryAccess(secret="s"), RepositoryAccess(credential=WITH_TOKEN)]
)
def test_one_way_is_enough(access: RepositoryAccess) -> None:
    access.refuse_unfit()


@pytest.mark.parametrize("url", ["ssh://git@git.example.com/config.git", "git@git.example.com:config.git"])
def test_the_user_of_ssh_is_no_secret(url: str) -> None:
    RepositoryAccess(url=url).refuse_unfit()


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (RepositoryAccess(), "by one option"),
        (RepositoryAccess(url=URL, secret="s"), "by one option"),
        (RepositoryAccess(url=WITH_TOKEN), "contains a credential"),
        (RepositoryAccess(url="https://hush@git.example.com/config.git"), "contains a credential"),
        (RepositoryAccess(url="https://robot:hush/hush@git.example.com/config.git"), "contains a credential"),
        (RepositoryAccess(url="ssh://git:hush@git.example.com/config.git"), "contains a credential"),
    ],
)
def test_what_is_refused(access: RepositoryAccess, said: str) -> None:
    with pytest.raises(InstallError) as refused:
        access.refuse_unfit()
    assert said in refused.value.message
    assert "hush" not in str(refused.value)


def test_a_credential_file_holds_one_url(tmp_path: Path) -> None:
    file = tmp_path / "credential"
    file.write_text(f"{WITH_TOKEN}\n")
    assert read_credential(file) == WITH_TOKEN
    for text in ("", "hush", f"{URL} hush", f"{WITH_TOKEN}\n{WITH_TOKEN}\n", "https://robot:hu/sh@git.example.com/config.git"):
        file.write_text(text)
        with pytest.raises(InstallError) as refused:
            read_credential(file)
        assert "hush" not in str(refused.value)


def test_another_credential_is_another_secret_and_so_another_pod() -> None:
    """And the credential is shown by nothing that prints a request."""
    requests = [
        InstallRequest(RepositoryAccess(credential=f"https://robot:{token}@x/config.git")) for token in ("hush1", "hush2")
    ]
    made = [{path_of(one): one for one in manifests(request)} for request in requests]
    assert len(set(made[0]) - set(made[1])) == 1
    (deployment,) = [path for path in made[0] if "deployments" in path]
    assert made[0][deployment] != made[1][deployment]
    assert "hush" not in repr(requests)
    assert "hush" not in repr([one for path, one in made[0].items() if "secrets" not in path])
