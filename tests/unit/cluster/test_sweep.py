"""Which kinds of a server have objects of ours."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cluster import api_client as api_module
from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.sweep import kinds_with_our_objects
from reconciler.model.keys import GroupVersionKind
from tests.support.apiserver import FakeServer, fails, says
from tests.support.builders import INSTANCE, config, manifest, ours

VERBS = frozenset({"get", "list", "watch", "patch", "delete"})
LIST = "GET /api/v1/configmaps"


def served(kind: str = "ConfigMap", group: str = "", verbs: frozenset[str] = VERBS) -> Served:
    resource = Resource(GroupVersionKind(group, "v1", kind), f"{kind.lower()}s", True, verbs)
    return Served("v1.36.3", {resource.gvk: resource}, {(group, kind): resource})


def listing(*items: dict[str, Any]) -> Any:
    return says({"items": [{"metadata": item["metadata"]} for item in items]})


OURS = listing(ours(config()))
COPIED = listing({**config("copy"), "metadata": {**ours(config())["metadata"], "name": "copy"}})


async def swept(api: Api, kinds: Served, *, known: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    result = await kinds_with_our_objects(api, kinds, INSTANCE, known)
    assert not result.unread
    return [resource.plural for resource in result.ours]


async def test_one_object_of_ours_is_enough(server: FakeServer, api: Api) -> None:
    server.answer(LIST, OURS)
    assert await swept(api, served()) == ["configmaps"]
    assert len(server.requests) == 1


async def test_a_kind_without_objects_of_ours_is_left_out(server: FakeServer, api: Api) -> None:
    server.answer(LIST, listing())
    assert await swept(api, served()) == []


async def test_behind_a_copied_label_there_may_be_an_object_of_ours(server: FakeServer, api: Api) -> None:
    server.answer(LIST, COPIED, says({"items": []}))
    assert await swept(api, served()) == []
    server.answer(LIST, COPIED, OURS)
    assert await swept(api, served()) == ["configmaps"]
    assert "limit=1" not in server.requests[-1]


async def test_a_kind_outside_our_role_has_none(server: FakeServer, api: Api) -> None:
    server.answer(LIST, fails(403, "forbidden"))
    assert await swept(api, served()) == []


@pytest.mark.parametrize("code", [400, 500])
async def test_a_kind_that_cannot_be_read_is_named_and_hides_no_other(
    server: FakeServer, api: Api, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "_FIRST_PAUSE", 0.001)
    server.answer(LIST, fails(code, "conversion webhook for gadgets failed"))
    server.answer("GET /api/v1/secrets", listing(ours(manifest("Secret"))))
    both = {**served().preferred, **served("Secret").preferred}
    result = await kinds_with_our_objects(api, Served("v1.36.3", {}, both), INSTANCE, ())
    assert [resource.plural for resource in result.ours] == ["secrets"]
    ((resource, error),) = result.unread.items()
    assert resource.plural == "configmaps"
    assert "conversion webhook" in error.message


async def test_a_credential_that_is_not_accepted_is_an_error(server: FakeServer, api: Api) -> None:
    server.answer(LIST, fails(401, "Unauthorized"))
    with pytest.raises(MemberError, match="Unauthorized"):
        await swept(api, served())


@pytest.mark.parametrize(
    ("kinds", "known"),
    [
        (served(), frozenset({("", "ConfigMap")})),
        (served(verbs=frozenset({"get", "list"})), frozenset()),
        (served("Event"), frozenset()),
        (served("Lease", "coordination.k8s.io"), frozenset()),
    ],
)
async def test_kinds_that_need_no_request(server: FakeServer, api: Api, kinds: Served, known: frozenset[tuple[str, str]]) -> None:
    assert await swept(api, kinds, known=known) == []
    assert server.requests == []
