"""Which URLs a pattern names, such as `oci://registry.example.com/team-a/*`: `*` stands for any text inside the host or the path.

The parts are compared one by one, so that nothing in a path counts as a host, or the other way round. A URL with a path that may
not mean what it says (`..`, or a character that is encoded) is named by no pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCP_LIKE = re.compile(r"(?:[^/@:]+@)?([^/@:]+):(?!/)(.*)", re.DOTALL)
"""`git@host:path`, which is the same as `ssh://git@host/path`."""


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    host: str
    """With the port, where one is stated, and without a user."""
    path: str


def url_matches(url: str, pattern: str) -> bool:
    asked, allowed = _parts_of(url), _parts_of(pattern)
    return (
        asked.scheme == allowed.scheme
        and _fits(asked.host, allowed.host, inside="[^/@:]*")
        and _is_plain(asked.path)
        and _fits(asked.path, allowed.path, inside=".*")
    )


def _parts_of(url: str) -> _Parts:
    scheme, colons, rest = url.strip().partition("://")
    if not colons:
        match = _SCP_LIKE.fullmatch(url.strip())
        return _Parts("ssh", match[1].lower(), match[2].strip("/")) if match else _Parts("", "", url)
    authority, _, path = rest.partition("/")
    return _Parts(scheme.lower(), authority.rpartition("@")[2].lower(), path.strip("/"))


def _fits(text: str, pattern: str, *, inside: str) -> bool:
    return re.fullmatch(inside.join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _is_plain(path: str) -> bool:
    return not set("%\\") & set(path) and not {".", ".."} & set(path.split("/"))
