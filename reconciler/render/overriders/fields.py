"""fieldOverrider: edits of YAML or JSON that is held as text in one field (Karmada pkg/util/overridemanager,
applyFieldOverriders).

YAML is read and written anew, so comments go and keys are sorted; JSON keeps its order. How each is written, to the
character, is the business of `documents/writer.py` and `documents/json_text.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.documents.json_text import patch_text
from reconciler.documents.patch import apply_patch
from reconciler.documents.reader import read_one
from reconciler.documents.writer import dump
from reconciler.model.manifest import Manifest, with_value
from reconciler.model.overrides import FieldOverrider
from reconciler.render.overriders.edit import Edit, OverriderError

_INDEX = re.compile(r"\+?[0-9]+")


def override_field(overrider: FieldOverrider, manifest: Manifest) -> Edit:
    """Raises OverriderError where the pointer leads to no text, and other errors for what is wrong inside the text."""
    steps, text = _find(manifest, overrider.field_path)
    if overrider.yaml:
        changed = dump(apply_patch(read_one(text, last_wins=True), overrider.yaml), quote_merge=False)
    elif overrider.json:
        changed = patch_text(text, overrider.json)
    else:
        changed = ""
    return Edit(with_value(manifest, steps, changed), () if changed == text else (overrider.field_path,))


def _find(manifest: Manifest, pointer: str) -> tuple[list[str | int], str]:
    """The steps that an RFC 6901 pointer takes through this manifest, and the text at its end."""
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
            raise OverriderError(f"there is nothing at the field path {pointer}")
        value = value[steps[-1]]
    if not isinstance(value, str):
        raise OverriderError(f"at the field path {pointer} there is no text")
    return steps, value
