import tracemalloc
from itertools import permutations
from typing import Any

import pytest

from reconciler.documents.key_order import in_order
from reconciler.documents.writer import dump
from tests.support.yamlfiles import dump_all


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, {"c": []}], "a": {}}, "a: {}\nb:\n- 1\n- c: []\n"),
        ("yes", '"yes"\n'),
        ("", '""\n'),
        ("12:30", '"12:30"\n'),
        ("<<", "<<\n"),
        ("x: y", "'x: y'\n"),
        ("a\nb", "|-\n  a\n  b\n"),
        ({"a": "x\n\n"}, "a: |+\n  x\n\n"),
        ({"a": "on..."}, "a: on...\n"),
        ("😀", '"\\U0001F600"\n'),
        ("é", "é\n"),
        (
            ["word " * 20 + "end"],
            "- " + "word " * 15 + "word\n  word word word word end\n",
        ),
        (
            [1.0, 1e21, 123456789.125, 10**19, 10**20, True, None],
            "- 1\n- 1e+21\n- 1.23456789125e+08\n- 10000000000000000000\n- 1e+20\n- true\n- null\n",
        ),
    ],
)
def test_text_is_that_of_kubernetes(value: Any, text: str) -> None:
    assert dump(value) == text


def test_a_merge_key_is_quoted_unless_told_otherwise() -> None:
    assert dump({"<<": 1}) == '"<<": 1\n'
    assert dump({"<<": 1}, quote_merge=False) == "<<: 1\n"


def test_documents_are_separated() -> None:
    assert dump_all([{"a": "x\n\n"}, 1]) == "a: |+\n  x\n\n---\n1\n"


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, "\ud800"])
def test_what_yaml_cannot_say(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dump(value)


@pytest.mark.parametrize(
    "keys",
    [
        ["-y", "_x", "1", "2", "10", "A", "Ab", "B", "a", "a b", "a-b", "a.b", "a_b", "a1", "a2", "a10", "aB", "ab", "é"],
        ["m3", "m03", "m003", "m30"],
        ["m1", "m1.5", "m10", "m1x"],
        ["web", "web-1", "web-9", "web-10", "web.3", "web_2"],
        ["~", "0x1", "1", "1.5", "2020-01-01", "null", "true", "yes"],
    ],
)
def test_keys_sort_naturally(keys: list[str]) -> None:
    assert list(in_order(tuple(reversed(keys)))) == keys


def test_keys_without_an_order_have_one_all_the_same() -> None:
    assert len({in_order(keys) for keys in permutations(["1", "10", "1a", "2", "a"])}) == 1


def test_nul_is_written_as_kubernetes_writes_it() -> None:
    assert dump({"a": "x\0y", "\0": "\0\n"}) == '"\\0": "\\0\\n"\na: "x\\0y"\n'


def test_what_was_written_is_not_kept() -> None:
    """Long texts and large mappings would fill the memory of a process that runs for months."""
    dump({"a": "b"})
    tracemalloc.start()
    for number in range(10):
        dump({"text": f"{number}" * 20_000, **{f"n{key}": None for key in range(number, number + 100)}})
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 150_000
