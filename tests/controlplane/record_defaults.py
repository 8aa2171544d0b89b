"""Makes `reconciler/interpreter/default_values.py` from the answers of a real kube-apiserver.

    python -m tests.controlplane.record_defaults > reconciler/interpreter/default_values.py

A field of a type is recorded where it always gets the same value when it is absent. Fields that get different values, or a value
only sometimes, are listed on stderr: each needs a rule in `reconciler/interpreter/default_rules.py`.
"""

import json
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.interpreter.default_rules import RULED_FIELDS, RULES
from tests.controlplane.defaulting import Ask, NotDecodedError, defaulting_server
from tests.controlplane.samples import Kind, definitions, full_sample, kinds, samples, short_name
from tests.parts.build import KUBERNETES_VERSION

ABSENT = "absent"
SERVER_TIMES = ("timeAdded",)
"""Fields to which the server gives the present time: no defaults."""

_HEAD = f'''\
"""The values that an API server fills in where a field is absent, Kubernetes {KUBERNETES_VERSION[1:]}. Generated; do not edit.

tests/controlplane/record_defaults.py records them from a real kube-apiserver; a test compares. Each line is a type. `field=value`
is a default, in JSON; with `==` the zero of the type counts as absent, too. `field:Type` leads to a type that has defaults, where
`*` means a list of it, and `%` a mapping from text to it. `default_rules.py` has the defaults that depend on other fields.
"""

from __future__ import annotations

DEFAULT_VALUES = """
'''
_KINDS = '''"""

DEFAULTED_KINDS = """
'''
_WIDTH = 128


class Field(NamedTuple):
    definition: str
    name: str


Outcomes = dict[Field, set[str]]
"""Field → what it became where it was absent: JSON, or ABSENT."""


def observe(ask: Ask) -> tuple[Outcomes, list[Kind]]:
    """What absent fields became, and the kinds that this server serves."""
    outcomes: Outcomes = defaultdict(set)
    served = []
    for kind in kinds():
        decoded = 0
        for given in samples(kind):
            try:
                answer = ask(given)
            except NotDecodedError as error:
                sys.stderr.write(f"{error}\n")
                break
            decoded += 1
            _compare(kind.definition, given, answer, outcomes, skip=("apiVersion", "kind", "metadata", "status"))
        if decoded:
            served.append(kind)
    return outcomes, served


def _compare(definition: str, given: Any, answer: Any, outcomes: Outcomes, skip: tuple[str, ...] = ()) -> None:
    """given: what was sent for a value of this type; an empty mapping if nothing was sent and a structure came back."""
    for name, schema in definitions()[definition].get("properties", {}).items():
        if name in skip or name in SERVER_TIMES:
            continue
        child = child_of(schema)
        if name not in given:
            structure = child is not None and child[0] == "" and isinstance(answer.get(name), dict)
            value = {} if structure else answer.get(name, ABSENT)
            outcomes[Field(definition, name)].add(ABSENT if name not in answer else json.dumps(value, sort_keys=True))
        if child is None or answer.get(name) is None:
            continue
        shape, below = child
        pairs = _pairs(shape, given.get(name), answer[name])
        for one, other in pairs:
            if isinstance(other, dict):
                _compare(below, one if isinstance(one, dict) else {}, other, outcomes)


def _pairs(shape: str, given: Any, answer: Any) -> Iterable[tuple[Any, Any]]:
    if shape == "":
        return [(given, answer)]
    if given is None or not answer:
        return []
    return zip(given, answer, strict=True) if shape == "*" else [(given[key], answer[key]) for key in answer]


def child_of(schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """(`` or `*` or `%`, the name of the definition), for a field that leads to another type with fields."""
    for shape, place in (("", schema), ("*", schema.get("items")), ("%", schema.get("additionalProperties"))):
        if isinstance(place, dict) and "$ref" in place:
            name = place["$ref"].rpartition("/")[2]
            return (shape, name) if definitions()[name].get("properties") and not name.endswith(".ObjectMeta") else None
    return None


def constants(outcomes: Outcomes) -> dict[str, dict[str, str]]:
    """Type → field → the one value, as JSON."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for field, values in sorted(outcomes.items()):
        ruled = RULED_FIELDS.get(short_name(field.definition), "").split()
        if values == {ABSENT} or field.name in ruled:
            continue
        if len(values) == 1:
            found[field.definition][field.name] = next(iter(values))
        else:
            sys.stderr.write(f"needs a rule: {short_name(field.definition)}.{field.name}: {sorted(values)}\n")
    return found


def reachable(found: Mapping[str, object], roots: Iterable[str]) -> dict[str, dict[str, str]]:
    """Type → field → code, for the fields that lead to a type with defaults."""
    every: dict[str, dict[str, tuple[str, str]]] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in every:
            children = {field: child_of(schema) for field, schema in definitions()[name].get("properties", {}).items()}
            every[name] = {field: child for field, child in children.items() if child is not None}
            waiting += [below for _, below in every[name].values()]
    useful = {name for name in every if found.get(name) or short_name(name) in RULES}
    while more := {name for name in every.keys() - useful if any(below in useful for _, below in every[name].values())}:
        useful |= more
    return {
        name: {field: shape + short_name(below) for field, (shape, below) in every[name].items() if below in useful}
        for name in useful
    }


def zero_counts_as_absent(ask: Ask, served: Iterable[Kind], found: Mapping[str, Mapping[str, str]]) -> set[Field]:
    """The fields with a default whose zero gets the default, too: text, numbers and booleans that Go holds by value."""
    replaced: set[Field] = set()
    for kind in served:
        given = full_sample(kind)
        asked: list[tuple[Field, tuple[str | int, ...]]] = []
        zeroed = _zeroed(kind.definition, given, found, (), asked)
        try:
            answer = ask(zeroed)
        except NotDecodedError:
            continue
        for field, path in asked:
            value: Any = answer
            for step in path:
                value = value[step] if isinstance(value, list) else (value or {}).get(step)
            if value is not None and json.dumps(value) == found[field.definition][field.name]:
                replaced.add(field)
    return replaced


def _zeroed(
    definition: str,
    given: dict[str, Any],
    found: Mapping[str, Mapping[str, str]],
    path: tuple[str | int, ...],
    asked: list[tuple[Field, tuple[str | int, ...]]],
) -> dict[str, Any]:
    changed = dict(given)
    for name, schema in definitions()[definition].get("properties", {}).items():
        default = json.loads(found.get(definition, {}).get(name, "null"))
        if default and isinstance(default, str | int) and "type" in schema:
            changed[name] = type(default)()
            asked.append((Field(definition, name), (*path, name)))
        child = child_of(schema)
        if child is None or not given.get(name):
            continue
        shape, below = child
        match shape:
            case "":
                changed[name] = _zeroed(below, given[name], found, (*path, name), asked)
            case "*":
                changed[name] = [
                    _zeroed(below, item, found, (*path, name, index), asked) for index, item in enumerate(given[name])
                ]
    return changed


def module_text(ask: Ask) -> str:
    outcomes, served = observe(ask)
    found = constants(outcomes)
    zeros = zero_counts_as_absent(ask, served, found)
    children = reachable(found, [kind.definition for kind in served])
    lines = []
    for name in sorted(children, key=short_name):
        values = found.get(name, {})
        entries = [f"{field}{'==' if Field(name, field) in zeros else '='}{_compact(value)}" for field, value in values.items()]
        entries += [f"{field}:{code}" for field, code in sorted(children[name].items())]
        lines += _wrapped(f"{short_name(name)}: {' '.join(entries)}")
    roots = [f"{kind.api_version} {kind.kind} {short_name(kind.definition)}" for kind in served if kind.definition in children]
    return _HEAD + "\n".join(lines) + "\n" + _KINDS + "\n".join(sorted(roots)) + '\n"""\n'


def _compact(value: str) -> str:
    return json.dumps(json.loads(value), separators=(",", ":"), sort_keys=True)


def _wrapped(line: str) -> Iterator[str]:
    yield from textwrap.wrap(line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    with defaulting_server() as server:
        sys.stdout.write(module_text(server))
