"""Calls of Linux that Python's standard library does not have. Each raises OSError.

Only the launcher uses them, in a process of its own: they change the process that makes them for good.
"""

from __future__ import annotations

import ctypes
import os

_library = ctypes.CDLL(None, use_errno=True)
_SET_PARENT_DEATH_SIGNAL, _DROP_BOUND, _NO_NEW_PRIVILEGES, _SET_SECCOMP = 1, 24, 38, 22
_SECCOMP_FILTER = 2
_LAST_CAPABILITY = 63
_EINVAL = 22
_SIGKILL = 9

NEW_USER, NEW_MOUNTS, NEW_NETWORK, NEW_PIDS = 0x10000000, 0x00020000, 0x40000000, 0x20000000
NEW_IPC, NEW_NAME, NEW_CGROUP = 0x08000000, 0x04000000, 0x02000000
BIND, RECURSIVE, PRIVATE, NO_SETUID, NO_DEVICES = 4096, 16384, 1 << 18, 2, 4
DETACH = 2


class _Program(ctypes.Structure):
    """struct sock_fprog: a filter and its length in instructions of 8 bytes."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def call(number: int, *arguments: object) -> int:
    """A system call by its number."""
    return _checked(_library.syscall(ctypes.c_long(number), *(_long(one) for one in arguments)), f"system call {number}")


def unshare(flags: int) -> None:
    _checked(_library.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = (os.fsencode(one) for one in (source, target, kind))
    _checked(_library.mount(*words, ctypes.c_ulong(flags), os.fsencode(data) or None), f"mount of {kind or 'a folder'}")


def unmount(target: str, flags: int) -> None:
    _checked(_library.umount2(os.fsencode(target), flags), "umount")


def end_with_parent(parent: int) -> None:
    """This process is killed when its parent ends. Ends at once where it has ended already. parent: its process id."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, _SIGKILL)
    if parent and os.getppid() != parent:
        os._exit(1)


def give_up_privileges() -> None:
    """No program that this process becomes gains a privilege: not by its file, and not because the user is root."""
    gain_no_privileges()
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            _prctl(_DROP_BOUND, capability)
        except PermissionError:
            return  # A process that may not drop any has none to gain.
        except OSError as error:
            if error.errno != _EINVAL:
                raise


def gain_no_privileges() -> None:
    """No program that this process becomes gains a privilege by its file."""
    _prctl(_NO_NEW_PRIVILEGES, 1)


def load_filter(instructions: bytes) -> None:
    """For this process and all that it becomes, for good. Privileges must have been given up before."""
    program = _Program(len(instructions) // 8, instructions)
    _prctl(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program))


def _prctl(option: int, value: int, pointer: object = 0) -> None:
    _checked(_library.prctl(option, ctypes.c_ulong(value), _long(pointer), ctypes.c_ulong(0), ctypes.c_ulong(0)), "prctl")


def _long(value: object) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return int(result)
