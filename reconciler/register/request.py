"""What a user requests of `register` and `unregister`."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError
from reconciler.install.owned import Release
from reconciler.install.request import DEFAULT_IMAGE, ReadSecrets, RepositoryAccess
from reconciler.membership.account import NAMESPACE
from reconciler.membership.cluster_manifest import ClusterAttributes
from reconciler.model.keys import ClusterName
from reconciler.model.settings import Settings
from reconciler.model.tenant import ServiceAccount

AGENT = Release("reconciler-agent", "agent", "reconciler-register")
AGENT_GIT_SECRET = f"{AGENT.name}-git"
"""The Secret that `register` makes of a folder with a credential."""
STATUS_BRANCH = Settings().status_branch
"""Where the leader records its decisions, unless the Configuration says otherwise."""


class RegisterError(ReconcilerError):
    """A member cannot get or lose its agent in the present state."""


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """The agent of one member."""

    member: ClusterName
    repository: RepositoryAccess
    """Its credential may push the branch of this member, and nothing else."""
    namespace: str = NAMESPACE
    image: str = DEFAULT_IMAGE
    status_branch: str = STATUS_BRANCH
    persistent: bool = True
    """Whether the mirror of the repository outlives the Pod."""
    impersonated: tuple[ServiceAccount, ...] = ()
    """The accounts of Tenants as which the agent may write."""
    secrets: ReadSecrets = field(default_factory=ReadSecrets)

    @property
    def mounted_secret(self) -> str:
        """The name of the Secret with the credential; empty: none."""
        return self.repository.secret or (AGENT_GIT_SECRET if self.repository.credentials else "")


@dataclass(frozen=True, slots=True)
class Declaration:
    """How the Cluster file is written."""

    attributes: ClusterAttributes = field(default_factory=ClusterAttributes)
    branch: str = ""
    """A new branch for the commit, from HEAD; empty: the branch that is checked out."""
    commit: bool = True
    """Whether to commit the Cluster file."""
    replace: bool = False
    """Whether the member may be another cluster than the one that was recorded under this name."""
