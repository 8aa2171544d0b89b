"""URLs that contain secrets.

A URL may contain a user and a password or token. Only git may get them: they must not appear on its command line (every user of
the machine can read that), in the configuration of the mirror, in a log line or in an error. So git gets the URL without
secrets, the configuration of a credential helper through `-c`, and the secrets in its environment. Git uses a credential helper
only for the host that it is configured for, so a redirect to another host does not get the secrets.

Credentials in the git configuration of the machine (helpers, ssh keys, `http.extraHeader`) work as usual.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import quote, unquote

_USER_VARIABLE = "RECONCILER_GIT_USERNAME"
_PASSWORD_VARIABLE = "RECONCILER_GIT_PASSWORD"  # noqa: S105 - a name, not a password
_HELPER = f"""!f() {{ test "$1" = get && printf 'password=%s\\n' "${_PASSWORD_VARIABLE}"; }}; f"""

# User info is everything between `://` and the last `@` before the path. Passwords often contain an unencoded `@`.
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user_info>[^\s/?#]*)@)?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_USER_INFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<user_info>[^\s/]*)@", re.IGNORECASE)
_HEADER = re.compile(r"(?P<name>(?:proxy-)?authorization:\s*(?:basic|bearer|token)?\s*)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one remote repository."""

    url: str
    """Without secrets: safe to print, log and store."""
    options: tuple[str, ...] = ()
    """Options of git, before the subcommand. They contain names of environment variables, no secrets."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The values of those variables, for the git process only."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Every spelling of the secrets, which must never be printed."""


def read_url(url: str) -> Access:
    """Separates a URL from its secrets. Raises ValueError, without the URL, if user and password cannot be recognized."""
    match = _URL.fullmatch(url)
    if match is None or match["user_info"] is None:
        if match is not None and "@" in match["rest"] and not _has_plain_host(match["rest"]):
            raise ValueError("the URL's user or password holds a character that must be percent-encoded (/ ? # or a space)")
        return Access(url)
    raw_user, colon, raw_password = match["user_info"].partition(":")
    user, password = unquote(raw_user), unquote(raw_password)
    if not {"\n", "\r", "\0"}.isdisjoint(user + password):
        raise ValueError("the URL's user or password holds a line break")
    scheme, secrets = match["scheme"].lower(), tuple(filter(None, {raw_password, password, quote(password, safe="")}))
    if scheme not in ("http", "https"):
        # ssh uses no password from a URL. Its user is part of the address, and not secret.
        login = f"{raw_user}@" if scheme == "ssh" and raw_user else ""
        return Access(f"{scheme}://{login}{match['rest']}", secrets=secrets)
    # A user without a password may be a token, or a name whose password is in another helper: git asks other helpers first.
    access = basic_access(f"{scheme}://{match['rest']}", user, password, other_helpers=not colon)
    return replace(access, secrets=secrets)


def basic_access(url: str, user: str, password: str, *, other_helpers: bool = False) -> Access:
    """Access to an http(s) URL without user info. other_helpers: whether git may ask those of the machine first."""
    at_host = f"credential.{origin_of(url)}"
    options = ("-c", f"{at_host}.helper={_HELPER}")
    only_this = () if other_helpers else ("-c", "credential.helper=")
    header = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Access(
        url,
        (*only_this, f"--config-env={at_host}.username={_USER_VARIABLE}", *options),
        MappingProxyType({_USER_VARIABLE: user, _PASSWORD_VARIABLE: password}),
        tuple(dict.fromkeys((password, quote(password, safe=""), header))),
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL without user info, as git's settings name a host."""
    return re.split(r"(?<![:/])[/?#]", url, maxsplit=1)[0]


def _has_plain_host(rest: str) -> bool:
    """Whether the text before the path is a host with an optional port, and not a part of a password."""
    return re.match(r"(?:\[[0-9a-f:.]+\]|[^\s:/?#@]*)(?::\d*)?(?:[/?#]|$)", rest, re.IGNORECASE) is not None


def clean_url(url: str) -> str:
    """The URL for messages: without password, and for http(s) without user."""
    try:
        return scrub(read_url(url).url)
    except ValueError:
        return scrub(re.sub(r"://.*@", "://***@", url, flags=re.DOTALL))


def scrub(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without these secrets, without user info in URLs, and without authorization headers."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    text = _USER_INFO.sub(lambda m: m[0] if m["scheme"] == "ssh://" and ":" not in m["user_info"] else f"{m['scheme']}***@", text)
    return _HEADER.sub(r"\g<name>***", text)
