"""Who answers for a kind, and what an answer has to look like."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.declared_rules import collect_rules
from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.interpreter.thirdparty import SHIPPED
from reconciler.model.customization import Customization, DeclaredScript, Operation
from reconciler.model.keys import GroupVersionKind
from reconciler.model.origin import Origin

WIDGET = GroupVersionKind("example.dev", "v1", "Widget")


def declared(name: str, operation: Operation, script: str) -> Customization:
    return Customization(name, WIDGET, {operation: DeclaredScript(script, Origin("rules.yaml", 7))})


def interpreter(*customizations: Customization) -> Interpreter:
    return Interpreter(collect_rules(customizations))


def widget(**members: Any) -> dict[str, Any]:
    return {"apiVersion": "example.dev/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "shop"}, **members}


def test_an_error_names_the_customization_its_place_and_the_operation() -> None:
    rules = interpreter(declared("widgets", Operation.HEALTH, "function InterpretHealth(o)\n  return o.status.x.y\nend"))
    with pytest.raises(MalformedObjectError) as caught:
        rules.healthy(widget(status={}))
    assert caught.value.message.startswith(
        "ResourceInterpreterCustomization widgets (rules.yaml:7): InterpretHealth, line 2: attempt to index"
    )


def test_the_first_by_name_counts_whatever_the_order() -> None:
    first = declared("a", Operation.HEALTH, "function InterpretHealth() return false end")
    second = declared("b", Operation.HEALTH, "function InterpretHealth() return true end")
    assert interpreter(second, first).healthy(widget()) is False


def test_kinds_without_rules() -> None:
    rules, subject = Interpreter(), widget(status={"phase": "x"})
    assert rules.replicas(subject) is None
    assert rules.components(subject) is None
    assert rules.revise(subject, 3) is subject
    assert rules.retain(subject, widget()) is subject
    assert rules.healthy(subject) is None
    assert rules.reflect(subject) == {"phase": "x"}
    assert not rules.dependencies(subject)


@pytest.mark.parametrize(
    ("operation", "script", "verb"),
    [
        (Operation.REPLICAS, "function GetReplicas() return true end", "replicas"),
        (Operation.REPLICAS, "function GetReplicas() return 1, {1} end", "replicas"),
        (Operation.REPLICAS, "function GetReplicas() return 1, {nodeClaim = {tolerations = {{key = 1}}}} end", "replicas"),
        (Operation.REPLICAS, "function GetReplicas() return 1, {namespace = 1} end", "replicas"),
        (Operation.COMPONENTS, "function GetComponents() return {{name = 'a', replicas = 1.5}} end", "components"),
        (Operation.COMPONENTS, "function GetComponents() return {a = 1} end", "components"),
        (Operation.REFLECTION, "function ReflectStatus() return 'x' end", "reflect"),
        (Operation.HEALTH, "function InterpretHealth() return 1 end", "healthy"),
        (Operation.DEPENDENCIES, "function GetDependencies() return {{kind = 'Secret', name = 'x'}} end", "dependencies"),
        (Operation.DEPENDENCIES, "function GetDependencies() return {'x'} end", "dependencies"),
    ],
)
def test_answers_of_a_wrong_shape_are_errors(operation: Operation, script: str, verb: str) -> None:
    with pytest.raises(MalformedObjectError, match="ResourceInterpreterCustomization w"):
        getattr(interpreter(declared("w", operation, script)), verb)(widget())


@pytest.mark.parametrize("change", ["o.kind = nil", "o.kind = ''", "o.apiVersion = 'a/b/c'", "o = {}", "o = 5"])
def test_a_returned_object_needs_a_kind(change: str) -> None:
    script = f"function ReviseReplica(o) {change} return o end"
    with pytest.raises(MalformedObjectError):
        interpreter(declared("w", Operation.REVISION, script)).revise(widget(), 2)


def test_inputs_are_not_changed() -> None:
    script = "function ReviseReplica(o, n) o.spec.size = n o.metadata = nil return o end"
    subject = widget(spec={"size": 1})
    assert interpreter(declared("w", Operation.REVISION, script)).revise(subject, 2)["spec"] == {"size": 2}
    assert subject == widget(spec={"size": 1})


def test_shipped_rules_define_nothing_but_operations() -> None:
    kinds = {gvk for gvk, _ in SHIPPED.scripts}
    assert len(kinds) == 27
    assert not any("/" in gvk.group or not gvk.version.startswith("v") for gvk in kinds)


def test_declared_scripts_cannot_require_the_parts_of_shipped_ones() -> None:
    script = "local status = require('status') function InterpretHealth() return true end"
    with pytest.raises(MalformedObjectError, match="no module"):
        interpreter(declared("w", Operation.HEALTH, script)).healthy(widget())


def test_names_of_fields_are_compared_without_regard_to_case() -> None:
    """Go's encoding/json, by which Karmada reads the results of scripts."""
    script = """function GetReplicas() return 2, {
        ResourceRequest = {cpu = '1'}, NodeClaim = {NODESELECTOR = {a = 'b'}}, priorityclassname = 'high', other = 1
    } end"""
    assert interpreter(declared("w", Operation.REPLICAS, script)).replicas(widget()) == (
        2,
        {"resourceRequest": {"cpu": "1"}, "nodeClaim": {"nodeSelector": {"a": "b"}}, "priorityClassName": "high"},
    )
    script = """function GetComponents() return {
        {Name = 'a', REPLICAS = 2, ReplicaRequirements = {ResourceRequest = {cpu = '1'}}}
    } end"""
    assert interpreter(declared("w", Operation.COMPONENTS, script)).components(widget()) == [
        {"name": "a", "replicas": 2, "replicaRequirements": {"resourceRequest": {"cpu": "1"}}}
    ]
    script = (
        "function GetDependencies() return {{APIVersion = 'v1', Kind = 'Secret', Name = 'x', name = 'y', Namespace = 'n'}} end"
    )
    assert list(interpreter(declared("w", Operation.DEPENDENCIES, script)).dependencies(widget())) == [
        {"apiVersion": "v1", "kind": "Secret", "namespace": "n", "name": "y"}
    ]
