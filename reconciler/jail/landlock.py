"""Lets this process open only the files that it is told, for good: Linux' Landlock, which needs no privilege.

Landlock hides the content of all other files, and their lists in folders. It does not hide that a file exists, nor its size: a
program that knows a name can ask for these. It does not restrict UDP, so that names could still be looked up, and no older
kernel restricts TCP: the network is closed by `seccomp.py`, and Landlock is used together with that only.

Source: landlock(7), and Documentation/userspace-api/landlock.rst of Linux.
"""

from __future__ import annotations

import ctypes
import os
import struct

from reconciler.jail import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:  # What is imported here is not imported when the launcher starts.
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_RIGHTS_BY_VERSION = ((5, 16), (3, 15), (2, 14), (1, 13))
"""(version of the interface, how many rights to files it knows); all are taken away."""
_TCP = 0b11
_SCOPES = 0b11
"""Abstract Unix sockets and signals of processes outside."""


def version() -> int:
    """Of the kernel's interface. Raises OSError where it has none, or it is switched off."""
    return kernel.call(_CREATE_RULESET, 0, 0, _VERSION)


def restrict_files(readable: Iterable[str], executable: Iterable[str]) -> None:
    """From now on, of all files, only these may be read, or executed, and what is below them. None may be written.

    Raises OSError. Privileges must have been given up before.
    """
    known = version()
    rights = (1 << next(count for since, count in _RIGHTS_BY_VERSION if known >= since)) - 1
    attributes = struct.pack("=QQQ", rights, _TCP if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    length = 24 if known >= 6 else 16 if known >= 4 else 8
    rules = kernel.call(_CREATE_RULESET, ctypes.c_char_p(attributes), length, 0)
    for path in readable:
        _allow(rules, path, _READ_FILE | _READ_FOLDER)
    for path in executable:
        _allow(rules, path, _READ_FILE | _READ_FOLDER | _EXECUTE)
    kernel.call(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib takes a third of the start of this process
        rights &= ~_READ_FOLDER
    kernel.call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.c_char_p(struct.pack("=Qi", rights, place)), 0)
    os.close(place)
