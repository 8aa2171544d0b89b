"""Whatever the fast reader returns, the reader of all YAML returns as well; and it reads what the program usually writes."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.documents.plain_reader import NotPlainError, PlainReader
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump

WORDS = st.text("abyntoflNY019._/+-:#'\"{}[](),&*!|>%@`~= <", max_size=8) | st.sampled_from(
    ["yes", "null", "~", "1e3", "0x10", "-1", "- a", "a: b", "a #b", "<<", "1_0", "2026-01-01", ".5", "true", "a:", "# a", "---"]
)
LONG = st.lists(WORDS, min_size=8, max_size=30).map(" ".join)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(-1e6, 1e6) | WORDS | LONG | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text("abc", min_size=1), inner, max_size=4)
)
DOCUMENTS = st.dictionaries(st.text("abcABC-_.", min_size=1, max_size=6), VALUES, max_size=5)
LINES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", " ", "  ", "    ", "- ", "  - ", "- - ", "-"]),
    st.sampled_from(["", "a:", "a: ", "b: ", "a:  ", "? ", "y: ", "1: ", "a b: "]),
    WORDS | st.sampled_from(["{}", "[]", "|", ">-", "", " ", "\t", "x ", "é", "a b"]),
)


def plain(text: str) -> Any:
    """What the fast reader makes of it; None where it gives up."""
    try:
        return PlainReader().read(text.encode())
    except NotPlainError:
        return None


def general(text: str) -> Any:
    documents, errors = read_stream(text)
    return None if errors or len(documents) != 1 else documents[0].value


@given(DOCUMENTS)
def test_what_was_written_is_read_alike(document: dict[str, Any]) -> None:
    text = dump(document)
    found = plain(text)
    assert found is None or repr(found) == repr(general(text))


@given(st.lists(LINES, min_size=1, max_size=8).map(lambda lines: "\n".join(lines) + "\n"))
@example("a: b\n  c: d\n")
@example("a: 'b\n  c'\n")
@example("a: 'b'\n  c\n")
@example("".join(f"{'  ' * level}a:\n" for level in range(250)) + "  " * 250 + "a: b\n")
@example("a: b\n  # c\n")
@example("a:\n- b\n  c\n")
@example("a:\n  b: c\n- d\n")
@example("a: b\n- c\n")
@example("a:\n  - b\n")
@example("a: - b\n")
@example("a: b\n  - c\n")
@example("a: -\n")
@example("a: b\n\n  c\n")
@example("a:\n- b: c\n  d: e\n  - f\n")
@example('a: "b \n  c"\n')
@example("a: 'b\n  c \n  d'\n")
def test_what_somebody_else_wrote_is_read_alike(text: str) -> None:
    found = plain(text)
    assert found is None or repr(found) == repr(general(text))


NAMES = st.text("abz019-", max_size=9).map("m{}".format)
PROSE = st.lists(st.sampled_from(["not", "applied", "member-0001,", "2/3", "(timeout)", "a.b:8080"]), min_size=1).map(" ".join)
LISTS = st.lists(NAMES, min_size=1)


@given(
    st.dictionaries(st.sampled_from(["names", "clusters"]), LISTS, min_size=1),
    st.lists(st.fixed_dictionaries({"applied": st.booleans(), "names": LISTS, "count": st.integers(0, 99)})),
    PROSE.map(lambda text: f"why {text}"),
)
def test_usual_documents_are_read(lists: dict[str, Any], items: list[Any], message: str) -> None:
    """It does not always give up: mappings, lists of names and of mappings, and folded text."""
    document = {"metadata": {"name": "web"}, "status": {**lists, "ready": "True", "items": items or ["none"], "message": message}}
    assert plain(dump(document)) == document


def test_equal_blocks_are_one_value() -> None:
    reader = PlainReader()
    first, second = (reader.read(dump({"spec": {"name": name, "names": ["m1", "m2"]}}).encode()) for name in ("a", "b"))
    assert first["spec"]["names"] is second["spec"]["names"]
