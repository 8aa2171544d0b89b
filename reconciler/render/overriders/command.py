"""commandOverrider and argsOverrider (Karmada pkg/util/overridemanager/commandargsoverride.go).

Every operator rewrites the list as strings: Karmada formats each item with Go's `%s`, so an item that is not a string becomes
Go's debug text. This is copied because a different text in a manifest would restart Pods.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reconciler.interpreter import fields, registry
from reconciler.model.manifest import Manifest, text
from reconciler.model.overrides import CommandArgsOverrider, PatchOperation
from reconciler.render.overriders.plaintext import OverriderError, Patched, apply_operations

_INT64 = 1 << 63


def override_command(overrider: CommandArgsOverrider, manifest: Manifest) -> Patched:
    """Raises OverriderError, and MalformedObjectError if the containers are not a list."""
    path = registry.containers_path(text(manifest, "kind"))
    containers = fields.list_at(manifest, *path) if path is not None else None
    if path is None or not containers:
        return Patched(manifest)
    operations = []
    for index, container in enumerate(containers):
        pointer = f"/{'/'.join(path)}/{index}"
        if not isinstance(container, Mapping):
            raise OverriderError(f"{pointer} is not a mapping")
        if container.get("name") == overrider.container:
            items = _changed(f"{pointer}/{overrider.field}", container.get(overrider.field), overrider)
            operations.append(PatchOperation("add", f"{pointer}/{overrider.field}", items))
    return apply_operations(manifest, operations) if operations else Patched(manifest)


def _changed(pointer: str, current: Any, overrider: CommandArgsOverrider) -> list[str]:
    """The new list. Null counts as absent; every operator creates an absent list, even if it adds nothing."""
    if current is not None and not isinstance(current, list):
        raise OverriderError(f"{pointer} is not a list")
    items = [go_text(item) for item in current or ()]
    match overrider.operator:
        case "add":
            return [*items, *overrider.values]
        case "remove":
            return [item for item in items if item not in overrider.values]
        case _:
            return items


def go_text(value: Any) -> str:
    """What Go's `fmt.Sprintf("%s", value)` prints for a JSON value: `run`, `%!s(int64=80)`, `[a b]`, `map[k:v]`."""
    return "%!s(<nil>)" if value is None else _formatted(value)


def _formatted(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return f"%!s(bool={str(value).lower()})"
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return f"%!s(int64={value})"
    if isinstance(value, (int, float)):
        return f"%!s(float64={go_float(float(value))})"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{name}:{_formatted(value[name])}' for name in sorted(value))}]"
    return f"[{' '.join(map(_formatted, value))}]"


def go_float(value: float) -> str:
    """Go's `%v` of a float: the fewest digits, an exponent below 1e-4 and from 1e6 on, with at least two digits."""
    number = Decimal(repr(value)).normalize()
    if -4 <= number.adjusted() < 6 or not number:
        return format(number, "f")
    mantissa, _, exponent = format(number, "e").partition("e")
    return f"{mantissa}e{int(exponent):+03d}"
