"""What Kubernetes accepts as the key and the value of a label (apimachinery, pkg/util/validation).

Each function returns the complaint, empty when there is none, so that callers may collect.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_NAME_LENGTH, _SUBDOMAIN_LENGTH = 63, 253
_NAME_RULE = f"at most {_NAME_LENGTH} of A-Z a-z 0-9 - _ . with a letter or digit at both ends"


def key_problem(key: str) -> str:
    """Why `key` is no label key: a name, with an optional DNS prefix and a slash before it."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _SUBDOMAIN_LENGTH or not _DNS_SUBDOMAIN.fullmatch(prefix)):
        return f"{key!r} is no label key: the part before the slash is no DNS name in small letters"
    if len(name) > _NAME_LENGTH or not _NAME.fullmatch(name):
        return f"{key!r} is no label key: its name is {_NAME_RULE}"
    return ""


def value_problem(value: str) -> str:
    """Why `value` is no label value; the empty text is one."""
    if value and (len(value) > _NAME_LENGTH or not _NAME.fullmatch(value)):
        return f"{value!r} is no label value: {_NAME_RULE}"
    return ""
