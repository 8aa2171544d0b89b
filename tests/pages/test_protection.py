"""What a stranger, a page of a stranger, or somebody of another team can get from the dashboard: nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from reconciler.dashboard.pages import PAGES
from reconciler.dashboard.site import Site
from tests.support.dashboard import Dashboard, dashboard
from tests.support.fleet import World
from tests.support.program import run_process

SUBJECTS = (
    ("shop", "Deployment.apps", "web"),
    ("shop", "ConfigMap", "settings"),
    ("payments", "Secret", "gateway-token"),
    ("-", "ClusterRole.rbac.authorization.k8s.io", "fleet-reader"),
    ("shop", "OverridePolicy", "us-currency"),
    ("shop", "PropagationPolicy", "web"),
    ("payments", "PropagationPolicy", "gateway"),
    ("-", "ClusterPropagationPolicy", "fleet-reader"),
    ("platform", "Namespace", "us-east-1"),
    ("platform", "Namespace", "edge-oslo"),
)
"""Values for the parts of addresses: some name something on one route and nothing on another."""
ELSEWHERE = ("eu-central", "eu-north", "edge-", "ap-south")
FOREIGN = ("payments", "platform", "gateway", "ledger", "fraud", "fleet-reader", "agent-service")
"""What nobody of the shop may read anywhere."""


def addresses() -> list[str]:
    """Every route, with every subject."""
    parts = [dict(zip(("namespace", "kind", "name"), one, strict=True)) for one in SUBJECTS]
    found = {page.path.format_map({"sha": "HEAD", **values}) for page in PAGES for values in parts}
    more = {"/search?q=gateway", "/search?q=a", "/applications?health=unwell", "/policies?namespace=payments"}
    return sorted(found | more | {"/rollouts/Configuration", "/timeline?kind=failover", "/simulate?lose=us-east-1"})


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def one(name: str, **scope: list[str]) -> dict[str, object]:
        return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), **scope}

    settings = {
        "tokens": [
            one("everybody", namespaces=["*"]),
            one("shop", namespaces=["sho*"]),
            one("shop-in-us", namespaces=["shop"], clusters=["us-*"]),
            one("nobody", namespaces=[]),
        ]
    }
    file = tmp_path_factory.mktemp("settings") / "dashboard.yaml"
    file.write_text(json.dumps(settings))
    return file


@pytest.fixture(scope="session")
def guarded(shown: World, tokens: Path) -> Iterator[Dashboard]:
    with dashboard(shown.repo.path, "--settings", str(tokens)) as running:
        yield running


def as_token(server: Dashboard, path: str, token: str) -> tuple[int, str]:
    answer = server.ask(path, Authorization=f"Bearer {token}")
    return answer.status, unescape(answer.text)


def test_who_sees_a_namespace_sees_nothing_else_on_any_route(guarded: Dashboard) -> None:
    told, seen = [], 0
    for path in addresses():
        status, text = as_token(guarded, path, "shop")
        seen += status == 200
        # What was asked for is in the answer: the words of a search and of a filter.
        shown = re.sub(r'(value|href)="[^"]*"', "", text) if "?" in path else text
        told += [f"{path}: {name}" for name in FOREIGN if name in shown and name not in path]
        told += [f"{path}: {status}" for name in FOREIGN if f"/{name}" in path and status != 404]
    assert "\n".join(told) == ""
    assert seen > 12, "the pages of the shop are there"


def test_who_sees_a_namespace_reads_no_words_of_others_in_the_history(guarded: Dashboard, shown: World) -> None:
    for sha in shown.repo.git("rev-list", "main").split():
        status, text = as_token(guarded, f"/commits/{sha}", "shop")
        assert status in (200, 404)
        assert "Ada Lovelace" not in text
        assert not {"payments", "platform"} & set(re.findall("[a-z]+", text))


def test_who_sees_some_members_sees_no_other(guarded: Dashboard) -> None:
    told = []
    for path in addresses():
        text = as_token(guarded, path, "shop-in-us")[1]
        told += [f"{path}: {name}" for name in ELSEWHERE if name in text and name not in path]
    assert told == []
    assert "us-east-1" in as_token(guarded, "/objects/shop/Deployment.apps/web", "shop-in-us")[1]


def test_no_token_no_scope_no_page(guarded: Dashboard) -> None:
    for path in [*addresses()[:5], "/", "/nowhere", "/live"]:
        assert guarded.ask(path).status == 401
        assert as_token(guarded, path, "guessed")[0] == 401
    assert as_token(guarded, "/", "nobody")[0] == 403
    assert as_token(guarded, "/members", "everybody")[0] == 200


PROXY_SECRET = "between-the-proxy-and-us"


@pytest.mark.parametrize(("address", "is_trusted"), [("127.0.0.1/32", True), ("10.0.0.0/8", False)], ids=["its", "another"])
def test_a_reverse_proxy_signs_people_in(shown: World, tmp_path: Path, address: str, is_trusted: bool) -> None:
    (tmp_path / "secret").write_text(f"{PROXY_SECRET}\n")
    settings = {
        "proxy": {"addresses": [address], "secretFile": "secret"},
        "groups": [{"name": "team-shop", "namespaces": ["shop"]}],
    }
    (tmp_path / "dashboard.yaml").write_text(json.dumps(settings))
    with dashboard(shown.repo.path, "--settings", str(tmp_path / "dashboard.yaml")) as running:

        def status(path: str, secret: str = PROXY_SECRET, user: str = "ada", groups: str = "others, team-shop") -> int:
            named = {"X_Forwarded_User": user, "X_Forwarded_Groups": groups}
            return running.ask(path, X_Dashboard_Secret=secret, **named).status

        assert status("/applications/shop") == (200 if is_trusted else 401)
        assert status("/applications/payments") == (404 if is_trusted else 401)
        assert status("/", groups="others") == (403 if is_trusted else 401)
        assert status("/", secret="guessed") == 401
        assert status("/", user="") == 401
        assert running.ask("/", X_Forwarded_User="ada", X_Forwarded_Groups="team-shop").status == 401


def test_no_route_takes_anything_but_get(served: Dashboard) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in ("/", "/members", "/objects/shop/Deployment.apps/web", "/live", "/static/dashboard.css"):
            assert served.ask(path, method).status == 405, (method, path)


def test_the_router_has_no_other_method() -> None:
    methods = {route.method for route in Site(None, None).application().router.routes()}  # type: ignore[arg-type]
    assert methods == {"GET", "HEAD"}


def test_another_name_of_the_host_is_refused(served: Dashboard) -> None:
    """DNS rebinding: the page of a stranger has its own name lead to 127.0.0.1."""
    assert served.ask("/", Host="attacker.example").status == 421
    assert served.ask("/", Host="localhost:1234").status == 200
    assert served.ask("/", Host="[::1]:1234").status == 200


def test_every_answer_carries_the_policies(served: Dashboard, guarded: Dashboard) -> None:
    answers = [served.ask(path) for path in ("/", "/nowhere", "/static/dashboard.js", "/static/nothing")]
    answers += [guarded.ask("/"), served.ask("/", "POST"), served.ask("/", Host="attacker.example")]
    for answer in answers:
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_values_of_a_secret_are_on_no_page(served: Dashboard) -> None:
    token = "bm90LXNob3duLWFueXdoZXJl"
    for page in ("", "/why", "/manifest", "/history"):
        text = served.ask(f"/objects/payments/Secret/gateway-token{page}").text
        assert token not in text
        assert "not-shown-anywhere" not in text


@pytest.mark.parametrize(
    ("settings", "listen", "said"),
    [
        ({}, "0.0.0.0:0", "without signing in"),
        ({"tokens": [{"name": "wall", "sha256": "0" * 64, "namespaces": ["*"]}]}, "0.0.0.0:0", "does not know its own name"),
        ({"url": "http://fleet.example.com"}, "127.0.0.1:0", "is not https"),
        ({"groups": [{"name": "a", "namspaces": ["b"]}]}, "127.0.0.1:0", "namespaces"),
        ({"proxy": {"addresses": ["10.0.0.0/8"], "secretFile": "nowhere"}}, "127.0.0.1:0", "proxy.secretFile"),
        ({"oidc": {"issuer": "https://sso.example.com", "clientId": "a"}}, "127.0.0.1:0", "url"),
        ({"members": {"m1": {"server": "http://10.0.0.1:6443"}}}, "127.0.0.1:0", "members.m1.server"),
    ],
    ids=["nobody-signs-in", "no-name", "no-tls", "misspelt", "no-secret", "oidc-without-url", "member-without-tls"],
)
def test_it_does_not_start_where_it_would_be_open(tmp_path: Path, settings: dict[str, object], listen: str, said: str) -> None:
    file = tmp_path / "dashboard.yaml"
    file.write_text(json.dumps(settings))
    ran = run_process("dashboard", str(tmp_path), "--listen", listen, "--settings", str(file))
    assert ran.code == 3
    assert said in ran.err
