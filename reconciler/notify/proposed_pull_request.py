"""The one pull request (GitLab: merge request) of a branch that this program writes.

It is ours if its branch is ours, in the same repository, and its first line is our marker with the cause. One without the marker
was opened by a person: it stays as it is, and no second one is opened beside it. One that was closed or merged is an answer to
its cause: none is opened for that cause again. What this program closes loses its marker, because it is no answer.

| Forge | Requests |
|---|---|
| GitHub, Gitea, Forgejo | `GET`, `POST /repos/OWNER/NAME/pulls`, `PATCH …/pulls/N` |
| GitLab | `GET`, `POST /projects/PATH/merge_requests`, `PUT …/merge_requests/N` |
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeKind

_MOST = 200
"""Pull requests that are looked at, the newest first, for an answer that was given."""
_MARKER = "<!-- reconciler proposal "


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What is to be open; without a cause: nothing is."""

    branch: str
    """That which is to be merged."""
    base: str
    """That into which; empty: the default branch of the repository."""
    cause: str = ""
    """A word that is another one where something else is proposed; empty where nothing is."""
    title: str = ""
    text: str = ""
    """Markdown; its first line is the marker."""


class Action(StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    ANSWERED = "answered"
    """Somebody merged or closed it."""
    FOREIGN = "foreign"
    """A person has opened one for the branch."""
    NONE = "none"
    """None is to be open, and none is."""


@dataclass(frozen=True, slots=True)
class Kept:
    action: Action
    number: int = 0
    """0 where there is none."""


def marker_of(cause: str) -> str:
    """The first line of the body."""
    return f"{_MARKER}{cause} -->"


async def keep_pull_request(forge: Forge, wanted: PullRequest) -> Kept:
    """Opens, edits or closes ours, so that it is as wanted. Raises RefusedError, NoAnswerError."""
    base = wanted.base or str((await forge.ask("GET", ""))["default_branch"])
    found = [one async for one in _all(forge, wanted.branch, base, "open")]
    own = [one for one in found if _is_ours(forge, one)]
    if not wanted.cause:
        for one in own:
            await _close(forge, one)
        return Kept(Action.CLOSED, _number(forge, own[0])) if own else Kept(Action.NONE)
    if own:
        return await _update(forge, own[-1], wanted)  # The oldest; a forge refuses a second one of the same branches.
    if found:
        return Kept(Action.FOREIGN, _number(forge, found[-1]))
    async for one in _all(forge, wanted.branch, base, "closed"):
        if _first_line(forge, one) == marker_of(wanted.cause):
            return Kept(Action.ANSWERED, _number(forge, one))
    names = ("source_branch", "target_branch") if _is_gitlab(forge) else ("head", "base")
    document = dict(zip(names, (wanted.branch, base), strict=True))
    made = await forge.ask("POST", _path(forge), {**document, "title": wanted.title, _body(forge): wanted.text})
    return Kept(Action.OPENED, _number(forge, made))


async def _all(forge: Forge, branch: str, base: str, state: str) -> AsyncIterator[dict[str, Any]]:
    """Those of the branch in this repository, the newest first. state: open, or closed with those that are merged."""
    if _is_gitlab(forge):
        states = "opened" if state == "open" else "all"
        query = f"state={states}&source_branch={quote(branch, safe='')}&target_branch={quote(base, safe='')}&order_by=created_at"
    elif forge.address.kind is ForgeKind.GITHUB:
        owner = forge.address.repository.partition("/")[0]
        query = f"state={state}&head={quote(f'{owner}:{branch}', safe='')}&base={quote(base, safe='')}"
    else:
        query = f"state={state}&sort=recentupdate"
    seen = 0
    async for one in forge.each(f"{_path(forge)}?{query}"):
        if _is_of(forge, one, branch, base) and (one["state"] in ("open", "opened")) is (state == "open"):
            yield one
        seen += 1
        if seen >= _MOST and state != "open":
            return


def _is_of(forge: Forge, one: dict[str, Any], branch: str, base: str) -> bool:
    """A branch of the same name in a fork is none of ours."""
    if _is_gitlab(forge):
        return bool(
            (one["source_branch"], one["target_branch"], one["source_project_id"]) == (branch, base, one["target_project_id"])
        )
    head = one["head"]
    repository = (head.get("repo") or {}).get("full_name", "")  # null: the fork was deleted
    return bool((head["ref"], one["base"]["ref"]) == (branch, base) and repository.lower() == forge.address.repository.lower())


async def _update(forge: Forge, one: dict[str, Any], wanted: PullRequest) -> Kept:
    number = _number(forge, one)
    if one["title"] == wanted.title and _lines(one[_body(forge)]) == _lines(wanted.text):
        return Kept(Action.UNCHANGED, number)
    await _change(forge, number, {"title": wanted.title, _body(forge): wanted.text})
    return Kept(Action.UPDATED, number)


async def _close(forge: Forge, one: dict[str, Any]) -> None:
    """Its text stays, with the reason in place of the marker."""
    text = "\n".join(_lines(one[_body(forge)])[1:])
    state = {"state_event": "close"} if _is_gitlab(forge) else {"state": "closed"}
    await _change(forge, _number(forge, one), {_body(forge): f"{CLOSED}\n{text}\n", **state})


async def _change(forge: Forge, number: int, document: dict[str, Any]) -> None:
    await forge.ask("PUT" if _is_gitlab(forge) else "PATCH", f"{_path(forge)}/{number}", document)


def _is_ours(forge: Forge, one: dict[str, Any]) -> bool:
    return _first_line(forge, one).startswith(_MARKER)


def _first_line(forge: Forge, one: dict[str, Any]) -> str:
    return next(iter(_lines(one[_body(forge)])), "")


def _lines(body: str | None) -> list[str]:
    """Forges differ in line breaks, and in those at the end."""
    return (body or "").rstrip().splitlines()


def _number(forge: Forge, one: dict[str, Any]) -> int:
    return int(one["iid" if _is_gitlab(forge) else "number"])


def _path(forge: Forge) -> str:
    return "/merge_requests" if _is_gitlab(forge) else "/pulls"


def _body(forge: Forge) -> str:
    return "description" if _is_gitlab(forge) else "body"


def _is_gitlab(forge: Forge) -> bool:
    return forge.address.kind is ForgeKind.GITLAB


CLOSED = "**Closed by Reconciler: what was proposed here is not to be done any more.**"
