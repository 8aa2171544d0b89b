"""One comment on a pull request that is kept up to date, and the pull request of a commit.

A comment is ours if its first line is our marker and its author is the account of the token. Both are needed: everybody may write
a comment that begins with the marker, and a forge lets some tokens edit the comments of others, under whose names they stay.

| Forge | Comments |
|---|---|
| GitHub, Gitea, Forgejo | `GET`, `POST /repos/OWNER/NAME/issues/N/comments`, `PATCH …/issues/comments/ID` |
| GitLab | `GET`, `POST /projects/PATH/merge_requests/N/notes`, `PUT …/notes/ID` |

`GET /user` tells whose the token is. The token of an app, such as that of GitHub Actions, is no user's and refused there: then a
comment of any bot is ours. So is the token of Actions at Gitea and Forgejo: their account is known by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from reconciler.errors import ReconcilerError
from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeKind
from reconciler.notify.http_door import NoAnswerError, RefusedError
from reconciler.passes.pass_backoff import pause_after_failures

T = TypeVar("T")


class CommentAction(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class KeptComment:
    id: int
    action: CommentAction


class SeveralPullRequestsError(ReconcilerError):
    """It is not known which pull request is meant."""


async def keep_comment(forge: Forge, number: int, text: str) -> KeptComment:
    """Makes the text the content of our comment. Raises RefusedError, NoAnswerError.

    text: its first line is the marker by which our comment is found again. Where several comments are ours, the oldest is kept.
    """
    marker, _, _ = text.partition("\n")
    own = await _own_comment(forge, number, marker)
    if own is None:
        made = await forge.ask("POST", _comments(forge, number), {"body": text})
        return KeptComment(int(made["id"]), CommentAction.CREATED)
    if _lines(own["body"]) == _lines(text):
        return KeptComment(int(own["id"]), CommentAction.UNCHANGED)
    if forge.address.kind is ForgeKind.GITLAB:
        await forge.ask("PUT", f"{_comments(forge, number)}/{own['id']}", {"body": text})
    else:
        await forge.ask("PATCH", f"/issues/comments/{own['id']}", {"body": text})
    return KeptComment(int(own["id"]), CommentAction.UPDATED)


async def pull_request_at(forge: Forge, head: str, number: int = 0) -> int | None:
    """The number of the open pull request whose newest commit this is; None where there is none, any more or yet.

    The forge is asked for all open ones: it does not list commits of forks among those of the repository.
    number: of the only one that is looked at; 0: of any. Raises SeveralPullRequestsError, RefusedError, NoAnswerError.
    """
    kind = forge.address.kind
    path, name, state = ("/merge_requests", "iid", "opened") if kind is ForgeKind.GITLAB else ("/pulls", "number", "open")
    if number:
        one = await forge.ask("GET", f"{path}/{number}")
        return number if one["state"] == state and _head(kind, one) == head else None
    found = sorted([int(one[name]) async for one in forge.each(f"{path}?state={state}") if _head(kind, one) == head])
    if len(found) > 1:
        raise SeveralPullRequestsError(
            f"the pull requests {', '.join(map(str, found))} all have the newest commit {head}",
            remedy=f"Name one: reconciler comment {found[0]} --head {head}.",
        )
    return found[0] if found else None


async def with_retries(attempt: Callable[[], Awaitable[T]], pause: Callable[[int], float] = pause_after_failures) -> T:
    """What the attempt returns, after at most five. Raises what the attempt raises; NoAnswerError only from the last one.

    pause: the seconds after so many failures.
    """
    for failures in range(1, _ATTEMPTS):
        try:
            return await attempt()
        except NoAnswerError:
            await asyncio.sleep(pause(failures))
    return await attempt()


def _comments(forge: Forge, number: int) -> str:
    return f"/merge_requests/{number}/notes" if forge.address.kind is ForgeKind.GITLAB else f"/issues/{number}/comments"


async def _own_comment(forge: Forge, number: int, marker: str) -> dict[str, Any] | None:
    """The oldest. What comes after it is not read, however much others write."""
    kind, wrote = forge.address.kind, None
    oldest_first = "?sort=asc&order_by=created_at" if kind is ForgeKind.GITLAB else ""  # The others give this order always.
    async for one in forge.each(f"{_comments(forge, number)}{oldest_first}"):
        if _lines(one["body"])[:1] == [marker]:
            wrote = wrote or partial(_wrote, kind, await _account(forge))
            if wrote(one):
                return one
    return None


async def _account(forge: Forge) -> int | None:
    """The id of the account of the token; None where the token is none of a user. Raises RefusedError, NoAnswerError."""
    try:
        return int((await forge.ask("GET", "/user", anywhere=True))["id"])
    except RefusedError as error:
        if forge.address.kind is ForgeKind.GITLAB or error.status not in _NO_USER:
            raise
        return None


def _wrote(kind: ForgeKind, me: int | None, comment: dict[str, Any]) -> bool:
    author = comment["author" if kind is ForgeKind.GITLAB else "user"] or {}  # null: the account was deleted
    if me is not None:
        return author.get("id") == me
    return author.get("type") == "Bot" if kind is ForgeKind.GITHUB else author.get("id") == _ACTIONS


def _head(kind: ForgeKind, pull_request: dict[str, Any]) -> str:
    return str(pull_request["sha"] if kind is ForgeKind.GITLAB else pull_request["head"]["sha"])


def _lines(body: str | None) -> list[str]:
    """Forges differ in line breaks, and in those at the end."""
    return (body or "").rstrip().splitlines()


_ATTEMPTS = 5
_ACTIONS = -2
"""The id of the account of Actions at Gitea and Forgejo. The comments of a deleted account have -1."""
_NO_USER = (401, 403, 404)
