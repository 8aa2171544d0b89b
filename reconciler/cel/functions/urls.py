"""`url` and `isURL` (pkg/cel/library/urls.go): absolute URLs and absolute paths, as Go's net/url parses them."""

from __future__ import annotations

import re
from typing import Any

from reconciler.cel.functions.opaque import expect, opaque
from reconciler.cel.functions.signature import Signature, function, method

_KIND = "url"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AUTHORITY = re.compile(r"(?:([-A-Za-z0-9._~!$&'()*+,;=:%@]*)@)?(\[[^\]]*\]|[^\[\]:/ ]*)(?::([0-9]*))?")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@")
_ALLOWED_RAW = re.compile(r"(?:[A-Za-z0-9\-_.~!$&'()*+,;=:@/\[\]]|%[0-9A-Fa-f]{2})*")


def _url(text: str) -> dict[str, Any]:
    """url.ParseRequestURI: a fragment is not recognised. Raises ValueError."""
    problem = ValueError(f"URL parse error during conversion from string: parse {text!r}: invalid URI for request")
    scheme = _SCHEME.match(text)
    rest, _, query = (text[scheme.end() :] if scheme else text).partition("?")
    if not text or _CONTROL.search(text) or not rest.startswith("/"):
        raise problem
    host = name = port = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        found = _AUTHORITY.fullmatch(authority)
        if found is None:
            raise problem
        name, port = found[2], found[3] or ""
        host = authority.rpartition("@")[2]
        rest = slash + path
    if _BAD_ESCAPE.search(rest) or _BAD_ESCAPE.search(name):
        raise problem
    return opaque(
        _KIND,
        text=text,
        scheme=scheme[1].lower() if scheme else "",
        host=host,
        name=name.strip("[]"),
        port=port,
        path=rest,
        query=query,
    )


def is_url(text: str) -> bool:
    try:
        _url(text)
    except ValueError:
        return False
    return True


def _part(name: str) -> Any:
    return lambda value: expect(value, _KIND)[name]


def _escaped_path(value: Any) -> str:
    path = str(expect(value, _KIND)["path"])
    if _ALLOWED_RAW.fullmatch(path):
        return path
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in _unescaped(path))


def _unescaped(text: str) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())


def _query(value: Any) -> dict[str, list[str]]:
    """url.ParseQuery: pairs with a semicolon or a bad escape are dropped."""
    pairs: dict[str, list[str]] = {}
    for pair in str(expect(value, _KIND)["query"]).split("&"):
        if not pair or ";" in pair or _BAD_ESCAPE.search(pair):
            continue
        name, _, content = (_unescaped(part.replace("+", " ")).decode(errors="replace") for part in pair.partition("="))
        pairs.setdefault(name, []).append(content)
    return pairs


SIGNATURES: tuple[Signature, ...] = (
    function("url", _url, "string"),
    function("isURL", is_url, "string"),
    method("getScheme", _part("scheme"), "map"),
    method("getHost", _part("host"), "map"),
    method("getHostname", _part("name"), "map"),
    method("getPort", _part("port"), "map"),
    method("getEscapedPath", _escaped_path, "map"),
    method("getQuery", _query, "map"),
)
