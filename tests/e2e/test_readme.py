"""What the documentation says about the program is what the program says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest
import typer

from reconciler.cli import exitcodes
from reconciler.cli.main import COMMANDS, app
from tests.support.doc_pages import Command, commands_not_run, steps
from tests.support.program import PROJECT, run_here

DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "example-repo/README.md",
    *sorted(
        page.relative_to(PROJECT).as_posix() for page in PROJECT.glob("docs/**/*.md") if "docs/reference/" not in page.as_posix()
    ),
)
"""The generated reference shows each command with a placeholder for its options."""


def command_lines() -> list[tuple[str, str]]:
    """(document, line) of every command that is shown: in a code block or between backticks."""
    found = []
    for document in DOCUMENTS:
        text = (PROJECT / document).read_text()
        indented = [line.strip() for line in text.splitlines() if line.startswith("    ")]
        blocks = [*indented, *commands_not_run(text), *(step.text for step in steps(text) if isinstance(step, Command))]
        spans = re.findall(r"`([^`\n]+)`", text)
        for shown in (*blocks, *spans):
            for part in re.split(r"&&|\|\|?|[;>]", re.split(r"\s+#", shown)[0]):
                words = part.strip()
                begins_with_option = words.startswith("reconciler --")  # `--version`
                is_command = words.startswith("reconciler ") and not begins_with_option
                if is_command or (words.split(" ")[0] in COMMANDS and " --" in words):
                    found.append((document, words.removeprefix("reconciler ")))
    return found


def options_of(command: str, *words: str) -> dict[str, Any]:
    """words: that follow it; the first one may be a verb of its own."""
    group = typer.main.get_command(app)
    verb = group.get_command(None, command)  # type: ignore[attr-defined]
    if hasattr(verb, "commands"):
        if not words:
            return {}
        assert words[0] in verb.commands, f"{command} has no {words[0]}"
        verb = verb.commands[words[0]]
    return {option: parameter for parameter in verb.params for option in (*parameter.opts, *parameter.secondary_opts)}


def every_command() -> list[tuple[str, ...]]:
    """With the verbs of those that have some."""
    group = typer.main.get_command(app)
    found: list[tuple[str, ...]] = []
    for command in COMMANDS:
        verb = group.get_command(None, command)  # type: ignore[attr-defined]
        found += [(command, one) for one in verb.commands] if hasattr(verb, "commands") else [(command,)]
    return found


def test_the_documentation_shows_commands() -> None:
    assert len(command_lines()) > 15


@pytest.mark.parametrize(("document", "line"), sorted(set(command_lines())))
def test_a_shown_command_exists_with_its_options(document: str, line: str) -> None:
    command, *words = shlex.split(line.partition(" -- ")[0])  # After it comes what a container runs.
    assert command in COMMANDS, f"{document} shows `{line}`"
    known = options_of(command, *words)
    assert [word for word in words if word.startswith("-") and not is_known(word, known)] == []


def is_known(word: str, options: Container[str]) -> bool:
    """`-it` is `-i -t`."""
    return word.partition("=")[0] in options or (word[1] != "-" and all(f"-{letter}" in options for letter in word[1:]))


def test_every_command_that_prints_a_document_has_its_section() -> None:
    sections = re.findall(r"^## (.+)$", (PROJECT / "docs/output.md").read_text(), re.MULTILINE)
    with_output = [" ".join(words) for words in every_command() if "-o" in options_of(*words)]
    assert sorted(set(sections) - {"Exit codes", "The status branch"}) == sorted(with_output)


def test_the_help_and_the_documentation_name_the_same_commands() -> None:
    listed = run_here("--help").out
    documents = "".join((PROJECT / document).read_text() for document in DOCUMENTS)
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", listed, re.MULTILINE)
        assert re.search(rf"(?:`|reconciler |make |^## ){command}\b", documents, re.MULTILINE), f"no document names {command}"


def test_linked_files_exist() -> None:
    for document in DOCUMENTS:
        here = (PROJECT / document).parent
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", (PROJECT / document).read_text()):
            assert (here / target).resolve().exists(), f"{document} links to {target}"


def test_exit_codes_are_told_alike() -> None:
    readme = " ".join((PROJECT / "README.md").read_text().split())
    told = " ".join(run_here("--help").out.split())
    for meaning in ("0 done, nothing to report", "1 done, and the answer is no", "2 wrong usage", "3 could not do it"):
        assert meaning in readme
        assert meaning in told
    table = [line for line in (exitcodes.__doc__ or "").splitlines() if line.startswith("|")]
    assert "\n".join(table) in (PROJECT / "docs/output.md").read_text()


def test_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test", "lint", "bench"} <= set(targets)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", (PROJECT / "README.md").read_text(), re.MULTILINE)) <= set(targets)
    assert Path(PROJECT / ".ci/run").is_file()
