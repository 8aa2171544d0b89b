"""The webhooks of forges as plain values: who sent a request, whether it is authentic, what was pushed.

| Form | Recognized by | Signature |
|---|---|---|
| Gitea, Forgejo | `X-Gitea-Event`, `X-Forgejo-Event` | `X-Gitea-Signature`, `X-Forgejo-Signature`: HMAC-SHA256 of the body, hex |
| GitHub | `X-GitHub-Event` | `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the body, hex |
| GitLab | `X-Gitlab-Event` | `webhook-signature` as in the last row; without it `X-Gitlab-Token`: the secret itself |
| Bitbucket Cloud, Data Center | `X-Event-Key` | `X-Hub-Signature`: `sha256=` and the HMAC-SHA256 of the body, hex |
| signed | `webhook-signature` | `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body`, base64 (Standard Webhooks) |

Gitea sends the headers of GitHub too, so it is recognized first. Nothing of a request is parsed before its signature is checked.
The names of headers are in lower case here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from reconciler.repo.followed import is_concerned, short_name


class Form(StrEnum):
    """Who sends webhooks in which form. The values are labels of a metric."""

    GITEA = "gitea"
    """And Forgejo."""
    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    SIGNED = "signed"
    """Anybody who signs as Standard Webhooks says."""


@dataclass(frozen=True, slots=True)
class Push:
    """What one request says was pushed."""

    repository: str
    """Its path at the forge, such as `org/config`; empty where the sender does not name it."""
    refs: tuple[str, ...]
    """Branches and tags, short (`main`) or full (`refs/heads/main`); empty where the sender names none."""


class MalformedError(Exception):
    """The body of an authentic request cannot be read. The message says why."""


_EVENT_HEADERS = (
    ("x-gitea-event", Form.GITEA),
    ("x-forgejo-event", Form.GITEA),
    ("x-github-event", Form.GITHUB),
    ("x-gitlab-event", Form.GITLAB),
    ("x-event-key", Form.BITBUCKET),
    ("webhook-signature", Form.SIGNED),
)


def form_of(headers: Mapping[str, str]) -> Form | None:
    """The form of a request, by its headers alone; None for a request of no form."""
    return next((form for header, form in _EVENT_HEADERS if header in headers), None)


def push_of(form: Form, headers: Mapping[str, str], body: bytes) -> Push | None:
    """What was pushed; None for another event. Raises MalformedError."""
    payload = _payload(headers, body)
    match form:
        case Form.GITEA:
            return _github_push(headers.get("x-gitea-event") or headers.get("x-forgejo-event"), payload)
        case Form.GITHUB:
            return _github_push(headers["x-github-event"], payload)
        case Form.GITLAB:
            is_push = payload.get("object_kind") in ("push", "tag_push")
            return Push(_text(payload, "project", "path_with_namespace"), _texts([payload], "ref")) if is_push else None
        case Form.BITBUCKET:
            return _bitbucket_push(headers["x-event-key"], payload)
        case Form.SIGNED:
            return Push(_text(payload, "repository"), _texts([payload], "ref"))


def is_about(push: Push, places: Iterable[str]) -> bool:
    """Whether a push is to the repository at one of these places (URLs or folders).

    Their paths are compared, not their hosts: inside a cluster a forge often has another name than the one that it says of
    itself. The forge may be below a path of its host.
    """
    named = _path(push.repository)
    return not named or any(_path(place)[-len(named) :] == named for place in places)


def moves(push: Push, branch: str, *, but: str) -> bool:
    """Whether a push may have moved what is followed. branch: a branch, a tag, a range of tags, or empty where it is not known.
    but: a branch that is never followed."""
    names = {short_name(ref) for ref in push.refs}
    if not branch:
        return names != {but}
    return not names or any(is_concerned(branch, name, is_default=False) for name in names)


def _payload(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """The JSON document; forges can also send it as the field `payload` of a form. An empty body is an empty document. Of a body
    that is JSON the type does not count: `curl --data` calls it a form."""
    try:
        text = body.decode()
        if text.startswith("payload=") and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text, max_num_fields=10).get("payload", [""])[0]
        payload = json.loads(text) if text.strip() else {}
    except RecursionError:
        raise MalformedError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise MalformedError(f"the body is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise MalformedError("the body is not a JSON object")
    return payload


def _github_push(event: str | None, payload: Mapping[str, Any]) -> Push | None:
    return Push(_text(payload, "repository", "full_name"), _texts([payload], "ref")) if event == "push" else None


def _bitbucket_push(event: str, payload: Mapping[str, Any]) -> Push | None:
    """Cloud names a branch that is deleted only as the old one. Data Center has projects in place of workspaces."""
    if event == "repo:push":
        changes = _items(payload, "push", "changes")
        return Push(_text(payload, "repository", "full_name"), (*_texts(changes, "new", "name"), *_texts(changes, "old", "name")))
    if event == "repo:refs_changed":
        project, name = _text(payload, "repository", "project", "key"), _text(payload, "repository", "slug")
        return Push(f"{project}/{name}", _texts(_items(payload, "changes"), "ref", "id"))
    return None


def _value(payload: Any, *path: str) -> Any:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def _text(payload: Any, *path: str) -> str:
    value = _value(payload, *path)
    return value if isinstance(value, str) else ""


def _items(payload: Any, *path: str) -> Sequence[Any]:
    value = _value(payload, *path)
    return value if isinstance(value, list) else ()


def _texts(items: Iterable[Any], *path: str) -> tuple[str, ...]:
    return tuple(filter(None, (_text(item, *path) for item in items)))


def _path(place: str) -> list[str]:
    """The parts of the path of a URL, of `host:path`, or of a folder."""
    path = re.sub(r"^([a-z][a-z0-9+.-]*://[^/]*|[^/]*:)", "", place, flags=re.IGNORECASE)
    return [part.casefold() for part in path.removesuffix("/").removesuffix(".git").split("/") if part]
