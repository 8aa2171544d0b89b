"""Options of `run` about forges: how a push makes us fetch. Secrets come from files or from the environment, never as options:
every user of the machine can read a command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from reconciler.notify.secret_file import SecretFile

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

_WEBHOOK_SECRET = "RECONCILER_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_AT_LEAST = 16
"""Characters of a webhook's secret. Whoever recorded one request of a forge can try secrets without asking us."""


def webhook_secrets(listen: str, file: Path | None) -> SecretFile | None:
    """Where the secrets of webhooks are; None where none are received. Raises BadParameter, SecretError."""
    if not listen:
        return None
    text = os.environ.get(_WEBHOOK_SECRET, "")
    if file is None and not text:
        raise typer.BadParameter(
            "webhooks without a secret would let everybody make this process fetch; write one into a file and name it with "
            "--webhook-secret-file",
            param_hint="--webhook-listen",
        )
    secrets = SecretFile(file, text, _AT_LEAST)
    secrets.read()
    return secrets
