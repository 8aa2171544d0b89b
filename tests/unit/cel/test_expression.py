"""What an expression reads, and what becomes of one that nobody can evaluate."""

from __future__ import annotations

import pytest

from reconciler.cel.errors import EvaluationError, NotJudgedError
from reconciler.cel.expression import activate, compile_expression


@pytest.mark.parametrize(
    ("source", "path", "touches"),
    [
        ("object.spec.replicas > 1", "object.spec.replicas", True),
        ("object.spec.replicas > 1", "object.spec.replicas.deeper", True),
        ("object.spec.replicas > 1", "object.spec", True),
        ("object.spec.replicas > 1", "object.status", False),
        ("object.spec.?replicas.orValue(1) > 1", "object.spec.replicas", True),
        ("object['spec']['replicas'] > 1", "object.spec.replicas", True),
        ("object.spec[?'replicas'].hasValue()", "object.spec.replicas", True),
        ("has(object.spec.replicas)", "object.spec.replicas", True),
        ("has(object.spec)", "object.spec.replicas", False),
        ("object == oldObject", "object.metadata.uid", True),
        ("oldObject == null", "oldObject.metadata.uid", False),
        ("null != object.spec", "object.spec.replicas", False),
        ("[1].all(object, object.status == 1)", "object.status", False),
        ("[object].all(o, o.status == 1)", "object.status", True),
        ("object.spec.list.all(x, x.y == request.userInfo.username)", "request.userInfo", True),
    ],
)
def test_what_an_expression_reads(source: str, path: str, touches: bool) -> None:
    assert compile_expression(source).touches(tuple(path.split("."))) is touches


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 +", "cannot compile"),
        ("'" + "x" * 30_000 + "'", "too long"),
        ("(" * 500 + "1" + ")" * 500, "cannot compile"),
        ("+".join(["1"] * 500), "cannot compile"),
        ("math.greatest(1, 2) == 2", "calls greatest"),
        ("authorizer.path('/x').check('get').allowed()", "calls allowed"),
        ("object.spec.nonsense('x')", "calls nonsense"),
        ("nonsense(1)", "calls nonsense"),
        ("[1, 2].sortBy(1, 2) == []", "calls sortBy"),
    ],
)
def test_what_is_not_compiled_is_not_judged(source: str, reason: str) -> None:
    with pytest.raises(NotJudgedError, match=reason):
        compile_expression(source)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("optional.of(1)", "cannot hand out"),
        ("[duration('1s')].sum() == duration('1s')", "sum of durations"),
        ("lists.range(100000).all(x, lists.range(100000).all(y, x + y >= 0))", "Iteration budget"),
    ],
)
def test_what_has_no_plain_value_is_not_judged(source: str, reason: str) -> None:
    expression = compile_expression(source)
    with pytest.raises(NotJudgedError, match=reason):
        expression.evaluate(activate({"object": {}}))


def test_errors_are_told_in_the_words_of_kubernetes() -> None:
    found = {}
    for source in ("object.x", "[1][5]", "1 / 0", "1 + 'a'", "9223372036854775807 + 1", "'a'.find('(')"):
        with pytest.raises(EvaluationError) as error:
            compile_expression(source).evaluate(activate({"object": {}}))
        found[source] = str(error.value)
    assert found == {
        "object.x": "no such key: x",
        "[1][5]": "index out of bounds: 5",
        "1 / 0": "division by zero",
        "1 + 'a'": "no such overload",
        "9223372036854775807 + 1": "integer overflow",
        "'a'.find('(')": "Illegal regex: missing ): (",
    }
