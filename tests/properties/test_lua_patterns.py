"""Our pattern matcher, which counts its steps, against the one of C's Lua."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua52

from reconciler.interpreter.lua import RuleError, Script, call

TEXTS = st.text(alphabet="ab(]- .%\n0é", max_size=12)
PIECES = [
    "a",
    "b",
    ".",
    "%a",
    "%S",
    "[ab]",
    "[^a-b]",
    "[]%-]",
    "(",
    ")",
    "()",
    "*",
    "+",
    "-",
    "?",
    "^",
    "$",
    "%1",
    "%b()",
    "%f[a]",
    "%",
    "[",
]
PATTERNS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)

SOURCE = """
function F(text, pattern, init)
  local words = {}
  for a, b in string.gmatch(text, pattern) do
    words[#words + 1] = tostring(a) .. "|" .. tostring(b)
    if #words > 20 then break end
  end
  return { found = { string.find(text, pattern, init) }, matched = { string.match(text, pattern, init) }, words = words }
end
"""
OURS = Script("patterns", SOURCE)
THEIRS = lua52.LuaRuntime(encoding=None)
THEIRS.execute(SOURCE.encode())
ASK: Any = THEIRS.eval(
    b"function(...) local ok, r = pcall(F, ...) if not ok then return nil end"
    b" local t = {} for _, n in ipairs({'found', 'matched', 'words'}) do"
    b" for i, v in ipairs(r[n]) do t[#t + 1] = n .. i .. tostring(v) end end return table.concat(t, '\\0') end"
)


@settings(max_examples=400)
@given(TEXTS, PATTERNS, st.integers(-4, 14))
def test_patterns_match_as_in_c(text: str, pattern: str, init: int) -> None:
    expected = ASK(text.encode(), pattern.encode(), float(init))
    try:
        (found,) = call(OURS, "F", text, pattern, init)
    except RuleError:
        assert expected is None
        return
    flat = [f"{name}{i}{_shown(item)}" for name in ("found", "matched", "words") for i, item in enumerate(found.get(name, ()), 1)]
    assert expected is not None
    assert "\0".join(flat) == expected.decode(errors="replace")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
