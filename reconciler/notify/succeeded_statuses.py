"""Which commit statuses of a commit succeeded at the forge: some groups of a rollout wait for one.

| Forge | Request |
|---|---|
| GitHub, Gitea, Forgejo | `GET /repos/OWNER/NAME/commits/COMMIT/status` |
| GitLab | `GET /projects/PATH/repository/commits/COMMIT/statuses` |

Checks of GitHub Apps are no commit statuses, and do not count.
"""

from __future__ import annotations

from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeAddress, ForgeKind, login
from reconciler.notify.http_door import HttpDoor
from reconciler.notify.secret_file import SecretFile


async def succeeded_statuses(forge: Forge, commit: str) -> frozenset[str]:
    """The names of those whose newest state is a success. Raises RefusedError, NoAnswerError."""
    if forge.address.kind is ForgeKind.GITLAB:
        found = [one async for one in forge.each(f"/repository/commits/{commit}/statuses")]
        return frozenset(str(one["name"]) for one in found if one["status"] == "success")
    document = await forge.ask("GET", f"/commits/{commit}/status?per_page=100&limit=100")
    field = "state" if forge.address.kind is ForgeKind.GITHUB else "status"
    return frozenset(str(one["context"]) for one in (document or {}).get("statuses") or () if one.get(field) == "success")


async def ask_for_statuses(address: ForgeAddress, token: SecretFile, commit: str) -> frozenset[str]:
    """As `succeeded_statuses`, by a connection of its own. The token is read now. Raises ReconcilerError."""
    async with HttpDoor() as door:
        return await succeeded_statuses(Forge(address, login(address.kind, token.read()[0]), door), commit)
