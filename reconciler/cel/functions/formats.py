"""`format` (pkg/cel/library/format.go): whether text has a format. The messages are shorter than Kubernetes'."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from reconciler.cel.functions.opaque import expect, opaque
from reconciler.cel.functions.signature import Signature, function
from reconciler.cel.functions.urls import is_url
from reconciler.cel.macros import FORMAT_NAMED, VALIDATE
from reconciler.model.label_syntax import key_problem, value_problem

_KIND = "format"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


def _name_check(pattern: str, longest: int, what: str, *, prefix: bool = False) -> Callable[[str], list[str]]:
    compiled = re.compile(pattern)

    def check(text: str) -> list[str]:
        one = f"{text[:-1]}a" if prefix and text.endswith("-") else text
        found = [] if len(text) <= longest else [f"must be no more than {longest} characters"]
        return found if compiled.fullmatch(one) else [*found, f"must be a valid {what}"]

    return check


def _no(is_valid: Callable[[str], bool], message: str) -> Callable[[str], list[str]]:
    return lambda text: [] if is_valid(text) else [message]


def _problem(find: Callable[[str], str]) -> Callable[[str], list[str]]:
    def check(text: str) -> list[str]:
        problem = find(text)
        return [problem] if problem else []

    return check


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(f"{text[:10]}T{text[11:19]}"))
    except ValueError:
        return False


_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
FORMATS: dict[str, Callable[[str], list[str]]] = {
    "dns1123Label": _name_check(_LABEL, 63, "DNS-1123 label"),
    "dns1123Subdomain": _name_check(_SUBDOMAIN, 253, "DNS-1123 subdomain"),
    "dns1035Label": _name_check(r"[a-z]([-a-z0-9]*[a-z0-9])?", 63, "DNS-1035 label"),
    "dns1123LabelPrefix": _name_check(_LABEL, 63, "DNS-1123 label", prefix=True),
    "dns1123SubdomainPrefix": _name_check(_SUBDOMAIN, 253, "DNS-1123 subdomain", prefix=True),
    "dns1035LabelPrefix": _name_check(r"[a-z]([-a-z0-9]*[a-z0-9])?", 63, "DNS-1035 label", prefix=True),
    "qualifiedName": _problem(key_problem),
    "labelValue": _problem(value_problem),
    "uri": _no(is_url, "invalid URI for request"),
    "uuid": _no(lambda text: bool(_UUID.fullmatch(text)), "does not match the UUID format"),
    "byte": _no(lambda text: bool(_BASE64.fullmatch(text)), "invalid base64"),
    "date": _no(_is_date, "invalid date"),
    "datetime": _no(_is_time, "invalid datetime"),
}


def _format(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: opaque(_KIND, name=name)


def _named(name: str) -> dict[str, Any]:
    """Empty where there is no such format."""
    return opaque(_KIND, name=name) if name in FORMATS else {}


def _validate(value: Any, text: str) -> list[str]:
    return FORMATS[expect(value, _KIND)["name"]](text)


SIGNATURES: tuple[Signature, ...] = (
    *(function(f"format.{name}", _format(name)) for name in FORMATS),
    function(FORMAT_NAMED, _named, "string"),
    function(VALIDATE, _validate, "map", "string"),
)
