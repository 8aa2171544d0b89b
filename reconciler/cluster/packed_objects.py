"""Live objects as they are kept between looks: what is asked of each one in every pass, and the rest packed.

A Deployment as its server tells it is 60 KB of Python objects; packed it is one. Two thousand of them in forty members fit.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, key_of, text
from reconciler.model.ownership import owner_of

_FAST = 1


@dataclass(frozen=True, slots=True, eq=False)
class PackedObject:
    """Implements `model.live.Record`."""

    key: ResourceKey
    uid: str
    version: int
    """`metadata.resourceVersion`: larger is newer, within one kind of one server (KEP-5504)."""
    instance: str
    body: bytes = field(repr=False)

    @property
    def manifest(self) -> Manifest:
        """Unpacked anew each time it is asked for."""
        document: dict[str, Any] = orjson.loads(zlib.decompress(self.body))
        return document


def packed(document: Mapping[str, Any]) -> PackedObject:
    """document: an object with its apiVersion and kind."""
    return PackedObject(
        key_of(document),
        text(document, "metadata", "uid"),
        version_of(document),
        owner_of(document),
        zlib.compress(orjson.dumps(document), _FAST),
    )


def version_of(document: Mapping[str, Any]) -> int:
    said = text(document, "metadata", "resourceVersion")
    return int(said) if said.isdigit() else 0
