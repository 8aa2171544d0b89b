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
        return orjson.dumps(large_integers_as_floats(document, 2**64), option=option)


def large_integers_as_floats(value: Any, limit: int) -> Any:
    """A copy with floats in place of the integers below -2^63 and of those that are not below `limit`, at any depth."""
    if isinstance(value, Mapping):
        return {name: large_integers_as_floats(item, limit) for name, item in value.items()}
    if isinstance(value, list):
        return [large_integers_as_floats(item, limit) for item in value]
    return float(value) if isinstance(value, int) and not -(2**63) <= value < limit else value
