"""A document of the kind Source → `DeclaredSource`. The schema has checked its structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.model.declared_source import DeclaredSource
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.source_lock import BRANCH, COMMIT, TAG, SourceKind, WantedSource

_FIELDS = {"git": SourceKind.GIT, "oci": SourceKind.OCI}
_WORDS: Mapping[str, str] = {"branch": BRANCH, "tag": TAG, "semver": "", "commit": COMMIT, "digest": ""}
"""Field of `ref` → what stands before its value in `WantedSource.version`."""


def parse_source(document: Manifest, origin: Origin = NOWHERE, line_of: Callable[..., int] = lambda *path: 0) -> DeclaredSource:
    """`line_of(*path)`: the line of a part of the document, 0 if unknown."""
    spec = mapping(document, "spec")
    field = next(name for name in _FIELDS if name in spec)
    ((word, value),) = mapping(spec, "ref").items()
    places = {name: Origin(origin.file, line_of("spec", name) or origin.line) for name in spec}
    url = text(spec, field).rstrip("/") if field == "oci" else text(spec, field)
    wanted = WantedSource(
        _FIELDS[field], url, "", f"{_WORDS[word]}{value}", text(spec, "path"), text(spec, "into"), places[field]
    )
    return DeclaredSource(text(document, "metadata", "name"), wanted, text(spec, "tenant"), origin, places)
