"""What registries hold of images: their tags, and the digest that a tag names."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from reconciler.sources.credential_folders import credentials_for
from reconciler.sources.http_get import HttpGet
from reconciler.sources.options import SourceOptions
from reconciler.sources.registry import Registry

_DOCKER_HUB = "docker.io"


class ImageRegistries:
    """An async context manager. Every method raises SourceError, SourceUnreachableError."""

    def __init__(self, options: SourceOptions, http: HttpGet | None = None) -> None:
        self._options = options
        self._http = http or HttpGet(options.plain_http)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def tags(self, image: str) -> frozenset[str]:
        """All tags of an image, which is named without one."""
        return frozenset(await self._registry(image).tags())

    async def digest(self, image: str, tag: str) -> str:
        """`sha256:…` of the manifest that a tag names, or of the list of manifests by platform."""
        return await self._registry(image).manifest_digest(tag)

    def _registry(self, image: str) -> Registry:
        url = f"oci://{full_name(image)}"
        return Registry(self._http, url, credentials_for(self._options.credentials, url), self._options.limits)


def full_name(image: str) -> str:
    """With its registry: `nginx` is `docker.io/library/nginx` (github.com/distribution/reference, ParseNormalizedNamed)."""
    host, slash, _ = image.partition("/")
    if not slash:
        return f"{_DOCKER_HUB}/library/{image}"
    return image if "." in host or ":" in host or host == "localhost" else f"{_DOCKER_HUB}/{image}"
