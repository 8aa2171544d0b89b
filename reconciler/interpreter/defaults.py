"""The object that an API server would store: a built-in kind with the default of every absent field.

Karmada keeps its templates in an API server, so that all its rules act on stored objects. A template here is what its file
says. `with_defaults` closes this gap where a rule addresses a field that the file does not have.

The values are in `default_values.py`, recorded from kube-apiserver. Defaults that depend on other fields are in
`default_rules.py`. What an API server allocates (addresses, ports, uid, times), and what admission plugins add, is no default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from reconciler.interpreter.default_rules import RULES
from reconciler.interpreter.default_values import DEFAULT_VALUES, DEFAULTED_KINDS
from reconciler.model.manifest import Manifest, Path, get, text, without


def with_defaults(manifest: Manifest) -> Manifest:
    """A copy as kube-apiserver stores it, with labels and annotations, as Karmada's claim adds them.

    Null counts as absent. Objects of other kinds get labels and annotations only. A value of a wrong type stays as it is.
    """
    name = _kinds().get((text(manifest, "apiVersion"), text(manifest, "kind")))
    stored = dict(manifest) if name is None else _filled(manifest, name)
    metadata = get(stored, "metadata")
    if isinstance(metadata, dict):
        stored["metadata"] = {**metadata, **{field: {} for field in ("labels", "annotations") if metadata.get(field) is None}}
    return stored


@dataclass(frozen=True, slots=True)
class _Type:
    """What is recorded of one type."""

    values: Mapping[str, Any]
    """Field → its default."""
    zeros: frozenset[str]
    """Fields of `values` whose zero counts as absent, too, because Go holds them by value."""
    children: Mapping[str, tuple[str, str]]
    """Field → (empty, `*` for a list or `%` for a mapping; the type below it)."""


def _filled(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy of an object of this type, with the defaults of its fields and of everything below."""
    known = _types()[name]
    filled = {field: item for field, item in value.items() if item is not None}
    for field, default in known.values.items():
        if field not in filled or (field in known.zeros and not filled[field]):
            filled[field] = default
    if rule := RULES.get(name):
        rule(filled)
    for field, (shape, below) in known.children.items():
        if field in filled:
            filled[field] = _filled_field(filled[field], shape, below)
    return filled


def _filled_field(value: Any, shape: str, below: str) -> Any:
    if shape == "*" and isinstance(value, list):
        return [_filled(item, below) if isinstance(item, dict) else item for item in value]
    if shape == "%" and isinstance(value, dict):
        return {key: _filled(item, below) if isinstance(item, dict) else item for key, item in value.items()}
    return _filled(value, below) if not shape and isinstance(value, dict) else value


@cache
def _types() -> Mapping[str, _Type]:
    types = {}
    for line in DEFAULT_VALUES.replace("\n  ", " ").strip().splitlines():
        name, *entries = line.split(" ")
        values, zeros, children = {}, set(), {}
        for entry in entries:
            field, sign, rest = _ENTRY.fullmatch(entry).groups()  # type: ignore[union-attr]
            if sign == ":":
                shape = rest[0] if rest[0] in "*%" else ""
                children[field] = shape, rest.removeprefix(shape)
                continue
            values[field] = orjson.loads(rest)
            if sign == "==":
                zeros.add(field)
        types[name.rstrip(":")] = _Type(values, frozenset(zeros), children)
    return types


_ENTRY = re.compile(r"([^:=]+)(==?|:)(.+)")


@cache
def _kinds() -> Mapping[tuple[str, str], str]:
    """(apiVersion, kind) → its type."""
    rows = (row.split() for row in DEFAULTED_KINDS.strip().splitlines())
    return {(api_version, kind): name for api_version, kind, name in rows}


def without_defaults(manifest: Manifest) -> Manifest:
    """A copy without the fields that kube-apiserver would fill in again: `with_defaults` of both is the same."""
    stored = with_defaults(manifest)
    for path in sorted(_fields(manifest, ()), key=len, reverse=True):
        smaller = without(manifest, path)
        if with_defaults(smaller) == stored:
            manifest = smaller
    return manifest


def _fields(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all fields below; items of lists are passed through, and stay."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield (*path, name)
            yield from _fields(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, (*path, index))
