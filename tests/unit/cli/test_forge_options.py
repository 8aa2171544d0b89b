"""What `run` asks for before it starts: no door without its secret, and no secret on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from reconciler.cli.forge_options import news_recipients, status_options, webhook_options
from reconciler.notify.forge_api import ForgeKind
from reconciler.notify.notifications import NotificationForm
from reconciler.notify.secret_file import SecretError

SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECONCILER_WEBHOOK_SECRET", "RECONCILER_FORGE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def test_without_an_address_no_webhooks_are_received(file: Path) -> None:
    assert webhook_options("", file).secrets is None


def test_webhooks_need_a_secret_that_cannot_be_guessed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(typer.BadParameter, match="--webhook-secret-file"):
        webhook_options("127.0.0.1:0", None)
    secrets = webhook_options("127.0.0.1:0", file).secrets
    assert secrets is not None
    assert secrets.read() == (SECRET,)
    file.write_text("short\n")
    with pytest.raises(SecretError, match="fewer than 16"):
        webhook_options("127.0.0.1:0", file)
    monkeypatch.setenv("RECONCILER_WEBHOOK_SECRET", SECRET)
    secrets = webhook_options("127.0.0.1:0", None).secrets
    assert secrets is not None
    assert secrets.read() == (SECRET,)


def test_statuses_need_a_token(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_options(None, "", file, "reconciler") is None
    with pytest.raises(typer.BadParameter, match="--forge-token-file"):
        status_options(ForgeKind.GITEA, "", None, "reconciler")
    with pytest.raises(SecretError):
        status_options(ForgeKind.GITEA, "", file.with_name("missing"), "reconciler")
    monkeypatch.setenv("RECONCILER_FORGE_TOKEN", SECRET)
    options = status_options(ForgeKind.GITEA, "", None, "reconciler")
    assert options is not None
    assert options.token.read() == (SECRET,)


def test_each_recipient_has_a_form_and_a_file(file: Path) -> None:
    recipients = news_recipients([f"slack={file}", f"webhook={file}"])
    assert [one.form for one in recipients] == [NotificationForm.SLACK, NotificationForm.WEBHOOK]
    for wrong in ("slack", "slack=", f"teams={file}", str(file)):
        with pytest.raises(typer.BadParameter, match="slack, alertmanager or webhook"):
            news_recipients([wrong])
