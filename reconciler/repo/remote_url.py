"""URLs of remote repositories: which text is one, and which git may get."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.repo.credentials import Access, clean_url, read_url
from reconciler.repo.failures import RepositoryError

_PROTOCOLS = ("https", "ssh", "file", "http")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://.*|[a-z0-9+.-]+::.*", re.IGNORECASE | re.DOTALL)
_SCP_LIKE = re.compile(r"(?:[^\s/@:]+@)?(?:\[[^\]\s]+\]|[^\s/@:]{2,}):.+")  # host:path; a single letter is a Windows drive


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
