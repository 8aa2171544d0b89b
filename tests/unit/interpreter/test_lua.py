"""What scripts can and cannot do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.interpreter.lua import RuleError, Script, _state, call, syntax_problem

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def answer(expression: str, argument: Any = None, before: str = "") -> Any:
    (found,) = call(Script("a rule", f"{before}\nfunction F(o) return {expression} end"), "F", argument, now=NOW)
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'n' .. 1e15", "n1000000000000000"),
        ("0.1 + 0.2 .. 'x' .. 3", "0.30000000000000004x3"),
        ("tostring(1e21) .. tostring(-0.00001)", "1e+21-1e-05"),
        ("tostring(1/0) .. tostring(0/0)", "+InfNaN"),
        ("(function(...) return select('#', ...) end)(1, nil)", 2),
        ("'a..b' .. [[..]] .. '\\'..'", "a..b..'.."),
        ("table.concat({1, 'a', 2.5}, '-')", "1-a-2.5"),
        ("string.format('%5.1f|%d|%s|%q|%-3sx|%%|%g', 2.25, 3.9, nil, 'a\"', 'b', 1e7)", '  2.2|3|nil|"a\\""|b  x|%|1e+07'),
        ("('Straße'):upper() .. ('ÄÖ'):lower()", "STRAßEäö"),
        ("os.time() - os.time({year = 2026, month = 3, day = 4, hour = 5, min = 6, sec = 0})", 7),
        ("os.date('%Y-%m-%d', 0)", "1970-01-01"),
        ("os.time({year = 2024, month = 14, day = 31, hour = 0})", 1740960000),
        ("math.random(1, 6) == math.random(1, 6)", False),
        ("next({}) == nil and next({7}) == 1", True),
        ("#_VERSION", 7),
        ("unpack({1, 2})", 1),
        ("table.maxn({1, 2, [7] = 3, x = 4})", 7),
        ("table.maxn({})", 0),
        ("select('#', unpack({}, 1, 3))", 3),
        ("select('#', ('abc'):byte(1, -1)) .. ('abc'):byte(2) .. ('abc'):byte()", "39897"),
    ],
)
def test_scripts_compute_as_in_karmada(expression: str, expected: Any) -> None:
    assert answer(expression) == expected


def test_tables_are_walked_in_one_order() -> None:
    before = "local function keys(t) local r = {} for k in pairs(t) do r[#r + 1] = tostring(k) end return r end"
    assert answer("keys({b = 1, a = 2, [3] = 1, [1] = 1, [2.5] = 1})", before=before) == ["1", "2.5", "3", "a", "b"]


def test_random_numbers_are_the_same_in_every_call() -> None:
    assert answer("{math.random(), math.random(100)}") == answer("{math.random(), math.random(100)}")


def test_sorting_is_stable_and_survives_an_inconsistent_comparison() -> None:
    before = "local t = {} for i = 1, 40 do t[i] = {k = i % 3, i = i} end table.sort(t, function(a, b) return a.k < b.k end)"
    found = answer("t", before=before)
    assert [item["i"] for item in found] == sorted(range(1, 41), key=lambda i: i % 3)
    assert answer("pcall(table.sort, {3, 1, 2}, function() return true end)") is True


@pytest.mark.parametrize("name", ["io", "debug", "coroutine", "python", "bit32", "rawlen", "jit", "ffi"])
def test_libraries_that_scripts_do_not_see(name: str) -> None:
    assert answer(f"type({name})") == "nil"


@pytest.mark.parametrize("name", ["execute", "getenv", "remove", "exit", "setlocale", "tmpname", "clock"])
def test_functions_of_the_system_that_scripts_do_not_see(name: str) -> None:
    assert answer(f"type(os.{name})") == "nil"


@pytest.mark.parametrize(
    "attempt",
    [
        "load('return 1')",
        "loadstring('return 1')",
        "dofile('/etc/passwd')",
        "require('os.path')",
        "getmetatable('')",
        "setmetatable({}, {})",
        "string.rep('x', 1e9)",
        "('x'):rep(1e9)",
        "string.dump(F)",
        "setfenv(F, {})",
        "rawset({}, 1, 1)",
        "os.time.x.y",
        "error({})",
        "F",
    ],
)
def test_what_scripts_may_not_do(attempt: str) -> None:
    with pytest.raises(RuleError, match=r"^a rule: F"):
        answer(attempt)


@pytest.mark.parametrize(
    "leak",
    [
        "leaked = 1",
        "string.leaked = 1",
        "math.leaked = 1",
        "_G.leaked = 1",
        "package.loaded.leaked = 1",
        "require('kube').leaked = 1",
        "require('..')[1] = 1",
        "string.upper = nil",
    ],
)
def test_nothing_outlasts_a_call(leak: str) -> None:
    probe = (
        "{leaked, string.leaked, math.leaked, _G.leaked, package.loaded.leaked, require('kube').leaked, require('..')[1],"
        " type(string.upper) == 'nil' or nil}"
    )
    answer("1", before=leak)
    assert answer(probe) == []


def test_a_comment_ends_where_lua_ends_it() -> None:
    assert answer("x", before="-- note\rx = 1e15 .. ''") == "1000000000000000"


def test_nothing_outlasts_a_call_even_where_a_mark_is_missing() -> None:
    """Without a mark, a script gets the table that carries the text of a concatenation."""
    leak = "local carrier = _concat_ .. 'x' carrier.leaked = 1 function F() end"
    probe = "local carrier = _concat_ .. 'x' function F() return carrier.leaked end"
    for text in (leak, probe):
        _state()._chunks[text] = _state()._compile(text.encode())
        assert call(Script("a rule", text), "F") == [None]


@pytest.mark.parametrize(
    "runaway",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "pcall(pcall, pcall, function() while true do end end)",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local function f() return f() end f()",
        "local function f() return f() + 1 end f()",
        "local s = 'a' for i = 1, 6 do s = s .. s end s:find('a-a-a-a-a-a-a-a-b')",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "local s = table.concat({1, 2}) while true do s:upper() end",
        "goto again ::again:: goto again",
        "for w in ('x'):gmatch('()') do while true do end end",
        "while true do unpack({}, 1, 200000) end",
        "local s = ('a'):format() for i = 1, 22 do s = s .. s end while true do os.date(s, 0) end",
        "local s = 'a' for i = 1, 22 do s = s .. s end while true do s:match('^(.*)%1b') end",
        "local s = '1' for i = 1, 22 do s = s .. s end while true do tonumber(s) end",
        "local s = 'a' for i = 1, 15 do s = s .. s end while true do s:byte(1, -1) end",
        "local t = {} for i = 1, 100000 do t['k' .. i] = 1 end while true do table.maxn(t) end",
    ],
)
def test_a_runaway_script_is_stopped_and_named(runaway: str) -> None:
    with pytest.raises(RuleError, match=r"^a rule: F.*(million instructions|not enough memory|stack overflow)"):
        call(Script("a rule", f"function F() {runaway} end"), "F")
    assert answer("1 + 1") == 2


def test_a_caught_error_is_text_and_nothing_of_the_host() -> None:
    before = "local ok, caught = pcall(require('kube').resourceAdd, 'much')"
    assert answer("type(caught)", before=before) == "string"


def test_bytecode_is_not_loaded() -> None:
    assert syntax_problem("\x1bLua") is not None


def test_without_a_moment_the_present_is_not_known() -> None:
    with pytest.raises(RuleError, match="present is not known"):
        call(Script("a rule", "function F() return os.time() end"), "F")


def test_a_secret_is_not_quoted() -> None:
    script = Script("a rule", "function F(o) error('it is ' .. o.data.password) end")
    with pytest.raises(RuleError) as caught:
        call(script, "F", {"data": {"password": "hunter2"}}, secret=True)
    assert "hunter2" not in str(caught.value)
    assert "line 1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [("x = 7 // 2", 1), ("x = 1\ny = 6 & 3\n", 2), ("function F()\n  return 1\n", 3), ("local s = 'a' ..\n", 2)],
)
def test_syntax_problems_have_a_line(text: str, line: int) -> None:
    problem = syntax_problem(text)
    assert problem is not None
    assert problem.line == line


@pytest.mark.parametrize("text", ["goto done ::done::", "local a = [==[ ]] .. ]==] -- .. \n--[[ .. ]] x = 'a'..1 ..'b'", ""])
def test_good_syntax(text: str) -> None:
    assert syntax_problem(text) is None


@pytest.mark.parametrize(
    "text", ['\\"' * 60_000, "\\'" * 60_000, '"\\' * 60_000, '"a..b\n' * 30_000, "[=[" * 60_000], ids=lambda text: text[:6]
)
def test_a_broken_script_is_refused_in_time(text: str) -> None:
    began = time.process_time()
    assert syntax_problem(text) is not None
    assert time.process_time() - began < 5
