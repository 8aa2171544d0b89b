"""ResourceInterpreterCustomizations as files declare them."""

from __future__ import annotations

from reconciler.load.assemble import assemble
from reconciler.load.parse_file import parse_file
from reconciler.model.customization import Operation
from reconciler.model.desired import DesiredState
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin

HEAD = """\
apiVersion: config.karmada.io/v1alpha1
kind: ResourceInterpreterCustomization
metadata: {name: NAME}
spec:
  target: {apiVersion: example.org/v1, kind: Widget}
  customizations:
"""
HEALTH = '    healthInterpretation: {luaScript: "function InterpretHealth(o) return true end"}\n'


def loaded(**files: str) -> DesiredState:
    parsed = [parse_file(f"{name}.yaml", name, text.encode()) for name, text in files.items()]
    return assemble(parsed, (), Memo())


def rule(name: str, *customizations: str) -> str:
    return HEAD.replace("NAME", name) + "".join(customizations)


def test_scripts_have_their_place() -> None:
    empty = '    retention: {luaScript: ""}\n'
    (found,) = loaded(a=rule("widgets", empty, HEALTH)).customizations
    assert (found.name, str(found.target)) == ("widgets", "example.org/v1 Widget")
    assert list(found.scripts) == [Operation.HEALTH]
    assert found.scripts[Operation.HEALTH].origin == Origin("a.yaml", 8)


def test_a_script_that_does_not_load_is_a_complaint_with_its_line() -> None:
    script = "    retention:\n      luaScript: |\n        function Retain(d, o)\n          return d +\n        end\n"
    state = loaded(a=rule("widgets", HEALTH, script))
    (issue,) = state.issues
    assert (issue.reason, issue.origin) == ("InvalidScript", Origin("a.yaml", 12))
    assert "retention" in issue.message
    assert not state.customizations
    assert state.broken_files == {"a.yaml"}


def test_one_operation_of_a_kind_is_declared_once() -> None:
    state = loaded(a=rule("one", HEALTH), b=rule("two", HEALTH))
    (issue,) = state.issues
    assert (issue.reason, issue.origin) == ("DeclaredTwice", Origin("b.yaml", 7))
    assert [found.name for found in state.customizations] == ["one"]


def test_dependencies_may_be_declared_by_several() -> None:
    script = '    dependencyInterpretation: {luaScript: "function GetDependencies(o) return {} end"}\n'
    state = loaded(a=rule("one", script), b=rule("two", script))
    assert not state.issues
    assert [found.name for found in state.customizations] == ["one", "two"]
