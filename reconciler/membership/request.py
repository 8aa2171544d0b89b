"""What a user requests of `join` and `unjoin`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.errors import ReconcilerError
from reconciler.membership.account import NAMESPACE
from reconciler.membership.cluster_manifest import ClusterAttributes
from reconciler.model.keys import ClusterName
from reconciler.model.tenant import ServiceAccount


class MembershipError(ReconcilerError):
    """A member cannot join or leave in the present state."""


class UnknownMemberError(MembershipError):
    """No commit ever declared a member of this name."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The kubeconfig of a user who may create accounts in a cluster. The person who runs the command names it, so it may run
    programs (`exec`)."""

    kubeconfig: Path
    context: str = ""
    """Empty: the current context of the kubeconfig."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the account and its credential are."""

    access: Access
    """`member_root` is set unless there is a host cluster."""
    namespace: str = NAMESPACE
    """The namespace of the account, in the member."""
    secret_namespace: str = NAMESPACE
    """The namespace of the credential, in the host cluster."""


@dataclass(frozen=True, slots=True)
class JoinRequest:
    member: ClusterName
    admin: Admin
    places: Places
    attributes: ClusterAttributes = field(default_factory=ClusterAttributes)
    role: str = ""
    """An existing ClusterRole to bind; see `account_setup.plan_account`."""
    impersonated: tuple[ServiceAccount, ...] = ()
    """The accounts of Tenants that the account may act as; see `account_setup.plan_account`."""
    lifetime: timedelta | None = None
    """The lifetime of a new token; None: as long as possible."""
    rotate: bool = False
    """Whether to replace a token that is still valid."""
    replace: bool = False
    """Whether the member may be another cluster than the one that joined under this name."""
    commit: bool = True
    """Whether to commit the Cluster file."""


@dataclass(frozen=True, slots=True)
class UnjoinRequest:
    member: ClusterName
    places: Places
    admin: Admin | None = None
    """None: the account deletes itself, with the stored credential."""
    force: bool = False
    """Whether to leave what the member holds, and what cannot be reached."""
    commit: bool = True
    """Whether to commit the Cluster file."""
