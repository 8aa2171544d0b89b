from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.expand.template_calls import calls_in

HOST, LOOKUP = "getHostByName", "lookup"


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("{{ getHostByName .x }}", [(1, HOST)]),
        ("a\nb {{- if (lookup `v1` `x` `` ``) -}}", [(2, LOOKUP)]),
        ("{{ .x\n | getHostByName\n}}\n{{ lookup }}", [(2, HOST), (4, LOOKUP)]),
        ('{{ tpl "{{ getHostByName }}" . }}', []),
        ("{{ `\n` }}{{ lookup }}", [(2, LOOKUP)]),
        ('{{ "}}" | lookup }}', [(1, LOOKUP)]),
        ('{{ "\\"}}" | lookup }}', [(1, LOOKUP)]),
        ("{{/* lookup }} */}}", []),
        ("{{- /* lookup\n */ -}} {{ lookup }}", [(2, LOOKUP)]),
        ("lookup getHostByName", []),
        ("{{ .lookup }}{{ $lookup }}{{ .Values.lookup }}{{ lookups }}{{ mylookup }}", []),
        ("{{ lookup", [(1, LOOKUP)]),
        ("{{ getHostByName lookup }}", [(1, HOST), (1, LOOKUP)]),
        ("{{/*", []),
        ('{{ "', []),
    ],
)
def test_calls(text: str, calls: list[tuple[int, str]]) -> None:
    assert list(calls_in(text)) == calls


@given(st.text(alphabet='{}"`/*\n\\ lookup.$'))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for line, name in calls_in(text):
        assert name in text.split("\n")[line - 1]


@pytest.mark.parametrize("part", ["{{", '{{ "', "{{/*", "{{ `", "{{ \\", '"\\'])
def test_a_long_text_takes_time_by_its_length(part: str) -> None:
    """Not by the square of it: that would be hours."""
    assert list(calls_in(part * 300_000)) == []
