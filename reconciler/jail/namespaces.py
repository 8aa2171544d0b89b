"""A jail of Linux namespaces, made without another program: a file system of its own, and no network device.

It is what bubblewrap does, for images that do not have it. Source: namespaces(7), user_namespaces(7), pivot_root(2).
"""

from __future__ import annotations

import ctypes
import os
import struct

from reconciler.jail import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:  # What is imported here is not imported when the launcher starts.
    from collections.abc import Iterable

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442
_CURRENT_FOLDER, _ALL_BELOW = -100, 0x8000
_READ_ONLY, _NO_SETUID, _NO_DEVICES = 1, 2, 4
NOBODY = 65534


def enter() -> None:
    """Moves this process into namespaces of its own. Its next child is the first process of the new pid namespace."""
    user, group = os.geteuid(), os.getegid()
    spaces = kernel.NEW_USER | kernel.NEW_MOUNTS | kernel.NEW_NETWORK | kernel.NEW_PIDS
    kernel.unshare(spaces | kernel.NEW_IPC | kernel.NEW_NAME | kernel.NEW_CGROUP)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{NOBODY} {user} 1")
    _write("/proc/self/gid_map", f"{NOBODY} {group} 1")


def build_root(root: str, places: Iterable[tuple[str, str]], machine: str) -> None:
    """Makes a file system that holds these places only, all read-only, and makes it this process' root.

    root: an empty folder. places: (path on this machine, path in the jail), absolute; a folder before what is inside it.
    """
    kernel.mount("none", "/", "", kernel.RECURSIVE | kernel.PRIVATE)
    kernel.mount("jail", root, "tmpfs", kernel.NO_SETUID | kernel.NO_DEVICES, "size=1m,mode=755")
    for source, place in places:
        _bind(source, root + place)
    _protect(root)
    os.chdir(root)
    here = ctypes.c_char_p(b".")
    kernel.call(_PIVOT_ROOT[machine], here, here)
    kernel.unmount(".", kernel.DETACH)
    os.chdir("/")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):  # noqa: PTH112 - as in landlock.py
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(target, os.O_CREAT | os.O_CLOEXEC, 0o644))
    kernel.mount(source, target, "", kernel.BIND | kernel.RECURSIVE)
    _protect(target)


def _protect(place: str) -> None:
    attributes = struct.pack("=QQQQ", _READ_ONLY | _NO_SETUID | _NO_DEVICES, 0, 0, 0)
    path = ctypes.c_char_p(os.fsencode(place))
    kernel.call(_MOUNT_SETATTR, _CURRENT_FOLDER, path, _ALL_BELOW, ctypes.c_char_p(attributes), len(attributes))


def _write(path: str, text: str) -> None:
    place = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(place, text.encode())
    finally:
        os.close(place)
