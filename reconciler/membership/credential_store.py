"""Where the credential of a member is stored, and the planned writes to that place.

There are two kinds of stores: a kubeconfig file below the member root (`file_store.py`), and a Secret of the host cluster
(`secret_store.py`). Both record the member for which `join` wrote the credential, so that no file or Secret of somebody else is
overwritten or deleted. Both are written atomically: a credential in a store is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.planned_writes import OutdatedPlanError, WriteReport
from reconciler.membership.tokens import NewToken, Token
from reconciler.model.manifest import text

CA_DATA = "certificate-authority-data"
"""The CA in the `cluster` of a kubeconfig, in base64."""


class ForeignCredentialError(MemberError):
    """The place of a credential is occupied by something that `join` did not write."""


@dataclass(frozen=True, slots=True)
class Credential:
    server: Mapping[str, Any]
    """How to reach the API server, in the fields of the `cluster` of a kubeconfig."""
    token: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        return text(self.server, "server")


class CredentialStore(Protocol):
    """The place of one member's credential."""

    place: str
    """For messages."""
    name: str
    """The name of the file, or of the Secret."""

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        """Raises MemberError where the store cannot express how this API server is reached."""

    async def read(self) -> Credential | None:
        """None: there is no credential. Raises ForeignCredentialError, MemberError."""

    async def write(self, credential: Credential) -> None:
        """Raises MemberError, OSError."""

    async def delete(self) -> None:
        """A credential that does not exist any more is fine. Raises as `read`."""


@dataclass(frozen=True, slots=True)
class StoreCredential:
    """Writes a credential to its store."""

    store: CredentialStore
    before: Credential | None
    """The credential in the store when the plan was made."""
    server: Mapping[str, Any]
    """As in `Credential`."""
    token: Token | NewToken

    @property
    def report(self) -> WriteReport:
        return self._report(" with a new token" if isinstance(self.token, NewToken) else "")

    async def carry_out(self) -> WriteReport:
        if await self.store.read() != self.before:
            raise OutdatedPlanError(self.store.place)
        if isinstance(self.token, Token):
            await self.store.write(Credential(self.server, self.token.value))
            return self.report
        token = await self.token.issue()
        await self.store.write(Credential(self.server, token.value))
        return self._report(f" with a token that {token.lifetime}")

    def _report(self, detail: str) -> WriteReport:
        return WriteReport("created" if self.before is None else "configured", self.store.place + detail)


@dataclass(frozen=True, slots=True)
class DeleteCredential:
    """Deletes a credential from its store."""

    store: CredentialStore

    @property
    def report(self) -> WriteReport:
        return WriteReport("deleted", self.store.place)

    async def carry_out(self) -> WriteReport:
        await self.store.delete()
        return self.report
