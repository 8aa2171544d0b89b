"""The name of a manifest's content: equal manifests, equal digests, whatever the order of their members."""

from __future__ import annotations

import hashlib

import orjson

from reconciler.model.manifest import Manifest


def digest_of(manifest: Manifest) -> str:
    """`sha256:` and hex digits, of the JSON without white space and with sorted names."""
    return f"sha256:{hashlib.sha256(orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)).hexdigest()}"
