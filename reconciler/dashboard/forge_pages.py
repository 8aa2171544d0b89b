"""The pages of a forge about one repository, for links: a file, a commit, the form that edits a file or opens a pull request.

A person's browser opens them, and the forge asks who he is. This process sends nothing there, and writes nothing.
Addresses: GitHub Docs, "Creating a pull request" and "Linking to code"; GitLab Docs, "Creating merge requests", by URL; Gitea's
router (`routers/web/web.go`), which Forgejo shares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from reconciler.notify.forge_api import ForgeAddressError, ForgeKind, host_and_path

_PUBLIC = {
    "github.com": ForgeKind.GITHUB,
    "gitlab.com": ForgeKind.GITLAB,
    "codeberg.org": ForgeKind.GITEA,
    "gitea.com": ForgeKind.GITEA,
}
_KINDS = {"github": ForgeKind.GITHUB, "gitlab": ForgeKind.GITLAB}
"""What the name of a host says that has one of these words in it."""


@dataclass(frozen=True, slots=True)
class ForgePages:
    """Of one repository."""

    kind: ForgeKind
    url: str
    """Of the repository, without a slash at its end."""

    @property
    def request_name(self) -> str:
        """What this forge calls a change that waits for consent."""
        return "merge request" if self.kind is ForgeKind.GITLAB else "pull request"

    def commit(self, sha: str) -> str:
        return f"{self._root}/commit/{_part(sha)}"

    def file(self, sha: str, path: str) -> str:
        """A file as a commit has it."""
        where = "src/commit" if self.kind is ForgeKind.GITEA else "blob"
        return f"{self._root}/{where}/{_part(sha)}/{quote(path)}"

    def edit(self, branch: str, path: str) -> str:
        """The form that edits a file of a branch, and makes a commit or another branch of it."""
        verb = "_edit" if self.kind is ForgeKind.GITEA else "edit"
        return f"{self._root}/{verb}/{quote(branch)}/{quote(path)}"

    def new_request(self, branch: str, base: str) -> str:
        """The form that opens a pull request for a branch that is at the forge already. base: empty for the default branch."""
        if self.kind is ForgeKind.GITLAB:
            words = {"merge_request[source_branch]": branch} | ({"merge_request[target_branch]": base} if base else {})
            return f"{self._root}/merge_requests/new?{urlencode(words)}"
        heads = f"{quote(base)}...{quote(branch)}" if base else quote(branch)
        return f"{self._root}/compare/{heads}" + ("?expand=1" if self.kind is ForgeKind.GITHUB else "")

    @property
    def _root(self) -> str:
        return f"{self.url}/-" if self.kind is ForgeKind.GITLAB else self.url


def pages_of(url: str, kind: ForgeKind | None = None) -> ForgePages | None:
    """url: of the repository in a browser; None is returned for the empty one. kind: by default, what the name of the host says,
    else Gitea or Forgejo."""
    if not url:
        return None
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    guessed = next((one for word, one in _KINDS.items() if word in host), ForgeKind.GITEA)
    return ForgePages(kind or guessed, url.rstrip("/"))


def pages_of_remote(remotes: Iterable[str]) -> ForgePages | None:
    """remotes: URLs for Git; the first of a forge that everybody knows counts. None where there is none."""
    for remote in remotes:
        try:
            host, path = host_and_path(remote)
        except ForgeAddressError:
            continue
        if host in _PUBLIC:
            return ForgePages(_PUBLIC[host], f"https://{host}/{quote(path)}")
    return None


def _part(name: str) -> str:
    return quote(name, safe="")
