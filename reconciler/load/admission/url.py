"""Parses URLs as Go does (net/url). Go accepts more than RFC 3986 allows, and refuses some URLs that Python accepts.

The result has only the parts that admission checks.
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
    """The parts of a URL that admission checks."""

    scheme: str
    """In lower case; empty if there is none."""
    host: str
    """With the port, as written; empty if there is no authority."""
    has_user: bool
    query: str
    fragment: str


def parse_url(text: str) -> Url | None:
    """The URL; None if Go refuses it."""
    rest, _, fragment = text.partition("#")
    scheme = _SCHEME.match(rest)
    if _CONTROL.search(rest) or rest.startswith(":") or _BAD_ESCAPE.search(fragment):
        return None
    rest = rest[scheme.end() :] if scheme else rest
    rest, query = _without_query(rest)
    name = scheme[1].lower() if scheme else ""
    if not rest.startswith("/"):  # An opaque URL (mailto:someone), or a relative path.
        is_valid = bool(scheme) or ":" not in rest.partition("/")[0]
        is_valid = is_valid and (bool(scheme) or not _BAD_ESCAPE.search(rest))
        return Url(name, "", has_user=False, query=query, fragment=fragment) if is_valid else None
    if not rest.startswith("//") or (not scheme and rest.startswith("///")):
        return None if _BAD_ESCAPE.search(rest) else Url(name, "", has_user=False, query=query, fragment=fragment)
    authority, slash, path = rest[2:].partition("/")
    user, at, host = authority.rpartition("@")
    if not _USER.fullmatch(user) or _BAD_ESCAPE.search(user + slash + path) or not _is_host(host, name):
        return None
    return Url(name, host, has_user=bool(at), query=query, fragment=fragment)


def _without_query(text: str) -> tuple[str, str]:
    """(text before the query, query). The first question mark begins the query; later ones belong to it."""
    before, _, query = text.partition("?")
    return before, query


def _is_host(host: str, scheme: str) -> bool:
    if "[" in host:
        return _is_bracketed(host)
    # For schemes other than these two, Go accepts a list of hosts with colons in it.
    _, colon, port = host.partition(":") if scheme in ("http", "https") else host.rpartition(":")
    if colon and not _PORT.fullmatch(colon + port):
        return False
    return _HOST.fullmatch(host) is not None


def _is_bracketed(host: str) -> bool:
    """Whether the host is an IPv6 address in brackets. A zone may follow after `%25`."""
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
