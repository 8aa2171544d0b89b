"""A formatter changes how a text looks, and never what it says: for documents of any shape, and for any text."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.format import formatted
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump

NAMES = st.sampled_from(["apiVersion", "kind", "metadata", "spec", "status", "name", "labels", "a", "b", "items", "namespace"])
SCALARS = st.one_of(
    st.sampled_from(["x", "a: b", "# no", "- y", "", "it's", 'say "hi"', "yes", "1", "line\n  two\n# three\n\n", "\nx\n\n"]),
    st.integers(-9, 9),
    st.booleans(),
    st.none(),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)


class Writer:
    """Writes documents as people do: with any indentation, with comments and blank lines, in any style."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self._comments = 0

    def stream(self, documents: list[dict[str, Any]]) -> str:
        return "---\n".join("\n".join(self._members(document, 0)) + "\n" for document in documents)

    def _members(self, value: dict[str, Any], column: int) -> list[str]:
        lines = []
        for name, item in value.items():
            lines += [*self._above(column), *self._value(f"{' ' * column}{name}:", item, column, self._some(0, 1, 2, 3))]
        return lines

    def _items(self, value: list[Any], column: int) -> list[str]:
        lines = []
        for item in value:
            lines += self._above(column)
            lead = f"{' ' * column}-{' ' * self._some(1, 1, 3)}"
            if isinstance(item, dict) and item and self._some(True, True, False):
                first, *rest = self._plain_members(item, len(lead))
                lines += [f"{lead}{first.lstrip(' ')}", *rest]
            else:
                lines += self._value(f"{' ' * column}-", item, column, 1)
        return lines

    def _plain_members(self, value: dict[str, Any], column: int) -> list[str]:
        """Without a comment above the first key."""
        (name, item), *others = value.items()
        return [*self._value(f"{' ' * column}{name}:", item, column, 1), *self._members(dict(others), column)]

    def _value(self, head: str, value: Any, column: int, deeper: int) -> list[str]:
        if isinstance(value, dict | list) and value and self._some(True, True, True, False):
            inner = column + max(deeper, int(isinstance(value, dict) or head.endswith("-")))
            return [head + self._behind(), *(self._members if isinstance(value, dict) else self._items)(value, inner)]  # type: ignore[operator]
        if isinstance(value, str) and value.startswith("line") and self._some(True, False):
            body = [" " * (column + 2) + line if line else "" for line in value.removesuffix("\n\n").split("\n")]
            return [f"{head} |+", *body, ""]
        return [f"{head} {json.dumps(value)}{self._behind()}"]

    def _above(self, column: int) -> list[str]:
        kind = self._some("", "", "", "blank", "comment", "outdented")
        if kind == "blank":
            return [""]
        return [] if not kind else [self._comment(column if kind == "comment" else max(column - 1, 0))]

    def _behind(self) -> str:
        return self._some("", "", "  ") and self._comment(2)

    def _comment(self, column: int) -> str:
        self._comments += 1
        return f"{' ' * column}# comment {self._comments}"

    def _some(self, *choices: Any) -> Any:
        return self._data.draw(st.sampled_from(choices))


def meaning(text: str) -> list[str]:
    documents, errors = read_stream(text)
    assert errors == []
    return [dump(document.value) for document in documents]


def comments(text: str) -> Counter[str]:
    return Counter(line[line.index("# comment") :] for line in text.splitlines() if "# comment" in line)


@given(st.lists(DOCUMENTS, min_size=1, max_size=2), st.data())
def test_the_meaning_and_the_comments_stay(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    text = Writer(data).stream(documents)
    result = formatted(text)
    assert meaning(result) == meaning(text)
    assert comments(result) == comments(text)
    assert formatted(result) == result


@given(DOCUMENTS, st.data())
def test_the_keys_have_their_order(document: dict[str, Any], data: st.DataObject) -> None:
    """So the text was not left alone."""
    names = [line.split(":")[0] for line in formatted(Writer(data).stream([document])).splitlines() if line[:1].isalpha()]
    first = [name for name in ("apiVersion", "kind", "metadata") if name in document]
    last = ["status"] if "status" in document else []
    assert names == [*first, *(name for name in document if name not in (*first, *last)), *last]


@given(st.text(alphabet="ab:-# \n|>\"'[]{}&*!?\t%,", max_size=60))
def test_any_text_is_formatted_at_most_once(text: str) -> None:
    result = formatted(text)
    assert formatted(result) == result
