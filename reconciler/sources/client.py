"""Sources: async access to what is outside of the repository."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from reconciler.model.semver import parse_range
from reconciler.model.source_lock import (
    DIGEST,
    TAG,
    LockedSource,
    SourceKind,
    WantedSource,
    described,
    url_mistake,
    url_remedy,
    version_mistake,
)
from reconciler.repo.credentials import clean_url
from reconciler.sources.archive import top_folder, unpack
from reconciler.sources.chart_repository import ChartRepository
from reconciler.sources.credential_folders import credentials_for
from reconciler.sources.failures import ArchiveError, SourceError
from reconciler.sources.git_source import read_files, resolve_commit
from reconciler.sources.http_get import HttpGet
from reconciler.sources.options import SourceOptions
from reconciler.sources.registry import Registry
from reconciler.sources.store import Store


class Sources:
    """An async context manager, for one task. Methods raise SourceError, SourceUnreachableError, and for Git RepositoryError."""

    def __init__(self, options: SourceOptions, http: HttpGet | None = None) -> None:
        self._options = options
        self._http = http or HttpGet(options.plain_http)
        self._store = Store(options.store, options.limits.store)
        self._chart_repositories: dict[str, ChartRepository] = {}

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def resolve(self, wanted: WantedSource) -> LockedSource:
        """What a wanted source is now. Its archive was fetched, checked and stored."""
        if mistake := url_mistake(wanted.url, wanted.kind):
            raise SourceError(f"{clean_url(wanted.url)} {mistake}", remedy=url_remedy(wanted.kind))
        if mistake := version_mistake(wanted.version, wanted.kind):
            raise SourceError(f"{described(wanted.url, wanted.name)}: {wanted.version!r} {mistake}", remedy="Correct it.")
        if wanted.kind is SourceKind.GIT:
            resolved, commit = await resolve_commit(wanted.url, wanted.version, self._options)
            locked = LockedSource(wanted.kind, wanted.url, wanted.name, wanted.version, resolved, commit)
        else:
            locked = await (self._resolve_oci(wanted) if wanted.kind is SourceKind.OCI else self._resolve_chart(wanted))
        return replace(locked, path=wanted.path, into=wanted.into)

    async def files(self, locked: LockedSource) -> Mapping[str, bytes]:
        """Path → content of each file of a source, sorted. An archive of a chart has its files in one folder with its name."""
        if locked.kind is SourceKind.GIT:
            return await read_files(locked.url, locked.digest, self._options)
        content = await asyncio.to_thread(self._store.get, locked.digest)
        if content is None:
            content = await self._fetch(locked)
            files = await asyncio.to_thread(unpack, content, str(locked), self._options.limits)
            await asyncio.to_thread(self._store.put, content)
            return files
        return await asyncio.to_thread(unpack, content, str(locked), self._options.limits)

    async def _fetch(self, locked: LockedSource) -> bytes:
        if locked.kind is SourceKind.OCI:
            return await self._registry(locked.url).archive(locked.digest, locked.size)
        repository = self._chart_repository(locked.url)
        return await repository.archive(locked.archive, locked.digest, f"the archive of {locked}")

    async def _resolve_oci(self, wanted: WantedSource) -> LockedSource:
        registry, version = self._registry(wanted.url), wanted.version
        if version.startswith(DIGEST):
            resolved = reference = version
        elif version.startswith(TAG):
            resolved = reference = version.removeprefix(TAG)
        else:
            resolved = await registry.newest(parse_range(version), version)
            reference = resolved.replace("+", "_")
        layer = await registry.layer(reference)
        content = await asyncio.to_thread(self._store.get, layer.digest) or await registry.archive(layer.digest, layer.size)
        await asyncio.to_thread(unpack, content, f"{wanted.url} {resolved}", self._options.limits)
        await asyncio.to_thread(self._store.put, content)
        return LockedSource(wanted.kind, wanted.url, "", version, resolved, layer.digest, len(content), manifest=layer.manifest)

    async def _resolve_chart(self, wanted: WantedSource) -> LockedSource:
        repository = self._chart_repository(wanted.url)
        found = await repository.newest(wanted.name, parse_range(wanted.version), wanted.version)
        place = f"{described(wanted.url, wanted.name)} {found.version}"
        stored = await asyncio.to_thread(self._store.get, found.digest) if found.digest else None
        content = stored or await repository.archive(found.archive, found.digest, f"the archive of {place}")
        files = await asyncio.to_thread(unpack, content, place, self._options.limits)
        if f"{top_folder(files)}/Chart.yaml" not in files:
            raise ArchiveError(
                f"{place}: the archive is no chart: it has no folder with a Chart.yaml", remedy="Take another version."
            )
        digest = await asyncio.to_thread(self._store.put, content)
        return LockedSource(
            wanted.kind, wanted.url, wanted.name, wanted.version, found.version, digest, len(content), archive=found.archive
        )

    def _registry(self, url: str) -> Registry:
        return Registry(self._http, url, credentials_for(self._options.credentials, url), self._options.limits)

    def _chart_repository(self, url: str) -> ChartRepository:
        if url not in self._chart_repositories:
            credentials = credentials_for(self._options.credentials, url)
            self._chart_repositories[url] = ChartRepository(self._http, url, credentials, self._options.limits)
        return self._chart_repositories[url]
