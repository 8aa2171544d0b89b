"""A tree that is read and written again means the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cel.environment import environment
from reconciler.cel.errors import EvaluationError, NotJudgedError
from reconciler.cel.expression import activate, compile_expression
from reconciler.cel.syntax import Call, Comprehension, Select, decode, descendants, encode
from tests.admission.scenes_of_expressions import LANGUAGE, LIBRARIES, SPEC, expressions

OBJECT = {"metadata": {"name": "x", "labels": {"a": "b"}}, "spec": SPEC}
ATOMS = ("1", "2", "-3", "1.5", "'a'", "true", "false", "null", "object.spec.replicas", "object.spec.name", "object.spec.list[0]")


def serialized(source: str) -> bytes:
    return bytes(environment().compile(source, disable_check=True).serialize())


def value(source: str) -> Any:
    try:
        return compile_expression(source).evaluate(activate({"object": OBJECT}))
    except (EvaluationError, NotJudgedError) as error:
        return type(error)


@pytest.mark.parametrize("source", sorted({*expressions(LANGUAGE), *expressions(LIBRARIES)}))
def test_what_is_written_is_read_again(source: str) -> None:
    tree = decode(serialized(source))
    assert decode(encode(tree)) == tree
    environment().deserialize(encode(tree))


def test_all_kinds_of_nodes_are_read() -> None:
    tree = decode(serialized("[?object.a, {'b': 1u}].exists(x, has(x.b) && google.protobuf.Int64Value{value: 1} > -1.0)"))
    kinds = {type(node) for node in descendants(tree)}
    assert {Call, Comprehension, Select} <= kinds
    assert len(kinds) == 7


def binary(left: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "==", "!=", "<", "&&", "||", "in"])
    return st.builds("({} {} {})".format, left, operators, left) | st.builds("[{}, {}]".format, left, left)


@given(st.recursive(st.sampled_from(ATOMS), binary, max_leaves=8))
def test_the_library_evaluates_a_rewritten_tree_as_its_own(source: str) -> None:
    own = environment().compile(source, disable_check=True).eval(data={"object": OBJECT})
    if own.type().name() == "*error*" or isinstance(own.plain_value(), str):
        return  # An error, whose text is a value of the library's, too.
    assert value(source) == own.plain_value()
