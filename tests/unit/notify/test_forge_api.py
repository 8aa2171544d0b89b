"""Where the API of each forge is, and the requests as its documentation has them."""

from __future__ import annotations

import pytest

from reconciler.notify.commit_status import CommitStatus, State
from reconciler.notify.forge_api import ForgeAddress, ForgeAddressError, ForgeKind, address_of, status_request
from reconciler.notify.request import Request

COMMIT, TOKEN = "9049f1265b7d61be4a8904a9a27120d2064dab3b", "the-token"
GITHUB, GITLAB, GITEA = ForgeKind.GITHUB, ForgeKind.GITLAB, ForgeKind.GITEA


@pytest.mark.parametrize(
    ("kind", "repository", "api", "expected"),
    [
        (GITHUB, "https://github.com/org/config.git", "", "https://api.github.com org/config"),
        (GITHUB, "git@github.com:org/config.git", "", "https://api.github.com org/config"),
        (GITHUB, "https://github.internal/org/config", "", "https://github.internal/api/v3 org/config"),
        (GITLAB, "https://gitlab.com/org/group/config.git", "", "https://gitlab.com/api/v4 org/group/config"),
        (GITLAB, "ssh://git@gitlab.internal:2222/org/config.git", "", "https://gitlab.internal/api/v4 org/config"),
        (GITLAB, "https://host/gitlab/org/config.git", "https://host/gitlab/api/v4/", "https://host/gitlab/api/v4 org/config"),
        (GITEA, "https://gitea.internal:3000/org/config.git", "", "https://gitea.internal:3000/api/v1 org/config"),
        (GITEA, "https://host/git/org/config/", "", "https://host/git/api/v1 org/config"),
        (GITEA, "http://127.0.0.1:3000/org/config.git", "", "http://127.0.0.1:3000/api/v1 org/config"),
        (GITEA, "ssh://git@host:2222/org/config.git", "http://localhost/api/v1", "http://localhost/api/v1 org/config"),
        (GITEA, "ssh://git@[2001:db8::1]:22/org/config.git", "", "https://[2001:db8::1]/api/v1 org/config"),
    ],
)
def test_the_address_follows_from_the_repository(kind: ForgeKind, repository: str, api: str, expected: str) -> None:
    address = address_of(kind, repository, api)
    assert f"{address.api} {address.repository}" == expected


@pytest.mark.parametrize("repository", ["/srv/config.git", "file:///srv/git/config.git", "https://host/config.git", "config"])
def test_a_repository_at_no_forge_has_no_address(repository: str) -> None:
    with pytest.raises(ForgeAddressError) as refused:
        address_of(GITHUB, repository)
    assert refused.value.remedy


def test_the_password_of_a_refused_url_is_not_repeated() -> None:
    with pytest.raises(ForgeAddressError) as refused:
        address_of(GITHUB, "https://user:word@host/config.git")
    assert "word" not in str(refused.value)


@pytest.mark.parametrize("api", ["http://forge.internal/api/v1", "ftp://host/api", "https://user:word@host/api/v1", "host"])
def test_the_token_is_not_sent_over_plain_http_or_to_an_odd_place(api: str) -> None:
    with pytest.raises(ForgeAddressError) as refused:
        address_of(GITEA, "https://forge.internal/org/config.git", api)
    assert "word" not in str(refused.value)
    with pytest.raises(ForgeAddressError):
        address_of(GITEA, "http://forge.internal/org/config.git")
    assert address_of(GITEA, "http://forge.internal/org/config.git", allow_insecure=True).api.startswith("http://")


WORDS = {**{state: str(state) for state in State}, State.SUPERSEDED: "pending"}
"""Of GitHub and Gitea."""


def request(kind: ForgeKind, state: State, repository: str = "org/config") -> Request:
    status = CommitStatus(COMMIT, state, "12 objects")
    return status_request(ForgeAddress(kind, "https://host/api", repository), TOKEN, status, "reconciler")


@pytest.mark.parametrize("state", State)
def test_github(state: State) -> None:
    sent = request(GITHUB, state)
    assert sent.url == f"https://host/api/repos/org/config/statuses/{COMMIT}"
    assert sent.body == {"state": WORDS[state], "context": "reconciler", "description": "12 objects"}
    assert (sent.headers["Authorization"], sent.headers["Accept"]) == (f"Bearer {TOKEN}", "application/vnd.github+json")


@pytest.mark.parametrize(
    ("state", "word"),
    [(State.PENDING, "pending"), (State.SUCCESS, "success"), (State.FAILURE, "failed"), (State.SUPERSEDED, "canceled")],
)
def test_gitlab(state: State, word: str) -> None:
    sent = request(GITLAB, state, "org/group/config")
    assert sent.url == f"https://host/api/projects/org%2Fgroup%2Fconfig/statuses/{COMMIT}"
    assert sent.body == {"state": word, "name": "reconciler", "description": "12 objects"}
    assert sent.headers == {"PRIVATE-TOKEN": TOKEN}


@pytest.mark.parametrize("state", State)
def test_gitea(state: State) -> None:
    sent = request(GITEA, state)
    assert sent.url == f"https://host/api/repos/org/config/statuses/{COMMIT}"
    assert sent.body == {"state": WORDS[state], "context": "reconciler", "description": "12 objects"}
    assert sent.headers == {"Authorization": f"token {TOKEN}"}


@pytest.mark.parametrize("kind", ForgeKind)
def test_the_token_is_not_printed(kind: ForgeKind) -> None:
    assert TOKEN not in repr(request(kind, State.PENDING))
