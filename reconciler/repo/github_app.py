"""The token of a GitHub App: a key that never leaves this process is exchanged for a token that ends after an hour.

GitHub's rules: the request carries a JWT that the App's private key signed (RS256) and that is valid for at most ten minutes; its
start is set a minute back, because clocks differ. The answer is a token, with which git logs in as `x-access-token`.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from reconciler.repo.credentials import scrub
from reconciler.repo.failures import RepositoryError, UnreachableError
from reconciler.repo.secret_folder import Credentials, GitHubApp

_TIMEOUT = 15.0
"""Seconds."""
_LARGEST_ANSWER = 1024 * 1024
_REMEDY = (
    "Check githubAppID, githubAppInstallationID and githubAppPrivateKey, that the App is still installed for the repository, and "
    "that it may read and write its contents."
)


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    ends: datetime


def installation_token(credentials: Credentials, app: GitHubApp, now: datetime) -> Token:
    """A new token. Raises RepositoryError if GitHub refuses, UnreachableError if it does not answer."""
    url = f"{app.api}/app/installations/{app.installation}/access_tokens"
    signed = _signed(credentials, app, now)
    headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {signed}"}
    request = urllib.request.Request(url, method="POST", data=b"", headers=headers)  # noqa: S310 - https is checked on reading
    opener = _opener(credentials, request.host)
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            content = json.loads(answer.read(_LARGEST_ANSWER))
        return Token(_printable(content["token"]), datetime.fromisoformat(content["expires_at"]).astimezone(UTC))
    except urllib.error.HTTPError as refusal:
        raise _refused(url, refusal, signed) from None
    except (OSError, http.client.HTTPException) as failure:
        reason = failure.reason if isinstance(failure, urllib.error.URLError) else failure
        raise UnreachableError(
            f"{url}: no token of the GitHub App: {scrub(str(reason)) or type(reason).__name__}",
            remedy="Check githubAppBaseURL, ca.crt, the network and the proxy.",
        ) from None
    except (ValueError, KeyError, TypeError):
        raise RepositoryError(
            f"{url}: the answer holds no token of a GitHub App", remedy="Check githubAppBaseURL: it is the address of the API."
        ) from None


def _signed(credentials: Credentials, app: GitHubApp, now: datetime) -> str:
    claims = {"iat": now - timedelta(minutes=1), "exp": now + timedelta(minutes=9), "iss": app.app}
    try:
        return jwt.encode(claims, app.private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise RepositoryError(
            f"{credentials.folder}: githubAppPrivateKey is not an RSA key", remedy="Make a new one on the page of the App."
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Another host must not get the signed request."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(credentials: Credentials, host: str) -> urllib.request.OpenerDirector:
    authorities = credentials.authorities.decode("ascii", "ignore") or None  # Bundles have comments in every language.
    try:
        context = ssl.create_default_context(cadata=authorities)
    except ssl.SSLError:
        remedy = "It must hold certificates in PEM form."
        raise RepositoryError(f"{credentials.folder}: ca.crt cannot be read", remedy=remedy) from None
    bypassed = bool(credentials.no_proxy) and urllib.request.proxy_bypass_environment(  # type: ignore[attr-defined]
        host, {"no": credentials.no_proxy}
    )
    proxies = ({} if bypassed else {"https": credentials.proxy}) if credentials.proxy else None
    return urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler(proxies), _NoRedirect
    )


def _refused(url: str, refusal: urllib.error.HTTPError, signed: str) -> RepositoryError:
    try:
        said = str(json.loads(refusal.read(_LARGEST_ANSWER))["message"])
    except (ValueError, KeyError, TypeError, OSError):
        said = refusal.reason
    text = f"{url}: GitHub gave no token of the App: {refusal.code} {scrub(said, (signed,))[:200]}"
    if refusal.code == 429 or refusal.code >= 500:
        return UnreachableError(text, remedy="Try again later.")
    return RepositoryError(text, remedy=_REMEDY)


def _printable(token: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError(token)
    return token
