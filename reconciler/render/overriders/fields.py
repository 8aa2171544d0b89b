"""fieldOverrider: edits of YAML or JSON text inside one field (Karmada pkg/util/overridemanager, applyFieldOverriders).

YAML is parsed and written again, so comments are lost and keys are sorted; JSON keeps its order. `documents/writer.py` and
`documents/json_text.py` define how each is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.documents.json_patch import apply_patch
from reconciler.documents.json_text import patch_text
from reconciler.documents.reader import read_one
from reconciler.documents.writer import dump
from reconciler.model.manifest import Manifest, with_value
from reconciler.model.overrides import FieldOverrider
from reconciler.render.overriders.plaintext import OverriderError, Patched

_INDEX = re.compile(r"\+?[0-9]+")


def override_field(overrider: FieldOverrider, manifest: Manifest) -> Patched:
    """Raises OverriderError if the pointer does not lead to a string, and other errors for mistakes inside the string."""
    steps, text = _resolve(manifest, overrider.field_path)
    if overrider.yaml:
        changed = dump(apply_patch(read_one(text, last_wins=True), overrider.yaml), quote_merge=False)
    elif overrider.json:
        changed = patch_text(text, overrider.json)
    else:
        changed = ""
    return Patched(with_value(manifest, steps, changed), () if changed == text else (overrider.field_path,))


def _resolve(manifest: Manifest, pointer: str) -> tuple[list[str | int], str]:
    """The path of an RFC 6901 pointer through this manifest, and the string at its end."""
    if pointer and not pointer.startswith("/"):
        raise OverriderError(f"the field path {pointer} must begin with /")
    steps: list[str | int] = []
    value: Any = manifest
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            steps.append(int(name))
        elif isinstance(value, Mapping) and name in value:
            steps.append(name)
        else:
            raise OverriderError(f"no field exists at the field path {pointer}")
        value = value[steps[-1]]
    if not isinstance(value, str):
        raise OverriderError(f"the value at the field path {pointer} is not a string")
    return steps, value
