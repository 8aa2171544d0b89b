"""A connection to the API server of a member with which the reconciler's account can be managed there.

Everything here reads and plans. An object without the labels of `join` for this member is somebody else's: it is never planned to
be changed or deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.object_writes import ApplyObject, DeleteObject, describe, plan_update, read_object
from reconciler.edit.planned_writes import PlannedWrite
from reconciler.membership.account import RBAC, TOKEN_PREFIX, Account
from reconciler.membership.join_labels import FIELD_MANAGER, JOINED_AS, JOINED_BY
from reconciler.model.manifest import sequence, text


@dataclass(frozen=True, slots=True)
class AdminConnection:
    """The credential is an administrator's, or the account's own when the account deletes itself."""

    api: Api
    account: Account

    async def read(self, path: str) -> Mapping[str, Any] | None:
        """The object at a path; None where there is none. Raises MemberError."""
        return await read_object(self.api, path)

    async def read_ours(self, path: str) -> Mapping[str, Any] | None:
        """The object at a path if `join` created it for this member, else None. Raises MemberError."""
        live = await self.read(path)
        return live if live is not None and self.account.labels.are_on(live) else None

    async def token_secrets(self) -> list[Mapping[str, Any]]:
        """The Secrets that hold tokens of the account or to which its tokens are bound, sorted by name. Raises MemberError."""
        labels = self.account.labels
        query = {"labelSelector": f"{JOINED_AS}={labels.member},{JOINED_BY}={labels.instance}"}
        answer = await self.api.request("GET", self.account.secrets_path, query=query, what="list token Secrets")
        secrets = [{"kind": "Secret", **item} for item in sequence(answer.document, "items")]
        secrets.sort(key=lambda secret: text(secret, "metadata", "name"))
        return [secret for secret in secrets if text(secret, "metadata", "name").startswith(TOKEN_PREFIX)]

    async def impersonation_rights(self) -> dict[str, Mapping[str, Any]]:
        """By path, the bindings and then the roles by which the account may act as others; sorted. Raises MemberError."""
        labels = self.account.labels
        query = {"labelSelector": f"{JOINED_AS}={labels.member},{JOINED_BY}={labels.instance}"}
        found: dict[str, Mapping[str, Any]] = {}
        for place, kind in enumerate(("RoleBinding", "Role")):
            path = f"/apis/{RBAC}/v1/{kind.lower()}s"
            answer = await self.api.request("GET", path, query=query, what=f"list {kind}s of all namespaces")
            for item in sequence(answer.document, "items"):
                if text(item, "metadata", "name") == self.account.impersonation_name:
                    own_path = self.account.impersonation_paths(text(item, "metadata", "namespace"))[place]
                    found[own_path] = {"apiVersion": f"{RBAC}/v1", "kind": kind, **item}
        return found

    async def collects_garbage(self) -> bool:
        """Whether kube-controller-manager runs. It creates the ServiceAccount of kube-system, puts tokens into Secrets, and
        collects garbage. Raises MemberError."""
        return await self.read("/api/v1/namespaces/kube-system/serviceaccounts/default") is not None

    async def plan_apply(self, path: str, manifest: Mapping[str, Any]) -> list[PlannedWrite]:
        """The writes that bring an object of the account to a manifest. Raises MemberError where the object is somebody else's.

        An update is compared by a dry run at the API server, so an object that needs no change is not written.
        """
        live = await self.read(path)
        if live is None:
            return [ApplyObject(self.api, path, manifest, None, FIELD_MANAGER)]
        if not self.account.labels.are_on(live):
            message = f"{self.api.name}: {describe(manifest)} exists, and `join` did not create it"
            raise MemberError(message, remedy="Choose another --namespace, or delete that object.")
        if is_leaving(live):
            return [DeleteObject(self.api, path, live), ApplyObject(self.api, path, manifest, None, FIELD_MANAGER)]
        return [await plan_update(self.api, path, manifest, live, FIELD_MANAGER)]

    async def plan_delete(self, path: str) -> list[PlannedWrite]:
        """The deletion of an object of the account; empty where there is none. Raises MemberError."""
        live = await self.read_ours(path)
        return [] if live is None else [DeleteObject(self.api, path, live)]


def is_leaving(live: Mapping[str, Any]) -> bool:
    """Whether an object belongs to the ClusterRoleBinding, because an earlier `unjoin` gave it to garbage collection."""
    return bool(sequence(live, "metadata", "ownerReferences"))
