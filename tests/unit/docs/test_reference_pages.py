"""The generated pages are those of this program, and they are complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docs.reference_pages import CONFIGURATION, commands_page, configuration_page, pages
from reconciler.cli.main import COMMANDS
from reconciler.cli.options import DEFAULT_CACHE
from reconciler.documents.reader import read_one
from reconciler.load.parse_settings import parse_settings
from reconciler.model.settings import Settings

PAGES = pages()


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: path.name)
def test_a_page_is_up_to_date(path: Path) -> None:
    assert path.is_file()
    assert path.read_text() == PAGES[path], "run `make docs`"


def test_every_command_has_a_section_and_an_example() -> None:
    sections = commands_page().split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == list(COMMANDS)
    assert [section.split("\n")[0] for section in sections if section.count("\n    reconciler ") < 2] == []


def test_no_page_shows_a_path_of_this_machine() -> None:
    assert [path.name for path, text in PAGES.items() if str(DEFAULT_CACHE) in text] == []


def test_every_field_of_the_configuration_has_a_row() -> None:
    spec = json.loads(CONFIGURATION.read_text())["properties"]["spec"]["properties"]
    page = configuration_page()
    assert [name for name in (*spec, "pruneGuard.maxShare", "kinds[].scope") if f"| `spec.{name}` |" not in page] == []


def test_the_defaults_that_the_page_shows_are_the_defaults() -> None:
    block = configuration_page().split("\n\n    ", 1)[1].split("\n\n")[0]
    shown = read_one("\n".join(line.removeprefix("    ") for line in block.splitlines()))
    assert parse_settings(shown) == Settings()
