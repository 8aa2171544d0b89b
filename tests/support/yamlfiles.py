"""Files of several YAML documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.documents.writer import dump


def dump_all(values: Iterable[Any]) -> str:
    """The documents as one file, separated by `---`."""
    return "---\n".join([dump(value) for value in values])
