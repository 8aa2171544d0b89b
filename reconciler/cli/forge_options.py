"""Options about forges: how a push makes us fetch, where commit statuses are shown, and how its API is reached.

Secrets come from files or from the environment, never as options: every user of the machine can read a command line.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import AllowInsecure
from reconciler.model.wording import one_of
from reconciler.notify.forge_api import ForgeAddress, ForgeKind, address_of
from reconciler.notify.notifications import NotificationForm
from reconciler.notify.notifier import NewsRecipient
from reconciler.notify.secret_file import SecretFile
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.remote_url import is_url

WebhookListen = Annotated[
    str,
    typer.Option(
        "--webhook-listen",
        envvar="RECONCILER_WEBHOOK_LISTEN",
        help="Where to receive webhooks of the forge, at /webhook; empty: nowhere.",
        metavar="HOST:PORT",
    ),
]
WebhookSecretFile = Annotated[
    Path | None,
    typer.Option(
        "--webhook-secret-file",
        envvar="RECONCILER_WEBHOOK_SECRET_FILE",
        help="The file with the secrets of webhooks, one on each line; else they are in RECONCILER_WEBHOOK_SECRET.",
        metavar="FILE",
    ),
]
WebhookProxies = Annotated[
    int,
    typer.Option(
        "--webhook-proxies",
        envvar="RECONCILER_WEBHOOK_PROXIES",
        help="How many proxies of yours webhooks pass, such as an Ingress: limits for senders then go by X-Forwarded-For.",
        metavar="NUMBER",
        min=0,
    ),
]
Forge = Annotated[
    ForgeKind | None,
    typer.Option(
        "--forge",
        envvar="RECONCILER_FORGE",
        help="The forge of the repository, to show a status beside each commit, and to open a pull request for a failover that "
        "is proposed; gitea is Forgejo, too.",
        case_sensitive=False,
    ),
]
ForgeOfRepository = Annotated[
    ForgeKind | None,
    typer.Option(
        "--forge", envvar="RECONCILER_FORGE", help="The forge of the repository; gitea is Forgejo, too.", case_sensitive=False
    ),
]
ForgeApi = Annotated[
    str,
    typer.Option(
        "--forge-api", envvar="RECONCILER_FORGE_API", help="The URL of its API; by default derived from --repo.", metavar="URL"
    ),
]
ForgeTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--forge-token-file",
        envvar="RECONCILER_FORGE_TOKEN_FILE",
        help="The file with a token that may set commit statuses, and open pull requests where failover is proposed; else it is "
        "in RECONCILER_FORGE_TOKEN.",
        metavar="FILE",
    ),
]
StatusContext = Annotated[
    str,
    typer.Option(
        "--status-context",
        envvar="RECONCILER_STATUS_CONTEXT",
        help="The name of our status at the forge, where several processes follow one repository.",
        metavar="NAME",
    ),
]
Notify = Annotated[
    list[str],
    typer.Option(
        "--notify",
        envvar="RECONCILER_NOTIFY",
        help="Tell people: slack, alertmanager or webhook, and the file with the URL (for webhook also its secret, on the second "
        "line); may be repeated.",
        metavar="FORM=FILE",
    ),
]

_FORGE_TOKEN = "RECONCILER_FORGE_TOKEN"  # noqa: S105 - the name of a variable
_WEBHOOK_SECRET = "RECONCILER_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_AT_LEAST = 16
"""Characters of a webhook's secret. Whoever recorded one request of a forge can try secrets without asking us."""


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where webhooks are received."""

    listen: str
    """HOST:PORT; empty: nowhere."""
    secrets: SecretFile | None
    """None: no webhooks are received."""
    proxies: int


def webhook_options(
    webhook_listen: WebhookListen = "", webhook_secret_file: WebhookSecretFile = None, webhook_proxies: WebhookProxies = 0
) -> WebhookOptions:
    """Raises BadParameter, SecretError."""
    if not webhook_listen:
        return WebhookOptions("", None, webhook_proxies)
    text = os.environ.get(_WEBHOOK_SECRET, "")
    if webhook_secret_file is None and not text:
        raise typer.BadParameter(
            "webhooks without a secret would let everybody make this process fetch; write one into a file and name it with "
            "--webhook-secret-file",
            param_hint="--webhook-listen",
        )
    secrets = SecretFile(webhook_secret_file, text, _AT_LEAST)
    secrets.read()
    return WebhookOptions(webhook_listen, secrets, webhook_proxies)


receives_webhooks = grouped("webhooks", webhook_options)
"""Replaces the parameter `webhooks` of a command by the options of `webhook_options`."""


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """Where commit statuses are shown. The address needs the repository (`notify.forge_api.address_of`)."""

    kind: ForgeKind
    api: str
    token: SecretFile
    context: str


def status_options(
    forge: Forge = None,
    forge_api: ForgeApi = "",
    forge_token_file: ForgeTokenFile = None,
    status_context: StatusContext = "reconciler",
) -> StatusOptions | None:
    """None where no statuses are shown. Raises BadParameter, SecretError."""
    if forge is None:
        return None
    text = os.environ.get(_FORGE_TOKEN, "")
    if forge_token_file is None and not text:
        raise typer.BadParameter("a commit status needs a token; name its file with --forge-token-file", param_hint="--forge")
    token = SecretFile(forge_token_file, text)
    token.read()
    return StatusOptions(forge, forge_api, token, status_context)


shows_statuses = grouped("statuses", status_options)
"""Replaces the parameter `statuses` of a command by the options of `status_options`."""


@dataclass(frozen=True, slots=True)
class ForgeAccess:
    """The forge of a repository, for a command that makes requests to it."""

    kind: ForgeKind | None
    api: str
    allow_insecure: bool

    def needed(self) -> ForgeKind:
        """Raises BadParameter where the options name no forge."""
        if self.kind is None:
            raise typer.BadParameter(f"name the forge: {one_of([str(one) for one in ForgeKind])}", param_hint="--forge")
        return self.kind

    def address(self, url: str) -> ForgeAddress:
        """url: of the repository. Raises BadParameter, ForgeAddressError."""
        return address_of(self.needed(), url, self.api, allow_insecure=self.allow_insecure)


def forge_access(forge: ForgeOfRepository = None, forge_api: ForgeApi = "", allow_insecure: AllowInsecure = False) -> ForgeAccess:
    return ForgeAccess(forge, forge_api, allow_insecure)


reaches_forge = grouped("at", forge_access)
"""Replaces the parameter `at` of a command by the options of `forge_access`."""


def forge_token(file: Path | None) -> SecretFile:
    """The token for a forge. Raises BadParameter, SecretError."""
    text = os.environ.get(_FORGE_TOKEN, "")
    if file is None and not text:
        raise typer.BadParameter(f"name the file with a token, or set {_FORGE_TOKEN}", param_hint="--forge-token-file")
    token = SecretFile(file, text)
    token.read()
    return token


async def remote_place(repo: str) -> tuple[str, Path | None]:
    """The URL of the repository, and the top of its work tree. Raises BadParameter where there is no URL."""
    if is_url(repo.strip()):
        return repo.strip(), None
    async with await Repository.open(repo) as repository:
        url = (await repository.remotes()).get(REMOTE, "")
        if not is_url(url):
            raise typer.BadParameter(f"{repository.place} has no remote `{REMOTE}` at a URL; name the URL", param_hint="--repo")
        return url, repository.work_tree


def news_recipients(values: list[str]) -> tuple[NewsRecipient, ...]:
    """Raises BadParameter, SecretError."""
    return tuple(map(_news_recipient, values))


def _news_recipient(value: str) -> NewsRecipient:
    form, _, file = value.partition("=")
    if form not in set(NotificationForm) or not file:
        forms = one_of([str(known) for known in NotificationForm])
        raise typer.BadParameter(f"{value} is no FORM=FILE with {forms}", param_hint="--notify")
    target = SecretFile(Path(file))
    target.read()
    return NewsRecipient(NotificationForm(form), target)
