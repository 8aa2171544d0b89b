"""What a lost connection is called: as the operating system, DNS or TLS calls it, with the address."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from reconciler.cluster.failures import lost

KEY = ConnectionKey("m1.example.org", 6443, True, True, None, None, None)


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1006)")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 6443)")),
            "m1 does not answer at m1.example.org:6443: connection refused",
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
            "m1 does not answer at m1.example.org:6443: Name or service not known",
        ),
        (
            aiohttp.ClientConnectorCertificateError(KEY, untrusted()),
            "m1: the certificate of its server at m1.example.org:6443 is not trusted: self-signed certificate",
        ),
        (untrusted(), "m1: the certificate of its server is not trusted: self-signed certificate"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "m1 does not answer: connection reset by peer"),
        (aiohttp.ServerDisconnectedError(), "m1 does not answer: Server disconnected"),
        (TimeoutError(), "m1 did not answer in time"),
        (aiohttp.ClientPayloadError(), "m1 does not answer: ClientPayloadError"),
    ],
)
def test_a_lost_connection_is_told_in_plain_words(error: BaseException, message: str) -> None:
    told = lost("m1", error)
    assert (told.message, told.temporary) == (message, True)
    assert told.remedy
