"""Writes of a tenant as its ServiceAccount: the server then allows what RBAC allows this account, and nothing else.

Only writes are impersonated. What the member holds is read with the credential of the program, as for all objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.cluster.api_client import JSON, Api, Query, Response
from reconciler.cluster.failures import RefusedError
from reconciler.model.tenant import IMPERSONATE, ServiceAccount


@dataclass(frozen=True, slots=True)
class ActingApi:
    """A connection on behalf of an account."""

    api: Api
    account: ServiceAccount

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        what: str = "",
    ) -> Response:
        """As `Api.request`. A refusal by RBAC says who needs which right."""
        account = None if method == "GET" else self.account
        try:
            return await self.api.request(
                method, path, query=query, body=body, content_type=content_type, accept=accept, what=what, account=account
            )
        except RefusedError as error:
            if account is None or error.status != 403 or " cannot " not in error.message:
                raise
            raise RefusedError(error.message, error.status, error.reason, remedy=_remedy(error.message, account)) from error


def _remedy(message: str, account: ServiceAccount) -> str:
    if f" cannot {IMPERSONATE}" in message:  # Kubernetes 1.36 names a finer verb: impersonate-on:serviceaccount:patch.
        return (
            f"Grant the user of the credential the verb {IMPERSONATE} on the ServiceAccount {account.namespace}/{account.name} "
            "in the member. `reconciler join`, `install` and `register` do so with --impersonate "
            f"{account.namespace}/{account.name}."
        )
    return (
        f"Its Tenant has it written as the ServiceAccount {account.namespace}/{account.name} (spec.serviceAccount). Grant this "
        "permission to it by a Role and a RoleBinding in the member, or remove the object."
    )
