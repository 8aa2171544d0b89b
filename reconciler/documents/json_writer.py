"""Documents → JSON, for digests, requests and output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def write_json(document: Any, option: int = 0) -> bytes:
    """The JSON of a document. option: of orjson.

    orjson refuses integers beyond 64 bits. They are written as floats, and that is how Kubernetes reads them (k8s.io/apimachinery
    pkg/util/json). Raises orjson.JSONEncodeError for what is not a document.
    """
    try:
        return orjson.dumps(document, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_within_64_bits(document), option=option)


def _within_64_bits(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _within_64_bits(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_within_64_bits(item) for item in value]
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value
