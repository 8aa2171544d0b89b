"""A credential in the file `NAME.kubeconfig` below the member root. Only the owner of the file can read it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.cluster.kubeconfig import read_kubeconfig
from reconciler.cluster.member_protocol import MemberError
from reconciler.documents.writer import dump
from reconciler.membership.credential_store import Credential, ForeignCredentialError
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text

_TEMPORARY = ".reconciler-tmp"


class FileStore:
    def __init__(self, member: ClusterName, root: Path) -> None:
        self._member = member
        self.file = root / file_name(member)
        self.name = self.file.name
        self.place = str(self.file)

    def refuse_unfit(self, server: Mapping[str, Any]) -> None:
        """A kubeconfig can express every way to reach a server."""

    async def read(self) -> Credential | None:
        if not await asyncio.to_thread(self.file.exists):
            return None
        try:
            context = await asyncio.to_thread(read_kubeconfig, self._member, self.file, _context(self._member))
        except MemberError as error:
            raise ForeignCredentialError(
                f"{self._member}: {self.file} exists, and `join` did not write it",
                remedy="Move that file, or name another folder with --member-root.",
            ) from error
        return Credential(context.cluster, text(context.user, "token"))

    async def write(self, credential: Credential) -> None:
        await asyncio.to_thread(_write_private, self.file, dump(_kubeconfig(self._member, credential)))

    async def delete(self) -> None:
        await self.read()
        for file in (self.file, _temporary(self.file)):
            with suppress(FileNotFoundError):
                await asyncio.to_thread(file.unlink)


def file_name(member: ClusterName) -> str:
    """The name of the kubeconfig that `join` writes below the member root. The annotation of the Cluster has the same value."""
    return f"{member}.kubeconfig"


def _context(member: ClusterName) -> str:
    """The name of the context. It shows that `join` wrote the kubeconfig for this member."""
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
    """The new file is private from its creation on, and takes the place of the old one by a rename."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(file)
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content)
    temporary.replace(file)


def _temporary(file: Path) -> Path:
    return file.with_name(f".{file.name}{_TEMPORARY}")
