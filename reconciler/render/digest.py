"""The digest of a manifest. Equal manifests have equal digests; the order of their fields does not matter."""

from __future__ import annotations

import hashlib

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.model.manifest import Manifest


def digest_of(manifest: Manifest) -> str:
    """`sha256:` and hex digits, of the JSON without white space and with sorted field names."""
    return f"sha256:{hashlib.sha256(write_json(manifest, option=orjson.OPT_SORT_KEYS)).hexdigest()}"
