"""`token create`: the credential of one agent at the forge, the rules about it, and the folder with it, in this order.

The folder comes last, so that nobody has a credential to which the rules do not apply yet. A run that was stopped before leaves
one at the forge that nobody knows; the next run replaces it with --rotate.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reconciler.edit.planned_writes import PlannedWrite
from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeKind
from reconciler.register import deploy_key, gitea, github, gitlab
from reconciler.register.credential import CredentialKind, CredentialRequest
from reconciler.register.credential_folder import NewCredential, WriteCredential
from reconciler.register.request import RegisterError
from reconciler.repo.credentials import clean_url
from reconciler.repo.failures import RepositoryError
from reconciler.repo.remote_url import parse_address
from reconciler.repo.secret_folder import private_key


@dataclass(frozen=True, slots=True)
class TokenPlan:
    writes: tuple[PlannedWrite, ...]
    url: str
    """By which the agent reaches the repository with this credential."""


async def plan_token(forge: Forge, request: CredentialRequest, today: date) -> TokenPlan:
    """Raises RegisterError, RefusedError, NoAnswerError."""
    credential = NewCredential()
    if request.kind is CredentialKind.DEPLOY_KEY:
        writes, files = await deploy_key.plan_deploy_key(forge, request, credential), deploy_key.FILES
    elif request.kind is CredentialKind.USER:
        writes, files = await gitea.plan_user(forge, request, credential), gitea.FILES
    else:
        writes, files = await gitlab.plan_access_token(forge, request, credential, today), gitlab.FILES
    if request.protect:
        writes += await _plan_rules(forge, request, credential)
    writes.append(WriteCredential(request.folder, credential, files))
    return TokenPlan(tuple(writes), await _url(forge, request.kind))


async def plan_own_token(forge: Forge | None, request: CredentialRequest, file: Path, user: str, url: str) -> TokenPlan:
    """The same for a credential that exists: the token or the private key in a file. Raises RegisterError, RepositoryError,
    RefusedError, NoAnswerError.

    forge: for the rules; None where none are requested. user: to whom the token belongs. url: of the repository.
    """
    credential = NewCredential()
    content = await asyncio.to_thread(file.read_bytes)
    if b"PRIVATE KEY-----" in content:
        credential.files = {"identity": private_key(str(file), content), "known_hosts": request.known_hosts}
        if not request.known_hosts:
            raise RegisterError(
                f"{file} is a private key, which needs the host keys of the forge", remedy="Name them: --known-hosts FILE."
            )
    else:
        token = content.strip()
        if not token or len(token.split()) != 1:
            raise RepositoryError(f"{file} holds no token and no private key", remedy="Write it on one line.")
        credential.files = {"username": user.encode(), "password": token}
    rules = await gitea.plan_rules(forge, request, user) if forge is not None else []
    if ("identity" in credential.files) != parse_address(url).is_ssh:
        needed = "an ssh URL" if "identity" in credential.files else "an https URL"
        raise RegisterError(f"{clean_url(url)} is not the way for this credential", remedy=f"Name {needed}: --repo URL.")
    return TokenPlan((*rules, WriteCredential(request.folder, credential, tuple(credential.files))), clean_url(url))


async def _plan_rules(forge: Forge, request: CredentialRequest, credential: NewCredential) -> list[PlannedWrite]:
    kind = forge.address.kind
    if kind is ForgeKind.GITHUB:
        return await github.plan_rulesets(forge)
    if kind is ForgeKind.GITEA:
        user = request.user(forge.address.repository) if request.kind is CredentialKind.USER else ""
        return await gitea.plan_rules(forge, request, user)
    actor = "deploy_key_id" if request.kind is CredentialKind.DEPLOY_KEY else "user_id"
    return await gitlab.plan_rules(forge, request, credential, actor)


async def _url(forge: Forge, kind: CredentialKind) -> str:
    """As the forge says: https for a token, ssh for a key."""
    repository = await forge.ask("GET", "")
    is_gitlab = forge.address.kind is ForgeKind.GITLAB
    if kind is CredentialKind.DEPLOY_KEY:
        return str(repository["ssh_url_to_repo" if is_gitlab else "ssh_url"])
    return str(repository["http_url_to_repo" if is_gitlab else "clone_url"])
