"""Which proxy is on the way to a member, and what a proxy of a Cluster file can not do."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cluster.access import Access
from reconciler.cluster.environment_proxies import EnvironmentProxies
from reconciler.load.parse import parse_cluster
from reconciler.model.cluster import Cluster
from tests.support.apiserver import serving
from tests.support.certificates import Authority
from tests.support.connectproxy import connect_proxy
from tests.unit.cluster.conftest import Listener
from tests.unit.cluster.test_credentials import TOKEN, declared, kubeconfig, reach, refusal


@pytest.fixture
def authority() -> Authority:
    return Authority()


def through(proxy: str, **headers: str) -> Cluster:
    return replace(declared(), proxy_url=proxy, proxy_headers=tuple(headers.items()))


def trusting(authority: Authority, server: str, **cluster: str) -> str:
    return kubeconfig(server, **{"certificate-authority-data": base64.b64encode(authority.pem).decode(), **cluster})


def test_as_a_cluster_file_says_it() -> None:
    spec = {"proxyURL": "http://proxy:3128", "proxyHeader": {"X-B": "2", "X-A": "1,3"}}
    parsed = parse_cluster({"metadata": {"name": "m1"}, "spec": spec})
    assert (parsed.proxy_url, parsed.proxy_headers) == ("http://proxy:3128", (("X-A", "1"), ("X-A", "3"), ("X-B", "2")))


@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize(("scheme", "more"), [("http", {}), ("https", {"insecure-skip-tls-verify": True})])
async def test_no_proxy_of_a_file_gets_a_token_that_tls_does_not_protect(
    tmp_path: Path, good: Listener, evil: Listener, scheme: str, more: dict[str, bool], insecure: bool
) -> None:
    (tmp_path / "m1.kubeconfig").write_text(kubeconfig(f"{scheme}://{good.address}", **more))
    said = await refusal(through(f"http://{evil.address}"), Access(tmp_path, allow_insecure=insecure))
    assert ("is not verified" if insecure else "--allow-insecure") in said
    assert (good.knocked, evil.knocked) == (False, False)


async def test_a_proxy_in_the_middle_gets_no_token(tmp_path: Path, authority: Authority) -> None:
    """It answers in place of the server, with a certificate of another authority for the right address."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=Authority("Another").server())
    async with server:
        port = server.sockets[0].getsockname()[1]
        with connect_proxy(port) as (proxy, asked):
            (tmp_path / "m1.kubeconfig").write_text(trusting(authority, "https://127.0.0.1:6443"))
            said = await refusal(through(f"http://127.0.0.1:{proxy}"), Access(tmp_path))
    assert "certificate of its server at 127.0.0.1:6443 is not trusted" in said
    assert set(asked) == {"127.0.0.1:6443"}
    assert not b"".join(heard)


async def test_the_proxy_of_the_credential_is_not_replaced(
    tmp_path: Path, authority: Authority, good: Listener, evil: Listener
) -> None:
    document = trusting(authority, "https://127.0.0.1:6443", **{"proxy-url": f"http://{good.address}"})
    (tmp_path / "m1.kubeconfig").write_text(document)
    assert "names another proxy" in await refusal(through(f"http://{evil.address}"), Access(tmp_path))
    assert (good.knocked, evil.knocked) == (False, False)


@pytest.mark.parametrize(
    ("proxy", "headers", "expected"),
    [
        ("socks5://user:hidden@proxy:1080", {}, "SOCKS is not supported"),
        ("http://user:hidden@", {}, "is not the URL of an HTTP proxy"),
        ("http://user:hidden@proxy:99999", {}, "is not the URL of an HTTP proxy"),
        ("http://proxy:3128", {"X-A": "hidden\r\nX-B: 2"}, "Correct the header 'X-A'"),
        ("http://proxy:3128", {"X-A: 1\r\nX-B": "hidden"}, "Correct the header"),
    ],
)
async def test_what_no_proxy_can_be(
    tmp_path: Path, authority: Authority, good: Listener, proxy: str, headers: dict[str, str], expected: str
) -> None:
    (tmp_path / "m1.kubeconfig").write_text(trusting(authority, f"https://{good.address}"))
    said = await refusal(through(proxy, **headers), Access(tmp_path))
    assert expected in said
    assert "hidden" not in said
    assert not good.knocked


@pytest.mark.parametrize("declared_too", [False, True])
@pytest.mark.parametrize("proxy", ["http://user:hidden@proxy:99999", "http://[hidden", "http://user:hidden@proxy:port"])
async def test_what_no_proxy_of_a_credential_can_be(
    tmp_path: Path, authority: Authority, good: Listener, proxy: str, declared_too: bool
) -> None:
    document = trusting(authority, f"https://{good.address}", **{"proxy-url": proxy})
    (tmp_path / "m1.kubeconfig").write_text(document)
    said = await refusal(through("http://proxy:3128") if declared_too else declared(), Access(tmp_path))
    assert said.startswith("m1: the proxy of its credential is not the URL of an HTTP proxy")
    assert "hidden" not in said


@pytest.mark.parametrize("proxies", [None, EnvironmentProxies.read({"HTTPS_PROXY": "http://proxy:3128"})])
@pytest.mark.parametrize("server", ["https://api.example:99999", "https://[api.example", "https://api.example:port"])
async def test_a_server_whose_address_is_no_url(
    tmp_path: Path, authority: Authority, server: str, proxies: EnvironmentProxies | None
) -> None:
    (tmp_path / "m1.kubeconfig").write_text(trusting(authority, server))
    said = await refusal(declared(), Access(tmp_path, proxies=proxies))
    assert said.startswith("m1: its credential is for a server whose address is not a URL")


async def test_a_proxy_that_does_not_pass_it_on(tmp_path: Path, authority: Authority, good: Listener) -> None:
    (tmp_path / "m1.kubeconfig").write_text(trusting(authority, f"https://{good.address}"))
    with connect_proxy(1, "user:password") as (port, _):
        said = await refusal(through(f"http://user:hidden@127.0.0.1:{port}"), Access(tmp_path))
        assert "the proxy on the way refuses the connection (HTTP 407)" in said
    said = await refusal(through(f"http://user:hidden@127.0.0.1:{port}"), Access(tmp_path))
    assert f"the proxy on the way does not answer at 127.0.0.1:{port}: connection refused" in said
    assert "hidden" not in said
    assert not good.knocked


async def test_the_environment_is_trusted_where_the_process_was_started_so(tmp_path: Path) -> None:
    """Also on the way to a server on plain http: whoever starts the process allowed both."""
    async with serving() as server, serving() as proxy:
        (tmp_path / "m1.kubeconfig").write_text(kubeconfig("http://api.example:6443"))
        proxies = EnvironmentProxies.read({"http_proxy": proxy.url.removeprefix("http://")})
        await reach(declared(), Access(tmp_path, allow_insecure=True, proxies=proxies), proxy)
        assert (server.tokens, proxy.tokens) == ([], [f"Bearer {TOKEN}"])


ENVIRONMENT = {"HTTPS_PROXY": "http://secure:3128", "http_proxy": "plain:3128"}


@pytest.mark.parametrize(
    ("exceptions", "server", "expected"),
    [
        ("", "https://api.example:6443", "http://secure:3128"),
        ("", "http://api.example", "http://plain:3128"),
        ("*", "https://api.example:6443", ""),
        ("example", "https://api.example:6443", ""),
        (".example", "https://api.example:6443", ""),
        (".api.example", "https://api.example:6443", "http://secure:3128"),
        ("*.example", "https://api.example:6443", ""),
        ("pi.example", "https://api.example:6443", "http://secure:3128"),
        (" other , API.example ", "https://api.example:6443", ""),
        ("api.example:6443", "https://api.example:6443", ""),
        ("api.example:443", "https://api.example:6443", "http://secure:3128"),
        ("api.example:443", "https://api.example", ""),
        ("10.0.0.0/8", "https://10.1.2.3:6443", ""),
        ("10.0.0.0/8", "https://11.1.2.3:6443", "http://secure:3128"),
        ("10.1.2.3", "https://10.1.2.3:6443", ""),
        ("10.1.2.3:6443", "https://10.1.2.3:6443", ""),
        ("10.1.2.3:443", "https://10.1.2.3:6443", "http://secure:3128"),
        ("fd00::/8", "https://[fd00::1]:6443", ""),
        ("[fd00::1]:6443", "https://[fd00::1]:6443", ""),
        ("2.3", "https://10.1.2.3:6443", "http://secure:3128"),
    ],
)
def test_the_proxy_of_the_environment(exceptions: str, server: str, expected: str) -> None:
    assert EnvironmentProxies.read({**ENVIRONMENT, "NO_PROXY": exceptions}).proxy_for(server) == expected
