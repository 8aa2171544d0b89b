"""URLs as Go reads them (net/url): more than RFC 3986 allows passes, some of what Python's reader lets through does not.

Only what admission asks of a URL is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER = re.compile(r"[-A-Za-z0-9._:~!$&'()*+,;=%@]*")
_HOST = re.compile(r"""(?:[-A-Za-z0-9._~!$&'()*+,;=:<>"\[\]]|[^\x00-\x7f]|%25|%[89A-Fa-f][0-9A-Fa-f])*""")
_PORT = re.compile(r"(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Url:
    scheme: str
    """In small letters; empty if there is none."""
    host: str
    """With the port, as written; empty where there is no authority."""
    has_user: bool
    query: str
    fragment: str


def parse_url(text: str) -> Url | None:
    """None if this is no URL to Go."""
    rest, _, fragment = text.partition("#")
    scheme = _SCHEME.match(rest)
    if _CONTROL.search(rest) or rest.startswith(":") or _BAD_ESCAPE.search(fragment):
        return None
    rest = rest[scheme.end() :] if scheme else rest
    rest, query = _without_query(rest)
    name = scheme[1].lower() if scheme else ""
    if not rest.startswith("/"):  # What a scheme has to itself (mailto:someone), or a path relative to nothing.
        sound = bool(scheme) or ":" not in rest.partition("/")[0]
        sound = sound and (bool(scheme) or not _BAD_ESCAPE.search(rest))
        return Url(name, "", has_user=False, query=query, fragment=fragment) if sound else None
    if not rest.startswith("//") or (not scheme and rest.startswith("///")):
        return None if _BAD_ESCAPE.search(rest) else Url(name, "", has_user=False, query=query, fragment=fragment)
    authority, slash, path = rest[2:].partition("/")
    user, at, host = authority.rpartition("@")
    if not _USER.fullmatch(user) or _BAD_ESCAPE.search(user + slash + path) or not _is_host(host, name):
        return None
    return Url(name, host, has_user=bool(at), query=query, fragment=fragment)


def _without_query(text: str) -> tuple[str, str]:
    """A single question mark at the end is an empty query; a second one belongs to the query."""
    before, _, query = text.partition("?")
    return before, query


def _is_host(host: str, scheme: str) -> bool:
    if "[" in host:
        return _is_bracketed(host)
    # Go lets only other schemes than these have a list of hosts with colons in it.
    _, colon, port = host.partition(":") if scheme in ("http", "https") else host.rpartition(":")
    if colon and not _PORT.fullmatch(colon + port):
        return False
    return _HOST.fullmatch(host) is not None


def _is_bracketed(host: str) -> bool:
    """An IPv6 address, and nothing else, stands in brackets; behind `%25` may follow a zone."""
    address, bracket, port = host[1:].rpartition("]")
    if not host.startswith("[") or "[" in address or not bracket or not _PORT.fullmatch(port):
        return False
    literal, percent, zone = address.partition("%25")
    if _BAD_ESCAPE.search(zone) or "%" in literal or (percent and not zone):
        return False
    try:
        IPv6Address(literal)
    except AddressValueError:
        return False
    return True
