"""The JSONPath templates of Kubernetes; the results are those of client-go."""

from __future__ import annotations

import pytest

from reconciler.model.json_path import JsonPathError, NotFoundError, evaluate, parse

STATUS = {"job": {"id": "j-7", "tries": 3, "ok": True}, "items": [{"name": "a"}, {"name": "b"}], "a.b": {"c/d": None}}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.job.id}", "j-7"),
        ("{$.job.tries}", "3"),
        ("{ .job.ok }", "true"),
        ("{.items[1].name}", "b"),
        ("{.items[-1].name}", "b"),
        ("{.items[*].name}", "a b"),
        ("{['a.b']['c/d']}", "<nil>"),
        ("{.a\\.b.c/d}", "<nil>"),
        ("job-{.job.id}-{.job.tries}", "job-j-7-3"),
        ("{.items[0]}", '{"name":"a"}'),
    ],
)
def test_values(template: str, text: str) -> None:
    assert evaluate(template, STATUS) == text


@pytest.mark.parametrize("template", ["{.job.missing}", "{.items[7].name}", "{.job.id.x}", "{.job[0]}"])
def test_what_is_missing(template: str) -> None:
    with pytest.raises(NotFoundError):
        evaluate(template, STATUS)


@pytest.mark.parametrize(
    "template",
    [
        "",
        ".job.id",
        "{.job",
        "{..id}",
        "{.items[?(@.name)]}",
        "{.items[0:1]}",
        "{range .items}",
        "{}",
        f"{{.items[{'9' * 5000}]}}",
    ],
)
def test_what_is_not_supported(template: str) -> None:
    with pytest.raises(JsonPathError):
        parse(template)
