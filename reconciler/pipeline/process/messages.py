"""What the two sides of a worker process agree on, besides the encoding (`wire.py`).

A request is `(verb, arguments)`, a reply `(result, error)`; one of the two is None. The verbs are the methods of CompilerClient.
Before each message its length is sent. A tree of paths is sent as the changes since the last one.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from reconciler.model.tree import Tree, TreeEntry

Request: TypeAlias = tuple[str, tuple[Any, ...]]
Reply: TypeAlias = tuple[Any, Exception | None]

TreeChanges: TypeAlias = tuple[Mapping[str, TreeEntry], Collection[str]]
"""Entries that are new or changed, and paths that were removed."""

LENGTH_BYTES = 8
"""The size of the length, an unsigned big-endian integer."""


def with_length(message: bytes) -> bytes:
    return len(message).to_bytes(LENGTH_BYTES) + message


def receive(connection: socket.socket, largest: int | None = None) -> bytes:
    """The next message, without its length. Raises EOFError when the other side closed the connection, and for a message of more
    than `largest` bytes."""
    length = int.from_bytes(_receive_exactly(connection, LENGTH_BYTES))
    if largest is not None and length > largest:
        raise EOFError
    return _receive_exactly(connection, length)


def _receive_exactly(connection: socket.socket, size: int) -> bytes:
    message = bytearray(size)
    rest = memoryview(message)
    while rest:
        count = connection.recv_into(rest)
        if not count:
            raise EOFError
        rest = rest[count:]
    return bytes(message)


def tree_changes(before: Tree, after: Tree) -> TreeChanges:
    changed = {path: entry for path, entry in after.items() if before.get(path) != entry}
    return changed, before.keys() - after.keys()


def apply_tree_changes(before: Tree, changes: TreeChanges) -> Tree:
    """Sorted by path."""
    changed, removed = changes
    return dict(sorted({**{path: entry for path, entry in before.items() if path not in removed}, **changed}.items()))
