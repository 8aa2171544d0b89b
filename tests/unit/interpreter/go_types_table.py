"""Making `reconciler/interpreter/go_types_fields.py` from the published schemas of Kubernetes.

    python -m tests.unit.interpreter.go_types_table > reconciler/interpreter/go_types_fields.py

The schemas come with kubernetes-validate, which runs in `load/` only; the core must not read files at run time.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import kubernetes_validate

VERSION = "1.36.0"
ROOTS = (
    "io.k8s.api.apps.v1.DaemonSet",
    "io.k8s.api.apps.v1.Deployment",
    "io.k8s.api.apps.v1.ReplicaSet",
    "io.k8s.api.apps.v1.StatefulSet",
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "io.k8s.api.batch.v1.CronJob",
    "io.k8s.api.batch.v1.Job",
    "io.k8s.api.core.v1.PersistentVolume",
    "io.k8s.api.core.v1.PersistentVolumeClaim",
    "io.k8s.api.core.v1.Pod",
    "io.k8s.api.core.v1.Service",
    "io.k8s.api.networking.v1.Ingress",
    "io.k8s.api.policy.v1.PodDisruptionBudget",
)
_SCALARS = {"string": "s", "boolean": "b", "integer": "i"}
_LEAVES = {"Quantity": "q", "IntOrString": "o", "Time": "t", "FieldsV1": "x"}
"""Types that read themselves from JSON."""
_HEAD = f'''\
"""Fields of the kinds that Karmada reads into Go types, and of the types in them, Kubernetes {VERSION}. Generated; do not edit.

tests/unit/interpreter/go_types_table.py generates it from the schemas in kubernetes-validate; a test compares. Each line is a
type and its fields with their types: `s` text, `b` boolean, `i` integer, `q` quantity, `o` integer or text, `t` time, `x`
anything, or the name of another type. `*` before a type means a list of it, `%` a mapping from text to it. A final `!` marks a
required field.
"""

from __future__ import annotations

GO_TYPE_FIELDS = """
'''
_WIDTH = 120


def build_table() -> dict[str, dict[str, str]]:
    """Type → field → code, for everything that can be reached from the kinds."""
    definitions = _definitions()
    table: dict[str, dict[str, str]] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if _short(name) in table or _short(name) in _LEAVES:
            continue
        definition = definitions[name]
        required = definition.get("required") or ()
        fields = definition.get("properties") or {}
        table[_short(name)] = {
            field: _code(schema, waiting) + ("!" if field in required else "") for field, schema in sorted(fields.items())
        }
    return dict(sorted(table.items()))


def _code(schema: dict[str, Any], waiting: list[str]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        waiting.append(name)
        return _LEAVES.get(_short(name), _short(name))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(kind for kind in kinds if kind != "null")
    if kind == "array":
        return "*" + _code(schema["items"], waiting)
    if kind == "object":
        return "%" + _code(schema["additionalProperties"], waiting)
    return _SCALARS[kind]


def _definitions() -> dict[str, Any]:
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{VERSION}-local"
    definitions: dict[str, Any] = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return definitions


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def module_text() -> str:
    lines = []
    for name, fields in build_table().items():
        line = " ".join([f"{name}:", *(f"{field}={code}" for field, code in fields.items())])
        lines += textwrap.wrap(line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return _HEAD + "\n".join(lines) + '\n"""\n'


if __name__ == "__main__":
    sys.stdout.write(module_text())
