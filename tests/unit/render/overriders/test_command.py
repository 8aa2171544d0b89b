"""commandOverrider and argsOverrider."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import CommandArgsOverrider
from reconciler.render.overriders.command import go_text, override_command


def pod(container: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}


@pytest.mark.parametrize(
    ("before", "operator", "values", "after"),
    [
        (["a"], "add", ("b", "b"), ["a", "b", "b"]),
        (["a", "b", "a"], "remove", ("a",), ["b"]),
        (["a"], "replace", ("b",), ["a"]),
        (None, "add", ("b",), ["b"]),
        (None, "remove", ("b",), []),
        ([80], "remove", ("80",), ["%!s(int64=80)"]),
    ],
)
def test_the_list_of_the_named_container(before: Any, operator: str, values: tuple[str, ...], after: list[str]) -> None:
    given = pod({"name": "app", "args": before})
    edit = override_command(CommandArgsOverrider("args", "app", operator, values), given)
    assert edit.manifest["spec"]["containers"] == [{"name": "app", "args": after}]
    assert edit.paths == (() if before == after else ("/spec/containers/0/args",))


@pytest.mark.parametrize("kind", ["CronJob", "Rollout"])
def test_other_kinds_are_left_alone(kind: str) -> None:
    given = {**pod({"name": "app"}), "kind": kind}
    assert override_command(CommandArgsOverrider("args", "app", "add", ("x",)), given) == (given, ())


@pytest.mark.parametrize(
    "spec",
    [{"containers": "x"}, {"containers": None}, "x", {"containers": ["x"]}, {"containers": [{"name": "app", "args": "x"}]}],
)
def test_a_malformed_object_is_an_error(spec: Any) -> None:
    with pytest.raises(ReconcilerError):
        override_command(CommandArgsOverrider("args", "app", "add", ("y",)), {"kind": "Pod", "spec": spec})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("run", "run"),
        (None, "%!s(<nil>)"),
        (True, "%!s(bool=true)"),
        (80, "%!s(int64=80)"),
        (2**63, "%!s(float64=9.223372036854776e+18)"),
        (1.5, "%!s(float64=1.5)"),
        (0.0, "%!s(float64=0)"),
        (1e6, "%!s(float64=1e+06)"),
        (123456.0, "%!s(float64=123456)"),
        (0.0001, "%!s(float64=0.0001)"),
        (-2.5e-7, "%!s(float64=-2.5e-07)"),
        (["a", None, 1], "[a <nil> %!s(int64=1)]"),
        ({"b": None, "a": {"c": "d"}}, "map[a:map[c:d] b:<nil>]"),
    ],
)
def test_go_text_is_what_go_prints(value: Any, text: str) -> None:
    assert go_text(value) == text
