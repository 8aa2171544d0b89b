"""kubectl's JSONPath templates. What kubectl itself prints was recorded from kubectl 1.37; `test_get.py` compares with it on a
server, and `tests/properties/test_kubectl_jsonpath.py` for generated templates."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.query.go_text import json_text, plain_text
from reconciler.query.kubectl_jsonpath import WithHidden, find_results, relaxed_path, render_template
from reconciler.query.kubectl_order import sorted_places
from reconciler.query.kubectl_syntax import TemplateError, parse_template

POD = {
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "web", "tier": "<front>"}},
    "spec": {
        "containers": [{"name": "a", "image": "nginx:1"}, {"name": "b", "image": "redis:7"}, {"name": "c", "image": "go:1"}],
        "replicas": 3, "ratio": 0.5, "host": True, "nothing": None, "big": 10.0**21, "whole": 2.0,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{.metadata.name}", "web"),
        ("{metadata.name}", None),
        ("{$.metadata.name}", "web"),
        ("{.metadata.labels.app\\.kubernetes\\.io/name}", "web"),
        ("{.metadata.labels['tier']}", "<front>"),
        ("{.metadata.labels}", '{"app.kubernetes.io/name":"web","tier":"\\u003cfront\\u003e"}'),
        ("name is {.metadata.name}!", "name is web!"),
        ("{.spec.replicas} {.spec.ratio} {.spec.host} {.spec.nothing}", "3 0.5 true null"),
        ("{.spec.big} {.spec.whole}", "1e+21 2"),
        ("{.spec.absent}|", "|"),
        ("{.spec.containers[*].name}", "a b c"),
        ("{.spec.containers[0].name}", "a"),
        ("{.spec.containers[-1].name}", "c"),
        ("{.spec.containers[-2:].name}", "b c"),
        ("{.spec.containers[0:3:2].name}", "a c"),
        ("{.spec.containers[::2].name}", "a c"),
        ("{.spec.containers[].name}", "a"),
        ("{.spec.containers[1:1].name}|", "|"),
        ("{.spec.containers[0,2].name}", "a c"),
        ("{.spec.containers[*]['name','image']}", "a b c nginx:1 redis:7 go:1"),
        ('{.spec.containers[?(@.name=="b")].image}', "redis:7"),
        ("{.spec.containers[?(@.name=='b')].image}", "redis:7"),
        ('{.spec.containers[?(@.name!="b")].name}', "a c"),
        ('{.spec.containers[?(@.name>"a")].name}', "b c"),
        ("{.spec.containers[?(@.absent)].name}|", "|"),
        ("{.spec.containers[?(@.image)].name}", "a b c"),
        ("{..image}", "nginx:1 redis:7 go:1"),
        ('{range .spec.containers[*]}{.name}={.image}{"\\n"}{end}', "a=nginx:1\nb=redis:7\nc=go:1\n"),
        ("{range .spec.containers[*]}{.name}", "abc"),
        ("{range .spec.none[*]}{.name}{end}done", "done"),
        ('{"a\\tb\\u00e9\\x41"}', "a\tbéA"),
        ("{'it''s'}", "s"),
        ("{1}{true}{-2.5}", "1true-2.5"),
        ("", ""),
    ],
)
def test_a_template_prints(template: str, printed: str | None) -> None:
    if printed is None:
        with pytest.raises(TemplateError):
            render_template(parse_template(template), POD)
    else:
        assert render_template(parse_template(template), POD) == printed


def test_loops_in_loops() -> None:
    document = {"items": [{"n": "x", "of": [1, 2]}, {"n": "y", "of": []}, {"n": "z", "of": [3]}]}
    template = parse_template("{range .items[*]}{.n}:{range .of[*]}{@},{end};{end}.")
    assert render_template(template, document) == "x:1,2,;y:;z:3,;."


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{.a", "is missing"), ("{.a[0}", "index is not closed"), ("{.a[x]}", "neither an index nor a name"),
        ('{"a}', "not closed"), ("{.a[?(@.b==1)}", "`]` is missing"), ("{.a[?(@.b==1", "`)` is missing"),
        ("{....a}", "twice"), ("{;}", "no meaning"), ("{1.2.3}", "not a number"), ('{"\\q"}', "escape"),
        ("{.a\n}", "not closed"),
    ],
)  # fmt: skip
def test_text_that_is_no_template(template: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words.replace("[", "\\[").replace(")", "\\)")):
        parse_template(template)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{.spec.containers[3]}", "index 3 is outside of a list with 3 items"),
        ("{.spec.containers[2:1]}", "begins at 2 and ends at 1"),
        ("{.metadata[0]}", "an index needs a list, not a mapping"),
        ("{.metadata[?(@.a==1)]}", "a filter needs a list, not a mapping"),
        ("{.spec.containers[?(@.name==1)]}", "a text and a whole number cannot be compared"),
        ("{.spec.containers[?(@.name=!1)]}", "=! is no comparison"),
        ("{end}", "outside of a range"),
        ("{name}", "begins with a dot"),
        ("{.spec.containers[0:3:0]}", "step"),
    ],
)
def test_templates_without_a_meaning_for_a_document(template: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        render_template(parse_template(template), POD)


def test_fields_beside_an_object_are_found_and_not_printed() -> None:
    item = WithHidden({"a": 1}, {"cluster": "m1"})
    assert render_template(parse_template("{.cluster} {@} {.*}"), item) == 'm1 {"a":1} 1'
    own = WithHidden({"cluster": "mine"}, {"cluster": "m1"})
    assert render_template(parse_template("{.cluster}"), own) == "mine"


@pytest.mark.parametrize("path", ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"])
def test_lenient_paths(path: str) -> None:
    assert find_results(relaxed_path(path), POD) == [["web"]]


@pytest.mark.parametrize("path", ["", "{.a}{.b}", "{}", "a{b}"])
def test_texts_that_are_no_path(path: str) -> None:
    with pytest.raises(TemplateError, match="is not a path"):
        relaxed_path(path)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["b", "a", None], [2, 1, 0]), ([3, 1, 2], [1, 2, 0]), (["10Mi", "9Mi", "1Gi"], [1, 0, 2]),
        (["2", "10"], [0, 1]), (["é", "z"], [1, 0]), ([1.5, 1], [1, 0]),
    ],
)  # fmt: skip
def test_the_order_of_values(values: list[Any], order: list[int]) -> None:
    documents = [{} if value is None else {"f": value} for value in values]
    assert sorted_places(relaxed_path(".f"), documents) == order


@pytest.mark.parametrize("values", [[{}, {}], [True, False], ["a", 1], [[1], [2]]])
def test_values_without_an_order(values: list[Any]) -> None:
    with pytest.raises(TemplateError):
        sorted_places(relaxed_path(".f"), [{"f": value} if value != {} else {} for value in values])


@pytest.mark.parametrize(
    ("value", "plain", "written"),
    [
        (1e-7, "1e-07", "1e-7"), (0.00001, "1e-05", "0.00001"), (123456.789, "123456.789", "123456.789"),
        (1e20, "100000000000000000000", "100000000000000000000"), (1.25e22, "1.25e+22", "1.25e+22"), (-0.5, "-0.5", "-0.5"),
        (2**63, "9223372036854776000", "9223372036854776000"), (0.0, "0", "0"),
        ({"b": [1, None], "a": "x"}, "map[a:x b:[1 <nil>]]", '{"a":"x","b":[1,null]}'), ([], "[]", "[]"),
        ("a&b\u2028", "a&b\u2028", '"a\\u0026b\\u2028"'),
    ],
)  # fmt: skip
def test_values_as_go_writes_them(value: Any, plain: str, written: str) -> None:
    assert (plain_text(value), json_text(value)) == (plain, written)


def test_json_over_several_lines() -> None:
    assert json_text([{"a": []}, 1], indent=4) == '[\n    {\n        "a": []\n    },\n    1\n]'


def test_a_document_as_deep_as_a_parser_allows() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]
    assert find_results(parse_template("{..name}"), deep) == [[]]
    with pytest.raises(TemplateError, match="too deeply"):
        render_template(parse_template("{@}"), deep)
