"""Image references, parsed and formatted as in Karmada (pkg/util/imageparser/parser.go), but a digest beside a tag is kept.

The grammar is that of the distribution project (github.com/distribution/reference); digests are checked as in
github.com/opencontainers/go-digest. Nothing is normalised: `nginx` has no registry, no `library/` and no tag `latest`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.render.overriders.plaintext import OverriderError

_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_DOMAIN_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*"
_REFERENCE = re.compile(rf"(?P<name>(?:{_HOST}/)?(?P<path>{_PATH}))(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII)
_TAG_ALONE, _DIGEST_ALONE = re.compile(_TAG, re.ASCII), re.compile(_DIGEST)

_PATH_MAX = 255
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Digest algorithm → number of hex digits, which are lower case."""


@dataclass(frozen=True, slots=True)
class ImageReference:
    """The parts of an image reference. An image can have both a tag and a digest; the digest decides what runs."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(image: str, karmada_exact: bool = False) -> ImageReference:
    """The parts of the image. Raises OverriderError; its message does not contain the image.

    karmada_exact: as in Karmada, drop the digest of an image that also has a tag. Otherwise the image stays pinned.
    """
    if not image:
        raise OverriderError("the image is empty")
    match = _REFERENCE.fullmatch(image)
    if match is None:
        upper = image.lower() != image and _REFERENCE.fullmatch(image.lower()) is not None
        raise OverriderError("the repository must be in lower case" if upper else "it is not a valid image reference")
    if len(match["path"]) > _PATH_MAX:
        raise OverriderError(f"the repository is longer than {_PATH_MAX} characters")
    digest = match["digest"] or ""
    if digest and not _known_digest(digest):
        raise OverriderError("its digest is malformed or of an unknown algorithm")
    registry, repository = _split_registry(match["name"])
    tag = match["tag"] or ""
    return ImageReference(registry, repository, tag, "" if tag and karmada_exact else digest)


def is_tag(text: str) -> bool:
    return _TAG_ALONE.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether the text has the form of a digest; algorithm and length are checked only for images."""
    return _DIGEST_ALONE.fullmatch(text) is not None


def _split_registry(name: str) -> tuple[str, str]:
    """The part before the first slash is a registry only if it contains `.` or `:`, or is `localhost`."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "", name


def _known_digest(digest: str) -> bool:
    algorithm, _, digits = digest.partition(":")
    return len(digits) == _HEX_DIGITS.get(algorithm) and digits == digits.lower()
