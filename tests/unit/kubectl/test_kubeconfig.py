from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from reconciler.cluster.connection import Connection, Pem, always, tls_of
from reconciler.kubectl.failures import KubectlError
from reconciler.kubectl.kubeconfig import kubeconfig_of


async def entries(connection: Connection) -> tuple[dict[str, Any], dict[str, Any]]:
    """(cluster, user)."""
    document = json.loads(await kubeconfig_of("m1", connection))
    assert document["current-context"] == document["contexts"][0]["name"]
    return document["clusters"][0]["cluster"], document["users"][0]["user"]


async def test_a_token_and_a_ca() -> None:
    found = await entries(Connection("https://a:6443", tls_of(), always("Bearer t0ken"), pem=Pem("CA")))
    assert found == ({"server": "https://a:6443", "certificate-authority-data": encoded("CA")}, {"token": "t0ken"})


async def test_a_client_certificate_a_proxy_and_a_server_name() -> None:
    pem = Pem("CA", "CERTIFICATE", "KEY")
    connection = Connection("https://a", tls_of(), always(""), server_name="b", proxy="http://p:1", pem=pem)
    cluster, user = await entries(connection)
    assert (cluster["tls-server-name"], cluster["proxy-url"]) == ("b", "http://p:1")
    assert user == {"client-certificate-data": encoded("CERTIFICATE"), "client-key-data": encoded("KEY")}


async def test_a_password() -> None:
    _, user = await entries(Connection("https://a", tls_of(), always(f"Basic {encoded('me:a:b')}")))
    assert user == {"username": "me", "password": "a:b"}


async def test_whom_the_user_acts_as() -> None:
    acting = {"as": "dev", "as-groups": ["team"], "as-user-extra": {"Reason": ["on call"]}}
    connection = Connection("https://a", tls_of(), always("Bearer t"), impersonation=acting)
    _, user = await entries(connection)
    assert user == {"token": "t", **acting}
    assert connection.impersonation_headers == [
        ("Impersonate-User", "dev"),
        ("Impersonate-Group", "team"),
        ("Impersonate-Extra-reason", "on call"),
    ]


async def test_a_server_that_is_not_verified_has_no_ca() -> None:
    """kubectl refuses both at once."""
    cluster, _ = await entries(Connection("https://a", tls_of(), always("Bearer t"), is_verified=False, pem=Pem("CA")))
    assert cluster == {"server": "https://a", "insecure-skip-tls-verify": True}


@pytest.mark.parametrize("header", ["Negotiate abc", "Basic !", f"Basic {base64.b64encode(b'nobody').decode()}"])
async def test_a_credential_that_kubectl_has_no_field_for(header: str) -> None:
    with pytest.raises(KubectlError, match="m1: kubectl cannot use its credential"):
        await kubeconfig_of("m1", Connection("https://a", tls_of(), always(header)))


async def test_headers_for_a_proxy_are_no_part_of_a_kubeconfig() -> None:
    connection = Connection("https://a", tls_of(), always("Bearer t"), proxy="http://p:1", proxy_headers=[("X", "y")])
    with pytest.raises(KubectlError, match=r"cannot send spec\.proxyHeader"):
        await kubeconfig_of("m1", connection)


def test_a_credential_is_not_printed() -> None:
    assert "KEY" not in repr(Connection("https://a", tls_of(), always(""), pem=Pem("CA", "CERTIFICATE", "KEY")))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
