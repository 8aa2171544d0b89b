"""Where the credential of a joined member is kept: a kubeconfig file below the member root, or a Secret of the host cluster.

Both say for whom they were made, so that nobody else's file or Secret is ever written over or deleted. A credential that is
there is whole: the file comes by a rename, the Secret by one request.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from reconciler.cluster.api import APPLY, Api
from reconciler.cluster.client import MemberError
from reconciler.cluster.credentials import CA, ENDPOINT, TOKEN
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.kubeconfig import read_kubeconfig
from reconciler.documents.writer import dump
from reconciler.membership.join_labels import FIELD_MANAGER, Marks
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text

_AUTHORITY = "certificate-authority-data"
_TEMPORARY = ".reconciler-tmp"


class ForeignCredentialError(MemberError):
    """Where a credential should be kept stands something that `join` did not make."""


@dataclass(frozen=True, slots=True)
class Credential:
    server: Mapping[str, Any]
    """How the server is reached, as the `cluster` of a kubeconfig says it."""
    token: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        return text(self.server, "server")


class Safe(Protocol):
    """One member's place for its credential."""

    place: str
    """For messages."""
    name: str
    """Of the file, or of the Secret."""

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        """Raises MemberError where a credential for a server that is reached in this way cannot be kept."""

    async def read(self) -> Credential | None:
        """None: there is none. Raises MemberError where something stands there that is not of our making."""

    async def write(self, credential: Credential) -> None:
        """Raises MemberError, OSError."""

    async def delete(self) -> bool:
        """Whether there was anything to delete. Raises as `read`."""


class FileSafe:
    """`NAME.kubeconfig` below the member root; only its owner may read it."""

    def __init__(self, member: ClusterName, root: Path) -> None:
        self._member = member
        self.file = root / file_name(member)
        self.name = self.file.name
        self.place = str(self.file)

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        """A kubeconfig says all that a kubeconfig can say."""

    async def read(self) -> Credential | None:
        if not await asyncio.to_thread(self.file.exists):
            return None
        try:
            chosen = await asyncio.to_thread(read_kubeconfig, self._member, self.file, _context(self._member))
        except MemberError as error:
            raise ForeignCredentialError(
                f"{self._member}: there is a {self.file} that `join` did not write",
                remedy="Move it away, or name another folder with --member-root.",
            ) from error
        return Credential(chosen.cluster, text(chosen.user, "token"))

    async def write(self, credential: Credential) -> None:
        await asyncio.to_thread(_write_private, self.file, dump(_kubeconfig(self._member, credential)))

    async def delete(self) -> bool:
        there = await self.read() is not None
        for file in (self.file, _beside(self.file)):
            with suppress(FileNotFoundError):
                await asyncio.to_thread(file.unlink)
        return there


class SecretSafe:
    """A Secret of the member's name, in one namespace of the host cluster."""

    def __init__(self, marks: Marks, host: Api, namespace: str) -> None:
        self._marks = marks
        self._host = host
        self.namespace = namespace
        self.name = str(marks.member)
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{marks.member}"
        self.place = f"Secret {namespace}/{marks.member} of the host cluster"

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        if not text(server, _AUTHORITY) or len(server) > 2:
            raise MemberError(
                f"{self._marks.member}: a Secret holds the server's address and its CA, and the kubeconfig has "
                + ("other settings, too" if text(server, _AUTHORITY) else "no CA"),
                remedy="Let it have certificate-authority-data and no more, or keep the credential in a file: no host.",
            )

    async def read(self) -> Credential | None:
        try:
            secret = (await self._host.request("GET", self._path, what=f"get {self.place}")).document
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        if not self._marks.are_on(secret):
            raise ForeignCredentialError(
                f"{self._marks.member}: there is a {self.place} that `join` did not make",
                remedy="Keep credentials in another namespace (--secret-namespace), or remove that Secret.",
            )
        server = {"server": _decoded(secret, ENDPOINT), _AUTHORITY: text(secret, "data", CA)}
        return Credential(server, _decoded(secret, TOKEN))

    async def write(self, credential: Credential) -> None:
        await self._ensure_namespace()
        values = {
            TOKEN: _encoded(credential.token),
            CA: text(credential.server, _AUTHORITY),
            ENDPOINT: _encoded(credential.endpoint),
        }
        metadata = {"name": self._marks.member, "namespace": self.namespace, "labels": self._marks.labels}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": values}
        await self._apply(self._path, body, self.place)

    async def delete(self) -> bool:
        if await self.read() is None:
            return False
        try:
            await self._host.request("DELETE", self._path, what=f"delete {self.place}")
        except RefusedError as error:
            if error.status != 404:
                raise
        return True

    async def _ensure_namespace(self) -> None:
        path = f"/api/v1/namespaces/{self.namespace}"
        try:
            await self._host.request("GET", path, what=f"get Namespace {self.namespace}")
        except RefusedError as error:
            if error.status != 404:
                raise
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
            await self._apply(path, body, f"Namespace {self.namespace}")

    async def _apply(self, path: str, body: Mapping[str, Any], what: str) -> None:
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        await self._host.request("PATCH", path, query=query, body=body, content_type=APPLY, what=f"apply {what}")


def file_name(member: ClusterName) -> str:
    """Of the kubeconfig that `join` writes, below the member root; what the annotation says."""
    return f"{member}.kubeconfig"


def _context(member: ClusterName) -> str:
    """What proves that a kubeconfig was written here, for this member."""
    return f"reconciler:{member}"


def _kubeconfig(member: ClusterName, credential: Credential) -> dict[str, Any]:
    name = _context(member)
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": dict(credential.server)}],
        "users": [{"name": name, "user": {"token": credential.token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def _write_private(file: Path, content: str) -> None:
    """Never readable for others, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _beside(file)
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content)
    unfinished.replace(file)


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}{_TEMPORARY}")


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _decoded(secret: Mapping[str, Any], key: str) -> str:
    """Empty where there is nothing that can be read: it is then written anew."""
    try:
        return base64.b64decode(text(secret, "data", key), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
