"""Gitea and Forgejo: a machine user for one agent, and the rules by which it pushes the branch of its member only.

Their rules name users and teams. All deploy keys of a repository are one entry, so a rule cannot tell the keys of two agents
apart. A user who may push may also merge pull requests by the API, so the rules restrict merges, too. Of several rules that match
a branch, the one with the lowest priority number applies, and of equal ones a rule without wildcards.

| Requests | For |
|---|---|
| `POST /admin/users`, `PATCH /admin/users/NAME` | the user; needs the token of an administrator of the forge |
| `GET`, `POST /users/NAME/tokens`, `DELETE …/ID` | its token, by its password, which is known while this runs |
| `PUT /repos/OWNER/NAME/collaborators/NAME` | its access to this repository and no other |
| `GET`, `POST …/branch_protections`, `…/tag_protections`, `GET …/assignees` | the rules, and who may write now |
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.model.member_report import BRANCHES
from reconciler.model.wording import first_few
from reconciler.notify.forge import Forge
from reconciler.notify.http_door import RefusedError
from reconciler.register.credential import USERS, CredentialRequest
from reconciler.register.credential_folder import NewCredential
from reconciler.register.forge_writes import ForgeWrite
from reconciler.register.request import RegisterError

FILES = ("username", "password")
_EVERYTHING = "**"
_FIRST = 1
"""The priority of a rule that comes before others."""
_SCOPES = ["write:repository"]
"""What git over https needs."""
_SHOWN = 10


async def plan_user(forge: Forge, request: CredentialRequest, credential: NewCredential) -> list[PlannedWrite]:
    """The user with a token, who may write to this repository. Raises RegisterError, RefusedError, NoAnswerError."""
    name, place = request.user(forge.address.repository), forge.address.repository
    found = await forge.find(f"/users/{quote(name)}", anywhere=True)
    exists = found is not None
    if exists and not request.rotate:
        raise RegisterError(
            f"the forge has the user {name} already",
            remedy="Use the folder that was made with it, or replace its token: --rotate.",
        )
    if exists and not _marks(name).items() <= found.items():
        raise RegisterError(
            f"the user {name} of the forge is not one that this command made, so it gets no access to the repository",
            remedy="Rename or delete that user; or make one yourself, and name it and its token: --username NAME "
            "--git-credential-file FILE.",
        )
    password = secrets.token_urlsafe(32)

    async def put_user() -> None:
        await _as_administrator(forge, name, password, exists=exists)

    async def add() -> None:
        await forge.ask("PUT", f"/collaborators/{quote(name)}", {"permission": "write"})

    async def put_token() -> None:
        credential.files |= {"username": name.encode(), "password": (await _new_token(forge, name, password)).encode()}

    return [
        ForgeWrite("configured" if exists else "created", f"user {name}", put_user),
        ForgeWrite("configured", f"collaborator {name} of {place}, who may write", add),
        ForgeWrite("created", f"token of {name}{', in place of earlier ones' if exists else ''}", put_token),
    ]


def _marks(name: str) -> dict[str, Any]:
    """What a user that this command made has. `restricted` can be set by administrators only, so nobody makes such a user for
    themselves to be let in."""
    return {"full_name": "Agent of Reconciler", "email": f"{name}@noreply.invalid", "restricted": True}


async def _as_administrator(forge: Forge, name: str, password: str, *, exists: bool) -> None:
    """A user with this password. Nobody knows it afterwards."""
    try:
        if exists:
            body: dict[str, Any] = {"login_name": name, "source_id": 0, "password": password, "must_change_password": False}
            await forge.ask("PATCH", f"/admin/users/{quote(name)}", body, anywhere=True)
            return
        body = {"username": name, "password": password, "must_change_password": False, "visibility": "private", **_marks(name)}
        await forge.ask("POST", "/admin/users", body, anywhere=True)
    except RefusedError as error:
        if error.status != 403:
            raise
        raise RegisterError(
            f"{error.message}: only an administrator of the forge makes users by its API",
            remedy="Use the token of one; or ask for a user, let it make a token, and name both: --username NAME "
            "--git-credential-file FILE. A --type deploy-key needs no user, but no rule tells the keys of two agents apart.",
        ) from error


async def _new_token(forge: Forge, name: str, password: str) -> str:
    path, login = f"/users/{quote(name)}/tokens", (name, password)
    earlier = await forge.ask("GET", f"{path}?limit=50", basic=login, anywhere=True)
    body = {"name": f"git-{secrets.token_hex(4)}", "scopes": _SCOPES}
    made = await forge.ask("POST", path, body, basic=login, anywhere=True)
    for one in earlier:
        await forge.ask("DELETE", f"{path}/{one['id']}", basic=login, anywhere=True)
    return str(made["sha1"])


async def plan_rules(forge: Forge, request: CredentialRequest, user: str) -> list[PlannedWrite]:
    """The rules. Those that exist stay as they are. Raises RegisterError where one of them would let the agent push or merge
    elsewhere, and RefusedError, NoAnswerError.

    user: of the credential; empty: a deploy key.
    """
    rules = await forge.every("/branch_protections")
    names = {str(rule["rule_name"]) for rule in rules}
    _refuse_open_rules([rule for rule in rules if rule["rule_name"] != request.branch], user)
    writers = sorted({str(one["login"]) for one in await forge.every("/assignees")} - {user})
    writers = [name for name in writers if not name.startswith(USERS)]
    tags = {str(rule["name_pattern"]) for rule in await forge.every("/tag_protections")}
    allowed = first_few(writers, _SHOWN)
    return [
        _rule(forge, request.branch, _own_branch(request.branch, user), f"pushed by {user or 'deploy keys'} alone", names),
        _rule(
            forge, _EVERYTHING, _every_branch(writers, deploy_keys=bool(user)), f"all other branches, pushed by {allowed}", names
        ),
        _tag_rule(forge, writers, f"all tags, set by {allowed}", tags),
    ]


def _own_branch(branch: str, user: str) -> dict[str, Any]:
    users = [user] if user else []
    return {
        "rule_name": branch,
        "priority": _FIRST,
        "enable_push": True,
        "enable_push_whitelist": True,
        "push_whitelist_usernames": users,
        "push_whitelist_deploy_keys": not user,
        "enable_force_push": True,
        "enable_force_push_allowlist": True,
        "force_push_allowlist_usernames": users,
        "force_push_allowlist_deploy_keys": not user,
        "enable_merge_whitelist": True,
    }


def _every_branch(writers: list[str], *, deploy_keys: bool) -> dict[str, Any]:
    """deploy_keys: whether they may push, because agents have none."""
    return {
        "rule_name": _EVERYTHING,
        "enable_push": True,
        "enable_push_whitelist": True,
        "push_whitelist_usernames": writers,
        "push_whitelist_deploy_keys": deploy_keys,
        "enable_force_push": True,
        "enable_force_push_allowlist": True,
        "force_push_allowlist_usernames": writers,
        "force_push_allowlist_deploy_keys": deploy_keys,
        "enable_merge_whitelist": True,
        "merge_whitelist_usernames": writers,
    }


def _rule(forge: Forge, name: str, body: dict[str, Any], meaning: str, existing: set[str]) -> PlannedWrite:
    if name in existing:
        return NoWrite(WriteReport("unchanged", f"branch rule {name}"))

    async def create() -> None:
        await forge.ask("POST", "/branch_protections", body)

    return ForgeWrite("created", f"branch rule {name}: {meaning}", create)


def _tag_rule(forge: Forge, writers: list[str], meaning: str, existing: set[str]) -> PlannedWrite:
    if "*" in existing:
        return NoWrite(WriteReport("unchanged", "tag rule *"))

    async def create() -> None:
        await forge.ask("POST", "/tag_protections", {"name_pattern": "*", "whitelist_usernames": writers})

    return ForgeWrite("created", f"tag rule *: {meaning}", create)


def _refuse_open_rules(rules: list[dict[str, Any]], user: str) -> None:
    """Raises RegisterError for rules that were there before, and that let everybody push or merge who may write. That deploy
    keys may push the branches of other agents is said elsewhere (`CredentialRequest.limits`)."""
    for rule in rules:
        name = str(rule["rule_name"])
        pushes = rule["enable_push"] and (
            not rule["enable_push_whitelist"]
            or user in (rule["push_whitelist_usernames"] or ())
            or (not user and rule["push_whitelist_deploy_keys"] and not name.startswith(BRANCHES))
        )
        merges = bool(user) and (not rule["enable_merge_whitelist"] or user in (rule["merge_whitelist_usernames"] or ()))
        if pushes or merges:
            what = "push" if pushes else "merge"
            raise RegisterError(
                f"the branch rule {name} lets everybody {what} who may write to the repository, so the agent, too",
                remedy=f"Give the rule {name} a list of those who may {what}, without agents, and run this command again.",
            )
