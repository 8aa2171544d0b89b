"""Templates of kubectl: the real one prints the same for generated ones, and no text does harm."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.query.kubectl_jsonpath import render_template
from reconciler.query.kubectl_syntax import TemplateError, parse_template
from tests.support.real_kubectl import kubectl

KEYS = ("a", "b-c", "d.e/f")
LEAVES = st.one_of(
    st.integers(-5, 10**12), st.booleans(), st.text('aé<"\\\n ', max_size=4), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
)
STEPS = st.sampled_from([".a", "['b-c']", ".d\\.e/f", "['a','b-c']", "['d\\.e/f']"])
PATHS = st.lists(STEPS, min_size=1, max_size=3).map("".join)
PARTS = st.one_of(
    PATHS.map(lambda path: f"{{.spec.list{path}}}"),
    PATHS.map(lambda path: f"{{.spec{path}}}"),
    st.tuples(PATHS, PATHS).map(lambda pair: f"{{range .spec.list[*]}}{{@{pair[0]}}}:{{range .pairs[*]}}{{.n}}{{end}},{{end}}"),
    st.tuples(st.sampled_from(["==", "!=", "<", ">="]), st.integers(0, 3)).map(
        lambda pair: f"{{.spec.pairs[?(@.n{pair[0]}{pair[1]})].s}}"
    ),
    st.tuples(st.integers(-3, 2), st.sampled_from(["", ":", ":3", "::2"])).map(
        lambda pair: f"{{.spec.pairs[{pair[0]}{pair[1]}].n}}"
    ),
    st.text("xy ,;|", max_size=3),
    st.sampled_from(['{"\\t"}', "{'q'}", "{true}", "{12}", "{.spec.pairs..n}"]),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, max_size=3), parts=st.lists(PARTS, min_size=15, max_size=30))
def test_the_real_kubectl_prints_the_same(tmp_path: Path, values: list[object], parts: list[str]) -> None:
    """Templates that cannot fail, many at once: a run of kubectl costs more than all of them."""
    pairs = [{"n": number, "s": f"s{number}"} for number in range(3)]
    spec = {"list": values, "pairs": pairs, "a": 1, "d.e/f": [2]}
    document = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec}
    template = "|".join(parts)
    (tmp_path / "template").write_text(template)
    arguments = ("label", "--local", "-f", "-", "x=y", "-o", f"jsonpath-file={tmp_path / 'template'}")
    theirs = kubectl(*arguments, home=tmp_path, stdin=json.dumps(document))
    ours = render_template(parse_template(template), json.loads(json.dumps(document)))
    assert theirs.code == 0, theirs.err
    assert ours == theirs.out


@given(st.text("{}[]().,:*?@$'\"\\=!<>ab1 \n-", max_size=40))
def test_a_text_is_a_template_or_an_error(text: str) -> None:
    with suppress(TemplateError):
        assert isinstance(render_template(parse_template(text), {"a": [{"b": 1}]}), str)


@pytest.mark.parametrize("text", ["{" * 5000, "{.a" + "[" * 5000, "{" + ".." * 5000, "{.a[?(" * 2000])
def test_long_texts_are_read_to_their_end(text: str) -> None:
    with pytest.raises(TemplateError):
        render_template(parse_template(text), {})
