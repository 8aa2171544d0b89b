"""ServiceAccount (v1). A cluster adds token Secrets of its own to the list of `secrets`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.fields import list_at, wrong_type
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, get, text


def clean(manifest: Manifest) -> Manifest:
    """Without token Secrets of this very account, as one pass of the reference removes them.

    It looks at every position once while the list shrinks under it, so the entry after a removed one escapes this pass
    (karmada pkg/resourceinterpreter/default/native/prune); `registry.clean` runs two.
    """
    secrets = get(manifest, "secrets")
    if not isinstance(secrets, list) or not secrets:
        return manifest
    prefix = f"{text(manifest, 'metadata', 'name')}-token-"
    kept, position = list(secrets), 0
    while position < len(kept):
        if _name_of(kept[position], "secrets").startswith(prefix):
            del kept[position]
        position += 1
    return manifest if len(kept) == len(secrets) else {**manifest, "secrets": kept}


def retain(desired: Manifest, live: Manifest) -> Manifest:
    """Both lists united by name, the desired entries first; null where neither side has any."""
    merged = {field: _union(desired, live, field) or None for field in ("secrets", "imagePullSecrets")}
    return {**desired, **merged}


def _union(desired: Manifest, live: Manifest, field: str) -> list[Any]:
    merged = list(list_at(desired, field) or ())
    names = {_name_of(entry, field) for entry in merged}
    for entry in list_at(live, field) or ():
        name = _name_of(entry, field)
        if name not in names:
            merged.append(entry)
            names.add(name)
    return merged


def _name_of(entry: object, field: str) -> str:
    if not isinstance(entry, Mapping):
        raise wrong_type((field,), [entry], "a list of mappings")
    name = entry.get("name")
    if not isinstance(name, str):
        raise wrong_type((field, "name"), name, "text")
    return name


RULES = KindRules(kind="ServiceAccount", groups=("",), clean=clean, retain=retain)
