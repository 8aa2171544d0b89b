"""Answers what a shell asks while a command line is typed: the scripts of typer for bash, zsh and fish, and kubectl.

What each of them says and expects is the protocol of typer's scripts (`reconciler --show-completion`), and for kubectl that of
cobra (https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files

from reconciler.cli.completion.values import KnownNames
from reconciler.cli.completion.words import Candidate, candidates

ASKED_BY = "_RECONCILER_COMPLETE"
"""The variable in which a script says what it wants."""
_DEFAULT, _NO_SPACE, _NO_FILES = 0, 2, 4
"""cobra's directives."""


def answer(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """What to print, and the exit code."""
    shell = environment[ASKED_BY]
    if shell == "complete_bash":
        words = _split(environment.get("COMP_WORDS", ""))
        place = int(environment.get("COMP_CWORD", "0"))
        found = _complete(words[1:place], words[place] if place < len(words) else "", environment)
        return "\n".join(one.value for one in found), 0
    typed = environment.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(typed)[1:]
    last = words.pop() if words and not typed.endswith(" ") else ""
    found = _complete(words, last, environment)
    if shell == "complete_zsh":
        return _for_zsh(found), 0
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "", 0 if found else 1
    return "\n".join(_with_help(one) for one in found), 0


def answer_kubectl(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """words: what stands behind `kubectl reconciler`; the last one is incomplete, and may be empty."""
    found = _complete(words[:-1], words[-1] if words else "", environment)
    directive = _NO_FILES if found else _DEFAULT
    if found and all(one.value.endswith((":", "=")) for one in found):
        directive |= _NO_SPACE
    return "\n".join([*map(_with_help, found), f":{directive}"])


def kubectl_main() -> None:
    """The program `kubectl_complete-reconciler`."""
    sys.stdout.write(f"{answer_kubectl(sys.argv[1:])}\n")


def _complete(words: Sequence[str], incomplete: str, environment: Mapping[str, str]) -> list[Candidate]:
    table = json.loads(files(__package__).joinpath("table.json").read_bytes())
    return candidates(table, words, incomplete, KnownNames(environment).values)


def _split(text: str) -> list[str]:
    """The words of a command line; the last one may have a quote that is still open."""
    reader = shlex.shlex(text, posix=True)
    reader.whitespace_split, reader.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(reader)
    except ValueError:
        words.append(reader.token)
    return words


def _with_help(one: Candidate) -> str:
    return f"{one.value}\t{one.help}" if one.help else one.value


def _for_zsh(found: Sequence[Candidate]) -> str:
    """Evaluated by zsh: the words are harmless (`values.py`), and of the help texts only plain characters stay."""
    if not found:
        return "_files"
    shown = [(one.value.replace(":", r"\\:"), re.sub(r"[^A-Za-z0-9 .,/=-]", "", one.help)) for one in found]
    words = "\n".join(f'"{value}":"{text}"' if text else f'"{value}"' for value, text in shown)
    return f"_arguments '*: :(({words}))'"
