"""Every call of a script ends, whatever the script does, and the next one works."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.interpreter import lua
from reconciler.interpreter.lua import RuleError, Script, ScriptError
from reconciler.pipeline.process import script_process
from reconciler.pipeline.process.script_process import ScriptProcess, scripts_in_their_own_process

LONG = "local a, b = 'x', 'y' for i = 1, 23 do a = a .. a b = b .. b end "
ENDLESS = f"function F() {LONG} a, b = a .. 'z', a .. 'z' while true do if a ~= b then return 1 end end end"
"""Comparing two texts of 8 MiB takes a millisecond, and is one instruction."""


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptProcess]:
    found = ScriptProcess()
    with lua.using(found):
        yield found
    found.close()


def answer(text: str, *arguments: object) -> object:
    (found,) = lua.call(Script("a rule", text), "F", *arguments)
    return found


def test_results_errors_and_problems_are_those_of_this_process(process: ScriptProcess) -> None:
    text = "local m = require('m') function F(o) return {o.a .. m.b, kube and 1, {}} end"
    for script in (Script("s", text, {"m": "return {b = 'ü'}"}), Script("s", "\nfunction F(o) return o.a.b.c end")):
        results = []
        for _ in range(2):
            try:
                results.append(lua.call(script, "F", {"a": "x"}))
            except RuleError as error:
                results.append(error.message)
        with lua.using(lua.InThisProcess()):
            try:
                results.append(lua.call(script, "F", {"a": "x"}))
            except RuleError as error:
                results.append(error.message)
        assert results[0] == results[1] == results[2]
    assert lua.syntax_problem("x = = 1") == lua.SyntaxProblem(1, "unexpected symbol near '='")
    assert lua.syntax_problem("x = 1") is None


def test_modules_of_the_current_folder_are_not_run(
    process: ScriptProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a repository of a stranger, which is only validated."""
    for name in ("importlib", "json", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    assert answer("function F() return 7 end") == 7
    assert not (tmp_path / "ran").exists()


def test_a_script_that_does_not_end_is_stopped_named_and_not_tried_again(process: ScriptProcess) -> None:
    with pytest.raises(RuleError, match=r"^a rule: F: stopped: it did not end within 5 seconds of processor time"):
        answer(ENDLESS)
    assert process.pid is None
    with pytest.raises(RuleError, match="did not end"):
        answer(ENDLESS)
    assert process.pid is None  # It was not started for it.
    assert answer("function F() return 7 end") == 7


def test_memory_is_bounded(process: ScriptProcess) -> None:
    with pytest.raises(RuleError, match=r"not enough memory|million instructions"):
        answer("function F() local t = {} for i = 1, 1e9 do t[i] = {i} end return t end")
    with pytest.raises(RuleError, match="larger than 4 MiB"):
        answer("function F() local s = 'x' for i = 1, 23 do s = s .. s end return s end")
    with pytest.raises(RuleError) as caught:
        answer("function F() local s = 'x' for i = 1, 23 do s = s .. s end error(s) end")
    assert len(caught.value.message) < 2000


def test_a_process_that_was_killed_is_replaced_without_a_word(process: ScriptProcess) -> None:
    assert answer("function F() return 1 end") == 1
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert answer("function F() return 1 end") == 1
    assert process.pid not in (None, first)


def test_many_scripts_are_forgotten_in_time(process: ScriptProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_process, "_SCRIPTS", 2)
    assert [answer(f"function F() return {number} end") for number in (1, 2, 3, 1, 2, 3)] == [1, 2, 3, 1, 2, 3]


def test_scripts_that_were_stopped_are_forgotten_in_time(process: ScriptProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(script: Script, call: object) -> bytes:
        raise ScriptError("stopped")

    monkeypatch.setattr(process, "_answer_of", stopped)
    for number in range(2 * script_process._SCRIPTS):
        with pytest.raises(ScriptError):
            process.check(str(number))
    assert len(process._given_up) == script_process._SCRIPTS


def test_it_ends_with_the_block() -> None:
    with scripts_in_their_own_process():
        assert answer("function F() return 1 end") == 1
        runner = lua._runner
        assert isinstance(runner, ScriptProcess)
        assert runner.pid is not None
    assert runner.pid is None
    assert isinstance(lua._runner, lua.InThisProcess)
