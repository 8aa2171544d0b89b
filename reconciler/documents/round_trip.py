"""Rewrites one document of a YAML file by a round trip of ruamel.yaml: the edits that are not a change of a few characters.

Comments, order and quotes stay. ruamel.yaml does not resolve scalars here, so that `0644` and `1.50` keep their spelling, and it
indents as the file does. `edit.py` checks the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, PlainScalarString

from reconciler.documents.scalars import needs_quotes
from reconciler.documents.writer import dump
from reconciler.model.manifest import Path


def put(piece: str, path: Path, value: Any, *, shared: bool) -> Iterator[str]:
    """The piece with `value` at `path`; nothing if ruamel.yaml cannot write it.

    shared: what an alias refers to changes, too; otherwise only this path. Both are so for the functions below as well.
    """
    return _rewritten(piece, lambda root: _put(root, path, value, shared))


def drop(piece: str, path: Path, *, shared: bool) -> Iterator[str]:
    """The piece without what is at `path`."""
    return _rewritten(piece, lambda root: _drop(root, path, shared))


def insert(piece: str, path: Path, position: int, value: Any, *, shared: bool) -> Iterator[str]:
    """The piece with an item inserted in the list at `path`."""
    return _rewritten(piece, lambda root: _insert(root, path, position, value, shared))


class _Verbatim(VersionedResolver):
    """Resolves every scalar to text, so that ruamel.yaml writes unchanged scalars as they are in the file."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        return self.DEFAULT_SCALAR_TAG if kind is ScalarNode else super().resolve(kind, value, implicit)


def _rewritten(piece: str, change: Callable[[Any], None]) -> Iterator[str]:
    header = re.match(r"(?:%[^\n]*\n)*---[ \t]*(?:#[^\n]*)?\n", piece)
    head, body = (header[0], piece[header.end() :]) if header else ("", piece)
    yaml = YAML()
    yaml.Resolver = _Verbatim
    yaml.preserve_quotes = True
    yaml.width = 1 << 30
    mapping, offset = _indentation(body)
    yaml.indent(mapping=mapping, sequence=offset + 2, offset=offset)
    stream = StringIO()
    try:
        root = yaml.load(body)
        change(root)
        yaml.dump(root, stream)
    except (YAMLError, LookupError, TypeError, AttributeError):
        return
    yield head + stream.getvalue()


def _indentation(body: str) -> tuple[int, int]:
    """The indentation of nested mappings and of list dashes relative to their key, from the first of each in the file."""
    # Only the first `: #` of a line can begin its comment, so that a line is read once.
    opened = r"[^\s#-](?:[^\n:]|:(?![ \t]*+(?:#|$)))*+:[ \t]*+(?:#[^\n]*+)?+\n"
    mapping = re.search(rf"^{opened}( +)[^\s#-]", body, re.MULTILINE)
    dash = re.search(rf"^( *+){opened}( *)- ", body, re.MULTILINE)
    return len(mapping[1]) if mapping else 2, max(len(dash[2]) - len(dash[1]), 0) if dash else 0


def _put(root: Any, path: Path, value: Any, shared: bool) -> None:
    for step in path[:-1]:
        child = root.get(step) if isinstance(root, CommentedMap) else root[step]
        if not isinstance(child, CommentedMap | CommentedSeq):
            child = root[_styled(step)] = CommentedMap()
        root = child if shared else _own_copy(root, step)
    root[_styled(path[-1]) if isinstance(root, CommentedMap) else path[-1]] = _styled(value)


def _drop(root: Any, path: Path, shared: bool) -> None:
    for step in path[:-1]:
        root = root[step] if shared else _own_copy(root, step)
    del root[path[-1]]


def _insert(root: Any, path: Path, position: int, value: Any, shared: bool) -> None:
    for step in path:
        root = root[step] if shared else _own_copy(root, step)
    root.insert(position, _styled(value))


def _own_copy(parent: Any, step: str | int) -> Any:
    """The child as a copy without an anchor, so that aliases of it do not change."""
    child = deepcopy(parent[step])
    if child.anchor is not None:
        child.anchor.value = None
    parent[step] = child
    return child


def _styled(value: Any) -> Any:
    """The value in ruamel.yaml's types, with quotes where YAML 1.1 needs them."""
    if isinstance(value, dict):
        return CommentedMap({_styled(name): _styled(item) for name, item in value.items()})
    if isinstance(value, list):
        return CommentedSeq(map(_styled, value))
    if not isinstance(value, str):
        return PlainScalarString(dump(value).removesuffix("\n"))
    if "\n" in value:
        return LiteralScalarString(value)
    # A plain str would get the style of the scalar that it replaces.
    quoted = needs_quotes(value) or value == "<<"
    return DoubleQuotedScalarString(value) if quoted else PlainScalarString(value)
