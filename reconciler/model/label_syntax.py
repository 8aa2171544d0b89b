"""Syntax of label keys and values in Kubernetes (apimachinery, pkg/util/validation).

Each function returns a message, or an empty string if there is no problem, so that callers can collect messages.
"""

from __future__ import annotations

import re

_NAME_FORM = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_SUBDOMAIN_FORM = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_NAME, _DNS_SUBDOMAIN = re.compile(_NAME_FORM), re.compile(_SUBDOMAIN_FORM)
_NAME_LENGTH, _SUBDOMAIN_LENGTH = 63, 253
VALUE_PATTERN = rf"^(?=.{{0,{_NAME_LENGTH}}}\Z)(?:{_NAME_FORM})?\Z"
"""A label value, as a pattern for JSON Schema."""
KEY_PATTERN = rf"^(?:(?=[^/]{{1,{_SUBDOMAIN_LENGTH}}}/){_SUBDOMAIN_FORM}/)?(?=[^/]{{1,{_NAME_LENGTH}}}\Z){_NAME_FORM}\Z"
"""A label key, as a pattern for JSON Schema."""
_NAME_RULE = f"at most {_NAME_LENGTH} of A-Z a-z 0-9 - _ . with a letter or digit at both ends"


def key_problem(key: str) -> str:
    """Why `key` is not a valid label key: a name, optionally preceded by a DNS name and a slash."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _SUBDOMAIN_LENGTH or not _DNS_SUBDOMAIN.fullmatch(prefix)):
        return f"{key!r} is not a label key: the part before the slash is not a DNS name in lower case"
    if len(name) > _NAME_LENGTH or not _NAME.fullmatch(name):
        return f"{key!r} is not a label key: its name must be {_NAME_RULE}"
    return ""


def value_problem(value: str) -> str:
    """Why `value` is not a valid label value. The empty string is valid."""
    if value and (len(value) > _NAME_LENGTH or not _NAME.fullmatch(value)):
        return f"{value!r} is not a label value: it must be {_NAME_RULE}"
    return ""
