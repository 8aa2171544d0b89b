"""What a user requests of `install` and `uninstall`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.membership.account import NAMESPACE
from reconciler.repo.credentials import read_url

DEFAULT_IMAGE = f"reconciler:{__version__}"
"""No image is published, so this one is found only on Nodes that were given it."""


class InstallError(ReconcilerError):
    """The reconciler cannot be installed or removed in the present state."""


@dataclass(frozen=True, slots=True)
class RepositoryAccess:
    """The config repository, and how the process gets at it. Exactly one of the first three is set."""

    url: str = ""
    """A URL without a credential."""
    secret: str = ""
    """The name of an existing Secret whose key `url` is the URL with its credential."""
    credential: str = field(default="", repr=False)
    """The URL with its credential. `install` stores it in a Secret."""
    branch: str = ""
    """Empty: the default branch of the remote."""
    ssh_secret: str = ""
    """The name of an existing Secret with `ssh-privatekey` and `known_hosts`; empty: none."""

    def refuse_unfit(self) -> None:
        """Raises InstallError where the parts contradict each other, or a credential would be readable in the Deployment."""
        if sum(map(bool, (self.url, self.secret, self.credential))) != 1:
            raise InstallError(
                "install needs the config repository, by one option",
                remedy="Use one of --repo URL, --repo-secret NAME and --git-credential-file FILE.",
            )
        if _has_credential(self.url):
            raise InstallError(
                "the URL of --repo contains a credential, which everybody could read in the Deployment",
                remedy="Put the URL into a file with mode 0600, and name it with --git-credential-file.",
            )


@dataclass(frozen=True, slots=True)
class InstallRequest:
    repository: RepositoryAccess
    namespace: str = NAMESPACE
    image: str = DEFAULT_IMAGE
    host_member: str = ""
    """The Cluster that is the host cluster itself; empty: it is no member."""


def read_credential(file: Path) -> str:
    """The URL with its credential in a file. Raises InstallError, without the text of the file; OSError."""
    url = file.read_text(encoding="utf-8", errors="replace").strip()
    if "://" not in url or url.split() != [url]:
        raise InstallError(
            f"{file} does not hold one URL",
            remedy="Write the URL of the repository with user and token: https://USER:TOKEN@git.example.com/config.git",
        )
    try:
        read_url(url)
    except ValueError as error:
        raise InstallError(f"{file}: {error}", remedy="Correct the URL in it.") from error
    return url


def _has_credential(url: str) -> bool:
    """Also where the URL cannot be read: it may be one with a password that is not percent-encoded."""
    try:
        access = read_url(url)
    except ValueError:
        return True
    return bool(access.environment or access.secrets)
