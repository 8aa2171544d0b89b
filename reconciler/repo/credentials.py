"""URLs with secrets in them.

A URL may carry a user and a password or token. They must reach git, and nothing else: not its command line (every
user of the machine can read that), not the mirror's configuration, not a log line, not an error. So the URL is taken
apart once: git gets the clean one, is told through `-c` how to ask for the rest, and finds that in its environment.
Git asks a credential helper only for the host it is configured for; a redirect elsewhere takes nothing along.

Credentials that the machine's own git configuration holds (helpers, ssh keys, `http.extraHeader`) work as always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, unquote

_USER_VARIABLE = "RECONCILER_GIT_USERNAME"
_PASSWORD_VARIABLE = "RECONCILER_GIT_PASSWORD"  # noqa: S105 - a name, not a password
_HELPER = f"""!f() {{ test "$1" = get && printf 'password=%s\\n' "${_PASSWORD_VARIABLE}"; }}; f"""

# Everything between `://` and the last `@` in front of the path. A raw `@` in a password is common enough.
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user_info>[^\s/?#]*)@)?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_USER_INFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<user_info>[^\s/]*)@", re.IGNORECASE)
_HEADER = re.compile(r"(?P<name>(?:proxy-)?authorization:\s*(?:basic|bearer|token)?\s*)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one remote repository."""

    url: str
    """Without any secret: safe to print, to log, to store."""
    options: tuple[str, ...] = ()
    """For git, in front of the subcommand; they name environment variables, never values."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """What those variables hold, for the git process alone."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Every spelling of what must never be shown."""


def read_url(url: str) -> Access:
    """Take a URL apart. Raises ValueError, not quoting it, where user and password cannot be told from the rest."""
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
        # ssh takes no password from a URL; its user is part of the address and no secret.
        shown = f"{raw_user}@" if scheme == "ssh" and raw_user else ""
        return Access(f"{scheme}://{shown}{match['rest']}", secrets=secrets)
    host = re.split(r"[/?#]", match["rest"], maxsplit=1)[0]
    at_host = f"credential.{scheme}://{host}"
    # A user alone may be a token, or a name whose password the machine's own helpers know: they are asked first.
    forget_other_helpers = ("-c", "credential.helper=") if colon else ()
    return Access(
        f"{scheme}://{match['rest']}",
        (
            *forget_other_helpers,
            f"--config-env={at_host}.username={_USER_VARIABLE}",
            "-c",
            f"{at_host}.helper={_HELPER}",
        ),
        MappingProxyType({_USER_VARIABLE: user, _PASSWORD_VARIABLE: password}),
        secrets,
    )


def _has_plain_host(rest: str) -> bool:
    """Whether what stands before the path is a host, perhaps with a port, and not half of a password."""
    return re.match(r"(?:\[[0-9a-f:.]+\]|[^\s:/?#@]*)(?::\d*)?(?:[/?#]|$)", rest, re.IGNORECASE) is not None


def clean_url(url: str) -> str:
    """The URL without password, and for http(s) without user: for people to read."""
    try:
        return scrub(read_url(url).url)
    except ValueError:
        return scrub(re.sub(r"://.*@", "://***@", url, flags=re.DOTALL))


def scrub(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without the secrets given, the user information of any URL in it, and authorization headers."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    text = _USER_INFO.sub(lambda m: m[0] if m["scheme"] == "ssh://" and ":" not in m["user_info"] else f"{m['scheme']}***@", text)
    return _HEADER.sub(r"\g<name>***", text)
