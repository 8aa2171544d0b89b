"""The API of forges as plain values: where it is, and the request that sets a commit status.

The address comes from options of the process and from the URL of the repository, never from a file in the repository: whoever may
push must not be able to send our token elsewhere.

| Forge | Request | Credential |
|---|---|---|
| GitHub | `POST /repos/OWNER/NAME/statuses/COMMIT` (`api.github.com`; Enterprise Server: `/api/v3`) | `Authorization: Bearer` |
| GitLab | `POST /projects/PATH/statuses/COMMIT` (`/api/v4`) | `PRIVATE-TOKEN` |
| Gitea, Forgejo | `POST /repos/OWNER/NAME/statuses/COMMIT` (`/api/v1`) | `Authorization: token` |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from reconciler.errors import ReconcilerError
from reconciler.notify.commit_status import CommitStatus, State
from reconciler.notify.request import Request
from reconciler.repo.credentials import clean_url

_SCP_LIKE = re.compile(r"(?:[^@/]*@)?(?P<host>\[[^]]+\]|[^:/]+):(?P<path>[^:].*)")
_API_PATHS = re.compile(r"/api/v[0-9]+$")


class ForgeKind(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    """And Forgejo."""


class ForgeAddressError(ReconcilerError):
    """It is not known where the API of the forge is, or it must not get our token."""


@dataclass(frozen=True, slots=True)
class ForgeAddress:
    """Where one repository is in the API of its forge."""

    kind: ForgeKind
    api: str
    """The URL without a slash at its end."""
    repository: str
    """Its path: owner and name; at GitLab all groups and the name."""


def address_of(kind: ForgeKind, repository: str, api: str = "", *, allow_insecure: bool = False) -> ForgeAddress:
    """The address of a repository, from its URL for git.

    api: the URL of the API, where it is not where the forge usually has it. allow_insecure: plain http to other hosts than this
    one. Raises ForgeAddressError.
    """
    host, path = host_and_path(repository)
    own = urlsplit(repository)
    scheme, port = (own.scheme, own.port) if own.scheme in ("http", "https") else ("https", None)
    parts = path.split("/")
    below = "" if kind is ForgeKind.GITLAB else "".join(f"/{part}" for part in parts[:-2])
    if api:
        api = api.rstrip("/")
        root = _API_PATHS.sub("", urlsplit(api).path).strip("/")
        path = path.removeprefix(f"{root}/") if root else path
    elif kind is ForgeKind.GITHUB and host == "github.com":
        api = "https://api.github.com"
    else:
        version = {ForgeKind.GITHUB: "v3", ForgeKind.GITLAB: "v4", ForgeKind.GITEA: "v1"}[kind]
        api = f"{scheme}://{host}{f':{port}' if port else ''}{below}/api/{version}"
    if kind is not ForgeKind.GITLAB:
        path = "/".join(parts[-2:])
    _check(api, allow_insecure=allow_insecure)
    return ForgeAddress(kind, api, path)


def status_request(address: ForgeAddress, token: str, status: CommitStatus, context: str) -> Request:
    """The request that sets a commit status. context: by which the forge tells our statuses from those of others."""
    if address.kind is ForgeKind.GITLAB:
        state = {State.FAILURE: "failed", State.SUPERSEDED: "canceled"}.get(status.state, status.state.value)
        return Request(
            f"{repository_url(address)}/statuses/{status.commit}",
            {"state": state, "name": context, "description": status.description},
            login(address.kind, token),
            accepted="Cannot transition status",  # From pending to pending, before GitLab 18.3.
        )
    state = State.PENDING if status.state is State.SUPERSEDED else status.state
    return Request(
        f"{repository_url(address)}/statuses/{status.commit}",
        {"state": state.value, "context": context, "description": status.description},
        login(address.kind, token),
    )


def repository_url(address: ForgeAddress) -> str:
    """Where the API has the repository."""
    if address.kind is ForgeKind.GITLAB:
        return f"{address.api}/projects/{quote(address.repository, safe='')}"
    return f"{address.api}/repos/{quote(address.repository)}"


def login(kind: ForgeKind, token: str) -> dict[str, str]:
    """The headers of every request."""
    if kind is ForgeKind.GITLAB:
        return {"PRIVATE-TOKEN": token}
    if kind is ForgeKind.GITEA:
        return {"Authorization": f"token {token}"}
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def host_and_path(repository: str) -> tuple[str, str]:
    """Of a URL for Git. Raises ForgeAddressError."""
    url = urlsplit(repository)
    if url.scheme in ("http", "https", "ssh"):
        host, path = url.hostname or "", url.path
    elif "://" not in repository and (match := _SCP_LIKE.fullmatch(repository)):
        host, path = match["host"], match["path"]
    else:
        host, path = "", ""
    path = path.strip("/").removesuffix(".git").strip("/")
    if not host or "/" not in path:
        remedy = "Name a URL with --repo, such as https://git.example.com/team/config.git, or leave out --forge."
        raise ForgeAddressError(f"{clean_url(repository)}: this is no URL of a repository at a forge", remedy=remedy)
    return (f"[{host}]" if ":" in host and not host.startswith("[") else host), path


def _check(api: str, *, allow_insecure: bool) -> None:
    url = urlsplit(api)
    if url.scheme not in ("http", "https") or not url.hostname or url.username is not None or url.query or url.fragment:
        raise ForgeAddressError("the URL of the forge's API is not a plain http or https URL", remedy="Correct --forge-api.")
    is_here = url.hostname in ("localhost", "127.0.0.1", "::1")
    if url.scheme == "http" and not is_here and not allow_insecure:
        remedy = "Name an https URL with --forge-api, or allow it with --allow-insecure."
        raise ForgeAddressError(f"{api}: the token would be sent over plain http", remedy=remedy)
