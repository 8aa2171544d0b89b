"""A deploy key for one agent: the three forges have nearly the same API for it.

| Forge | Requests |
|---|---|
| GitHub | `GET`, `POST /repos/OWNER/NAME/keys` with `title`, `key`, `read_only`; `DELETE …/keys/ID`; host keys: `GET /meta` |
| Gitea, Forgejo | the same, without host keys |
| GitLab | `GET`, `POST /projects/ID/deploy_keys` with `title`, `key`, `can_push`; `DELETE …/deploy_keys/ID` |
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from reconciler.edit.planned_writes import PlannedWrite
from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeKind
from reconciler.notify.http_door import RefusedError
from reconciler.register.credential import CredentialRequest
from reconciler.register.credential_folder import NewCredential
from reconciler.register.forge_writes import ForgeWrite
from reconciler.register.request import RegisterError
from reconciler.repo.ssh_key import new_ssh_key

FILES = ("identity", "known_hosts")


async def plan_deploy_key(forge: Forge, request: CredentialRequest, credential: NewCredential) -> list[PlannedWrite]:
    """A key that may push. Earlier ones of the member are deleted. Raises RegisterError, RefusedError, NoAnswerError."""
    path = "/deploy_keys" if forge.address.kind is ForgeKind.GITLAB else "/keys"
    earlier = [one for one in await forge.every(path) if f"{one['title']} ".startswith(f"{request.title} ")]
    if earlier and not request.rotate:
        raise RegisterError(
            f"{forge.address.repository} has the deploy key {earlier[0]['title']!r} already",
            remedy="Use the folder that was made with it, or replace the key: --rotate.",
        )
    hosts = request.known_hosts or await _host_keys(forge)
    title = f"{request.title} {secrets.token_hex(4)}"  # Gitea refuses two keys with one title.
    private, public = new_ssh_key(title)

    async def create() -> None:
        writes = {"can_push": True} if forge.address.kind is ForgeKind.GITLAB else {"read_only": False}
        made = await forge.ask("POST", path, {"title": title, "key": public, **writes})
        credential.id = int(made["id"])
        credential.files |= {"identity": private, "known_hosts": hosts}

    return [
        ForgeWrite("created", f"deploy key {title!r} of {forge.address.repository}, which may push", create),
        *[_deletion(forge, path, one) for one in earlier],
    ]


def _deletion(forge: Forge, path: str, key: dict[str, Any]) -> PlannedWrite:
    async def delete() -> None:
        await forge.ask("DELETE", f"{path}/{key['id']}")

    return ForgeWrite("deleted", f"deploy key {key['title']!r} that it replaces", delete)


async def _host_keys(forge: Forge) -> bytes:
    """GitHub's own, in the form of known_hosts. Raises RegisterError where the forge does not publish them by its API."""
    keys: list[str] = []
    if forge.address.kind is ForgeKind.GITHUB:
        try:
            keys = list((await forge.ask("GET", "/meta", anywhere=True) or {}).get("ssh_keys") or ())
        except RefusedError:
            keys = []
    if not keys:
        raise RegisterError(
            "the host keys of the forge are not known, and an unknown host is never trusted",
            remedy="`ssh-keyscan HOST` prints those that the host has now; compare them with those that its operator publishes, "
            "and name the file with --known-hosts.",
        )
    host = (urlsplit(forge.address.api).hostname or "").removeprefix("api.")
    return "".join(f"{host} {key}\n" for key in keys).encode()
