from __future__ import annotations

import struct
from pathlib import Path

import pytest

from reconciler.jail.libraries import interpreter_of, libraries


def elf(*segments: tuple[int, bytes], magic: bytes = b"\x7fELF\x02\x01") -> bytes:
    """A header of 64 bytes, the table of segments, then what they hold."""
    offset, table, rest = 64 + 56 * len(segments), b"", b""
    for kind, content in segments:
        table += struct.pack("<IIQQQQQQ", kind, 0, offset + len(rest), 0, 0, len(content), 0, 0)
        rest += content
    return magic.ljust(32, b"\0") + struct.pack("<QQIHHHHHH", 64, 0, 0, 64, 56, len(segments), 0, 0, 0) + table + rest


def interpreter(data: bytes, folder: Path) -> str:
    (folder / "program").write_bytes(data)
    return interpreter_of(folder / "program")


def test_what_a_program_names_to_load_it(tmp_path: Path) -> None:
    assert interpreter(elf((1, b"code"), (3, b"/lib64/ld.so\0")), tmp_path) == "/lib64/ld.so"
    assert interpreter(elf((1, b"code")), tmp_path) == ""
    assert Path(interpreter_of(Path("/bin/sh").resolve())).exists()


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh\n", elf(magic=b"\x7fELF\x01\x01"), elf((3, b"x"))[:80], b"\x7fELF\x02\x01"])
def test_what_is_no_program(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ELF"):
        interpreter(data, tmp_path)


def test_libraries_are_where_the_loader_looks() -> None:
    assert libraries()
    assert all(path.exists() for path in libraries())
