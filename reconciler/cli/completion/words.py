"""What may stand at a place of the command line: verbs, names of options, or values of an option or argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Command = Mapping[str, Any]
"""`help`; `options`: {names, value, help}, a flag has no value; `arguments`: {value, many}; `verbs`: name → command."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may stand there."""

    value: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The words before the one that is completed."""

    command: Command
    words: tuple[str, ...] = ()
    """Arguments, without options."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The longest name of each option → its values."""
    open_option: Mapping[str, Any] | None = None
    """The option whose value is completed."""

    def value(self, name: str) -> str:
        """The last value of an option; empty where it is not there."""
        return self.options.get(name, ("",))[-1]


Values = Callable[[str, Line, str], Iterable[Candidate]]
"""The values of a kind, given the line and what was typed of the value."""


def read_line(root: Command, words: Sequence[str]) -> Line:
    """words: without the name of the program, and without the last one."""
    command, positional, options = root, list[str](), dict[str, list[str]]()
    waiting: Mapping[str, Any] | None = None
    for word in words:
        if waiting is not None:
            if word == "=":  # bash makes a word of it.
                continue
            options.setdefault(_name(waiting), []).append(word)
            waiting = None
        elif word.startswith("-") and len(word) > 1:
            name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
            option = next((one for one in command.get("options", ()) if name in one["names"]), None)
            if option is None or not option["value"]:
                continue
            if equals:
                options.setdefault(_name(option), []).append(value)
            else:
                waiting = option
        elif word in command.get("verbs", {}):
            command = command["verbs"][word]
        else:
            positional.append(word)
    return Line(command, tuple(positional), {name: tuple(values) for name, values in options.items()}, waiting)


def candidates(root: Command, words: Sequence[str], incomplete: str, values: Values) -> list[Candidate]:
    """What may stand in place of an incomplete word; empty where the shell should offer files."""
    line = read_line(root, words)
    if line.open_option is not None:
        begun = incomplete.removeprefix("=")
        return _matching(_values(line.open_option["value"], line, begun, values), begun)
    if incomplete.startswith("--") and "=" in incomplete:
        name, _, begun = incomplete.partition("=")
        option = next((one for one in line.command.get("options", ()) if name in one["names"]), None)
        found = _matching(_values(option["value"], line, begun, values), begun) if option is not None else []
        return [Candidate(f"{name}={one.value}", one.help) for one in found]
    if incomplete.startswith("-"):
        named = [Candidate(name, one["help"]) for one in line.command.get("options", ()) for name in one["names"]]
        return _matching(named, incomplete)
    if verbs := line.command.get("verbs"):
        if line.words:  # A verb that does not exist.
            return []
        return _matching((Candidate(name, one["help"]) for name, one in verbs.items()), incomplete)
    arguments = line.command.get("arguments", [])
    place = len(line.words)
    if place < len(arguments):
        argument = arguments[place]
    elif arguments and arguments[-1]["many"]:
        argument = arguments[-1]
    else:
        return []
    return _matching(_values(argument["value"], line, incomplete, values), incomplete)


def _name(option: Mapping[str, Any]) -> str:
    names: list[str] = option["names"]
    return max(names, key=len)


def _values(kind: str, line: Line, incomplete: str, values: Values) -> Iterable[Candidate]:
    if kind.startswith("one of "):
        return [Candidate(word) for word in kind.removeprefix("one of ").split("|")]
    return values(kind, line, incomplete)


def _matching(found: Iterable[Candidate], incomplete: str) -> list[Candidate]:
    return [one for one in found if one.value.startswith(incomplete)]
