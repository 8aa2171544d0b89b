"""Asking the interpreter what a case of the family `interpret` asks, and making answers comparable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from reconciler.interpreter.declared_rules import collect_rules
from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.load.customization import parse_customization
from reconciler.model.customization import Operation
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of

NOW = datetime(2031, 7, 8, 9, 10, 11, tzinfo=UTC)
_NOW_TEXTS = (NOW.isoformat().replace("+00:00", "Z"), int(NOW.timestamp()))

_OPERATIONS = {operation.function: operation for operation in Operation}
_HOOKS = {
    "InterpretReplica": Operation.REPLICAS,
    "InterpretComponent": Operation.COMPONENTS,
    "ReviseReplica": Operation.REVISION,
    "Retain": Operation.RETENTION,
    "AggregateStatus": Operation.AGGREGATION,
    "InterpretDependency": Operation.DEPENDENCIES,
    "InterpretStatus": Operation.REFLECTION,
    "InterpretHealth": Operation.HEALTH,
}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Raises MalformedObjectError where the reference fails, also because it has no rule."""
    interpreter = Interpreter(collect_rules(map(parse_customization, question.get("customizations", ()))))
    if question["operation"] == "HookEnabled":
        gvk = GroupVersionKind.parse(question["apiVersion"], question["kind"])
        return {"enabled": interpreter.has_rule(gvk, _HOOKS[question["hook"]])}
    subject = question.get("object") or question["desired"]
    operation = _OPERATIONS[question["operation"]]
    if not interpreter.has_rule(gvk_of(subject), operation):
        raise MalformedObjectError("no rule")
    return _answer(interpreter, operation, subject, question)


def _answer(interpreter: Interpreter, operation: Operation, subject: Any, question: dict[str, Any]) -> dict[str, Any]:
    match operation:
        case Operation.REPLICAS:
            replicas, requirements = interpreter.replicas(subject, now=NOW) or (None, None)
            return {"replicas": replicas, "requirements": requirements}
        case Operation.COMPONENTS:
            return {"components": interpreter.components(subject, now=NOW)}
        case Operation.REVISION:
            return {"object": interpreter.revise(subject, question["replicas"], now=NOW)}
        case Operation.RETENTION:
            return {"object": interpreter.retain(subject, question["observed"], now=NOW, karmada_exact=True)}
        case Operation.AGGREGATION:
            return {"object": interpreter.aggregate(subject, question.get("statusItems"), NOW)}
        case Operation.DEPENDENCIES:
            return {"dependencies": list(interpreter.dependencies(subject, now=NOW))}
        case Operation.REFLECTION:
            return {"status": interpreter.reflect(subject, now=NOW)}
        case Operation.HEALTH:
            return {"healthy": interpreter.healthy(subject, now=NOW)}


def comparable(case: dict[str, Any], value: Any) -> Any:
    """The moment of the call becomes its mark; lists whose order is not defined are sorted."""
    if isinstance(value, dict):
        return {name: comparable(case, item) for name, item in value.items()}
    if isinstance(value, list):
        items = [comparable(case, item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if case.get("unordered") else items
    return "{{NOW}}" if value in _NOW_TEXTS and not isinstance(value, bool) else value
