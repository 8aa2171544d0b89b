"""Rules written in Lua: those declared in the repository, and, in the same form, those shipped for third-party kinds.

A rule is looked up by exact apiVersion and kind, one operation at a time. Of several customizations for a kind, ordered by
name, the first that declares an operation counts; scripts for dependencies all count (karmada
pkg/resourceinterpreter/customized/declarative/configmanager). The verbs below run a script and read what it returns.
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
class CustomRules:
    """Which scripts answer for which kind and operation; several only for dependencies."""

    scripts: Scripts = field(default_factory=dict)

    def find(self, gvk: GroupVersionKind, operation: Operation) -> tuple[Script, ...]:
        """Empty where there is no rule."""
        return self.scripts.get((gvk, operation), ())


def custom_rules(customizations: Iterable[Customization]) -> CustomRules:
    """The rules that these declare together, in whatever order they come."""
    found: dict[tuple[GroupVersionKind, Operation], tuple[Script, ...]] = {}
    for customization in sorted(customizations, key=lambda each: each.name):
        for operation, declared in customization.scripts.items():
            place = (customization.target, operation)
            if place not in found or operation is Operation.DEPENDENCIES:
                where = f" ({declared.origin})" if declared.origin.file else ""
                found[place] = (*found.get(place, ()), Script(f"{customization}{where}", declared.text))
    return CustomRules(found)


def replicas(script: Script, template: Manifest, now: datetime | None) -> tuple[int, Mapping[str, Any] | None]:
    """(number, what one replica needs)."""
    number, needs = _call(script, Operation.REPLICAS, template, now=now, results=2)
    with _Reading(script, Operation.REPLICAS):
        return lua_results.count(number), lua_results.requirements(needs)


def components(script: Script, template: Manifest, now: datetime | None) -> Sequence[Mapping[str, Any]] | None:
    (answer,) = _call(script, Operation.COMPONENTS, template, now=now)
    with _Reading(script, Operation.COMPONENTS):
        return lua_results.components(answer)


def revise(script: Script, template: Manifest, number: int, now: datetime | None) -> Manifest:
    (answer,) = _call(script, Operation.REVISION, template, number, now=now, references=(template,))
    with _Reading(script, Operation.REVISION):
        return lua_results.manifest(answer)


def retain(script: Script, desired: Manifest, live: Manifest, now: datetime | None) -> Manifest:
    (answer,) = _call(script, Operation.RETENTION, desired, live, now=now, references=(desired, live))
    with _Reading(script, Operation.RETENTION):
        return lua_results.manifest(answer)


def aggregate(script: Script, template: Manifest, items: StatusItems, now: datetime | None) -> Manifest:
    shown = None if items is None else [_item(item) for item in items]
    (answer,) = _call(script, Operation.AGGREGATION, template, shown, now=now)
    with _Reading(script, Operation.AGGREGATION):
        return lua_results.manifest(answer)


def reflect(script: Script, live: Manifest, now: datetime | None) -> Any:
    (answer,) = _call(script, Operation.REFLECTION, live, now=now)
    with _Reading(script, Operation.REFLECTION):
        return lua_results.status(answer)


def healthy(script: Script, live: Manifest, now: datetime | None) -> bool:
    (answer,) = _call(script, Operation.HEALTH, live, now=now)
    with _Reading(script, Operation.HEALTH):
        return lua_results.verdict(answer)


def dependencies(scripts: Sequence[Script], template: Manifest, now: datetime | None) -> Sequence[Mapping[str, Any]]:
    """The references of all the scripts."""
    found: list[Any] = []
    for script in scripts:
        (answer,) = _call(script, Operation.DEPENDENCIES, template, now=now)
        with _Reading(script, Operation.DEPENDENCIES):
            found.extend(lua_results.dependencies([answer]))
    return lua_results.dependencies([found])


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


def _item(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A member's report as scripts see it: a field that says nothing is absent."""
    return {name: value for name, value in item.items() if name == "clusterName" or value not in (None, False, "")}


class _Reading:
    """Names the script in an error about what it returned."""

    def __init__(self, script: Script, operation: Operation) -> None:
        self._place = f"{script.name}: {operation.function}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MalformedObjectError):
            raise RuleError(f"{self._place}: {error.message}") from None
