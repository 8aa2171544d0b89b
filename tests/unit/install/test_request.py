"""How the repository is named: by a URL without a credential that others could read, and with one source of credentials."""

from __future__ import annotations

import pytest

from reconciler.install.manifests import manifests
from reconciler.install.owned import path_of
from reconciler.install.request import InstallError, InstallRequest, RepositoryAccess

URL = "https://git.example.com/config.git"
LOGIN = {"username": b"robot", "password": b"hush"}


@pytest.mark.parametrize(
    "access",
    [
        RepositoryAccess(URL),
        RepositoryAccess(URL, secret="s"),
        RepositoryAccess(URL, credentials=LOGIN),
        RepositoryAccess("ssh://git@git.example.com/config.git"),
        RepositoryAccess("git@git.example.com:config.git"),
    ],
)
def test_what_is_enough(access: RepositoryAccess) -> None:
    """The user of ssh is no secret."""
    access.refuse_unfit()


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (RepositoryAccess(""), "is not named"),
        (RepositoryAccess(URL, secret="s", credentials=LOGIN), "named twice"),
        (RepositoryAccess("https://robot:hush@git.example.com/config.git"), "contains a credential"),
        (RepositoryAccess("https://hush@git.example.com/config.git"), "contains a credential"),
        (RepositoryAccess("https://robot:hush/hush@git.example.com/config.git"), "contains a credential"),
        (RepositoryAccess("ssh://git:hush@git.example.com/config.git"), "contains a credential"),
    ],
)
def test_what_is_refused(access: RepositoryAccess, said: str) -> None:
    with pytest.raises(InstallError) as refused:
        access.refuse_unfit()
    assert said in refused.value.message
    assert "hush" not in str(refused.value)


def test_a_credential_is_in_its_secret_only_so_another_one_needs_no_other_pod() -> None:
    """And it is shown by nothing that prints a request."""
    requests = [
        InstallRequest(RepositoryAccess(URL, credentials={**LOGIN, "password": password})) for password in (b"hush1", b"hush2")
    ]
    first, second = ({path_of(one): one for one in manifests(request)} for request in requests)
    assert [path for path in first if first[path] != second.get(path)] == [
        "/api/v1/namespaces/reconciler-system/secrets/reconciler-git"
    ]
    assert "hush" not in repr(requests)
    assert "hush" not in repr([one for path, one in first.items() if "secrets" not in path])
