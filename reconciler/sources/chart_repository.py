"""A chart repository: an `index.yaml` that names the archives of all charts (Helm, docs/topics/chart_repository).

The index comes from the same server as the archives, so its digest proves nothing but that the archive is whole. What counts
later is the digest in the lock file. Credentials go to the host of the repository only, also where the index names archives
elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from reconciler.documents.errors import DocumentError
from reconciler.documents.reader import read_one
from reconciler.model.semver import Range, precedence
from reconciler.model.source_lock import DIGEST
from reconciler.model.spelling import did_you_mean
from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import DigestMismatchError, SourceError
from reconciler.sources.http_get import Answer, HttpGet, Login, Request, origin_of, place_of
from reconciler.sources.options import Limits
from reconciler.sources.registry import known_versions, refused
from reconciler.sources.registry_login import basic
from reconciler.sources.store import digest_of


@dataclass(frozen=True, slots=True)
class ChartVersion:
    """One version of a chart in an index."""

    version: str
    archive: str
    """The URL of the archive."""
    digest: str
    """`sha256:…`; empty where the index has none."""


class ChartRepository:
    """One chart repository, for one task: its index is read once."""

    def __init__(self, http: HttpGet, url: str, credentials: Credentials | None, limits: Limits) -> None:
        """Raises SourceError for a URL that is none."""
        if not re.fullmatch(r"https?://[^\s?#]+", url):
            raise SourceError(f"{url} is no chart repository", remedy="Write the https URL of the folder with its index.yaml.")
        self.url, self._http, self._limits = url, http, limits
        self._entries: Mapping[str, Any] | None = None
        self._reading = asyncio.Lock()
        authorization = ""
        if credentials is not None and credentials.bearer_token:
            authorization = f"Bearer {credentials.bearer_token}"
        elif credentials is not None and credentials.password:
            authorization = basic(credentials)
        try:
            self._login = Login(origin_of(url), credentials, authorization)
        except ValueError:
            raise SourceError(f"{url} is no URL", remedy="Check its host and port.") from None

    async def newest(self, chart: str, wanted: Range, text: str) -> ChartVersion:
        """The newest version of a chart in a range. text: the range, for messages. Raises SourceError."""
        what = f"the index of {self.url}"
        async with self._reading:
            if self._entries is None:
                answer = await self._get(f"{self.url}/index.yaml", what, self._limits.index)
                self._entries = await asyncio.to_thread(_entries, answer.content, what)
        versions = _versions(self._entries, chart, what)
        fitting = [one for one in versions if wanted.holds(_version(one))]
        if not fitting:
            remedy = known_versions([_version(one) for one in versions])
            raise SourceError(f"{self.url}: no version of {chart} is in the range {text}", remedy=remedy)
        chosen = max(fitting, key=lambda one: (precedence(_version(one)), str(one.get("created", "")), _version(one)))
        return self._chart_version(chosen, chart)

    async def archive(self, url: str, digest: str, what: str) -> bytes:
        """digest: of what is wanted; empty where nobody knows. Raises SourceError, DigestMismatchError."""
        answer = await self._get(url, what, self._limits.archive)
        if digest and digest_of(answer.content) != digest:
            raise DigestMismatchError(
                f"{what} came from {place_of(answer.url)} as {digest_of(answer.content)}, and not as {digest}",
                remedy="Nothing of it was kept. If the chart was published again on purpose, run `reconciler update`.",
            )
        return answer.content

    def _chart_version(self, entry: Mapping[str, Any], chart: str) -> ChartVersion:
        urls, stated = entry.get("urls"), entry.get("digest")
        url = urls[0] if isinstance(urls, list) and urls and isinstance(urls[0], str) else ""
        if url.startswith("oci://"):
            remedy = f"Name it there: spec.chart.oci: {re.sub(r':[^/:]*$', '', url)}"
            raise SourceError(f"{self.url}: {chart} {_version(entry)} is in a registry", remedy=remedy)
        if not url:
            raise SourceError(
                f"{self.url}: the index names no archive of {chart} {_version(entry)}", remedy="Take another version."
            )
        digest = str(stated or "").removeprefix(DIGEST).lower()
        if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise SourceError(
                f"{self.url}: the index names no sha256 digest of {chart} {_version(entry)}", remedy="Take another version."
            )
        return ChartVersion(_version(entry), urljoin(f"{self.url}/", url), f"{DIGEST}{digest}" if digest else "")

    async def _get(self, url: str, what: str, limit: int) -> Answer:
        answer = await self._http.get(Request(url, self._login, limit, what))
        if answer.status in (401, 403):
            raise refused(what, answer, self._login)
        if answer.status != 200:
            raise SourceError(
                f"{what}: {place_of(answer.url)} answers {answer.status}", remedy="Check the URL of the chart repository."
            )
        return answer


def _version(entry: Mapping[str, Any]) -> str:
    version = entry.get("version")
    return version if isinstance(version, str) else ""


def _entries(index: bytes, what: str) -> Mapping[str, Any]:
    """Name of a chart → its versions. Raises SourceError. (15 MiB take five seconds.)"""
    try:
        document = read_one(index.decode("utf-8", "surrogateescape"), last_wins=True)
    except DocumentError as error:
        raise SourceError(
            f"{what} cannot be read: line {error.line}: {error.message}", remedy="Ask who runs the repository."
        ) from None
    entries = document.get("entries") if isinstance(document, Mapping) else None
    if not isinstance(entries, Mapping):
        raise SourceError(f"{what} has no entries", remedy="Check that the URL is that of a chart repository.")
    return entries


def _versions(entries: Mapping[str, Any], chart: str, what: str) -> list[Mapping[str, Any]]:
    """Those of one chart. Raises SourceError."""
    found = entries.get(chart)
    if not isinstance(found, list) or not found:
        names = [name for name in entries if isinstance(name, str)]
        raise SourceError(f"{what} has no chart {chart}", remedy=did_you_mean(chart, names) or "Check the name.")
    return [one for one in found if isinstance(one, Mapping) and precedence(_version(one)) is not None]
