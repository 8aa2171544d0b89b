"""Words of others in Chromium, on every page: HTML, Markdown and escapes of terminals are text, and nothing of them runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from reconciler.dashboard.pages import PAGES
from reconciler.model.eviction import TAINT_MANAGER, TAINT_UNTOLERATED, EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.ownership import marked
from reconciler.model.recorded import ObjectReport, RecordedState
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout
from reconciler.model.settings import Settings
from tests.pages.visits import DESK, PHONE, complaints, visit, width
from tests.support.certificates import Authority
from tests.support.dashboard import Dashboard, dashboard
from tests.support.fleet import World, cluster_policy, document, fleet, placed, selector, workload
from tests.support.showcase import THEN, record

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<img src=x onerror=alert(1)>"
WORD = "onerror=alert(1)"
"""Of it, without a space, at which the names of members are divided."""
HOSTILE = f"</title></svg></pre><script>alert(1)</script>{MARKUP}'\"&[a](javascript:alert(1))\x1b[2J\u202e"
NAME = f'">{MARKUP}'
"""A ClusterRole may have this name (Kubernetes: path segment names)."""
M1 = ClusterName("m1")
_RBAC = "rbac.authorization.k8s.io/v1"


def hostile_workload() -> dict[str, Any]:
    stated: dict[str, Any] = json.loads(workload("web"))
    stated["metadata"]["annotations"] = {"note": HOSTILE}
    stated["spec"]["template"]["spec"]["containers"][0]["args"] = [HOSTILE]
    return stated


def hostile_files() -> dict[str, str]:
    return {
        **fleet("m1", "m2"),
        **placed("web", "m1", "m2"),
        "apps/web/workload.yaml": json.dumps(hostile_workload()),
        f"roles/{MARKUP}.yaml": document("ClusterRole", NAME, "", api=_RBAC, rules=[]),
        "roles/policy.yaml": cluster_policy("roles", selector("ClusterRole", NAME, _RBAC), "m1"),
    }


def hostile_record(state: RecordedState) -> RecordedState:
    """What members and agents say."""
    task = EvictionTask(M1, PurgeMode.GRACEFULLY, TAINT_UNTOLERATED, TAINT_MANAGER, THEN, HOSTILE)
    decisions = {key: replace(one, evictions=(task,), message=HOSTILE) for key, one in state.decisions.items()}
    progress = {M1: ClusterProgress(THEN, THEN, HOSTILE)}
    rollout = RecordedRollout(None, "a" * 40, THEN, groups=(GroupOfClusters(HOSTILE, (M1,)),), progress=progress, message=HOSTILE)
    clusters = {name: replace(one, message=HOSTILE, version=HOSTILE, ready=False) for name, one in state.clusters.items()}
    reports = {key: _report(one) for key, one in state.reports.items()}
    return replace(state, decisions=decisions, rollouts={rollout.name: rollout}, clusters=clusters, reports=reports)


def _report(report: ObjectReport) -> ObjectReport:
    bad = Health(HealthStatus.FAILED, HOSTILE, HOSTILE)
    return replace(report, statuses=tuple(replace(one, health=bad, message=HOSTILE) for one in report.statuses))


def served(group: str, *kinds: str) -> dict[str, Any]:
    """A group of aggregated discovery."""
    resources = [
        {"resource": f"{kind.lower()}s", "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": ["list"]}
        for kind in kinds
    ]
    return {"metadata": {"name": group}, "versions": [{"version": "v1", "resources": resources}]}


class HostileServer:
    """An API server that says what it likes."""

    def __init__(self) -> None:
        self.authority = Authority()
        self.url = ""
        self.phase = HOSTILE

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/v1/namespaces/shop/pods", self.pods)
        app.router.add_get("/api/v1/namespaces/shop/events", self.answering({"items": [self.event()]}))
        app.router.add_get("/version", self.answering({"gitVersion": HOSTILE}))
        app.router.add_get("/api", self.answering({"items": [served("", "Pod")]}))
        app.router.add_get("/apis", self.answering({"items": [served("apps", "Deployment", "ReplicaSet")]}))
        live = hostile_workload()
        live["spec"]["template"]["spec"]["containers"][0]["image"] = HOSTILE
        live["metadata"] |= {"namespace": "shop", "uid": "1"}
        live = marked(live, ResourceKey("apps", "Deployment", "shop", "web"), "sha256:0", Settings().instance)
        app.router.add_get("/apis/apps/v1/namespaces/shop/deployments/web", self.answering(live))
        replicas = {"metadata": {"name": NAME, "uid": "2", "ownerReferences": [{"uid": "1"}]}}
        app.router.add_get("/apis/apps/v1/namespaces/shop/replicasets", self.answering({"items": [replicas]}))
        app.router.add_get("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers", self.answering({"items": []}))
        app.router.add_get("/api/v1/namespaces/shop/pods/{name}/log", self.log)
        return app

    async def pods(self, _: web.Request) -> web.Response:
        waits = {"state": {"waiting": {"reason": HOSTILE}}}
        spec = {"nodeName": HOSTILE, "containers": [{"name": NAME}]}
        about = {"name": NAME, "ownerReferences": [{"uid": "2"}]}
        stuck = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": HOSTILE}
        status = {"phase": self.phase, "containerStatuses": [waits], "conditions": [stuck]}
        return web.json_response({"items": [{"metadata": about, "spec": spec, "status": status}]})

    def event(self) -> dict[str, Any]:
        about = {"kind": HOSTILE, "name": "web"}
        said = dict.fromkeys(("type", "reason", "message", "lastTimestamp"), HOSTILE)
        return {"metadata": {"name": "e"}, "involvedObject": about, **said}

    def answering(self, document: Any) -> Any:
        async def answer(_: web.Request) -> web.Response:
            return web.json_response(document)

        return answer

    async def log(self, _: web.Request) -> web.Response:
        return web.Response(text=f"the log: {HOSTILE}\n")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api() -> AsyncIterator[HostileServer]:
    said = HostileServer()
    server = TestServer(said.application(), scheme="https")
    await server.start_server(ssl=said.authority.server())
    said.url = str(server.make_url("")).rstrip("/")
    yield said
    await server.close()


@pytest.fixture(scope="module")
def hostile_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("hostile"), hostile_files())
    author = f"--author={HOSTILE.replace('<', '[').replace('>', ']')} <a@b.c>"
    world.repo.git("commit", "--quiet", "--amend", author, "-m", HOSTILE)
    assert world.sync().code == 0
    asyncio.run(record(world, hostile_record))
    return world


@pytest.fixture(scope="module")
def hostile(hostile_world: World, api: HostileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder: Path = tmp_path_factory.mktemp("settings")
    (folder / "ca.crt").write_bytes(api.authority.pem)
    (folder / "dashboard.yaml").write_text(json.dumps({"members": {"m1": {"server": api.url, "caFile": "ca.crt"}}}))
    with dashboard(hostile_world.repo.path, "--settings", str(folder / "dashboard.yaml")) as running:
        yield running


WEB = {"namespace": "shop", "kind": "Deployment.apps", "name": "web"}
ROLE = {"namespace": "-", "kind": "ClusterRole.rbac.authorization.k8s.io", "name": quote(NAME, safe="")}
NAMES = {
    "/members/": [{"name": "m1"}],
    "/rollouts/": [{"name": "Configuration"}],
    "/applications/": [{"namespace": "shop"}, {"namespace": "-"}],
    "/objects/": [WEB, ROLE],
    "/policies/": [{"kind": "ClusterPropagationPolicy", "namespace": "-", "name": "roles"}],
    "/commits/": [{"sha": "HEAD"}],
}
"""What addresses of pages name, by how they begin."""
LIVE = f"/live-from/m1/shop/Deployment.apps/web?pod={quote(NAME)}&container={quote(NAME)}"
TREE = "/live-from/m1/shop/Deployment.apps/web/tree"
TOKEN = {"http_credentials": {"username": "me", "password": "token"}}
SILENT = ("/placement", "/policies", "/cordon", "/suspend", "/simulate", "/search", "/applications", "/applications/shop")
"""How addresses of pages end that have no word of others to show."""


def addresses(sha: str) -> list[str]:
    found = [
        page.path.format_map({**names, "sha": sha})
        for page in PAGES
        for names in NAMES.get("/" + page.path.split("/")[1] + "/" if "{" in page.path else "", [{}])
    ]
    asked = quote(HOSTILE)
    return [*found, LIVE, TREE, f"/search?q={asked}", "/search?q=img", f"/simulate?lose={asked}"]


async def test_no_word_of_others_runs_on_any_page(browser: Browser, hostile: Dashboard, hostile_world: World) -> None:
    sha = hostile_world.repo.git("rev-parse", "HEAD")
    told = []
    for path in addresses(sha):
        async with visit(browser, hostile.url + path, **(TOKEN if path in (LIVE, TREE) else {})) as page:
            main = await page.locator("main").inner_text()
            content = await page.content()
            if WORD not in main and not path.endswith(SILENT):
                told.append(f"{path}: its hostile words are not shown")
            found = await page.locator("main img, iframe, object, [onerror], [href^='javascript:']").count()
            found += await page.locator("script").count() - 1
            told += [f"{path}: {found} elements of others"] * bool(found)
            told += [f"{path}: {sign!a} is there" for sign in ("\x1b", "\u202e") if sign in content]
    assert "\n".join(told) == ""


async def test_the_live_page_shows_hostile_words_as_they_are(browser: Browser, hostile: Dashboard) -> None:
    async with visit(browser, hostile.url + LIVE, **TOKEN) as page:
        literal = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
        assert await page.get_by_role("region", name="Log").inner_text() == f"the log: {literal}\n"
        assert MARKUP in await page.locator("pre.diff del").first.inner_text()
        for region in ("Pods", "Events"):
            assert literal in await page.get_by_role("region", name=region).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_live_pages_are_accessible_and_fit_a_telephone(browser: Browser, hostile: Dashboard, scheme: str) -> None:
    for path in (LIVE, TREE):
        for size in (DESK, PHONE):
            async with visit(browser, hostile.url + path, color_scheme=scheme, viewport=size, **TOKEN) as page:
                assert await complaints(page) == [], path
                assert await width(page) <= size["width"], path


POD = f"Pod {NAME}"


async def test_the_tree_of_applications_goes_down_to_pods(browser: Browser, hostile: Dashboard, api: HostileServer) -> None:
    async with visit(browser, f"{hostile.url}/applications/shop", **TOKEN) as page:
        link = page.get_by_role("link", name="Pods of web in m1")
        assert await page.get_by_role("link", name="Pods of web in m2").count() == 0, "the settings name no server for m2"
        await link.focus()
        await page.keyboard.press("Enter")
        await page.get_by_text(POD).wait_for()
        assert page.url.endswith("/applications/shop")
        assert await link.get_attribute("aria-expanded") == "true"
        assert await page.locator(".owned ul ul ul li").count() == 1, "Deployment, ReplicaSet, Pod"
        assert await complaints(page) == []
        assert await page.locator("main img, [onerror]").count() == 0
        api.phase = "Succeeded"  # An open branch follows its member.
        await page.locator(".owned ul ul ul").get_by_text("Current").wait_for(timeout=20_000)
        api.phase = HOSTILE
        await page.keyboard.press("Enter")
        assert await page.locator(".owned").count() == 0
        assert await page.evaluate("document.activeElement.textContent") == "Pods"


async def test_the_tree_says_that_pods_need_a_token(browser: Browser, hostile: Dashboard) -> None:
    without = {"username": "me", "password": ""}  # Who cancels the question of the browser gets the same answer.
    opened = await browser.new_context(http_credentials=without)
    page = await opened.new_page()
    await page.goto(f"{hostile.url}/applications/shop")
    assert "with a token of your own" in await page.locator("main").inner_text()
    await page.get_by_role("link", name="Pods of web in m1").click()
    await page.get_by_text("Give it as the password").wait_for()
    assert await page.get_by_text(POD).count() == 0
    await opened.close()


async def test_pods_are_reached_without_scripts(browser: Browser, hostile: Dashboard) -> None:
    async with visit(browser, f"{hostile.url}/applications/shop", java_script_enabled=False, **TOKEN) as page:
        await page.get_by_role("link", name="Pods of web in m1").click()
        assert page.url.endswith(TREE)
        assert await page.get_by_text(POD).count() == 1
