"""What the certificate of a server is checked with, and the certificate of this client."""

from __future__ import annotations

import ssl
from contextlib import ExitStack

from reconciler.repo.remote_access import file_in_memory
from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import SourceError


def tls_context(credentials: Credentials | None, *, with_certificate: bool) -> ssl.SSLContext | bool:
    """For aiohttp: True means the authorities of the machine.

    with_certificate: whether the server may ask for the certificate of this client. Raises SourceError.
    """
    if credentials is None or not (credentials.authorities or credentials.certificate):
        return True
    try:
        authorities = credentials.authorities.decode("ascii", "replace") or None
        context = ssl.create_default_context(cadata=authorities)
        if with_certificate and credentials.certificate:
            with ExitStack() as files:
                certificate = files.enter_context(file_in_memory(credentials.certificate))
                context.load_cert_chain(certificate, files.enter_context(file_in_memory(credentials.certificate_key)))
    except (ssl.SSLError, OSError, ValueError):
        message = f"{credentials.folder}: ca.crt, or tls.crt with tls.key, cannot be used"
        raise SourceError(message, remedy="They must be PEM, and the key must belong to the certificate.") from None
    return context
