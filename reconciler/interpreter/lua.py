"""Lua scripts, run where they can do no harm. Sole home of lupa.

The scripts come from whoever may commit to the repository. So they get the functions that Karmada gives them and no file,
network, process, debugger or bytecode; a fresh set of globals per call; a bounded number of instructions and bounded memory.
Both bounds are counts, so a script fails on every machine or on none. The Lua half of this is in `sandbox/`.

Lua 5.2 is taken for Karmada's "5.1 with goto" (gopher-lua): it has `goto`, refuses the operators of 5.3, loads text into an
environment of the caller's choice, and keeps to a memory bound. 5.1 has no `goto`, LuaJIT no memory bound. What it does
otherwise than gopher-lua (numbers as text, `string`, the order of tables) `sandbox/` does anew.

Nothing of Python's is reachable from a script: not as a value, and not as an error. One Lua state serves the process; each
call is one entry into it, under lupa's lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from lupa import lua52

from reconciler.errors import ReconcilerError
from reconciler.interpreter import kube_library
from reconciler.interpreter.lua_values import decode, encode
from reconciler.interpreter.rules import MalformedObjectError

BUDGET = 50_000_000
"""Instructions per call: about what Karmada's second allows. An endless loop takes half a second to be found."""
MEMORY = 96 << 20
"""Bytes, for everything in the Lua state."""
_MOST_CHUNKS = 512

_MARKED = re.compile(
    rb"""
      --\[(?P<comment>=*)\[.*?(?:\](?P=comment)\]|\Z) | --[^\n]*
    | \[(?P<text>=*)\[.*?(?:\](?P=text)\]|\Z)
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | [A-Za-z_]\w* | \.?\d(?:[eEpP][+-]|[\w.])*
    | \.\.\. | (?P<joined>\.\.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE = re.compile(r"^line:(\d+): ?")
_SANDBOX: Mapping[str, bytes] = {
    path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "sandbox").glob("*.lua"))
}
"""Read when this module is imported; at run time nothing is read."""


class RuleError(MalformedObjectError):
    """A rule gave no answer for an object: its script failed, did not end, or returned something else than it has to."""

    def __init__(self, message: str, *, remedy: str = "Correct the script, or what it does not expect in the object.") -> None:
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    line: int
    """In the script, counted from 1."""
    message: str


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    """As complaints name it."""
    text: str
    modules: Mapping[str, str] = field(default_factory=dict)
    """Texts that the script can `require`, by name."""


def call(
    script: Script,
    function: str,
    *arguments: Any,
    results: int = 1,
    references: Sequence[Any] = (),
    secret: bool = False,
    now: datetime | None = None,
) -> list[Any]:
    """What `function` of the script returns for these JSON values: its first `results` values as JSON, null for nil.

    A result that is an empty table is an empty list; empty tables within are what they are in the `references`
    (`lua_values.restore`). secret: the script's own words stay out of errors. now: what `os.time()` says; without it, asking
    for the present is an error. Raises RuleError, naming script and function.
    """
    try:
        return decode(_state().call(script, function, arguments, results, now), *references)
    except _ScriptError as problem:
        line = _LINE.match(problem.message)
        told = _LINE.sub("", problem.message) if not secret else "it failed (its words are withheld: they may quote the Secret)"
        where = f", line {line[1]}" if line else ""
        raise RuleError(f"{script.name}: {function}{where}: {told}") from None


def syntax_problem(text: str) -> SyntaxProblem | None:
    """Why a script cannot be loaded; None if it can."""
    try:
        _state().chunk(text)
    except _ScriptError as problem:
        line = _LINE.match(problem.message)
        return SyntaxProblem(int(line[1]) if line else 1, _LINE.sub("", problem.message))
    return None


class _ScriptError(Exception):
    def __init__(self, message: bytes | str) -> None:
        super().__init__()
        self.message = message.decode(errors="replace") if isinstance(message, bytes) else message


class _State:
    """One Lua state and the scripts compiled in it."""

    def __init__(self) -> None:
        self.lua = lua52.LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_no_attribute,
            max_memory=MEMORY,
        )
        load = self.lua.eval(b'function(text, name) return assert(load(text, "=" .. name, "t")) end')
        parts = {name: load(text, name.encode())() for name, text in _SANDBOX.items() if name != "run"}
        host = self.lua.table_from({name.encode(): self._guarded(function) for name, function in _HOST.items()})
        by_name = self.lua.table_from({name.encode(): part for name, part in parts.items()})
        self._compile, self._run = load(_SANDBOX["run"], b"run")(host, by_name, BUDGET)
        self._chunks: dict[str, Any] = {}

    def call(self, script: Script, function: str, arguments: tuple[Any, ...], results: int, now: datetime | None) -> bytes:
        try:
            chunk = self.chunk(script.text)
            modules = self.lua.table_from({name.encode(): self.chunk(text) for name, text in script.modules.items()})
            values = [self._value(argument) for argument in arguments]
            moment = None if now is None else int(now.timestamp())
            ok, answer = self._run(chunk, modules, moment, results, function.encode(), *values)
        except lua52.LuaError as error:  # Memory ran out before or after the part that Lua guards.
            _state.cache_clear()
            raise _ScriptError(str(error)) from None
        if not ok:
            if answer == b"not enough memory":
                _state.cache_clear()
            raise _ScriptError(answer)
        return bytes(answer)

    def chunk(self, text: str) -> Any:
        """The compiled script. Raises _ScriptError."""
        found = self._chunks.get(text)
        if found is None:
            compiled = self._compile(_with_marks(text.encode(errors="replace")))
            found, problem = compiled if isinstance(compiled, tuple) else (compiled, None)
            if found is None:
                raise _ScriptError(problem)
            if len(self._chunks) >= _MOST_CHUNKS:
                self._chunks.clear()
            self._chunks[text] = found
        return found

    def _value(self, value: Any) -> Any:
        return encode(value, self.lua.table_from)

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., tuple[bool, Any]]:
        """Answers (True, value) or (False, message): an exception that travelled through Lua could be caught there."""

        def answer(*arguments: Any) -> tuple[bool, Any]:
            try:
                return True, self._value(function(*arguments))
            except ReconcilerError as error:
                return False, error.message.encode()

        return answer


@cache
def _state() -> _State:
    return _State()


def _changed(change: Callable[[str], str], text: bytes) -> str:
    """Upper or lower case letter by letter, as Go does: one letter stays one letter."""
    return "".join(changed if len(changed := change(sign)) == 1 else sign for sign in text.decode(errors="replace"))


_HOST: Mapping[str, Callable[..., Any]] = {
    **kube_library.FUNCTIONS,
    "lower": partial(_changed, str.lower),
    "upper": partial(_changed, str.upper),
}


def _no_attribute(owner: object, name: object, setting: bool) -> object:
    raise AttributeError("scripts see no attributes")


def _with_marks(text: bytes) -> bytes:
    """The script with each operator `..` marked; see `sandbox/joining.lua`."""
    return _MARKED.sub(lambda match: b".._concat_.." if match["joined"] else match[0], text)
