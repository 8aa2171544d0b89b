"""What a user requests of `install` and `uninstall`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.install.owned import LEADER
from reconciler.install.workload import SECRETS, MountedSecret
from reconciler.membership.account import NAMESPACE
from reconciler.model.tenant import ServiceAccount
from reconciler.repo.credentials import read_url

DEFAULT_IMAGE = f"reconciler:{__version__}"
"""No image is published, so this one is found only on Nodes that were given it."""


GIT_SECRET = f"{LEADER.name}-git"
"""The Secret that `install` makes of a folder with credentials."""


class InstallError(ReconcilerError):
    """The reconciler cannot be installed or removed in the present state."""


@dataclass(frozen=True, slots=True)
class RepositoryAccess:
    """The config repository, and how the process gets at it. At most one of `secret` and `credentials` is set."""

    url: str
    """A URL without a credential."""
    secret: str = ""
    """The name of an existing Secret with the keys of `--git-credentials`; empty: none."""
    credentials: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Those keys and their values, which `install` stores in a Secret."""
    revision: str = ""
    """Branch, tag or range of tags. Empty: the default branch of the remote."""

    @property
    def mounted_secret(self) -> str:
        """The name of the Secret that the process reads; empty: none."""
        return self.secret or (GIT_SECRET if self.credentials else "")

    def refuse_unfit(self) -> None:
        """Raises InstallError where the parts contradict each other, or a credential would be readable in the Deployment."""
        if not self.url:
            raise InstallError("the config repository is not named", remedy="Name it by its URL: --repo URL.")
        if self.secret and self.credentials:
            raise InstallError(
                "the Git credentials are named twice", remedy="Use one of --git-secret NAME and --git-credentials FOLDER."
            )
        if _has_credential(self.url):
            raise InstallError(
                "the URL of --repo contains a credential, which everybody could read in the Deployment",
                remedy="Write user and token into the files `username` and `password` of a folder, and name it with "
                "--git-credentials.",
            )


@dataclass(frozen=True, slots=True)
class ReadSecrets:
    """Existing Secrets that a process reads besides that of the repository."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """By place, as `--source-credentials` names folders: the Secret with its credential."""
    age_key: str = ""
    """The Secret whose key `age.txt` decrypts files of SOPS; empty: none."""

    def mounted(self, git_secret: str) -> tuple[MountedSecret, ...]:
        """git_secret: that of the repository; empty: none."""
        git = (MountedSecret("git-credentials", "git", git_secret),) if git_secret else ()
        sources = (
            MountedSecret(f"source-{at}", f"sources/{place}", name) for at, (place, name) in enumerate(self.sources.items())
        )
        return (*git, *sources, *((MountedSecret("sops", "sops", self.age_key),) if self.age_key else ()))

    def arguments(self, git_secret: str) -> tuple[str, ...]:
        """The options that name where they are. git_secret: as for `mounted`."""
        git = (f"--git-credentials={SECRETS}/git",) if git_secret else ()
        sources = (f"--source-credentials={SECRETS}/sources",) if self.sources else ()
        return (*git, *sources, *((f"--sops-age-key-file={SECRETS}/sops/age.txt",) if self.age_key else ()))


@dataclass(frozen=True, slots=True)
class InstallRequest:
    repository: RepositoryAccess
    namespace: str = NAMESPACE
    image: str = DEFAULT_IMAGE
    host_member: str = ""
    """The Cluster that is the host cluster itself; empty: it is no member."""
    impersonated: tuple[ServiceAccount, ...] = ()
    """The accounts of Tenants as which the process may write there; only with `host_member`."""
    secrets: ReadSecrets = field(default_factory=ReadSecrets)
    dashboard_secret: str = ""
    """An existing Secret whose key `dashboard.yaml` says how people sign in; empty: no dashboard is served."""

    def __post_init__(self) -> None:
        """Raises InstallError."""
        if self.impersonated and not self.host_member:
            raise InstallError(
                "the process writes into the host cluster only if that is a member, so it needs no ServiceAccount there",
                remedy="Name the member with --host-member. For another member, use `reconciler join --impersonate`.",
            )


def _has_credential(url: str) -> bool:
    """Also where the URL cannot be read: it may be one with a password that is not percent-encoded."""
    try:
        access = read_url(url)
    except ValueError:
        return True
    return bool(access.environment or access.secrets)
