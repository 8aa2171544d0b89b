"""URLs of remote repositories: which text is one, its parts, and which git may get.

Git has two spellings for ssh: `ssh://user@host:port/path`, and `user@host:path` as scp writes it. The user is everything before
the last `@`, because accounts of some forges contain one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.repo.credentials import Access, clean_url, read_url
from reconciler.repo.failures import RepositoryError

_PROTOCOLS = ("https", "ssh", "file", "http")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://.*|[a-z0-9+.-]+::.*", re.IGNORECASE | re.DOTALL)
_SCP_LIKE = re.compile(r"(?:[^\s/@:]+@)?(?:\[[^\]\s]+\]|[^\s/@:]{2,}):.+")  # host:path; a single letter is a Windows drive
_WITH_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/]*)(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_SCP_PARTS = re.compile(r"(?P<authority>[^\s/:]+@(?:\[[^\]\s]+\]|[^\s/@:]+)(?::\d+(?=:))?):(?P<path>.*)", re.DOTALL)
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """The parts of a URL, as they are written; empty where they are absent."""

    scheme: str
    """In lower case; `ssh` for the spelling of scp."""
    user: str
    """Without password."""
    host: str
    port: str
    path: str
    """Without `/` at its start."""

    @property
    def is_ssh(self) -> bool:
        return self.scheme == "ssh"


def parse_address(text: str) -> RemoteAddress:
    """The parts of any text; one that is no URL is a path."""
    text = text.strip()
    if match := _WITH_SCHEME.fullmatch(text):
        scheme, authority, path = match["scheme"].lower(), match["authority"], match["path"]
    elif match := _SCP_PARTS.fullmatch(text):
        scheme, authority, path = "ssh", match["authority"], match["path"]
    else:
        return RemoteAddress("", "", "", "", text)
    user, _, place = authority.rpartition("@")
    parts = _HOST.fullmatch(place)
    host, port = (parts["host"], parts["port"] or "") if parts else (place, "")
    if not port.isdigit():  # `ssh://git@host:team/name` is wrong and common; git takes it for a port and fails.
        port, path = "", f"{port}{path}"
    return RemoteAddress(scheme, user.partition(":")[0], host, port, path.lstrip("/"))


def is_url(path_or_url: str) -> bool:
    """Whether this is the URL of a remote repository. As in git, `host:path` is one unless such a local path exists."""
    if _URL.fullmatch(path_or_url):
        return True
    return _SCP_LIKE.fullmatch(path_or_url) is not None and not Path(path_or_url).exists()


def read_access(url: str) -> Access:
    """How to reach the repository at a URL. Raises RepositoryError for a URL that git must not get."""
    scheme = re.match(r"[a-z0-9+.-]*(?=:)", url, re.IGNORECASE)
    is_supported = scheme is not None and scheme[0].lower() in _PROTOCOLS and url[scheme.end() :].startswith("://")
    if not is_supported and _URL.fullmatch(url):
        raise RepositoryError(f"{clean_url(url)}: this protocol is not supported", remedy="Use https, ssh, or a path.")
    try:
        return read_url(url)
    except ValueError as problem:
        raise RepositoryError(f"{clean_url(url)}: {problem}", remedy="Percent-encode it, or use a credential helper.") from None
