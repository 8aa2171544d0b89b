"""The token that a registry asks for, by the protocol of Docker's registries (distribution, docs/spec/auth/token).

A registry answers 401 and names the server that gives tokens. That server gets the user and password of the registry's own
folder, as every client of registries does; the registry chooses it, over a connection whose certificate was checked. Only https
is accepted, and only `pull` of the one repository is asked for, whatever the registry suggests.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import urlencode

from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import SourceError
from reconciler.sources.http_get import HttpGet, Login, Request, origin_of

_PARAMETER = re.compile(r'([a-zA-Z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def first_login(origin: str, credentials: Credentials | None) -> Login:
    """What is sent without being asked: a token of the folder, but no password."""
    token = credentials.bearer_token if credentials else ""
    return Login(origin, credentials, f"Bearer {token}" if token else "")


def basic(credentials: Credentials) -> str:
    """The value of the header Authorization with user and password."""
    return f"Basic {base64.b64encode(f'{credentials.username}:{credentials.password}'.encode()).decode()}"


async def answer_challenge(http: HttpGet, challenge: str, repository: str, login: Login, limit: int) -> Login | None:
    """The login that the challenge of a 401 asks for; None where there is nothing to answer with.

    challenge: the header WWW-Authenticate. Raises SourceError, SourceUnreachableError.
    """
    credentials = login.credentials
    has_password = credentials is not None and bool(credentials.password)
    scheme, _, rest = challenge.strip().partition(" ")
    if scheme.lower() == "basic":
        return Login(login.origin, credentials, basic(credentials)) if credentials and has_password else None
    if scheme.lower() != "bearer" or login.authorization:
        return None
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    realm = parameters.get("realm", "")
    if not realm:
        return None
    query = {"scope": f"repository:{repository}:pull"} | ({"service": parameters["service"]} if "service" in parameters else {})
    url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
    authorization = basic(credentials) if credentials and has_password else ""
    try:
        origin = origin_of(url)
    except ValueError:
        raise SourceError(f"{login.origin}: the registry names a token server that is no URL") from None
    request = Request(url, Login(origin, credentials, authorization), limit, f"the token for {repository}")
    answer = await http.get(request)
    if answer.status != 200:
        return None
    return Login(login.origin, credentials, f"Bearer {_token(answer.content, login.origin)}")


def _token(content: bytes, place: str) -> str:
    try:
        document = json.loads(content)
        token = document.get("token") or document.get("access_token")
    except (ValueError, AttributeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise SourceError(
            f"{place}: the token server of the registry gave no token", remedy="Check that the URL is a registry's."
        )
    return token
