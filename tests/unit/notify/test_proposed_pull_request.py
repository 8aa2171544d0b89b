"""The one pull request of a branch, as the documentation of each forge has its requests.

A real Gitea proves its part in `tests/forge/test_proposals.py`.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeAddress, ForgeKind
from reconciler.notify.proposed_pull_request import CLOSED, Action, Kept, PullRequest, keep_pull_request, marker_of
from tests.unit.notify.recorder import Recorder, recording

GITHUB, GITLAB, GITEA = ForgeKind.GITHUB, ForgeKind.GITLAB, ForgeKind.GITEA
PROJECT = {GITHUB: "/repos/org/config", GITEA: "/repos/org/config", GITLAB: "/projects/org%2Fconfig"}
LIST = {kind: f"{path}/{'merge_requests' if kind is GITLAB else 'pulls'}" for kind, path in PROJECT.items()}
CHANGE = {kind: f"{'PUT' if kind is GITLAB else 'PATCH'} {path}/" for kind, path in LIST.items()}
BODY = {GITHUB: "body", GITEA: "body", GITLAB: "description"}
BRANCH = "reconciler/failover"
WANTED = PullRequest(BRANCH, "main", "c1", "Let 1 object leave m1", f"{marker_of('c1')}\n\n### Why\n")
GONE = PullRequest(BRANCH, "main")


def request(kind: ForgeKind, number: int, text: str | None, *, state: str = "", branch: str = BRANCH, fork: bool = False) -> Any:
    """As the forge tells of one."""
    if kind is GITLAB:
        return {
            "iid": number,
            "state": state or "opened",
            "title": WANTED.title,
            "description": text,
            "source_branch": branch,
            "target_branch": "main",
            "source_project_id": 8 if fork else 7,
            "target_project_id": 7,
        }
    repository = {"full_name": "mallory/config" if fork else "org/config"}
    head, base = {"ref": branch, "sha": "0" * 40, "repo": repository}, {"ref": "main", "sha": "1" * 40}
    return {"number": number, "state": state or "open", "title": WANTED.title, "body": text, "head": head, "base": base}


async def kept(kind: ForgeKind, wanted: PullRequest, *there: Any, closed: Any = ()) -> tuple[Kept, list[tuple[str, Any]]]:
    """What became of it, and what was written. there: those that are open."""
    made = {"number": 12, "iid": 12}
    async with recording() as recorder:
        # GitLab is asked for all states where the others are asked for the closed ones.
        later = [*closed, *there] if kind is GITLAB else list(closed)
        recorder.pages = {f"GET {LIST[kind]}": [list(there), *([[]] if there else []), later, []]}
        recorder.routes = {
            f"GET {PROJECT[kind]}": {"default_branch": "main"},
            f"GET {LIST[kind]}": [],
            f"POST {LIST[kind]}": made,
            **{f"{CHANGE[kind]}{number}": made for number in (3, 4)},
        }
        async with connected_forge(ForgeAddress(kind, recorder.url, "org/config"), "hush") as forge:
            result = await keep_pull_request(forge, wanted)
        return result, writes(recorder)


def writes(recorder: Recorder) -> list[tuple[str, Any]]:
    return [call for call in recorder.calls if not call[0].startswith("GET ")]


@pytest.mark.parametrize("kind", ForgeKind)
@pytest.mark.parametrize("base", ["main", ""])
async def test_the_first_time_one_is_opened(kind: ForgeKind, base: str) -> None:
    """Without a base, into the default branch."""
    wanted = PullRequest(BRANCH, base, WANTED.cause, WANTED.title, WANTED.text)
    result, written = await kept(kind, wanted, request(kind, 3, WANTED.text, fork=True), request(kind, 4, "", branch="other"))
    assert result == Kept(Action.OPENED, 12)
    names = {"source_branch": BRANCH, "target_branch": "main"} if kind is GITLAB else {"head": BRANCH, "base": "main"}
    assert written == [(f"POST {LIST[kind]}", {**names, "title": WANTED.title, BODY[kind]: WANTED.text})]


@pytest.mark.parametrize("kind", ForgeKind)
async def test_later_it_is_edited_and_never_a_second_one_opened(kind: ForgeKind) -> None:
    result, written = await kept(kind, WANTED, request(kind, 3, f"{marker_of('c0')}\r\nold"))
    assert result == Kept(Action.UPDATED, 3)
    assert written == [(f"{CHANGE[kind]}3", {"title": WANTED.title, BODY[kind]: WANTED.text})]
    result, written = await kept(kind, WANTED, request(kind, 3, WANTED.text.replace("\n", "\r\n").rstrip()))
    assert (result, written) == (Kept(Action.UNCHANGED, 3), [])


@pytest.mark.parametrize("kind", ForgeKind)
async def test_one_that_a_person_opened_stays_as_it_is(kind: ForgeKind) -> None:
    for wanted, action in ((WANTED, Kept(Action.FOREIGN, 3)), (GONE, Kept(Action.NONE))):
        assert await kept(kind, wanted, request(kind, 3, None)) == (action, [])


@pytest.mark.parametrize("kind", ForgeKind)
@pytest.mark.parametrize("merged", [False, True])
async def test_an_answer_counts_for_its_cause(kind: ForgeKind, merged: bool) -> None:
    state = "merged" if merged and kind is GITLAB else "closed"
    assert await kept(kind, WANTED, closed=[request(kind, 3, WANTED.text, state=state)]) == (Kept(Action.ANSWERED, 3), [])
    result, written = await kept(kind, WANTED, closed=[request(kind, 3, f"{marker_of('c0')}\nold", state=state)])
    assert (result.action, len(written)) == (Action.OPENED, 1)


@pytest.mark.parametrize("kind", ForgeKind)
async def test_it_is_closed_when_nothing_is_proposed_and_that_is_no_answer(kind: ForgeKind) -> None:
    result, written = await kept(kind, GONE, request(kind, 3, WANTED.text))
    assert result == Kept(Action.CLOSED, 3)
    ((call, sent),) = written
    assert call == f"{CHANGE[kind]}3"
    assert sent[BODY[kind]].startswith(CLOSED)
    assert sent.get("state_event" if kind is GITLAB else "state") == ("close" if kind is GITLAB else "closed")
    result, written = await kept(kind, WANTED, closed=[request(kind, 3, sent[BODY[kind]], state="closed")])
    assert result.action is Action.OPENED
    assert await kept(kind, GONE) == (Kept(Action.NONE), [])
