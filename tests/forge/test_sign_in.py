"""Sign-in to the dashboard by OpenID Connect, with a forge as the issuer and a real browser."""

from __future__ import annotations

import json
import secrets
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import async_playwright

from tests.forge.start import ADMINISTRATOR, Forge
from tests.parts.debian import chromium
from tests.support.dashboard import Dashboard, ask, dashboard
from tests.support.fleet import World, config, document, fleet, placed, policy, selector

PASSWORD = "only-on-loopback"


@pytest.fixture
def world(tmp_path: Path) -> World:
    other = {
        "other/namespace.yaml": document("Namespace", "payments", ""),
        "other/config.yaml": config("ledger", "payments"),
        "other/policy.yaml": policy("ledger", selector("ConfigMap", "ledger"), "m1").replace('"shop"', '"payments"'),
    }
    world = World(tmp_path / "world", {**fleet("m1"), **placed("web", "m1"), **other})
    world.sync()
    return world


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def settings_at(forge: Forge, folder: Path, port: int) -> Path:
    """Of a dashboard that people of one organization may see a part of; the forge knows it as an application."""
    url, team = f"http://127.0.0.1:{port}", f"shop-{secrets.token_hex(3)}"
    forge.request("POST", "/orgs", {"username": team})
    asked = {"name": team, "redirect_uris": [f"{url}/signed-in"], "confidential_client": True}
    application = forge.request("POST", "/user/applications/oauth2", asked)
    issuer = json.loads(ask(forge.url, "/.well-known/openid-configuration").text)["issuer"]
    (folder / "client").write_text(application["client_secret"])
    (folder / "key").write_text(secrets.token_hex(32))
    oidc = {
        "issuer": issuer,
        "clientId": application["client_id"],
        "clientSecretFile": "client",
        "nameClaim": "preferred_username",
    }
    settings = {"url": url, "sessionKeyFile": "key", "oidc": oidc, "groups": [{"name": team, "namespaces": ["shop"]}]}
    file = folder / "dashboard.yaml"
    file.write_text(json.dumps(settings))
    return file


async def test_who_signs_in_sees_what_his_groups_may_see(forge: Forge, world: World, tmp_path: Path) -> None:
    port = free_port()
    settings = settings_at(forge, tmp_path, port)
    with dashboard(world.repo.path, "--settings", str(settings), port=port) as served:
        refuse_forged_ends(served)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            context = await browser.new_context()
            page = await context.new_page()
            await page.goto(f"{served.url}/applications/shop")
            await page.locator("#user_name").fill(ADMINISTRATOR)
            await page.locator("#password").fill(PASSWORD)
            await page.locator("form button.primary, form button[type=submit]").first.click()
            grant = page.locator("#authorize-app")
            if await grant.count():
                await grant.click()
            await page.wait_for_url(f"{served.url}/**")
            assert page.url == f"{served.url}/applications/shop"
            assert ADMINISTRATOR in await page.locator(".viewer").inner_text()
            (session,) = [one for one in await context.cookies(served.url) if one["name"].endswith("dashboard-session")]
            assert (session["httpOnly"], session["sameSite"], session["path"]) == (True, "Lax", "/")
            answer = await page.goto(f"{served.url}/applications/payments")
            assert answer is not None
            assert answer.status == 404
            await page.goto(f"{served.url}/search?q=ledger")
            assert "Nothing matches" in await page.locator("main").inner_text()
            forged = session["value"][:-2] + ("aa" if not session["value"].endswith("aa") else "bb")
            assert served.ask("/", Cookie=f"dashboard-session={forged}").status == 302
            await page.goto(f"{served.url}/sign-out")
            assert not [one for one in await context.cookies(served.url) if one["name"].endswith("dashboard-session")]
            await browser.close()


def refuse_forged_ends(served: Dashboard) -> None:
    """What did not begin here does not end here, and nobody is sent elsewhere afterwards."""
    assert served.ask("/signed-in?code=guessed&state=guessed").status == 403
    begun = served.ask("/sign-in?next=//attacker.example/")
    query = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= query.keys()
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    name_and_value = cookie.partition(";")[0]
    assert served.ask("/signed-in?code=guessed&state=another", Cookie=name_and_value).status == 403
    guessed = served.ask(f"/signed-in?code=guessed&state={query['state'][0]}", Cookie=name_and_value)
    assert guessed.status == 503
    assert "Set-Cookie" not in guessed.headers or "dashboard-session" not in guessed.headers["Set-Cookie"]
