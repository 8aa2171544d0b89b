from __future__ import annotations

from asyncio import StreamReader

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kubectl.line_reader import CUT, lines_of


async def read(*chunks: bytes, longest: int = 10) -> list[str]:
    stream = StreamReader()
    for chunk in chunks:
        stream.feed_data(chunk)
    stream.feed_eof()
    return [line async for line in lines_of(stream, longest)]


async def test_lines_are_whole_however_they_arrive() -> None:
    assert await read(b"one\ntw", b"o\n\nth", b"ree") == ["one", "two", "", "three"]


async def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert await read(b"x" * 11 + b"\nshort\n" + b"y" * 500) == ["x" * 10 + CUT, "short", "y" * 10 + CUT]
    assert await read(b"0123456789\n") == ["0123456789"]


async def test_bytes_that_are_no_text_and_line_ends_of_windows() -> None:
    assert await read(b"a\xffb\r\n") == ["a\N{REPLACEMENT CHARACTER}b"]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=8)))
async def test_what_was_written_in_lines_is_read_in_lines(lines: list[str]) -> None:
    assert await read("".join(f"{line}\n" for line in lines).encode(), longest=100) == lines
