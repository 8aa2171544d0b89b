"""A credential in a Secret of the host cluster. The Secret has the name of the member."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.credentials import CA, ENDPOINT, TOKEN
from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.object_writes import ApplyObject, DeleteObject, read_object
from reconciler.interpreter.containers import namespace_manifest
from reconciler.membership.credential_store import CA_DATA, Credential, ForeignCredentialError
from reconciler.membership.join_labels import FIELD_MANAGER, JoinLabels
from reconciler.model.manifest import text


class SecretStore:
    def __init__(self, labels: JoinLabels, host: Api, namespace: str) -> None:
        """namespace: where the host cluster keeps credentials of members."""
        self._labels = labels
        self._host = host
        self.namespace = namespace
        self.name = str(labels.member)
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{labels.member}"
        self.place = f"Secret {namespace}/{labels.member} of the host cluster"

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        if not text(server, CA_DATA) or len(server) > 2:
            problem = "has more settings" if text(server, CA_DATA) else "has no CA"
            raise MemberError(
                f"{self._labels.member}: a Secret stores the address and the CA of the server, and the kubeconfig {problem}",
                remedy="Use a kubeconfig with server and certificate-authority-data only, or store the credential in a file by"
                " running this command without a host cluster.",
            )

    async def read(self) -> Credential | None:
        secret = await self._read_ours()
        if secret is None:
            return None
        server = {"server": _decode(secret, ENDPOINT), CA_DATA: text(secret, "data", CA)}
        return Credential(server, _decode(secret, TOKEN))

    async def write(self, credential: Credential) -> None:
        live = await self._read_ours()
        await self._ensure_namespace()
        values = {
            TOKEN: _encode(credential.token),
            CA: text(credential.server, CA_DATA),
            ENDPOINT: _encode(credential.endpoint),
        }
        metadata = {"name": self.name, "namespace": self.namespace, "labels": self._labels.labels}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": values}
        await ApplyObject(self._host, self._path, manifest, live, FIELD_MANAGER).carry_out()

    async def delete(self) -> None:
        live = await self._read_ours()
        if live is not None:
            await DeleteObject(self._host, self._path, live).carry_out()

    async def _read_ours(self) -> Mapping[str, Any] | None:
        live = await read_object(self._host, self._path)
        if live is not None and not self._labels.are_on(live):
            raise ForeignCredentialError(
                f"{self._labels.member}: there is a {self.place} that `join` did not create",
                remedy="Store credentials in another namespace (--secret-namespace), or delete that Secret.",
            )
        return live

    async def _ensure_namespace(self) -> None:
        path = f"/api/v1/namespaces/{self.namespace}"
        if await read_object(self._host, path) is None:
            await ApplyObject(self._host, path, namespace_manifest(self.namespace), None, FIELD_MANAGER).carry_out()


def _encode(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _decode(secret: Mapping[str, Any], key: str) -> str:
    """Empty where the value is missing or cannot be decoded. `join` then writes a new one."""
    try:
        return base64.b64decode(text(secret, "data", key), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
