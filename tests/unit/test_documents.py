"""Documents keep up with the repository: the paths that they name exist, and the drawing shows the contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.draw_rooms import DRAWING, drawing, read_contracts

ROOT = Path(__file__).parents[2]

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")),
    "charts/reconciler/README.md",
    "requirements/README.md",
    "tests/README.md",
    "tests/cases/README.md",
)

TOPS = ("reconciler", "charts", "tests", "docs", "schemas", "example-repo", "benchmarks", "requirements", ".github", ".ci")
BRANCHES = (
    "reconciler/status",
    "reconciler/members",
    "reconciler/leader",
    "reconciler/failover",
    "reconciler/seen",
    "reconciler/revert",
    "reconciler/inventory",
)
"""Branches of a config repository, whose names look like paths."""
PLACEHOLDER = re.compile(r"[<>*{}$]")
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#]+)")


def rooms() -> set[str]:
    return {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}


def paths_in(text: str) -> Iterator[str]:
    """Paths from the top of the repository: in backticks or in a command. `plan/retain.py` is a path in the package."""
    inside = rooms()
    for span in SPAN.findall(text):
        for word in span.split():
            path = word.rstrip(".,;:")
            top = path.split("/")[0]
            if "/" not in path or PLACEHOLDER.search(path) or path.startswith(BRANCHES):
                continue
            if top in TOPS:
                yield path
            elif top in inside and path.endswith((".py", "/")):
                yield f"reconciler/{path}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    named = sorted(set(paths_in(text)))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document: str) -> None:
    here = (ROOT / document).parent
    targets = LINK.findall((ROOT / document).read_text())
    assert [target for target in targets if not (here / target).exists()] == []


def test_every_module_of_a_table_row_would_be_noticed() -> None:
    text = "`plan/nobody.py` and `tests/nowhere/` but neither `<room>/x.py` nor `bindings/x` nor `reconciler.dev/id`"
    assert list(paths_in(text)) == ["reconciler/plan/nobody.py", "tests/nowhere/"]


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^    |^)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE)
    }
    assert {"test", "lint", "audit"} <= named
    assert named <= targets


def test_every_document_is_linked_from_the_readme_or_the_index() -> None:
    """A page that nobody links to is a page that nobody reads."""
    linked = set()
    for document in ("README.md", "CONTRIBUTING.md", "docs/README.md"):
        here = (ROOT / document).parent
        linked |= {(here / target).resolve() for target in LINK.findall((ROOT / document).read_text())}
    pages = [
        *ROOT.glob("docs/**/*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        ROOT / "tests/README.md",
        ROOT / "CHANGELOG.md",
    ]
    assert [page.relative_to(ROOT).as_posix() for page in pages if page.resolve() not in linked] == []


def test_the_index_has_one_line_for_each_page() -> None:
    index = ROOT / "docs/README.md"
    listed = [target for target in LINK.findall(index.read_text()) if not target.startswith("../")]
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in ROOT.glob("docs/**/*.md") if page != index]
    assert sorted(listed) == sorted(pages)


ANCHOR = re.compile(r"\]\(([^)#\s:]*)#([^)]+)\)")


def slug(heading: str) -> str:
    """The anchor that forges make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_anchor_is_a_heading(document: str) -> None:
    page = ROOT / document
    wrong = []
    for target, anchor in ANCHOR.findall(page.read_text()):
        text = (page.parent / target).read_text() if target else page.read_text()
        if anchor not in map(slug, re.findall(r"^#+ (.+)$", text, re.MULTILINE)):
            wrong.append(f"{target}#{anchor}")
    assert wrong == []


def test_the_drawing_shows_the_contracts() -> None:
    assert DRAWING.read_text() == drawing(), "run `make docs`"


def test_the_drawing_names_every_room_once() -> None:
    drawn = re.findall(r'class="room"[^>]*>([a-z]+)<', drawing())
    assert sorted(drawn) == sorted(rooms() | {"errors"})


def test_the_architecture_page_describes_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    assert sorted(re.findall(r"^\| `([a-z]+)/` \|", text, re.MULTILINE)) == sorted(rooms())


def test_contracts_are_read_with_their_core_and_homes() -> None:
    read = read_contracts((ROOT / "pyproject.toml").read_text())
    assert read.layers[-1] == ("errors",)
    assert {"model", "load", "plan"} <= read.core
    assert not {"repo", "cluster", "cli"} & read.core
    assert read.libraries["repo"] == ("cryptography", "git", "jwt")


def test_the_glossary_is_in_alphabetical_order_and_names_a_home_for_each_word() -> None:
    table = (ROOT / "docs/glossary.md").read_text().partition("## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and not line.startswith("| Term")]
    terms = [row[0].removeprefix("| ").lower() for row in rows]
    assert len(terms) > 50
    assert terms == sorted(set(terms))
    assert [row[0] for row in rows if not list(paths_in(row[3]))] == []
