"""Runs what a documentation page shows: each page in a folder of its own, its blocks in order.

| Block | What happens |
|---|---|
| ```` ```console ```` | each line after `$ ` is a command; the lines below it are its output |
| ```` ```yaml ```` whose first line is `# path/to/file.yaml` | the file is written |
| ```` ```sh ```` | not run: commands that need what a test has not; `tests/e2e/test_docs.py` lists them with the reason |

In the output, a `…` is any text within a line, and a line `…` is any number of lines; spaces between words do not count. A
command whose output is not shown may print anything. It must succeed, unless the next command is `$ echo $?`, which shows its
exit code. A backslash at the end of a line continues the command; `<<EOF` at its end begins a text up to a line `EOF`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import Ran, clean_environment, run_here

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w./-]+\.yaml)$")
PLAIN = re.compile(r"reconciler [^|><&;$*]*")
"""A command that needs no shell."""


@dataclass(frozen=True)
class Command:
    """One command of a page, with the lines of output that the page shows."""

    line: int
    text: str
    output: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """A file that the page asks the reader to write."""

    path: str
    content: str


def steps(page: str) -> Iterator[Command | File]:
    """What the blocks of a page do, in order."""
    for match in BLOCK.finditer(page):
        language, body = match.groups()
        first = body.split("\n", 1)[0]
        if language == "console":
            yield from _commands(body, page.count("\n", 0, match.start()) + 2)
        elif language == "yaml" and (named := FILE.match(first)):
            yield File(named[1], body)


def commands_not_run(page: str) -> Iterator[str]:
    """The lines of `sh` blocks that are commands."""
    for language, body in BLOCK.findall(page):
        if language == "sh":
            lines = body.replace("\\\n", " ").splitlines()
            yield from (" ".join(line.split()) for line in lines if line and not line.startswith((" ", "#")))


def _commands(body: str, line: int) -> Iterator[Command]:
    text, output, start, end = "", [], 0, ""
    for number, row in enumerate(body.splitlines(), start=line):
        if end:
            text += f"\n{row}"
            end = "" if row == end else end
        elif text.endswith("\\"):
            text = f"{text[:-1]} {row.strip()}"
        elif row.startswith("$ "):
            if text:
                yield Command(start, text, tuple(output))
            text, output, start = row[2:], [], number
        else:
            output.append(row)
        if not end and not output and (opened := re.search(r"<<'?(\w+)'?$", text.split("\n", 1)[0])) and "\n" not in text:
            end = opened[1]
    yield Command(start, text, tuple(output))


def play(page: Path, folder: Path) -> None:
    """Runs a page in an empty folder, which is the current one afterwards. Raises AssertionError where it is not as shown."""
    os.chdir(folder)
    last = Ran(0, "", "")
    todo = list(steps(page.read_text()))
    for step, following in zip(todo, [*todo[1:], None], strict=True):
        if isinstance(step, File):
            path = Path(step.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.content)
            continue
        place = f"{page.name}:{step.line}: {step.text}"
        last = Ran(0, f"{last.code}\n", "") if step.text == "echo $?" else run(step.text)
        told = f"{place}\n{last.out}{last.err}"
        shows_code = isinstance(following, Command) and following.text == "echo $?"
        assert shows_code or last.code == 0, f"exit code {last.code}: {told}"
        assert not step.output or is_like(step.output, last), f"the output differs: {told}"


def run(command: str) -> Ran:
    """One command in the current folder: ours in this process where it needs no shell."""
    if command.startswith("cd ") and "&&" not in command:
        os.chdir(command[3:])
        return Ran(0, "", "")
    if PLAIN.fullmatch(command.partition(" #")[0]):
        return run_here(*shlex.split(command, comments=True)[1:])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell = ["bash", "-c", command]
    done = subprocess.run(shell, env=clean_environment(PATH=path), capture_output=True, check=False, text=True, timeout=60)
    return Ran(done.returncode, done.stdout, done.stderr)


def is_like(shown: tuple[str, ...], ran: Ran) -> bool:
    """Whether a command printed the lines that the page shows: on stdout, or on both streams."""
    pattern = re.compile("".join(map(_pattern, shown)))
    return any(pattern.fullmatch(_normal(text)) for text in (ran.out, ran.out + ran.err, ran.err + ran.out))


def _normal(printed: str) -> str:
    return "".join(f"{' '.join(line.split())}\n" for line in printed.splitlines())


def _pattern(line: str) -> str:
    words = " ".join(line.split())
    return "(?:.*\n)*" if words == "…" else ".*".join(map(re.escape, words.split("…"))) + "\n"
