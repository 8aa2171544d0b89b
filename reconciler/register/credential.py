"""The Git credential of one agent: which kind, what it is called at the forge, and what is requested of `token create`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES
from reconciler.notify.forge_api import ForgeKind

_LONGEST_USER = 40
"""Characters of a user's name at Gitea."""


class CredentialKind(StrEnum):
    """What the forge knows the agent by."""

    USER = "user"
    """A machine user with a token, at Gitea and Forgejo. Branch rules can name it."""
    ACCESS_TOKEN = "access-token"  # noqa: S105 - the name of a kind
    """A project access token, at GitLab. Branch rules can name its user."""
    DEPLOY_KEY = "deploy-key"
    """An SSH key for one repository. At GitLab branch rules can name it. At GitHub and Gitea they treat all deploy keys alike."""


KINDS = {
    ForgeKind.GITEA: (CredentialKind.USER, CredentialKind.DEPLOY_KEY),
    ForgeKind.GITLAB: (CredentialKind.ACCESS_TOKEN, CredentialKind.DEPLOY_KEY),
    ForgeKind.GITHUB: (CredentialKind.DEPLOY_KEY,),
}
"""What each forge offers by its API; the first is the default."""


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """What a user requests of `token create`."""

    member: ClusterName
    kind: CredentialKind
    folder: Path
    """Where the files go."""
    protect: bool = False
    """Whether to set the rules by which the credential may push the branch of its member only."""
    rotate: bool = False
    """Whether to replace a credential of this member."""
    lifetime: timedelta | None = None
    """Of a project access token."""
    known_hosts: bytes = b""
    """The host keys of the forge, for a deploy key; empty: as the API says."""

    @property
    def branch(self) -> str:
        """The one that it may push."""
        return f"{BRANCHES}{self.member}"

    @property
    def title(self) -> str:
        """The name of a key or of a token at the forge."""
        return f"reconciler agent {self.member}"

    def limits(self, forge: ForgeKind) -> str:
        """What the credential may do beyond the branch of its member, as a sentence; empty: nothing."""
        if not self.protect:
            return "Without --protect, this credential may push every branch that no rule of the forge protects."
        if self.kind is CredentialKind.DEPLOY_KEY and forge is not ForgeKind.GITLAB:
            return (
                "The rules of this forge treat all deploy keys alike: this one may push the branches of other members, and a "
                "leader that uses a deploy key may push nothing else any more."
            )
        return ""

    def user(self, repository: str) -> str:
        """The name of a machine user. Users belong to the whole forge, so it contains a digest of the repository."""
        digest = hashlib.sha256(f"{repository}/{self.member}".encode()).hexdigest()[:8]
        head = f"{USERS}{self.member}".replace(".", "-")[: _LONGEST_USER - len(digest) - 1].rstrip("-")
        return f"{head}-{digest}"


USERS = "reconciler-agent-"
"""How the names of machine users begin."""
