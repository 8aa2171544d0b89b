"""News for people and their tools, as plain requests: Slack's incoming webhooks, Alertmanager, and a signed webhook.

| Form | Is told | Sent |
|---|---|---|
| `slack` | a failure, once for each commit; that it is over | a text; Mattermost, Rocket.Chat and others read the same form |
| `alertmanager` | a failure, again every ten minutes; that it is over | one alert for the repository (API v2) |
| `webhook` | every change of the state | a JSON document, signed as Standard Webhooks says |
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError
from reconciler.notify.commit_status import CommitStatus, State
from reconciler.notify.request import Request, body_of
from reconciler.notify.standard_webhooks import signature_of

_REPEAT = 600.0
"""Seconds after which a failure that lasts is sent to Alertmanager again. Passes are never further apart for long."""
_LASTS = timedelta(minutes=30)
"""How long an alert is firing without being sent again: a process that is gone does not alert for ever."""
_ALERT = "ReconcilerNotAsDeclared"


class NotificationForm(StrEnum):
    SLACK = "slack"
    ALERTMANAGER = "alertmanager"
    WEBHOOK = "webhook"


class TargetError(ReconcilerError):
    """It is not known where a notification goes, or it must not go there."""


@dataclass(frozen=True, slots=True)
class News:
    """What became of a commit."""

    repository: str
    """Path or URL, without secrets."""
    status: CommitStatus
    at: datetime


def is_told(form: NotificationForm, news: News, *, failing: bool) -> bool:
    """Whether a recipient is told. failing: whether the last that it was told is a failure."""
    if form is NotificationForm.WEBHOOK or news.status.state is State.FAILURE:
        return True
    return failing and news.status.state is State.SUCCESS


def key_of(form: NotificationForm, news: News) -> tuple[object, ...]:
    """What is not sent again while it stays the same."""
    status = news.status
    if form is NotificationForm.SLACK:
        return (status.commit, status.state)
    if form is NotificationForm.ALERTMANAGER and status.state is State.FAILURE:
        return (status, int(news.at.timestamp() / _REPEAT))
    return (status,)


def request_of(form: NotificationForm, target: Sequence[str], news: News, now: datetime) -> Request:
    """target: the lines of the recipient's file: the URL; for a signed webhook then its secret. Raises TargetError."""
    url = _checked(form, target[0])
    match form:
        case NotificationForm.SLACK:
            return Request(url, {"text": _text(news)}, {})
        case NotificationForm.ALERTMANAGER:
            return Request(f"{url.rstrip('/')}/api/v2/alerts", [_alert(news, now)], {})
        case NotificationForm.WEBHOOK:
            if not target[1:]:
                raise TargetError("the file of a signed webhook has no secret", remedy="Write it on the second line.")
            return _signed(url, target[1], news, now)


def _checked(form: NotificationForm, url: str) -> str:
    """The URL of Slack is the credential itself, so it is not sent over plain http. It is not shown, either."""
    parts = urlsplit(url)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"the first line of the file of {form} is no http or https URL", remedy="Correct the file.")
    if form is NotificationForm.SLACK and parts.scheme == "http" and not is_here:
        raise TargetError("the URL of slack is a secret, and would be sent over plain http", remedy="Use https.")
    return url


def _text(news: News) -> str:
    status = news.status
    word = "is as declared again" if status.state is State.SUCCESS else "is not as declared"
    text = f"{news.repository} at {status.commit[:12]} {word}: {status.description}"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _alert(news: News, now: datetime) -> dict[str, object]:
    is_over = news.status.state is State.SUCCESS
    return {
        "labels": {"alertname": _ALERT, "severity": "warning", "repository": news.repository},
        "annotations": {"summary": news.status.description, "commit": news.status.commit},
        "endsAt": (now if is_over else now + _LASTS).isoformat(),
    }


def _signed(url: str, secret: str, news: News, now: datetime) -> Request:
    """The id stays the same when it is sent again, so that the receiver can tell."""
    status, moment = news.status, news.at.isoformat()
    data = {"repository": news.repository, "commit": status.commit, "state": str(status.state), "description": status.description}
    request = Request(url, {"type": "reconciler.status", "timestamp": moment, "data": data}, {})
    number = hashlib.sha256(body_of(request)).hexdigest()[:32]
    seconds = str(int(now.timestamp()))
    headers = {
        "webhook-id": number,
        "webhook-timestamp": seconds,
        "webhook-signature": signature_of(secret, number, seconds, body_of(request)),
    }
    return Request(url, request.body, headers)
