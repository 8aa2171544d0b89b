"""News in the forms of Slack, Alertmanager and Standard Webhooks: who is told what, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.daemon.webhook_forms import Form
from reconciler.daemon.webhook_signatures import is_authentic
from reconciler.notify.commit_status import CommitStatus, State
from reconciler.notify.notifications import News, NotificationForm, TargetError, is_told, key_of, request_of
from reconciler.notify.request import body_of

COMMIT = "9049f1265b7d61be4a8904a9a27120d2064dab3b"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SLACK, ALERTMANAGER, WEBHOOK = NotificationForm.SLACK, NotificationForm.ALERTMANAGER, NotificationForm.WEBHOOK
FAILED = News("https://git.example.com/org/config", CommitStatus(COMMIT, State.FAILURE, "m2: <no> & answer"), NOW)
DONE = replace(FAILED, status=CommitStatus(COMMIT, State.SUCCESS, "12 objects on 3 members as declared."))
BEGUN = replace(FAILED, status=CommitStatus(COMMIT, State.PENDING, "This revision is being applied."))


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (SLACK, {"failure", "success after a failure"}),
        (ALERTMANAGER, {"failure", "success after a failure"}),
        (WEBHOOK, {"failure", "success after a failure", "success", "pending"}),
    ],
)
def test_who_is_told_what(form: NotificationForm, told: set[str]) -> None:
    cases = {
        "failure": (FAILED, False),
        "success after a failure": (DONE, True),
        "success": (DONE, False),
        "pending": (BEGUN, False),
    }
    assert {name for name, (news, failing) in cases.items() if is_told(form, news, failing=failing)} == told


def test_slack_is_told_of_a_failure_once_for_each_commit() -> None:
    another = replace(FAILED, status=replace(FAILED.status, description="m3: no answer"), at=NOW + timedelta(hours=1))
    assert key_of(SLACK, FAILED) == key_of(SLACK, another) != key_of(SLACK, DONE)
    assert key_of(SLACK, FAILED) != key_of(SLACK, replace(FAILED, status=replace(FAILED.status, commit="0" * 40)))


def test_alertmanager_is_told_again_before_the_alert_ends() -> None:
    later = [replace(FAILED, at=NOW + timedelta(minutes=minutes)) for minutes in (1, 11, 21)]
    assert len({key_of(ALERTMANAGER, news) for news in (FAILED, *later)}) == 3
    assert len({key_of(ALERTMANAGER, replace(DONE, at=news.at)) for news in later}) == 1
    ends = datetime.fromisoformat(request_of(ALERTMANAGER, ["http://am:9093"], FAILED, NOW).body[0]["endsAt"])
    assert ends >= NOW + timedelta(minutes=22)


def test_slack() -> None:
    request = request_of(SLACK, ["https://hooks.slack.com/services/T0/B0/xyz"], FAILED, NOW)
    assert request.url == "https://hooks.slack.com/services/T0/B0/xyz"
    assert request.body == {
        "text": "https://git.example.com/org/config at 9049f1265b7d is not as declared: m2: &lt;no&gt; &amp; answer"
    }
    assert "is as declared again" in request_of(SLACK, [request.url], DONE, NOW).body["text"]
    assert "xyz" not in repr(request)


def test_alertmanager() -> None:
    request = request_of(ALERTMANAGER, ["http://alertmanager.monitoring:9093/"], FAILED, NOW)
    assert request.url == "http://alertmanager.monitoring:9093/api/v2/alerts"
    (alert,) = request.body
    assert alert["labels"] == {
        "alertname": "ReconcilerNotAsDeclared",
        "severity": "warning",
        "repository": "https://git.example.com/org/config",
    }
    assert alert["annotations"] == {"summary": "m2: <no> & answer", "commit": COMMIT}
    (over,) = request_of(ALERTMANAGER, ["http://alertmanager:9093"], DONE, NOW).body
    assert (over["labels"], over["endsAt"]) == (alert["labels"], NOW.isoformat())


@pytest.mark.parametrize("secret", ["0123456789abcdef", "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="])
def test_our_signed_webhook_is_one_that_we_accept(secret: str) -> None:
    request = request_of(WEBHOOK, ["https://hooks.example.com/x", secret], FAILED, NOW)
    assert request.body == {
        "type": "reconciler.status",
        "timestamp": NOW.isoformat(),
        "data": {
            "repository": "https://git.example.com/org/config",
            "commit": COMMIT,
            "state": "failure",
            "description": "m2: <no> & answer",
        },
    }
    assert is_authentic(Form.SIGNED, request.headers, body_of(request), (secret,), NOW.timestamp())
    assert not is_authentic(Form.SIGNED, request.headers, body_of(request), ("another",), NOW.timestamp())
    again = request_of(WEBHOOK, ["https://hooks.example.com/x", secret], FAILED, NOW + timedelta(minutes=2))
    assert again.headers["webhook-id"] == request.headers["webhook-id"]
    assert again.headers["webhook-timestamp"] != request.headers["webhook-timestamp"]


@pytest.mark.parametrize(
    ("form", "target"),
    [
        (SLACK, ["http://hooks.slack.com/services/T0/B0/xyz"]),
        (SLACK, ["hooks.slack.com/services/T0/B0/xyz"]),
        (ALERTMANAGER, ["file:///etc/passwd"]),
        (WEBHOOK, ["https://hooks.example.com/xyz"]),
    ],
)
def test_an_unusable_target_is_refused_and_not_shown(form: NotificationForm, target: list[str]) -> None:
    with pytest.raises(TargetError) as refused:
        request_of(form, target, FAILED, NOW)
    assert "xyz" not in str(refused.value)
