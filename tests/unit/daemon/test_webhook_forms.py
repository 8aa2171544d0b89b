"""The requests of each forge, written from its documentation: only authentic ones count, and only pushes to what is followed."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.daemon.webhook_forms import Form, MalformedError, Push, form_of, is_about, moves, push_of
from reconciler.daemon.webhook_signatures import TOLERANCE, delivery_of, is_authentic

SECRET, OLD = "0123456789abcdef-new", "0123456789abcdef-old"
KEY = b"a key of thirty-two bytes, 123456"
ENCODED = "whsec_" + base64.b64encode(KEY).decode()
NOW = 1_770_000_000.0
COMMIT, ZERO = "9049f1265b7d61be4a8904a9a27120d2064dab3b", "0" * 40


def digest(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def standard(body: bytes, *, key: bytes = SECRET.encode(), number: str = "msg_1", at: float = NOW) -> dict[str, str]:
    signature = hmac.digest(key, f"{number}.{int(at)}.".encode() + body, "sha256")
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


GITHUB_BODY = {"ref": "refs/heads/main", "before": ZERO, "after": COMMIT, "repository": {"id": 1, "full_name": "Org/config"}}
GITLAB_BODY = {
    "object_kind": "push",
    "event_name": "push",
    "ref": "refs/heads/main",
    "project": {"id": 15, "path_with_namespace": "org/group/config", "git_http_url": "https://gitlab.com/org/group/config.git"},
}
CLOUD_BODY = {
    "push": {"changes": [{"old": None, "new": {"type": "branch", "name": "main", "target": {"hash": COMMIT}}}]},
    "repository": {"full_name": "org/config", "name": "config"},
}
DATA_CENTER_BODY = {
    "eventKey": "repo:refs_changed",
    "repository": {"slug": "config", "project": {"key": "ORG"}},
    "changes": [{"ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"}, "type": "UPDATE"}],
}


def recorded(name: str) -> tuple[Form, dict[str, str], bytes, Push | None]:
    """Form, headers, body and what the request says."""
    if name == "github":
        body = json.dumps(GITHUB_BODY).encode()
        headers = {"x-github-event": "push", "x-github-delivery": "72d3162e", "x-hub-signature-256": f"sha256={digest(body)}"}
        return Form.GITHUB, headers, body, Push("Org/config", ("refs/heads/main",))
    if name == "github as a form":
        body = urlencode({"payload": json.dumps(GITHUB_BODY)}).encode()
        headers = {"x-github-event": "push", "x-hub-signature-256": f"sha256={digest(body)}"}
        headers["content-type"] = "application/x-www-form-urlencoded"
        return Form.GITHUB, headers, body, Push("Org/config", ("refs/heads/main",))
    if name == "github ping":
        body = b'{"zen": "Keep it logically awesome."}'
        return Form.GITHUB, {"x-github-event": "ping", "x-hub-signature-256": f"sha256={digest(body)}"}, body, None
    if name in ("gitea", "forgejo"):
        body = json.dumps({**GITHUB_BODY, "total_commits": 1}, indent=2).encode()
        headers = {f"x-{name}-event": "push", f"x-{name}-signature": digest(body), "x-github-event": "push"}
        headers |= {"x-hub-signature": "sha1=12", "x-hub-signature-256": f"sha256={digest(body)}", "x-gogs-event": "push"}
        return Form.GITEA, headers, body, Push("Org/config", ("refs/heads/main",))
    if name == "gitlab":
        body = json.dumps(GITLAB_BODY).encode()
        headers = {"x-gitlab-event": "Push Hook", "x-gitlab-token": SECRET, "x-gitlab-event-uuid": "13792a34"}
        return Form.GITLAB, headers, body, Push("org/group/config", ("refs/heads/main",))
    if name == "gitlab signed":
        body = json.dumps({**GITLAB_BODY, "object_kind": "tag_push", "ref": "refs/tags/v1"}).encode()
        headers = {"x-gitlab-event": "Tag Push Hook", **standard(body, key=KEY)}
        return Form.GITLAB, headers, body, Push("org/group/config", ("refs/tags/v1",))
    if name == "gitlab issue":
        body = b'{"object_kind": "issue"}'
        return Form.GITLAB, {"x-gitlab-event": "Issue Hook", "x-gitlab-token": SECRET}, body, None
    if name == "bitbucket cloud":
        body = json.dumps(CLOUD_BODY).encode()
        headers = {"x-event-key": "repo:push", "x-hook-uuid": "1", "x-hub-signature": f"sha256={digest(body)}"}
        return Form.BITBUCKET, headers, body, Push("org/config", ("main",))
    if name == "bitbucket data center":
        body = json.dumps(DATA_CENTER_BODY).encode()
        headers = {"x-event-key": "repo:refs_changed", "x-request-id": "1", "x-hub-signature": f"sha256={digest(body)}"}
        return Form.BITBUCKET, headers, body, Push("ORG/config", ("refs/heads/main",))
    if name == "bitbucket ping":
        body = b'{"test": true}'
        return Form.BITBUCKET, {"x-event-key": "diagnostics:ping", "x-hub-signature": f"sha256={digest(body)}"}, body, None
    if name == "signed":
        body = b'{"repository": "org/config", "ref": "main"}'
        headers = {"content-type": "application/x-www-form-urlencoded", **standard(body)}  # as curl does
        return Form.SIGNED, headers, body, Push("org/config", ("main",))
    body = b""
    return Form.SIGNED, standard(body, key=KEY), body, Push("", ())


NAMES = (
    "github", "github as a form", "github ping", "gitea", "forgejo", "gitlab", "gitlab signed", "gitlab issue", "bitbucket cloud",
    "bitbucket data center", "bitbucket ping", "signed", "signed and empty",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_request_is_authentic_and_understood(name: str) -> None:
    form, headers, body, push = recorded(name)
    assert form_of(headers) is form
    assert is_authentic(form, headers, body, (OLD, SECRET, ENCODED), NOW)
    assert push_of(form, headers, body) == push


@pytest.mark.parametrize("name", NAMES)
def test_without_the_secret_nothing_is_authentic(name: str) -> None:
    form, headers, body, _ = recorded(name)
    for secrets in ((), (OLD,), (SECRET + "x",), (SECRET[:-1],)):
        assert not is_authentic(form, headers, body, secrets, NOW)
    bare = {header: value for header, value in headers.items() if "signature" not in header and "token" not in header}
    assert not is_authentic(form, bare, body, (SECRET, ENCODED), NOW)


_BITS = st.integers(min_value=0, max_value=7)


@given(st.sampled_from([name for name in NAMES if name not in ("gitlab", "gitlab issue")]), st.data())
def test_no_change_of_a_signed_request_is_accepted(name: str, data: st.DataObject) -> None:
    """One bit of the body or of the signature, a byte more or less; and of the standard form the id and the time, too."""
    form, headers, body, _ = recorded(name)
    signed = [header for header in headers if "signature" in header and header not in ("x-hub-signature", "x-hub-signature-256")]
    counted = signed or [header for header in headers if "signature" in header]
    if form in (Form.SIGNED, Form.GITLAB):
        counted += ["webhook-id", "webhook-timestamp"]
    part = data.draw(st.sampled_from(["body", *counted]))
    content = body if part == "body" else headers[part].encode()
    kinds = ["longer"] + (["flipped", "shorter"] if content else [])
    match data.draw(st.sampled_from(kinds)):
        case "longer":
            place = data.draw(st.integers(0, len(content)))
            changed = content[:place] + data.draw(st.binary(min_size=1, max_size=3)) + content[place:]
        case "shorter":
            place = data.draw(st.integers(0, len(content) - 1))
            changed = content[:place] + content[place + 1 :]
        case _:
            place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(_BITS)
            changed = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
    if part == "body":
        assert not is_authentic(form, headers, changed, (SECRET, ENCODED), NOW)
        return
    text = changed.decode("utf-8", "surrogateescape")
    is_same = part == "webhook-signature" and headers[part] in text.split(" ")  # One more signature beside the valid one.
    assert is_authentic(form, {**headers, part: text}, body, (SECRET, ENCODED), NOW) is is_same


@pytest.mark.parametrize(("age", "accepted"), [(0, True), (TOLERANCE - 1, True), (TOLERANCE + 2, False), (-TOLERANCE - 2, False)])
def test_a_signed_time_far_from_now_is_refused(age: float, accepted: bool) -> None:
    assert is_authentic(Form.SIGNED, standard(b"{}"), b"{}", (SECRET,), NOW + age) is accepted


def test_a_request_of_gitlab_with_a_signature_needs_a_valid_one() -> None:
    """Its token alone does not count then: the signature is what protects the body."""
    _, headers, body, _ = recorded("gitlab")
    forged = {**headers, **standard(body, key=b"another key")}
    assert not is_authentic(Form.GITLAB, forged, body, (SECRET,), NOW)


def test_the_sha1_signature_of_github_does_not_count() -> None:
    body = json.dumps(GITHUB_BODY).encode()
    headers = {"x-github-event": "push", "x-hub-signature": f"sha1={hmac.new(SECRET.encode(), body, 'sha1').hexdigest()}"}
    assert not is_authentic(Form.GITHUB, headers, body, (SECRET,), NOW)


def test_one_delivery_stays_one_whatever_unsigned_headers_say() -> None:
    form, headers, body, _ = recorded("github")
    assert delivery_of(form, headers, body) == delivery_of(form, {**headers, "x-github-delivery": "another"}, body)
    assert delivery_of(form, headers, body) != delivery_of(form, headers, body + b" ")
    assert delivery_of(Form.SIGNED, standard(b"1"), b"1") == delivery_of(Form.SIGNED, standard(b"1", at=NOW + 60), b"1")
    assert delivery_of(Form.SIGNED, standard(b"1"), b"1") != delivery_of(Form.SIGNED, standard(b"1", number="msg_2"), b"1")


def test_a_request_of_nobody_has_no_form() -> None:
    assert form_of({"content-type": "application/json", "x-hub-signature-256": "sha256=12"}) is None


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"ref": ' * 50_000, b'"text"'],
    ids=lambda body: body[:8].decode("latin1"),
)
def test_an_unreadable_body_is_told_as_such(body: bytes) -> None:
    with pytest.raises(MalformedError):
        push_of(Form.GITHUB, {"x-github-event": "push"}, body)


_FIELDS = (
    "ref",
    "repository",
    "full_name",
    "project",
    "path_with_namespace",
    "push",
    "changes",
    "new",
    "name",
    "object_kind",
    "slug",
)
_VALUES = st.sampled_from([None, True, 7, "", "push", "main", [], ["main"], [{"ref": 7}], [{"new": {"name": "main"}}]])
_DOCUMENTS = st.recursive(_VALUES, lambda inner: st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4), max_leaves=8)


@given(st.dictionaries(st.sampled_from(_FIELDS), _DOCUMENTS, max_size=5), st.sampled_from(NAMES))
def test_any_document_is_read(document: dict[str, Any], name: str) -> None:
    """A field of another type than documented counts as one that is missing."""
    form, headers, _, _ = recorded(name)
    push = push_of(form, {**headers, "content-type": "application/json"}, json.dumps(document).encode())
    assert push is None or all(isinstance(ref, str) and ref for ref in push.refs)


@pytest.mark.parametrize(
    ("named", "place", "is_ours"),
    [
        ("org/config", "https://github.com/org/config.git", True),
        ("Org/Config", "https://github.com/org/config", True),
        ("org/config", "git@github.com:org/config.git", True),
        ("org/config", "ssh://git@forge.internal:2222/org/config.git/", True),
        ("org/group/config", "https://host/gitlab/org/group/config.git", True),
        ("ORG/config", "https://bitbucket.internal/scm/org/config.git", True),
        ("org/config", "/srv/git/org/config.git", True),
        ("https://github.com/org/config.git", "https://github.com/org/config", True),
        ("", "https://github.com/org/config", True),
        ("org/other", "https://github.com/org/config.git", False),
        ("other/config", "https://github.com/org/config.git", False),
        ("evil-org/config", "https://github.com/org/config.git", False),
        ("g/config", "https://github.com/org/config.git", False),
        ("org/config/more", "https://github.com/org/config.git", False),
    ],
)
def test_a_repository_is_known_by_its_path(named: str, place: str, is_ours: bool) -> None:
    assert is_about(Push(named, ()), ("https://elsewhere.example/a/b", place)) is is_ours


@pytest.mark.parametrize(
    ("refs", "branch", "moved"),
    [
        (("refs/heads/main",), "main", True),
        (("main",), "refs/heads/main", True),
        (("refs/tags/v1",), "v1", True),
        (("refs/heads/other", "refs/heads/main"), "main", True),
        ((), "main", True),
        (("refs/heads/main",), "", True),
        (("refs/heads/other",), "main", False),
        (("refs/heads/reconciler/status",), "main", False),
        (("refs/heads/reconciler/status",), "", False),
        (("refs/heads/feature/main",), "main", False),
        (("refs/tags/v1.2.3",), "semver:1.x", True),
        (("refs/tags/v2.0.0",), "semver:1.x", False),
    ],
)
def test_only_the_followed_branch_counts(refs: tuple[str, ...], branch: str, moved: bool) -> None:
    assert moves(Push("org/config", refs), branch, but="reconciler/status") is moved
