"""A kubeconfig that is read without the client library says the same as one that is read by it."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster import kubeconfig_credentials
from reconciler.cluster.connection import Connection
from reconciler.cluster.kubeconfig import Context
from reconciler.cluster.plain_credentials import plain_connection
from tests.support.certificates import Authority

AUTHORITY = Authority()
DATA = base64.b64encode(AUTHORITY.pem).decode()
SERVER = "https://127.0.0.1:6443"


async def by_library(context: Context, folder: Path) -> Connection:
    (folder / "files").mkdir()
    return kubeconfig_credentials.connection_of(await kubeconfig_credentials.load(context.with_files(folder / "files"), folder))


async def facts(connection: Connection) -> tuple[Any, ...]:
    tls = connection.tls
    trust = (tls.check_hostname, tls.verify_mode, sorted(tls.get_ca_certs(binary_form=True)))
    more = (connection.is_verified, connection.server_name, connection.proxy)
    return (connection.host, await connection.authorization(), trust, more)


@pytest.mark.parametrize("user", [{"token": "t"}, {}, {"token": ""}, {"token": "t", "password": "p"}, {"as": "somebody"}])
@pytest.mark.parametrize(
    "cluster",
    [
        {"server": SERVER, "certificate-authority-data": DATA},
        {"server": f"{SERVER}/", "certificate-authority": "ca.pem"},
        {"server": SERVER, "certificate-authority": "sub/../ca.pem", "tls-server-name": "api.test"},
        {"server": SERVER},
        {"server": SERVER, "insecure-skip-tls-verify": True},
        {"server": SERVER, "insecure-skip-tls-verify": False, "certificate-authority-data": DATA},
        {"server": SERVER, "certificate-authority-data": DATA, "certificate-authority": "missing.pem"},
        {"server": "http://127.0.0.1:8080", "certificate-authority-data": DATA},
        {"server": SERVER, "certificate-authority-data": DATA, "proxy-url": "http://proxy.test:3128", "extensions": []},
    ],
)
async def test_both_say_the_same(tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any]) -> None:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.pem)
    context = Context(cluster, user)
    plain = plain_connection(context, tmp_path)
    assert plain is not None
    host, connect = plain
    connection = connect()
    assert connection.host == host
    assert await facts(connection) == await facts(await by_library(context, tmp_path))


@pytest.mark.parametrize(
    "user",
    [
        {"tokenFile": "token"},
        {"exec": {}},
        {"auth-provider": {}},
        {"username": "u", "password": "p"},
        {"client-certificate-data": "c", "client-key-data": "k"},
        {"token": 7},
    ],
)
def test_other_forms_are_left_to_the_library(tmp_path: Path, user: dict[str, Any]) -> None:
    assert plain_connection(Context({"server": SERVER, "certificate-authority-data": DATA}, user), tmp_path) is None


@pytest.mark.parametrize(
    "cluster",
    [
        {},
        {"server": ""},
        {"server": 7},
        {"server": SERVER, "certificate-authority-data": ""},
        {"server": SERVER, "certificate-authority-data": "%"},
        {"server": SERVER, "certificate-authority-data": base64.b64encode(b"no certificate").decode()},
        {"server": SERVER, "certificate-authority-data": base64.b64encode("ä".encode()).decode()},
        {"server": SERVER, "insecure-skip-tls-verify": "true"},
        {"server": SERVER, "proxy-url": None},
    ],
)
def test_what_is_spelled_otherwise_is_left_to_the_library(tmp_path: Path, cluster: dict[str, Any]) -> None:
    assert plain_connection(Context(cluster, {"token": "t"}), tmp_path) is None


def test_an_authority_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"its CA is not there: .*missing.pem"):
        plain_connection(Context({"server": SERVER, "certificate-authority": "missing.pem"}, {}), tmp_path)


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    broken = base64.b64encode(AUTHORITY.pem[:200]).decode()
    plain = plain_connection(Context({"server": SERVER, "certificate-authority-data": broken}, {}), tmp_path)
    assert plain is not None
    with pytest.raises((ssl.SSLError, ValueError)):
        plain[1]()
