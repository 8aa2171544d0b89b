"""What patches of a kustomization make of an object, as far as it can be told without kustomize.

Good enough to find where the files of a nested object are. What is written is what kustomize itself makes of it.
Source: kustomize, api/types/patch.go, and RFC 6902.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.load.value_paths import merged
from reconciler.model.manifest import Manifest, get, text, with_value


@dataclass(frozen=True, slots=True)
class Patch:
    """One document of a patch."""

    target: Mapping[str, Any]
    """As kustomize states it; of a patch that is a part of an object, the kind and name of that."""
    value: Any
    """A part of an object, or the operations of a JSON patch."""

    @classmethod
    def of(cls, target: Any, data: bytes) -> Iterator[Patch]:
        """Those in a text; none where it cannot be read, which kustomize tells."""
        for document in read_stream(data)[0]:
            value = document.value
            named = {"kind": text(value, "kind"), "name": text(value, "metadata", "name")}
            yield cls(target if isinstance(target, Mapping) else named, value)

    def fits(self, manifest: Manifest) -> bool:
        kind, name = text(self.target, "kind"), text(self.target, "name")
        return kind in ("", text(manifest, "kind")) and (not name or _matches(name, text(manifest, "metadata", "name")))


def _matches(pattern: str, name: str) -> bool:
    """kustomize anchors the patterns of names. Of these, only `.*` is read; more may match, which does no harm here."""
    parts = pattern.split(".*")
    if set("".join(parts)) & set("(){}[]+*?|^$\\"):
        return True
    start, *rest = parts
    if not rest:
        return pattern == name
    place = len(start) if name.startswith(start) else -1
    for part in rest[:-1]:
        place = name.find(part, place) + len(part) if place >= 0 and part in name[place:] else -1
    return place >= 0 and name[place:].endswith(rest[-1])


def patched(manifest: Manifest, patches: Iterable[Patch]) -> Manifest:
    """The object with the patches that fit it, in their order; the same one if there are none."""
    for one in patches:
        if one.fits(manifest):
            manifest = _applied(manifest, one.value)
    return manifest


def _applied(manifest: Manifest, value: Any) -> Manifest:
    if isinstance(value, Mapping):
        return _without_nulls(merged(manifest, value))  # type: ignore[no-any-return]
    for operation in value if isinstance(value, list) else ():
        steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in text(operation, "path").split("/")[1:])
        if get(operation, "op") in ("add", "replace") and steps and _leads(manifest, steps):
            manifest = with_value(manifest, steps, get(operation, "value"))
    return manifest


def _leads(manifest: Manifest, steps: tuple[str, ...]) -> bool:
    """Whether the way leads through mappings alone."""
    found: Any = manifest
    for step in steps[:-1]:
        found = found.get(step, {})
        if not isinstance(found, Mapping):
            return False
    return True


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _without_nulls(one) for name, one in value.items() if one is not None}
