"""The house rules that a program can check: sizes, door plates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconciler"

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50

MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in MODULES if path.name == "__init__.py" and path.parent != PACKAGE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions(source: str) -> Iterator[tuple[str, int]]:
    """(name, lines) of every function above the limit. Decorators do not count; the docstring and comments do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield node.name, lines


def plate(docstring: str) -> list[str]:
    """The names in the first column of the table, in the order of the rows. A name may be a pattern (`check_*.py`)."""
    rows = [line.strip() for line in docstring.splitlines() if line.strip().startswith("|")]
    first_columns = [row.split("|")[1] for row in rows]
    return [name for column in first_columns for name in re.findall(r"`([^`]+)`", column)]


def files_of(room: Path) -> list[str]:
    """What a door plate has to name: modules, data files, and folders (with a slash at the end)."""
    entries = [entry for entry in room.iterdir() if entry.name not in ("__init__.py", "__pycache__")]
    return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries)


def files_below(room: Path) -> list[str]:
    """What a door plate may name in a further table: files of its folders that are no packages, such as Lua scripts."""
    folders = [entry for entry in room.iterdir() if entry.is_dir() and not (entry / "__init__.py").exists()]
    return sorted(path.name for folder in folders if folder.name != "__pycache__" for path in folder.rglob("*") if path.is_file())


def test_there_are_rooms_to_check() -> None:
    assert len(MODULES) > 200
    assert len(ROOMS) > 20


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_and_its_functions_are_short(module: Path) -> None:
    source = module.read_text()
    assert len(source.splitlines()) <= LONGEST_MODULE, f"{name_of(module)}: look for the second noun in it"
    assert list(long_functions(source)) == [], f"{name_of(module)}: divide the function"


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_door_plate_names_every_file_and_nothing_else(room: Path) -> None:
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    files = files_of(room)
    names = plate(docstring)
    assert [name for name in files if not any(fnmatch(name, pattern) for pattern in names)] == [], "files without a row"
    known = [*files, *files_below(room)]
    assert [name for name in names if not any(fnmatch(file, name) for file in known)] == [], "rows without a file"
    assert len(names) == len(set(names))


def test_the_map_names_every_room() -> None:
    docstring = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text())) or ""
    rows = re.findall(r"^    ([a-z]+)  +\S", docstring, re.MULTILINE)
    rooms = [room.name for room in ROOMS if room.parent == PACKAGE]
    modules = [path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")]
    assert sorted(rows) == sorted(rooms + modules)


def test_a_long_function_would_be_reported() -> None:
    body = "\n".join("    x = 1" for _ in range(LONGEST_FUNCTION))
    assert list(long_functions(f"def f():\n{body}\n")) == [("f", LONGEST_FUNCTION + 1)]


def test_a_plate_is_read_from_the_first_column() -> None:
    assert plate("Title.\n\n| File | What |\n|---|---|\n| `a.py`, `b.py` | uses `c.py` |\n| `d/` | more |\n") == [
        "a.py",
        "b.py",
        "d/",
    ]


def imported_by(module: Path) -> Iterator[str]:
    """Modules of the package that it imports, late ones too, but not those that only type checkers import."""
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reconciler"):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_two_modules_import_each_other() -> None:
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    graph = {name: set(imported_by(path)) & names.keys() - {name} for name, path in names.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, with the circle
