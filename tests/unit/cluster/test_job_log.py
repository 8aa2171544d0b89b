"""The end of the log of a Job: from its newest Pod, without what a terminal would obey; and why it is not there."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from reconciler.cluster.api_client import Api
from reconciler.cluster.job_log import end_of_log
from reconciler.model.keys import ResourceKey
from tests.support.apiserver import FakeServer, Handler, fails, says

JOB = ResourceKey("batch", "Job", "shop", "migrate-1")
PODS = "GET /api/v1/namespaces/shop/pods"


def pod(name: str, created: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "main"}, {"name": "sidecar"}]}
    return {"metadata": {"name": name, "creationTimestamp": created}, "spec": spec}


def writes(text: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    return handler


async def test_the_last_lines_of_the_newest_pod(server: FakeServer, api: Api) -> None:
    pods = [pod("second", "2026-01-01T00:00:02Z"), pod("first", "2026-01-01T00:00:01Z")]
    server.answer(PODS, says({"items": pods}))
    server.answer(f"{PODS}/second/log", writes("\n".join(f"line {number}" for number in range(30)) + "\n\x1b[31mred\n"))
    log = await end_of_log(api, JOB, str)
    assert log.splitlines()[0] == "line 21"
    assert log.splitlines()[-1] == "\N{REPLACEMENT CHARACTER}[31mred"
    listed, read = server.requests
    assert "job-name" in listed
    assert "migrate-1" in listed
    assert "container=main" in read
    assert "tailLines=10" in read


async def test_no_pod_is_left(server: FakeServer, api: Api) -> None:
    server.answer(PODS, says({"items": []}))
    assert await end_of_log(api, JOB, str) == "(its Pods are gone)"


async def test_what_the_credential_may_not_read_is_said(server: FakeServer, api: Api) -> None:
    server.answer(PODS, fails(403, 'pods is forbidden: User "x" cannot list resource "pods"'))
    log = await end_of_log(api, JOB, str)
    assert log.startswith("(its log cannot be read: ")
    assert "forbidden" in log


async def test_a_pod_that_said_nothing(server: FakeServer, api: Api) -> None:
    server.answer(PODS, says({"items": [pod("only", "2026-01-01T00:00:01Z")]}))
    server.answer(f"{PODS}/only/log", writes(""))
    assert await end_of_log(api, JOB, str) == "(its log is empty)"


async def test_a_value_is_masked_before_the_log_is_cut_and_made_printable(server: FakeServer, api: Api) -> None:
    secret = "s3\x1bcret-" + "x" * 30
    server.answer(PODS, says({"items": [pod("only", "2026-01-01T00:00:01Z")]}))
    server.answer(f"{PODS}/only/log", writes(secret + "y" * 1990))
    log = await end_of_log(api, JOB, lambda text: text.replace(secret, "********"))
    assert log == "********" + "y" * 1990


async def test_a_line_that_the_server_cut_is_left_out(server: FakeServer, api: Api) -> None:
    server.answer(PODS, says({"items": [pod("only", "2026-01-01T00:00:01Z")]}))
    server.answer(f"{PODS}/only/log", writes("first\n" + "y" * (64 * 1024 - 6)))
    assert await end_of_log(api, JOB, str) == "first\n(the rest is left out: a line is too long)"
