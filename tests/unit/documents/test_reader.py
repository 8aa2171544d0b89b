import contextlib
import time

import pytest

from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import Document, DocumentError, pieces, read_one, read_stream


def complaints(data: bytes | str) -> list[tuple[int, str]]:
    return [(error.line, error.reason) for error in read_stream(data)[1]]


def test_documents_have_the_line_of_their_content_and_empty_ones_are_left_out() -> None:
    documents, errors = read_stream("# only\n---\n---\n# c\n---\n\n\nk: v\n--- [a]\n---\nnull\n")
    assert documents == [Document({"k": "v"}, 8), Document(["a"], 9)]
    assert not errors


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ("a:\n  b: 1\n\tc: 2\n", 3, "a tab stands where YAML allows only spaces", "Replace the tab with spaces"),
        ("a:\n\t\tb: 2\n", 2, "a tab stands where YAML allows only spaces", "Replace the tab with spaces"),
        ("a:\n  - b: 1\n  \t  c: 2\n", 3, "a tab stands where YAML allows only spaces", "Replace the tab with spaces"),
        ("---\na: 1\n---\nb: {{ .Values.b }}\n", 4, "a value with {{ }} is the text of a template", "Render it"),
        ("{{- if .Values.a }}\na: 1\n{{- end }}\n", 1, "a line with {{ }} or {% %} is the text of a template", "Render it"),
        ("a: 1\n---\nb: x\n{{- end }}\nc: 1\n", 4, "a line with {{ }} or {% %} is the text of a template", "Render it"),
        ("a: {{ .a }}\nb: {{ .b }}\n---\n{{ .c }}: 1\n", 1, "a value with {{ }} is the text of a template", "Render it"),
        ("a: {{ .Values.a }}-{{ .Values.b }}\n", 1, "a value with {{ }} is the text of a template", "Render it"),
        ("a: 1\n{% if b %}\n", 2, "a line with {{ }} or {% %} is the text of a template", "Render it"),
        ("a: @b\n", 1, "text without quotes cannot begin with @", "Quote it."),
        ("a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> c\n", 2, "a merge conflict is not resolved", "Keep one side"),
        ("a: [b\nc: d\n", 2, "the text is not YAML: did not find", "Correct this line"),
        ("null: 1\n", 1, "a key is null", "Quote it if it is a name."),
        ("? [a]\n: 1\n", 1, "a key is a list", "Quote it if it is a name."),
        ("? a: b\n: 1\n", 1, "a key is a mapping", "Quote it if it is a name."),
        ("18446744073709551615: 1\n", 1, "a key is a number beyond 63 bits", "Quote it if it is a name."),
    ],
)
def test_a_mistake_is_told_by_its_name(text: str, line: int, message: str, remedy: str) -> None:
    (error,) = read_stream(text)[1]
    assert error.line == line, error.message
    assert error.message.startswith(message)
    assert error.remedy.startswith(remedy)


def test_a_broken_document_hides_no_healthy_one() -> None:
    text = "a: 1\n---\nb: [\n---\nc: 3\n---\nd: \x07\n--- e\n--- {f: 1, f: 2, g: {h: 1, h: 1}}\n---\ni: 'x\n---\nj: 4\n"
    documents, errors = read_stream(text)
    assert [(document.line, document.value) for document in documents] == [(1, {"a": 1}), (5, {"c": 3}), (8, "e"), (13, {"j": 4})]
    assert [(error.line, error.reason) for error in errors] == [
        (4, "Syntax"),
        (7, "ControlCharacter"),
        (9, "DuplicateKey"),
        (9, "DuplicateKey"),
        (12, "Syntax"),
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: \xff\n", [(1, "NotUtf8")]),
        ("a: 1\n".encode("utf-16"), [(1, "NotUtf8")]),
        ("a: \ud800", [(1, "NotUtf8")]),
        ("a: 1\n\ufeffb: 2\n", [(2, "ControlCharacter")]),
        ("null: 1\n[a]: 1\n18446744073709551615: 1\n", [(1, "UnsupportedKey"), (2, "UnsupportedKey"), (3, "UnsupportedKey")]),
        ("a: .inf\nb: .NaN\n", [(1, "UnsupportedValue"), (2, "UnsupportedValue")]),
        ("a: !!int x\n", [(1, "BadTag")]),
        ("<<: 1\na: &x [{b: 1}]\nc: {<<: *x}\n", [(1, "BadMerge"), (3, "BadMerge")]),
        ("a: *x\nb: &b {c: *b}\n", [(1, "UnknownAnchor"), (2, "UnknownAnchor")]),
        ("%YAML 1.2\n---\na: 1\n", [(1, "Syntax")]),
        ("a: [x?y]\n", [(1, "Syntax")]),
        ('a: "\\/"\n', [(1, "Syntax")]),
        ("[" * 1_000_000, [(1, "TooDeep")]),
        ("- " * 1000, [(1, "TooDeep")]),
        ("a: 1\nb: " + "{c: " * 300, [(2, "TooDeep")]),
        (
            "b0: &b0 [x,x,x,x]\n" + "".join(f"b{i + 1}: &b{i + 1} [*b{i},*b{i},*b{i},*b{i}]\n" for i in range(9)),
            [(6, "AliasBomb")],
        ),
        ("a: &a " + "[" * 150 + "]" * 150 + "\nb: " + "[" * 60 + "*a" + "]" * 60, [(2, "TooDeep")]),
        ("a: &a [x]\n" + f"b: {'[' * 150}&b {'[' * 10}*a{']' * 160}\nc: {'[' * 190}*b{']' * 190}\n", [(3, "TooDeep")]),
        (f"a: &a {'[' * 99}{']' * 99}\nb: {'[' * 100}*a{']' * 100}\n", []),
        ("1: a\n1: b\n", [(2, "DuplicateKey")]),
        ("a: &x {b: 1}\nc: {b: 2, <<: *x, b: 3}\n", [(2, "DuplicateKey")]),
    ],
)
def test_complaints_have_line_and_reason(data: bytes | str, expected: list[tuple[int, str]]) -> None:
    assert complaints(data) == expected
    assert all(error.remedy for error in read_stream(data)[1])


@pytest.mark.parametrize(
    "text", ["yes: 1\ntrue: 2\n", "true: 1\n'true': 2\n", "1: a\n0x1: b\n", "<<: {a: 2}\na: 1\n", "a: 1\n<<: {a: 2}\n"]
)
def test_keys_that_only_become_equal_are_no_complaint(text: str) -> None:
    assert complaints(text) == []


def test_no_value_is_in_a_message() -> None:
    for text in ("password: hunter2\npassword: hunter3\n", "a: !!int hunter2\n", "a: 'hunter2\n", "a: hunter2: x\n"):
        assert all("hunter" not in str(error) for error in read_stream(text)[1])


def test_the_first_document_of_a_text() -> None:
    assert read_one("a: 1\n---\nb: 2\n") == {"a": 1}
    assert read_one("# nothing\n") is None
    assert read_one("a: 1\na: 2\n", last_wins=True) == {"a": 2}
    with pytest.raises(DocumentError):
        read_one("a: 1\na: 2\n")


def test_a_byte_order_mark_and_windows_lines() -> None:
    assert read_stream(b"\xef\xbb\xbfa: 1\r\n---\r\nb: |\r\n  x\r\n")[0] == [Document({"a": 1}, 1), Document({"b": "x\n"}, 3)]


def test_json_has_json_escapes_and_kubernetes_numbers() -> None:
    documents, errors = read_json(b'{"a": "\\/\\ud83d\\ude00\\ud800",\n\t"b": [1.0, 1e400]}\n')
    assert not documents
    assert [(error.line, error.reason) for error in errors] == [(1, "UnsupportedValue")]
    documents, errors = read_json('{"a": "\\/\\ud83d\\ude00\\ud800", "b": [1.0, 18446744073709551616]}\n\n[1] null')
    assert documents == [Document({"a": "/😀\ufffd", "b": [1, 18446744073709552000]}, 1), Document([1], 3)]
    assert not errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,\n "a": 2}', [(1, "DuplicateKey")]),
        ('{"a": 1}\n{"b": }', [(2, "Syntax")]),
        ("[" * 100_000, [(1, "TooDeep")]),
        ("[" * 201 + "]" * 201, [(1, "TooDeep")]),
        ("[NaN]", [(1, "UnsupportedValue")]),
        (b"\n\xff", [(2, "NotUtf8")]),
    ],
)
def test_json_complaints(text: bytes | str, expected: list[tuple[int, str]]) -> None:
    assert [(error.line, error.reason) for error in read_json(text)[1]] == expected
    assert all(error.remedy for error in read_json(text)[1])


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 60_000 + "a: 1\n",
        " \n# c\n" * 30_000 + "a: 1\n",
        "a: [\n" + "%\n" * 60_000,
        "a: [\n" + "%a: b\n" * 30_000,
        "%\n---\na: [\n" * 10_000,
        "a: [\n" + "- " * 30_000 + "\n",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_the_time_grows_with_the_length_of_the_text(text: str) -> None:
    """An exponential or quadratic search takes minutes for these texts."""
    began = time.process_time()
    read_stream(text)
    with contextlib.suppress(DocumentError):
        read_one(text)
    assert list(pieces(text))
    assert time.process_time() - began < 5


def test_directives_belong_to_the_document_below_them() -> None:
    text = "a: [\n%YAML 1.1\n%TAG ! x\n---\nb: 1\n%c\n--- d\n%e"
    assert list(pieces(text)) == [(1, "a: [\n"), (2, "%YAML 1.1\n%TAG ! x\n---\nb: 1\n"), (6, "%c\n--- d\n%e")]
    assert list(pieces("%a\n---\nb")) == [(1, "%a\n---\nb")]
    assert list(pieces("---\n---\n%\n---")) == [(1, "---\n"), (2, "---\n"), (3, "%\n---")]


@pytest.mark.parametrize(("text", "value"), [("\n \n# c\n[] : x\n", []), ("{}: x\n", {}), ("# a\n\n{}\t: x\n", {})])
def test_an_empty_collection_in_front_of_a_colon_ends_the_document(text: str, value: object) -> None:
    assert read_one(text) == value
