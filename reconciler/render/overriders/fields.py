"""fieldOverrider: edits of YAML or JSON text inside one field (Karmada pkg/util/overridemanager, applyFieldOverriders).

What the patch does not name stays: the order and spelling of JSON (`documents/json_text.py`), and in YAML also comments, keys and
other documents (`documents/yaml_text.py`). Of several documents, the first one is edited. Karmada parses YAML and writes it
again: comments and all further documents are lost, keys are sorted, and a key such as `on` becomes `"true"`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.documents import json_text, yaml_text
from reconciler.documents.errors import DocumentError
from reconciler.documents.json_patch import apply_patch
from reconciler.documents.reader import read_one
from reconciler.documents.writer import dump
from reconciler.model.manifest import Manifest, with_value
from reconciler.model.memo import Memo
from reconciler.model.overrides import FieldOverrider
from reconciler.model.sealed import is_seal
from reconciler.render.overriders.plaintext import OverriderError, Patched

_INDEX = re.compile(r"\+?[0-9]+")


def override_field(
    overrider: FieldOverrider, manifest: Manifest, memo: Memo | None = None, *, karmada_exact: bool = False
) -> Patched:
    """Raises OverriderError if the pointer does not lead to a string, and other errors for mistakes inside the string.

    karmada_exact: write the first document of YAML text again, and nothing else, as Karmada does.
    """
    steps, text = resolve_text(manifest, overrider.field_path)
    if is_seal(text):
        raise OverriderError(
            f"the value at the field path {overrider.field_path} is encrypted with SOPS, so no part of it can be edited",
            remedy="Replace the whole value with a plaintext overrider, or encrypt one file for each of these clusters.",
        )
    if overrider.yaml and karmada_exact:
        changed = dump(apply_patch(read_one(text, last_wins=True), overrider.yaml), quote_merge=False)
    elif overrider.yaml:
        changed = (memo or Memo())(_patched_yaml, text, overrider)
    elif overrider.json:
        changed = json_text.patch_text(text, overrider.json)
    else:
        changed = ""
    return Patched(with_value(manifest, steps, changed), () if changed == text else (overrider.field_path,))


def _patched_yaml(text: str, overrider: FieldOverrider) -> str:
    try:
        return yaml_text.patch_text(text, overrider.yaml)
    except DocumentError as error:
        remedy = error.remedy
        if error.reason == "Edit":
            remedy = "Write the text in a simpler form, or replace the whole field with a plaintext overrider."
        message = f"line {error.line} of the text at {overrider.field_path}: {error.message}"
        raise OverriderError(message, remedy=remedy) from None


def resolve_text(manifest: Manifest, pointer: str) -> tuple[list[str | int], str]:
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
