"""One request as a plain value, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a JSON document."""

    url: str = field(repr=False)
    """Secret where it is the credential: a webhook of a chat."""
    body: Any
    """None: the request has none."""
    headers: Mapping[str, str] = field(repr=False)
    accepted: str = ""
    """A text in the answer to a refused request that means: it is already so."""
    method: str = "POST"


def body_of(request: Request) -> bytes:
    """The bytes that are sent."""
    if request.body is None:
        return b""
    return json.dumps(request.body, separators=(",", ":")).encode()
