from typing import Any

import pytest

from reconciler.documents.json_patch import PatchError
from reconciler.documents.json_text import patch_text, spell
from reconciler.model.overrides import PatchOperation


@pytest.mark.parametrize(
    ("text", "operations", "expected"),
    [
        ('{"n": 1.0,\n "b": 12345678901234567890123}', [("add", "/z", 1)], '{"n":1.0,"b":12345678901234567890123,"z":1}'),
        ('{"b":1,"a":"<&>"}', [("replace", "/b", "<\u2028>")], r'{"b":"\u003c\u2028\u003e","a":"\u003c\u0026\u003e"}'),
        ('{"z":{"\\u0041\\/":"\\u0041\\/"}}', [("add", "/b", 1)], r'{"z":{"\u0041\/":"\u0041\/"},"b":1}'),
        ('{"z":{"\\u0041\\/":"\\u0041\\/"}}', [("add", "/z/b", 1)], r'{"z":{"A/":"\u0041\/","b":1}}'),
        ('{"a":1}', [("add", "/b", {"y": 1, "x": {}}), ("add", "/b/a", 2)], '{"a":1,"b":{"x":{},"y":1,"a":2}}'),
        ('{"a":[ ] , "b":{ }}', [("add", "/a/-", None)], '{"a":[null],"b":{}}'),
        ("[1,2]\n", [("remove", "/-1")], "[1]"),
        ("null", [("replace", "", [])], "[]"),
        ('{"\\ud800":1}', [], '{"\ufffd":1}'),
        ("", [("add", "/a", 1)], ""),
    ],
)
def test_untouched_parts_keep_their_spelling(text: str, operations: list[Any], expected: str) -> None:
    assert patch_text(text, [PatchOperation(*operation) for operation in operations]) == expected


@pytest.mark.parametrize(
    "text", ['{"a":', "a: 1", '{"a":NaN}', '{"a":01}', "{} {}", " ", " [1]", "5", '"x"', "null", "[" * 100_000]
)
def test_other_text_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(PatchError) as caught:
        patch_text(text, [])
    assert '"a"' not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.0, "2"),
        (1e-7, "1e-7"),
        (1e-6, "0.000001"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.5e300, "1.5e+300"),
        (-0.0, "-0"),
        (2**63 - 1, "9223372036854775807"),
        (12345678901234567890, "12345678901234567000"),
        ({"b": True, "a": [None, "é\x7f"]}, '{"a":[null,"é\x7f"],"b":true}'),
    ],
)
def test_new_values_are_spelled_as_go_does(value: Any, expected: str) -> None:
    assert spell(value) == expected
