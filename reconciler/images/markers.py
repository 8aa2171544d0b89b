"""Values that name an ImagePolicy in a comment behind them, as for Flux (image-automation-controller pkg/update):

    image: ghcr.io/shop/web:1.2.0 # {"$imagepolicy": "shop:web"}
    newTag: 1.2.0 # {"$imagepolicy": "shop:web:tag"}

Without a suffix, the value is the whole reference of the image. `:name`, `:tag` and `:digest` are its parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.documents.edit import set_value
from reconciler.documents.line_index import Steps, index_lines
from reconciler.documents.reader import read_stream
from reconciler.model.image_policy import ImagePolicy, ImagePolicyRef
from reconciler.model.issues import Issue, warning
from reconciler.model.manifest import get
from reconciler.model.origin import Origin

MARK = "$imagepolicy"
"""A text that every file with a marker contains."""


class Part(StrEnum):
    """Which part of the reference of an image a value is."""

    ALL = ""
    NAME = "name"
    TAG = "tag"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`name:tag@digest`; what is not there is empty."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        rest, _, digest = text.partition("@")
        head, colon, tag = rest.rpartition(":")
        # The colon of a registry's port comes before a slash.
        return cls(head, tag, digest) if colon and "/" not in tag else cls(rest, "", digest)

    def __str__(self) -> str:
        return f"{self.name}{f':{self.tag}' if self.tag else ''}{f'@{self.digest}' if self.digest else ''}"

    def part(self, part: Part) -> str:
        parts = {Part.ALL: str(self), Part.NAME: self.name, Part.TAG: self.tag, Part.DIGEST: self.digest}
        return parts[part]


@dataclass(frozen=True, slots=True)
class Marker:
    """One value of a file."""

    ref: ImagePolicyRef
    part: Part
    origin: Origin
    document: int
    """The number of its document in the file, from 0, without empty ones."""
    path: Steps
    value: str
    """As it is written now; empty where there is none."""

    @property
    def reference(self) -> ImageReference:
        """What is known of the present image."""
        if self.part is Part.ALL:
            return ImageReference.parse(self.value)
        known = {self.part: self.value}
        tag, at, digest = known.get(Part.TAG, "").partition("@")  # Flux writes both into the field of a tag.
        return ImageReference(known.get(Part.NAME, ""), tag, digest if at else known.get(Part.DIGEST, ""))


def find_markers(file: str, text: str) -> tuple[list[Marker], list[Issue]]:
    """The markers of a YAML file, in order, and an error for each that no value can be found for."""
    lines = {number: line for number, line in enumerate(text.splitlines(), 1) if MARK in line}
    if not lines:
        return [], []
    documents, unreadable = read_stream(text)
    at: dict[int, list[tuple[int, Steps, str]]] = {}
    for position, document in enumerate(documents):
        for path, place in index_lines(text, document.line).items():
            if place.line in lines and isinstance(value := get(document.value, *path), str | int | float):
                spelled = _spelled(lines[place.line], str(value))
                if spelled in lines[place.line]:
                    at.setdefault(place.line, []).append((position, path, spelled))
    markers, issues = [], []
    for number, line in lines.items():
        origin = Origin(file, number)
        named = _named(line)
        values = at.get(number, [])
        if named is None or len(values) != 1:
            why = unreadable[0].message if unreadable and not values else _WHY_NOT
            issues.append(warning("ImageMarker", f"this marker of an image cannot be followed: {why}", _REMEDY, origin=origin))
            continue
        ref, part = named
        position, path, value = values[0]
        markers.append(Marker(ref, part, origin, position, path, value))
    return markers, issues


def with_values(text: str, values: Mapping[tuple[int, Steps], str]) -> str:
    """The text with other values at (document, path). Raises DocumentError where something else would change too."""
    for (document, path), value in values.items():
        text = set_value(text, path, value, document)
    return text


def unknown_policies(markers: Iterable[Marker], policies: Iterable[ImagePolicy]) -> list[Issue]:
    """A warning for each marker of a policy that is not declared. Without any policy, the markers are those of Flux."""
    known = {policy.ref for policy in policies}
    return [
        warning(
            "UnknownImagePolicy",
            f"this marker names the ImagePolicy {marker.ref}, which is not declared",
            f"Declare it, or name one of {', '.join(map(str, sorted(known)[:3]))}.",
            origin=marker.origin,
        )
        for marker in markers
        if known and marker.ref not in known
    ]


def _named(line: str) -> tuple[ImagePolicyRef, Part] | None:
    """What the comment at the end of a line names."""
    match = _COMMENT.search(line)
    if match is None:
        return None
    try:
        name = json.loads(match["json"])[MARK]
        namespace, policy, *rest = name.split(":")
        (part,) = rest or [""]
        return ImagePolicyRef(namespace, policy), Part(part)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _spelled(line: str, value: str) -> str:
    """A number as it is written: the tag 1.10 is not 1.1."""
    match = _NUMBER.search(line)
    return match["value"] if match is not None else value


def texts_with_markers(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """(path, text) of the files that have a marker, sorted by path. A file that is not UTF-8 has none."""
    mark = MARK.encode()
    for path, data in sorted(files.items()):
        if mark in data:
            try:
                yield path, data.decode()
            except UnicodeDecodeError:
                continue


_COMMENT = re.compile(r"\s#\s*(?P<json>\{.*\})\s*$")
_NUMBER = re.compile(r"[:-]\s+(?P<value>[-+]?[0-9][0-9_.eE+-]*)\s+#\s*\{.*\}\s*$")
_WHY_NOT = 'behind one value, in one line, a comment such as # {"$imagepolicy": "NAMESPACE:NAME"} is expected'
_REMEDY = "Write the value in a line of its own, and the comment behind it; :name, :tag or :digest after NAME mean a part of it."
