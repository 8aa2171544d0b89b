"""Rules shipped for kinds of other projects, as data: `<group>/<version>/<Kind>.lua`.

One file is all that Karmada's interpreter knows of a kind, in the form in which users write rules for their own kinds; the
operations it answers are the global functions it defines. What several kinds have in common is in `parts/`, which shipped
scripts, and only those, can `require`. The rules follow karmada pkg/resourceinterpreter/default/thirdparty in what they
answer, not in how they are written.

Everything is read when this module is imported; at run time nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reconciler.interpreter.declared_rules import CustomRules
from reconciler.interpreter.lua import Script
from reconciler.model.customization import Operation
from reconciler.model.keys import GroupVersionKind

_HERE = Path(__file__).parent
_DEFINED = re.compile(r"^function (\w+)", re.MULTILINE)
_OPERATIONS = {operation.function: operation for operation in Operation}


def _rules() -> Iterator[tuple[tuple[GroupVersionKind, Operation], tuple[Script, ...]]]:
    parts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("parts/*.lua"))}
    for path in sorted(_HERE.glob("*.*/*/*.lua")):
        text = path.read_text(encoding="utf-8")
        gvk = GroupVersionKind(path.parts[-3], path.parts[-2], path.stem)
        script = Script(f"the rule shipped for {gvk}", text, parts)
        for function in _DEFINED.findall(text):
            yield (gvk, _OPERATIONS[function]), (script,)


SHIPPED = CustomRules(dict(_rules()))
