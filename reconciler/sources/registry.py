"""OCI: the tags, the manifest and the archive of one artifact, by the distribution specification (opencontainers, 1.1).

`oci://HOST/REPOSITORY`, with a tag for each version, is how Helm stores charts; `+` in a version is `_` in its tag. What is
pinned is the digest of the archive itself, so fetching it again needs neither a tag nor the manifest.

The library `oras` is not used: it reads every answer whole and without a limit, does not compare what it got with its digest, and
reads credentials from the home folder of the user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from reconciler.model.semver import Range, precedence
from reconciler.model.source_lock import DIGEST
from reconciler.model.wording import first_few
from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import DigestMismatchError, SourceError
from reconciler.sources.http_get import Answer, HttpGet, Login, Request, is_host, origin_of, place_of
from reconciler.sources.options import Limits
from reconciler.sources.registry_login import answer_challenge, first_login
from reconciler.sources.store import digest_of

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPT = f"{_MANIFEST}, application/vnd.docker.distribution.manifest.v2+json"
_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_ARCHIVES = (_CHART, "application/vnd.cncf.flux.content.v1.tar+gzip", "application/vnd.oci.image.layer.v1.tar+gzip")
"""Media types of layers that are archives of files: of Helm, of Flux, and of everyone else. The first that is there is taken."""
_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_PAGES = 200
_SHOWN = 5
_DOCKER_HUB = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Layer:
    """The archive of an artifact."""

    digest: str
    size: int
    manifest: str
    """The digest of the manifest that names it."""


class Registry:
    """One repository of a registry, for one task."""

    def __init__(self, http: HttpGet, url: str, credentials: Credentials | None, limits: Limits) -> None:
        """Raises SourceError for a URL that is none."""
        host, _, path = url.removeprefix("oci://").partition("/")
        if not url.startswith("oci://") or not is_host(host) or not _PATH.fullmatch(path):
            raise SourceError(
                f"{url} is no place in a registry",
                remedy="Write oci://HOST/PATH, with small letters, and without a tag: the version is a field of its own.",
            )
        host = _DOCKER_HUB.get(host, host)
        self.url, self._path, self._http, self._limits = url, path, http, limits
        self._base = f"{http.scheme_of(host)}://{host}/v2/{path}/"
        self._login = first_login(origin_of(self._base), credentials)

    async def newest(self, wanted: Range, text: str) -> str:
        """The newest version in a range that has a tag. text: the range, for messages. Raises SourceError."""
        versions = [tag.replace("_", "+") for tag in await self._tags()]
        versions = [version for version in versions if precedence(version) is not None]
        fitting = [version for version in versions if wanted.holds(version)]
        if not fitting:
            raise SourceError(f"{self.url}: no version is in the range {text}", remedy=known_versions(versions))
        return max(fitting, key=lambda version: (precedence(version), version))

    async def layer(self, reference: str) -> Layer:
        """The archive of a tag, or of the manifest with a digest. Raises SourceError."""
        if not _SHA256.fullmatch(reference) and not _TAG.fullmatch(reference):
            raise SourceError(f"{self.url}: {reference!r} is no tag", remedy="Tags have letters, digits, '.', '_' and '-'.")
        what = f"the manifest of {self.url} {reference}"
        answer = await self._get(f"manifests/{reference}", what, self._limits.document, _ACCEPT)
        if answer.status == 404:
            raise SourceError(
                f"{self.url}: there is no {reference}", remedy="Check the name and the version, and that it was pushed."
            )
        digest = digest_of(answer.content)
        stated = answer.headers.get("Docker-Content-Digest", digest)
        wanted = reference if reference.startswith(DIGEST) else stated if stated.startswith(DIGEST) else digest
        if digest != wanted:
            raise DigestMismatchError(
                f"{what} is {digest}, and not {wanted}", remedy="Nothing was kept. Ask who runs the registry."
            )
        return self._layer_of(_document(answer.content, what), digest)

    async def archive(self, digest: str, size: int) -> bytes:
        """size: bytes that the archive has; 0 if nobody knows. Raises SourceError, DigestMismatchError."""
        what = f"the archive {digest[:19]}… of {self.url}"
        if size > self._limits.archive:
            raise SourceError(
                f"{what} is too large: {size:,} bytes; the limit is {self._limits.archive:,} bytes",
                remedy="Nothing of it was kept.",
            )
        answer = await self._get(f"blobs/{digest}", what, size or self._limits.archive)
        if answer.status == 404:
            remedy = "It may have been deleted. Run `reconciler update` to pin what the registry has now, and review it."
            raise SourceError(f"{what} is not in the registry any more", remedy=remedy)
        if digest_of(answer.content) != digest:
            raise DigestMismatchError(
                f"{what} came as {digest_of(answer.content)}", remedy="Nothing of it was kept. Ask who runs the registry."
            )
        return answer.content

    def _layer_of(self, manifest: Mapping[str, Any], digest: str) -> Layer:
        layers = manifest.get("layers")
        if not isinstance(layers, list):
            raise SourceError(
                f"{self.url}: this is no artifact with an archive, but {manifest.get('mediaType', 'something else')!s:.100}",
                remedy="A chart is pushed with `helm push`, files with `flux push artifact` or `oras push`.",
            )
        found = [one for one in layers if isinstance(one, dict) and one.get("mediaType") in _ARCHIVES]
        found.sort(key=lambda one: _ARCHIVES.index(one["mediaType"]))
        same = [one for one in found if one["mediaType"] == found[0]["mediaType"]]
        if len(same) != 1:
            count = "no archive" if not found else f"{len(same)} archives"
            raise SourceError(
                f"{self.url}: the artifact has {count}", remedy="It must have one layer that is a gzipped tar archive."
            )
        stated, size = found[0].get("digest"), found[0].get("size")
        if not isinstance(stated, str) or not _SHA256.fullmatch(stated) or not isinstance(size, int) or size <= 0:
            raise SourceError(
                f"{self.url}: the manifest names an archive without a sha256 digest or a size", remedy="Push it again."
            )
        return Layer(stated, size, digest)

    async def _tags(self) -> list[str]:
        """Raises SourceError."""
        tags: list[str] = []
        what, page = f"the tags of {self.url}", "tags/list?n=1000"
        for _ in range(_PAGES):
            answer = await self._get(page, what, self._limits.document)
            if answer.status == 404:
                raise SourceError(
                    f"{self.url}: the registry has no such repository", remedy="Check the URL, and that it was pushed."
                )
            listed = _document(answer.content, what).get("tags")
            tags += (
                [tag for tag in listed or () if isinstance(tag, str) and _TAG.fullmatch(tag)] if isinstance(listed, list) else []
            )
            page = _next_page(answer)
            if not page:
                return tags
        raise SourceError(f"{what}: more than {_PAGES} pages", remedy="Name one version in place of a range.")

    async def _get(self, path: str, what: str, limit: int, accept: str = "*/*") -> Answer:
        """The answer with the status 200 or 404. Raises SourceError, SourceUnreachableError."""
        url = urljoin(self._base, path)
        if origin_of(url) != self._login.origin:
            raise SourceError(f"{what}: the next page is on another host", remedy="Name one version in place of a range.")
        answer = await self._http.get(Request(url, self._login, limit, what, accept))
        if answer.status == 401 and origin_of(answer.url) == self._login.origin:
            challenge = answer.headers.get("WWW-Authenticate", "")
            login = await answer_challenge(self._http, challenge, self._path, self._login, self._limits.document)
            if login is not None:
                self._login = login
                answer = await self._http.get(Request(url, login, limit, what, accept))
        if answer.status in (401, 403):
            raise refused(what, answer, self._login)
        if answer.status not in (200, 404):
            raise SourceError(
                f"{what}: {place_of(answer.url)} answers {answer.status}", remedy="Check that the URL is a registry's."
            )
        return answer


def refused(what: str, answer: Answer, login: Login) -> SourceError:
    """The error for a 401 or 403."""
    host = place_of(answer.url)
    if login.credentials is None:
        name = host.replace(":", "_")
        remedy = f"Add the folder {name} with username and password to that of --source-credentials."
        return SourceError(f"{what}: {host} wants credentials ({answer.status}), and none are given", remedy=remedy)
    remedy = "Check that they are valid and may read this; they are read anew each time."
    return SourceError(f"{what}: {host} refuses the credentials of {login.credentials.folder} ({answer.status})", remedy=remedy)


def known_versions(versions: list[str]) -> str:
    """A remedy: the newest of these versions."""
    newest = sorted(
        versions, key=lambda version: (precedence(version) is not None, precedence(version) or (), version), reverse=True
    )
    if not newest:
        return "There is no version, such as 1.2.3, at all."
    remedy = f"The newest versions are {first_few(newest, _SHOWN)}."
    return (
        f"{remedy} Prereleases are in a range that names one, such as >=1.2.0-0." if any("-" in one for one in newest) else remedy
    )


def _next_page(answer: Answer) -> str:
    """The URL of the next page of tags (RFC 8288); empty for the last one."""
    link = re.match(r'\s*<([^>]*)>\s*;\s*rel="?next"?', answer.headers.get("Link", ""))
    return urljoin(answer.url, link[1]) if link else ""


def _document(content: bytes, what: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SourceError(f"{what} is not JSON", remedy="Check that the URL is a registry's.")
    return document
