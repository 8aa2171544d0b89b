"""The one comment on a pull request, as the documentation of each forge has its requests.

A real Gitea proves its part in `tests/forge/test_comments.py`.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeAddress, ForgeKind
from reconciler.notify.http_door import NoAnswerError, RefusedError
from reconciler.notify.pull_requests import (
    CommentAction,
    KeptComment,
    SeveralPullRequestsError,
    keep_comment,
    pull_request_at,
    with_retries,
)
from tests.unit.notify.recorder import Recorder, recording

GITHUB, GITLAB, GITEA = ForgeKind.GITHUB, ForgeKind.GITLAB, ForgeKind.GITEA
MARKER, TEXT = "<!-- reconciler diff -->", "<!-- reconciler diff -->\n\n### 1 to change on 1 cluster\n"
HEAD, OTHER = "9049f1265b7d61be4a8904a9a27120d2064dab3b", "6dcb09b5b57875f334f61aebed695e2e4193db5e"
PROJECT = "/projects/org%2Fconfig"
LISTS = {
    GITHUB: "/repos/org/config/issues/17/comments",
    GITEA: "/repos/org/config/issues/17/comments",
    GITLAB: f"{PROJECT}/merge_requests/17/notes",
}
WRITES = {
    GITHUB: "PATCH /repos/org/config/issues/comments/",
    GITEA: "PATCH /repos/org/config/issues/comments/",
    GITLAB: f"PUT {PROJECT}/merge_requests/17/notes/",
}
ME = {"id": 4, "login": "reconciler-bot", "username": "reconciler-bot", "type": "User"}
STRANGER = {"id": 9, "login": "mallory", "username": "mallory", "type": "User"}


def comment(kind: ForgeKind, number: int, author: dict[str, Any] | None, body: str) -> dict[str, Any]:
    if kind is GITLAB:
        return {"id": number, "body": body, "author": author, "system": False, "noteable_iid": 17, "resolvable": False}
    return {"id": number, "body": body, "user": author, "created_at": "2026-03-01T10:00:00Z"}


async def kept(recorder: Recorder, kind: ForgeKind, text: str = TEXT) -> KeptComment:
    async with connected_forge(ForgeAddress(kind, recorder.url, "org/config"), "hush") as forge:
        return await keep_comment(forge, 17, text)


def writes(recorder: Recorder) -> list[tuple[str, Any]]:
    return [call for call in recorder.calls if not call[0].startswith("GET ")]


@pytest.mark.parametrize("kind", ForgeKind)
async def test_the_first_time_a_comment_is_created(kind: ForgeKind) -> None:
    async with recording() as recorder:
        recorder.routes = {
            f"GET {LISTS[kind]}": [comment(kind, 1, STRANGER, "Looks good.")],
            f"POST {LISTS[kind]}": {"id": 302, "body": TEXT},
        }
        assert await kept(recorder, kind) == KeptComment(302, CommentAction.CREATED)
    assert writes(recorder) == [(f"POST {LISTS[kind]}", {"body": TEXT})]


@pytest.mark.parametrize("kind", ForgeKind)
async def test_later_our_comment_is_edited_and_no_other(kind: ForgeKind) -> None:
    """A stranger's comment that begins with our marker, or a deleted account's, is not ours; nor is one that only quotes it."""
    async with recording() as recorder:
        recorder.routes = {
            "GET /user": ME,
            f"GET {LISTS[kind]}": [
                comment(kind, 1, STRANGER, TEXT),
                comment(kind, 2, None, TEXT),
                comment(kind, 3, ME, f"> {TEXT}"),
                comment(kind, 4, ME, f"{MARKER}\r\n\r\nolder"),
                comment(kind, 5, ME, TEXT),
            ],
            f"{WRITES[kind]}4": {"id": 4},
        }
        assert await kept(recorder, kind) == KeptComment(4, CommentAction.UPDATED)
    assert writes(recorder) == [(f"{WRITES[kind]}4", {"body": TEXT})]
    assert recorder.requests[0][0].startswith(f"{LISTS[kind]}?{'sort=asc&order_by=created_at&' if kind is GITLAB else ''}page=1&")
    assert [call for call, _ in recorder.calls].count("GET /user") == 1
    assert all("hush" in " ".join(headers.values()) for _, headers, _ in recorder.requests)


@pytest.mark.parametrize("kind", ForgeKind)
async def test_the_same_text_is_not_sent_again(kind: ForgeKind) -> None:
    async with recording() as recorder:
        recorder.routes = {
            "GET /user": ME,
            f"GET {LISTS[kind]}": [comment(kind, 4, ME, TEXT.rstrip().replace("\n", "\r\n"))],
        }
        assert await kept(recorder, kind) == KeptComment(4, CommentAction.UNCHANGED)
    assert writes(recorder) == []


async def test_our_comment_is_found_on_a_later_page() -> None:
    async with recording() as recorder:
        first = [comment(GITHUB, number, STRANGER, "talk") for number in range(50)]
        second = [comment(GITHUB, 51, ME, f"{MARKER}\nolder")]
        recorder.routes = {"GET /user": ME, f"{WRITES[GITHUB]}51": {"id": 51}}
        recorder.pages = {f"GET {LISTS[GITHUB]}": [first, second]}
        assert await kept(recorder, GITHUB) == KeptComment(51, CommentAction.UPDATED)
    assert [path.partition("?")[2] for path, _, _ in recorder.requests[:2]] == [
        f"page={page}&per_page=50&limit=50" for page in (1, 2)
    ]


@pytest.mark.parametrize(
    ("kind", "own", "other"),
    [
        (GITHUB, {"id": 41898282, "login": "github-actions[bot]", "type": "Bot"}, STRANGER),
        (GITEA, {"id": -2, "login": "gitea-actions"}, {"id": -1, "login": "Ghost"}),
    ],
)
async def test_the_token_of_actions_is_no_users(kind: ForgeKind, own: dict[str, Any], other: dict[str, Any]) -> None:
    async with recording() as recorder:
        recorder.routes = {
            "GET /user": 403,
            f"GET {LISTS[kind]}": [comment(kind, 1, other, TEXT), comment(kind, 2, own, f"{MARKER}\nolder")],
            f"{WRITES[kind]}2": {"id": 2},
        }
        assert await kept(recorder, kind) == KeptComment(2, CommentAction.UPDATED)


async def test_a_token_of_gitlab_without_the_right_to_ask_who_it_is_changes_nothing() -> None:
    async with recording() as recorder:
        recorder.routes = {"GET /user": 403, f"GET {LISTS[GITLAB]}": [comment(GITLAB, 1, STRANGER, TEXT)]}
        with pytest.raises(RefusedError):
            await kept(recorder, GITLAB)
    assert writes(recorder) == []


PULLS = {GITHUB: "/repos/org/config/pulls", GITEA: "/repos/org/config/pulls", GITLAB: f"{PROJECT}/merge_requests"}
OPEN = {GITHUB: "open", GITEA: "open", GITLAB: "opened"}


def pull(kind: ForgeKind, number: int, head: str, state: str = "") -> dict[str, Any]:
    own = {"iid": number, "sha": head} if kind is GITLAB else {"number": number, "head": {"sha": head, "repo": None}}
    return {"id": 1000 + number, "state": state or OPEN[kind], **own}


async def found(recorder: Recorder, kind: ForgeKind, number: int = 0) -> int | None:
    async with connected_forge(ForgeAddress(kind, recorder.url, "org/config"), "hush") as forge:
        return await pull_request_at(forge, HEAD, number)


@pytest.mark.parametrize("kind", ForgeKind)
async def test_the_pull_request_of_a_commit_is_looked_up(kind: ForgeKind) -> None:
    async with recording() as recorder:
        recorder.routes = {f"GET {PULLS[kind]}": [pull(kind, 16, OTHER), pull(kind, 17, HEAD)]}
        assert await found(recorder, kind) == 17
        assert f"?state={OPEN[kind]}&page=1&" in recorder.requests[0][0]
        recorder.routes = {f"GET {PULLS[kind]}": [pull(kind, 16, OTHER)]}
        assert await found(recorder, kind) is None
        recorder.routes = {f"GET {PULLS[kind]}": [pull(kind, 17, HEAD), pull(kind, 3, HEAD)]}
        with pytest.raises(SeveralPullRequestsError, match="3, 17"):
            await found(recorder, kind)


@pytest.mark.parametrize("kind", ForgeKind)
async def test_a_named_pull_request_must_be_open_at_the_commit(kind: ForgeKind) -> None:
    async with recording() as recorder:
        for one, expected in ((pull(kind, 17, HEAD), 17), (pull(kind, 17, OTHER), None), (pull(kind, 17, HEAD, "closed"), None)):
            recorder.routes = {f"GET {PULLS[kind]}/17": one}
            assert await found(recorder, kind, 17) == expected


async def test_only_what_may_go_away_is_tried_again_and_not_for_ever() -> None:
    pauses: list[int] = []

    def pause(failures: int) -> float:
        pauses.append(failures)
        return 0

    async with recording() as recorder:
        recorder.answers = [(503, ""), (502, ""), (200, "[]"), (201, '{"id": 1}')]
        assert await with_retries(lambda: kept(recorder, GITHUB), pause) == KeptComment(1, CommentAction.CREATED)
        recorder.answers = [(503, "")] * 9
        with pytest.raises(NoAnswerError):
            await with_retries(lambda: kept(recorder, GITHUB), pause)
        recorder.answers = [(401, "")]
        with pytest.raises(RefusedError):
            await with_retries(lambda: kept(recorder, GITHUB), pause)
    assert pauses == [1, 2, 1, 2, 3, 4]


async def test_a_comment_that_was_created_without_an_answer_is_not_created_twice() -> None:
    """The next attempt finds it: it looks again before it writes."""
    async with recording() as recorder:
        recorder.routes = {"GET /user": ME, f"POST {LISTS[GITHUB]}": 504}
        recorder.pages = {f"GET {LISTS[GITHUB]}": [[], [comment(GITHUB, 7, ME, TEXT)]]}
        done = await with_retries(lambda: kept(recorder, GITHUB), lambda _: 0)
    assert done == KeptComment(7, CommentAction.UNCHANGED)
    assert len(writes(recorder)) == 1
