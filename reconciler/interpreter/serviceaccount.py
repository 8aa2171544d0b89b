"""ServiceAccount (v1). Each cluster adds its own token Secrets to `secrets`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.fields import list_at, wrong_type
from reconciler.interpreter.rules import KindRules
from reconciler.model.managed_fields import applied_alone, item_step
from reconciler.model.manifest import Manifest, get, text


def clean(manifest: Manifest) -> Manifest:
    """A copy without the token Secrets of this account that one pass of Karmada removes.

    Karmada removes entries from the list while it iterates over it, so it skips the entry after each removed one
    (pkg/resourceinterpreter/default/native/prune). `registry.clean` runs two passes.
    """
    secrets = get(manifest, "secrets")
    if not isinstance(secrets, list) or not secrets:
        return manifest
    prefix = f"{text(manifest, 'metadata', 'name')}-token-"
    rest, position = list(secrets), 0
    while position < len(rest):
        if _name_of(rest[position], "secrets").startswith(prefix):
            del rest[position]
        position += 1
    return manifest if len(rest) == len(secrets) else {**manifest, "secrets": rest}


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with both lists merged by name, the desired entries first; null if both are empty.

    An entry that we applied ourselves is not the member's: it goes when Git does not state it any more. A member that does not
    record who applied it keeps it, as with Karmada.
    """
    merged = {field: _union(desired, live, field) or None for field in ("secrets", "imagePullSecrets")}
    return {**desired, **merged}


def _union(desired: Manifest, live: Manifest, field: str) -> list[Any]:
    merged = list(list_at(desired, field) or ())
    names = {_name_of(entry, field) for entry in merged}
    for entry in list_at(live, field) or ():
        name = _name_of(entry, field)
        if name not in names and not applied_alone(live, (f"f:{field}", item_step("name", name))):
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
