"""docs/reasons.py names every reason word that the program can report, with its severity, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.reasons import GROUPS, REASONS
from tests.support.reason_words import Found, find_reasons


@pytest.fixture(scope="module")
def found() -> Found:
    return find_reasons()


def test_every_reason_in_the_source_is_a_word(found: Found) -> None:
    assert found.unresolved == [], "the scan cannot tell which words these are"


def test_the_table_names_the_words_of_the_program(found: Found) -> None:
    assert sorted(REASONS) == sorted(found.words), "correct docs/reasons.py, then run `make docs`"


def test_the_table_gives_the_severity_of_each_word(found: Found) -> None:
    wrong = {
        word: severities
        for word, severities in found.words.items()
        if not severities <= set(REASONS[word].severity.split(" or "))
    }
    assert wrong == {}


def test_words_occur_once_and_in_alphabetical_order() -> None:
    for _, reasons in GROUPS:
        assert [one.word for one in reasons] == sorted({one.word for one in reasons})
    assert len(REASONS) == sum(len(reasons) for _, reasons in GROUPS)


def test_every_word_has_a_meaning_and_a_remedy() -> None:
    assert [one.word for one in REASONS.values() if not one.meaning or not one.remedy] == []


SOURCE = """
LONELY = "OnlyNamed"
def root(flag):
    what, reason = "x", "FromTuple"
    error("Direct" if flag else "Other", "m")
    warning(reason, "m")
    return passed_on("ByParameter")
def passed_on(reason="ByDefault"):
    return Violation((), 0, reason, "")
def by_default():
    return passed_on()
def by_constant(one):
    Unschedulable(1, 2, LONELY, "")
    error(one.reason, "m")
def loop(items):
    items.append(("Appended", 1))
    return [DocumentError("m", reason=first) for first, _ in items]
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "room").mkdir()
    (tmp_path / "model").mkdir()
    (tmp_path / "model/issues.py").write_text(
        "def error(reason, m):\n    Issue(0, 1, reason)\ndef warning(reason, m):\n    Issue(0, 1, reason)\n"
    )
    (tmp_path / "room/module.py").write_text(SOURCE)
    return tmp_path


def test_the_scan_follows_parameters_constants_and_choices(package: Path) -> None:
    found = find_reasons(package)
    words = {"Direct", "Other", "FromTuple", "ByParameter", "ByDefault", "OnlyNamed", "Appended"}
    assert (set(found.words), found.unresolved) == (words, [])
    assert found.words["FromTuple"] == {"warning"}


def test_the_scan_names_what_it_cannot_follow(package: Path) -> None:
    (package / "room/other.py").write_text("def f(x):\n    error(x(), 'm')\n")
    assert find_reasons(package).unresolved == ["room/other.py:2 x()"]
