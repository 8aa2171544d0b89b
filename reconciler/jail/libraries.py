"""What a program needs to begin: nothing but itself, or the system's libraries."""

from __future__ import annotations

import struct
from pathlib import Path

_INTERPRETER = 3
_FOLDERS = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store")
_FILES = ("/etc/ld.so.cache",)
_FIRST_BYTES = 1 << 16


def interpreter_of(program: Path) -> str:
    """The loader that a dynamically linked ELF program names (PT_INTERP); empty for one that is linked statically.

    Raises OSError, and ValueError where the file is no ELF program of 64 bits.
    """
    with program.open("rb") as file:
        head = file.read(_FIRST_BYTES)
    if head[:5] != b"\x7fELF\x02":
        raise ValueError("it is not an ELF program of 64 bits")
    order = "<" if head[5] == 1 else ">"
    try:
        (offset,) = struct.unpack_from(f"{order}Q", head, 32)
        size, count = struct.unpack_from(f"{order}HH", head, 54)
        for number in range(count):
            kind, _, start, _, _, length = struct.unpack_from(f"{order}IIQQQQ", head, offset + number * size)
            if kind == _INTERPRETER:
                return head[start : start + length].rstrip(b"\0").decode()
    except (struct.error, UnicodeDecodeError):
        raise ValueError("its ELF header is damaged") from None
    return ""


def libraries() -> tuple[Path, ...]:
    """Where libraries are on this machine."""
    return tuple(path for path in map(Path, (*_FOLDERS, *_FILES)) if path.exists())
