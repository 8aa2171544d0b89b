"""Rules written in Lua: those declared in the repository and, in the same form, those for third-party kinds.

A rule is looked up by apiVersion, kind and operation. If several customizations declare an operation of a kind, the first by name
counts; scripts for dependencies all count (karmada pkg/resourceinterpreter/customized/declarative/configmanager). Each function
below runs a script and converts what it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.interpreter import lua, lua_results
from reconciler.interpreter.lua import RuleError, Script
from reconciler.interpreter.rules import MalformedObjectError, StatusItems
from reconciler.model.customization import Customization, Operation
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, is_secret

Scripts = Mapping[tuple[GroupVersionKind, Operation], tuple[Script, ...]]


@dataclass(frozen=True, slots=True)
class DeclaredRules:
    """The scripts of each kind and operation. Only dependencies can have several."""

    scripts: Scripts = field(default_factory=dict)

    def find(self, gvk: GroupVersionKind, operation: Operation) -> tuple[Script, ...]:
        """The scripts; empty if there is no rule."""
        return self.scripts.get((gvk, operation), ()) if self.scripts else ()


def collect_rules(customizations: Iterable[Customization]) -> DeclaredRules:
    """The rules of all customizations. Their order in the argument does not matter."""
    rules: dict[tuple[GroupVersionKind, Operation], tuple[Script, ...]] = {}
    for customization in sorted(customizations, key=lambda each: each.name):
        for operation, declared in customization.scripts.items():
            key = (customization.target, operation)
            if key not in rules or operation is Operation.DEPENDENCIES:
                position = f" ({declared.origin})" if declared.origin.file else ""
                rules[key] = (*rules.get(key, ()), Script(f"{customization}{position}", declared.text))
    return DeclaredRules(rules)


def replicas(script: Script, template: Manifest, now: datetime | None) -> tuple[int, Mapping[str, Any] | None]:
    """(number of replicas, what one replica needs)."""
    number, needs = _call(script, Operation.REPLICAS, template, now=now, results=2)
    with _NamedErrors(script, Operation.REPLICAS):
        return lua_results.count(number), lua_results.requirements(needs)


def components(script: Script, template: Manifest, now: datetime | None) -> Sequence[Mapping[str, Any]] | None:
    (result,) = _call(script, Operation.COMPONENTS, template, now=now)
    with _NamedErrors(script, Operation.COMPONENTS):
        return lua_results.components(result)


def revise(script: Script, template: Manifest, number: int, now: datetime | None) -> Manifest:
    (result,) = _call(script, Operation.REVISION, template, number, now=now, references=(template,))
    with _NamedErrors(script, Operation.REVISION):
        return lua_results.manifest(result)


def retain(script: Script, desired: Manifest, live: Manifest, now: datetime | None) -> Manifest:
    (result,) = _call(script, Operation.RETENTION, desired, live, now=now, references=(desired, live))
    with _NamedErrors(script, Operation.RETENTION):
        return lua_results.manifest(result)


def aggregate(script: Script, template: Manifest, items: StatusItems, now: datetime | None) -> Manifest:
    non_empty = None if items is None else [_without_empty_fields(item) for item in items]
    (result,) = _call(script, Operation.AGGREGATION, template, non_empty, now=now)
    with _NamedErrors(script, Operation.AGGREGATION):
        return lua_results.manifest(result)


def reflect(script: Script, live: Manifest, now: datetime | None) -> Any:
    (result,) = _call(script, Operation.REFLECTION, live, now=now)
    with _NamedErrors(script, Operation.REFLECTION):
        return lua_results.status(result)


def healthy(script: Script, live: Manifest, now: datetime | None) -> bool:
    (result,) = _call(script, Operation.HEALTH, live, now=now)
    with _NamedErrors(script, Operation.HEALTH):
        return lua_results.healthy(result)


def dependencies(scripts: Sequence[Script], template: Manifest, now: datetime | None) -> Sequence[Mapping[str, Any]]:
    """The references of all scripts."""
    references: list[Any] = []
    for script in scripts:
        (result,) = _call(script, Operation.DEPENDENCIES, template, now=now)
        with _NamedErrors(script, Operation.DEPENDENCIES):
            references.extend(lua_results.dependencies([result]))
    return lua_results.dependencies([references])


def _call(
    script: Script,
    operation: Operation,
    *arguments: Any,
    now: datetime | None,
    results: int = 1,
    references: tuple[Manifest, ...] = (),
) -> list[Any]:
    secret = is_secret(arguments[0])
    return lua.call(script, operation.function, *arguments, results=results, references=references, secret=secret, now=now)


def _without_empty_fields(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The report of a member as scripts get it: empty fields are absent."""
    return {name: value for name, value in item.items() if name == "clusterName" or value not in (None, False, "")}


class _NamedErrors:
    """Adds the name of the script to an error about its result."""

    def __init__(self, script: Script, operation: Operation) -> None:
        self._function = f"{script.name}: {operation.function}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MalformedObjectError):
            raise RuleError(f"{self._function}: {error.message}") from None
