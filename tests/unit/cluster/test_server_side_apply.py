"""Taking over the fields of an object while others write to it. All else is tried on real servers."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.server_side_apply import server_side_apply
from reconciler.model.former_managers import OWNERS, taken_over
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import get, with_value
from reconciler.model.ownership import INSTANCE_LABEL
from tests.support.apiserver import FakeServer, status
from tests.support.builders import manifest
from tests.support.managed_fields import entry, fields, live
from tests.unit.cluster.doors import api_of

HELM = entry(fields("data/a", "data/gone"), "helm", "Update")
LIVE = live(manifest("ConfigMap", namespace="shop", name="c", data={"a": "0", "gone": "1"}), HELM)
STATEMENT = manifest("ConfigMap", namespace="shop", name="c", data={"a": "1"})


class Server:
    """One ConfigMap that another client changes before each of the next writes of its owners."""

    def __init__(self, disturbances: int = 0, *, lost_answers: int = 0) -> None:
        self.document: dict[str, Any] = dict(LIVE)
        self.disturbances = disturbances
        self.lost_answers = lost_answers
        self.bodies: list[Any] = []

    async def get(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.document)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if "dryRun" in request.query or "force" in request.query:
            return web.json_response(with_value(self.document, OWNERS, [entry(fields("data/a"))]))
        self.bodies.append(body["metadata"])
        version = int(self.document["metadata"]["resourceVersion"])
        if self.disturbances:
            self.disturbances -= 1
            version += 1
            others = [HELM, entry(fields("status"), f"controller-{version}", "Update", "status")]
            self.document = with_value(with_value(self.document, OWNERS, others), ("metadata", "resourceVersion"), str(version))
        if str(version) != body["metadata"]["resourceVersion"]:
            return web.json_response(status(409, "Conflict", "the object has been modified"), status=409)
        changed = with_value(self.document, OWNERS, body["metadata"]["managedFields"])
        self.document = with_value(changed, ("metadata", "resourceVersion"), str(version + 1))
        if self.lost_answers:
            self.lost_answers -= 1
            return web.json_response(status(500, "InternalError", "the answer was lost"), status=500)
        return web.json_response(self.document)


async def take_over(fake: FakeServer, server: Server) -> None:
    resource = Resource(GroupVersionKind.parse("v1", "ConfigMap"), "configmaps", namespaced=True)
    path = "/api/v1/namespaces/shop/configmaps/c"
    fake.answer(f"PATCH {path}", server.patch)
    fake.answer(f"GET {path}", server.get)
    owners = get(taken_over(LIVE), *OWNERS)
    async with api_of(fake) as api:
        await server_side_apply(api, resource, with_value(STATEMENT, OWNERS, owners), LIVE)


async def test_owners_are_written_over_the_newest_state(server: FakeServer) -> None:
    member = Server(disturbances=3)
    await take_over(server, member)
    assert [body["resourceVersion"] for body in member.bodies] == ["7", "8", "9", "10"]
    assert [one["manager"] for one in get(member.document, *OWNERS)] == ["reconciler", "controller-10"]


async def test_a_server_reads_an_apply_once(server: FakeServer) -> None:
    """Fields that no schema declares are refused all the same (`tests/e2e/kubernetes/test_refused.py`)."""
    await take_over(server, Server())
    applies = [request for request in server.requests if "force=true" in request]
    assert applies
    assert all("fieldValidation=Ignore" in request for request in applies)


async def test_a_lost_answer_is_no_conflict(server: FakeServer) -> None:
    member = Server(lost_answers=1)
    await take_over(server, member)
    assert [one["manager"] for one in get(member.document, *OWNERS)] == ["reconciler"]


async def test_marks_alone_are_exchanged_by_one_write(server: FakeServer) -> None:
    """It carries the owners that the dry run came to, and is made again over a newer state."""
    before = live(manifest("ConfigMap", namespace="shop", name="c", data={"a": "1"}, labels={"old": "1"}), HELM)
    wanted = manifest("ConfigMap", namespace="shop", name="c", data={"a": "1"}, labels={INSTANCE_LABEL: "1"})
    ours = entry({**fields("data/a"), "f:metadata": {"f:labels": {f"f:{INSTANCE_LABEL}": {}}}})
    bodies: list[Any] = []

    async def patch(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if "dryRun" in request.query:
            applied = {**before, "metadata": {**before["metadata"], "labels": {"old": "1", INSTANCE_LABEL: "1"}}}
            return web.json_response(with_value(applied, OWNERS, [ours, HELM]))
        assert "force" not in request.query, "a second write"
        bodies.append(body["metadata"])
        if len(bodies) == 1:
            return web.json_response(status(409, "Conflict", "the object has been modified"), status=409)
        return web.json_response(with_value(before, OWNERS, body["metadata"]["managedFields"]))

    resource = Resource(GroupVersionKind.parse("v1", "ConfigMap"), "configmaps", namespaced=True)
    path = "/api/v1/namespaces/shop/configmaps/c"
    newer = with_value(before, ("metadata", "resourceVersion"), "8")
    server.answer(f"PATCH {path}", patch)
    server.answer(f"GET {path}", lambda _: _answer(newer))
    former = with_value(before, OWNERS, [entry(fields("data/a", "metadata/labels/old"), "helm", "Update")])
    owners = get(taken_over(former), *OWNERS)
    async with api_of(server) as api:
        await server_side_apply(api, resource, with_value(wanted, OWNERS, owners), former)
    assert [body["resourceVersion"] for body in bodies] == ["7", "8"]
    assert [body["labels"] for body in bodies] == [{"old": None, INSTANCE_LABEL: "1"}] * 2
    assert [one["manager"] for one in bodies[1]["managedFields"]] == ["reconciler"]


async def _answer(document: Any) -> web.StreamResponse:
    return web.json_response(document)


async def test_an_object_that_changes_each_time_is_given_up(server: FakeServer) -> None:
    with pytest.raises(RefusedError, match="modified"):
        await take_over(server, Server(disturbances=99))
