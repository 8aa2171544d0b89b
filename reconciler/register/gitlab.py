"""GitLab: a project access token for one agent, and the rules by which it pushes the branch of its member only.

The token has a user of its own with the role Developer, and no access to the API. Of several rules that match a branch, the most
permissive one applies, so the rule for all branches names maintainers only.

| Requests below `/projects/ID` | For |
|---|---|
| `GET`, `POST /access_tokens`, `DELETE …/ID` | the token. `expires_at` is needed |
| `GET`, `POST /protected_branches` | the rules. `allowed_to_push` needs GitLab Premium |
| `GET`, `POST /protected_tags` | the rule for tags |
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.notify.forge import Forge
from reconciler.register.credential import CredentialRequest
from reconciler.register.credential_folder import NewCredential
from reconciler.register.forge_writes import ForgeWrite
from reconciler.register.request import RegisterError

FILES = ("username", "password")
_NOBODY, _DEVELOPER, _MAINTAINER = 0, 30, 40
_LIFETIME = timedelta(days=365)
"""The longest that GitLab allows without a setting of its administrator."""


async def plan_access_token(
    forge: Forge, request: CredentialRequest, credential: NewCredential, today: date
) -> list[PlannedWrite]:
    """A token that may push. Earlier ones of the member are revoked. Raises RegisterError, RefusedError, NoAnswerError."""
    tokens = await forge.every("/access_tokens")
    earlier = [one for one in tokens if one["name"] == request.title and not one.get("revoked")]
    if earlier and not request.rotate:
        raise RegisterError(
            f"{forge.address.repository} has an access token with the name {request.title!r} already",
            remedy="Use the folder that was made with it, or replace the token: --rotate.",
        )
    ends = today + (request.lifetime or _LIFETIME)

    async def create() -> None:
        body = {"name": request.title, "scopes": ["read_repository", "write_repository"], "access_level": _DEVELOPER}
        made = await forge.ask("POST", "/access_tokens", {**body, "expires_at": ends.isoformat()})
        credential.id = int(made["user_id"])
        credential.files |= {"username": b"reconciler-agent", "password": str(made["token"]).encode()}

    subject = f"access token {request.title!r} of {forge.address.repository}, until {ends.isoformat()}"
    return [ForgeWrite("created", subject, create), *[_revocation(forge, one) for one in earlier]]


def _revocation(forge: Forge, token: dict[str, Any]) -> PlannedWrite:
    async def revoke() -> None:
        await forge.ask("DELETE", f"/access_tokens/{token['id']}")

    return ForgeWrite("deleted", f"access token {token['name']!r} that it replaces", revoke)


async def plan_rules(forge: Forge, request: CredentialRequest, credential: NewCredential, actor: str) -> list[PlannedWrite]:
    """The rule for all branches stays as it is where it exists. Raises RefusedError, NoAnswerError.

    actor: `user_id` or `deploy_key_id`, which `credential.id` is after the credential was made.
    """
    existing = {str(one["name"]) for one in await forge.every("/protected_branches")}
    tags = {str(one["name"]) for one in await forge.every("/protected_tags")}

    async def protect_own() -> None:
        if request.branch in existing:  # It names a credential that was replaced, and cannot be changed in every edition.
            await forge.ask("DELETE", f"/protected_branches/{request.branch.replace('/', '%2F')}")
        own = {"name": request.branch, "allowed_to_push": [{actor: credential.id}], "merge_access_level": _NOBODY}
        await forge.ask("POST", "/protected_branches", {**own, "allow_force_push": True})

    async def protect_all() -> None:
        levels = {"push_access_level": _MAINTAINER, "merge_access_level": _MAINTAINER}
        await forge.ask("POST", "/protected_branches", {"name": "*", **levels, "allow_force_push": False})

    async def protect_tags() -> None:
        await forge.ask("POST", "/protected_tags", {"name": "*", "create_access_level": _MAINTAINER})

    changed = "configured" if request.branch in existing else "created"
    return [
        ForgeWrite(changed, f"branch rule {request.branch}: pushed by this agent, also by force", protect_own),
        _unless("*" in existing, "branch rule *", ForgeWrite("created", "branch rule *: pushed by maintainers", protect_all)),
        _unless("*" in tags, "tag rule *", ForgeWrite("created", "tag rule *: set by maintainers", protect_tags)),
    ]


def _unless(exists: bool, subject: str, write: PlannedWrite) -> PlannedWrite:
    return NoWrite(WriteReport("unchanged", subject)) if exists else write
