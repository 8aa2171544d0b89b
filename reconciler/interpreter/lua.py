"""Runs Lua scripts in a sandbox. The only module that imports lupa.

Everyone who can commit to the repository can write scripts. So a script gets the functions that Karmada provides, but no file,
network, process, debugger or bytecode. Each call has new globals, a limited number of instructions and limited memory. Both
limits are counts, so a script fails on all machines or on none. An instruction that takes long by itself (comparing two texts of
16 MiB) is beyond such a count. Therefore the program runs the scripts of a repository in a process that the kernel ends after a
few seconds of processor time (`pipeline/process/script_process.py`, installed by `using`). Its own scripts run here.
The Lua part of the sandbox is in `sandbox/`.

Karmada runs gopher-lua, "Lua 5.1 with goto". Here it is Lua 5.2: it has `goto`, refuses the operators of 5.3, loads text into an
environment that the caller chooses, and supports a memory limit. (5.1 has no `goto`, LuaJIT has no memory limit.) Where Lua 5.2
differs from gopher-lua (numbers as text, `string`, the order of tables), `sandbox/` replaces its functions.

A script cannot reach Python objects, neither as values nor as errors. The process has one Lua state; each call is one entry
into it, under lupa's lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

from lupa import lua52

from reconciler.errors import ReconcilerError
from reconciler.interpreter import kube_library
from reconciler.interpreter.lua_values import decode, encode
from reconciler.interpreter.rules import MalformedObjectError

BUDGET = 50_000_000
"""Instructions per call: about as many as Karmada's limit of one second allows. An endless loop fails after half a second."""
MEMORY = 96 << 20
"""Bytes, for the whole Lua state."""
_LONGEST_MESSAGE = 1000
"""Characters of an error that a script raises."""
_CHUNK_LIMIT = 512
"""Compiled scripts in the cache."""

_TOKENS = re.compile(
    rb"""
      --\[(?P<comment>=*)\[.*?(?:\](?P=comment)\]|\Z) | --[^\r\n]*
    | \[(?P<text>=*)\[.*?(?:\](?P=text)\]|\Z)
    | "(?:\\.|[^"\\\n])*+"? | '(?:\\.|[^'\\\n])*+'?
    | [A-Za-z_]\w* | \.?\d(?:[eEpP][+-]|[\w.])*
    | \.\.\. | (?P<concat>\.\.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""A text without its end is one token, too: searched again from each of its quotes, it would take quadratic time."""
_LINE = re.compile(r"^line:(\d+): ?")
_SANDBOX: Mapping[str, bytes] = {
    path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "sandbox").glob("*.lua"))
}
"""Read when this module is imported; nothing is read later."""


class RuleError(MalformedObjectError):
    """A rule has no result for an object: its script failed, did not end, or returned a wrong type."""

    def __init__(self, message: str, *, remedy: str = "Correct the script, or the object that it cannot process.") -> None:
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a script cannot be loaded."""

    line: int
    """1-based line of the script."""
    message: str


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and its modules."""

    name: str
    """For messages."""
    text: str
    modules: Mapping[str, str] = field(default_factory=dict)
    """Name → text of each module that the script can `require`."""
    trusted: bool = False
    """Whether it is part of this program, so that it is known to end."""


def call(
    script: Script,
    function: str,
    *arguments: Any,
    results: int = 1,
    references: Sequence[Any] = (),
    secret: bool = False,
    now: datetime | None = None,
) -> list[Any]:
    """Calls `function` of the script with JSON values. Returns its first `results` values as JSON, null for nil.

    A result that is an empty table becomes an empty list; empty tables below it become what they are in `references`
    (`lua_values.restore`). secret: errors do not contain messages of the script. now: the result of `os.time()`; without it,
    a script that asks for the time fails. Raises RuleError, which names script and function.
    """
    seconds = None if now is None else int(now.timestamp())
    try:
        runner = _HERE if script.trusted else _runner
        return decode(runner.run(script, function, arguments, results, seconds), *references)
    except ScriptError as problem:
        line = _LINE.match(problem.message)
        message = (
            "it failed (its message is hidden, because it may quote the Secret)" if secret else _LINE.sub("", problem.message)
        )
        position = f", line {line[1]}" if line else ""
        raise RuleError(f"{script.name}: {function}{position}: {message}") from None


def syntax_problem(text: str) -> SyntaxProblem | None:
    """Why a script cannot be loaded; None if it can."""
    try:
        _runner.check(text)
    except ScriptError as problem:
        line = _LINE.match(problem.message)
        return SyntaxProblem(int(line[1]) if line else 1, _LINE.sub("", problem.message))
    return None


class ScriptError(Exception):
    """Why a script has no result. It begins with `line:N: ` where a line of the script is known."""

    def __init__(self, message: bytes | str) -> None:
        super().__init__()
        text = message.decode(errors="replace") if isinstance(message, bytes) else message
        self.message = text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


class Runner(Protocol):
    """Runs scripts, in this process or in another one. The methods raise ScriptError."""

    def run(self, script: Script, function: str, arguments: Sequence[Any], results: int, seconds: int | None) -> bytes:
        """The results as a JSON list. arguments: JSON values. seconds: the present, since 1970-01-01 in UTC."""
        ...

    def check(self, text: str) -> None:
        """Loads a script without running it."""
        ...


class InThisProcess:
    """The runner of a process that trusts its scripts to end."""

    def run(self, script: Script, function: str, arguments: Sequence[Any], results: int, seconds: int | None) -> bytes:
        return _state().call(script, function, arguments, results, seconds)

    def check(self, text: str) -> None:
        _state().chunk(text)


_HERE = InThisProcess()
_runner: Runner = _HERE


@contextmanager
def using(runner: Runner) -> Iterator[None]:
    """Scripts of this process are run by `runner`. It changes where they run, not what they return."""
    global _runner  # noqa: PLW0603 -- one per process, as its Lua state
    before, _runner = _runner, runner
    try:
        yield
    finally:
        _runner = before


class _State:
    """One Lua state and its compiled scripts."""

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

    def call(self, script: Script, function: str, arguments: Sequence[Any], results: int, seconds: int | None) -> bytes:
        try:
            chunk = self.chunk(script.text)
            modules = self.lua.table_from({name.encode(): self.chunk(text) for name, text in script.modules.items()})
            values = [self._value(argument) for argument in arguments]
            ok, result = self._run(chunk, modules, seconds, results, function.encode(), *values)
        except lua52.LuaError as error:  # Memory ran out before or after the protected call in Lua.
            _state.cache_clear()
            raise ScriptError(str(error)) from None
        if not ok:
            if result == b"not enough memory":
                _state.cache_clear()
            raise ScriptError(result)
        return bytes(result)

    def chunk(self, text: str) -> Any:
        """The compiled script. Raises ScriptError."""
        chunk = self._chunks.get(text)
        if chunk is None:
            result = self._compile(_with_marks(text.encode(errors="replace")))
            chunk, problem = result if isinstance(result, tuple) else (result, None)
            if chunk is None:
                raise ScriptError(problem)
            if len(self._chunks) >= _CHUNK_LIMIT:
                self._chunks.clear()
            self._chunks[text] = chunk
        return chunk

    def _value(self, value: Any) -> Any:
        return encode(value, self.lua.table_from)

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., tuple[bool, Any]]:
        """A function that returns (True, value) or (False, message). A script could catch an exception that passes through
        Lua."""

        def call_guarded(*arguments: Any) -> tuple[bool, Any]:
            try:
                return True, self._value(function(*arguments))
            except ReconcilerError as error:
                return False, error.message.encode()

        return call_guarded


@cache
def _state() -> _State:
    return _State()


def _change_case(change: Callable[[str], str], text: bytes) -> str:
    """Changes the case of each letter as Go does: one letter stays one letter."""
    return "".join(changed if len(changed := change(letter)) == 1 else letter for letter in text.decode(errors="replace"))


_HOST: Mapping[str, Callable[..., Any]] = {
    **kube_library.FUNCTIONS,
    "lower": partial(_change_case, str.lower),
    "upper": partial(_change_case, str.upper),
}


def _no_attribute(owner: object, name: object, setting: bool) -> object:
    raise AttributeError("scripts have no access to attributes")


def _with_marks(text: bytes) -> bytes:
    """The script with a mark in each operator `..`; see `sandbox/concat.lua`."""
    return _TOKENS.sub(lambda match: b".._concat_.." if match["concat"] else match[0], text)
