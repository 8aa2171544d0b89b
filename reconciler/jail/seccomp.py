"""The system calls that a jailed program may not make, as a seccomp filter.

The filter alone keeps a program off every network: without `socket` there is none, and io_uring, which makes sockets without
that call, is absent too. It also keeps it from other processes, and from changing files by a name, which Landlock does not
restrict. A call that begins a process ends the program: Go begins one by `clone` without CLONE_THREAD.

Source: seccomp(2), seccomp_unotify(2) and Linux' tables of system calls.
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:  # What is imported here is not imported when the launcher starts.
    from collections.abc import Mapping, Sequence

_LOAD, _EQUAL, _AT_LEAST, _ALL_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_EPERM, _ENOSYS = 1, 38
_X32 = 0x40000000


class Architecture:
    """What differs between machines. Numbers that all have in common begin at 424. (A dataclass would take as long to import as
    all else here.)"""

    __slots__ = ("audit", "clone", "denied", "starts", "to_itself")

    def __init__(
        self, audit: int, clone: int, starts: Sequence[int], to_itself: Sequence[int], denied: Mapping[str, int]
    ) -> None:
        """audit: AUDIT_ARCH_…, which table of system calls a process uses. starts: fork and vfork. to_itself: calls whose first
        argument names a process, and may only name the caller: prlimit64, tgkill, sched_setaffinity."""
        self.audit, self.clone, self.starts, self.to_itself, self.denied = audit, clone, starts, to_itself, denied


_COMMON = {
    "pidfd_send_signal": 424, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "fchmodat2": 452, "setxattrat": 463,
    "removexattrat": 466,
}  # fmt: skip
_MISSING = (425, 426, 427, 435)
"""io_uring_setup, _enter, _register; clone3, whose flags a filter cannot read: C libraries then call clone."""

ARCHITECTURES: Mapping[str, Architecture] = {
    "x86_64": Architecture(
        audit=0xC000003E,
        clone=56,
        starts=(57, 58),
        to_itself=(302, 234, 203),
        denied=_COMMON | {
            "socket": 41, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kill": 62, "tkill": 200,
            "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
            "add_key": 248, "request_key": 249, "keyctl": 250, "mount": 165, "umount2": 166, "unshare": 272, "setns": 308,
            "pivot_root": 155, "chroot": 161, "name_to_handle_at": 303, "open_by_handle_at": 304, "shmget": 29, "shmat": 30,
            "msgget": 68, "semget": 64, "mq_open": 240, "chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92, "fchown": 93,
            "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188,
            "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "truncate": 76,
            "setpriority": 141, "ioprio_set": 251, "migrate_pages": 256, "move_pages": 279, "setsid": 112, "setpgid": 109,
        },
    ),
    "aarch64": Architecture(
        audit=0xC00000B7,
        clone=220,
        starts=(),
        to_itself=(261, 131, 122),
        denied=_COMMON | {
            "socket": 198, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kill": 129, "tkill": 130,
            "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
            "add_key": 217, "request_key": 218, "keyctl": 219, "mount": 40, "umount2": 39, "unshare": 97, "setns": 268,
            "pivot_root": 41, "chroot": 51, "name_to_handle_at": 264, "open_by_handle_at": 265, "shmget": 194, "shmat": 196,
            "msgget": 186, "semget": 190, "mq_open": 180, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55,
            "utimensat": 88, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15,
            "fremovexattr": 16, "truncate": 45, "setpriority": 140, "ioprio_set": 30, "migrate_pages": 238, "move_pages": 239,
            "setsid": 157, "setpgid": 154,
        },
    ),
}  # fmt: skip


def seccomp_filter(pid: int, machine: str = "") -> bytes:
    """The filter, as the array of instructions that the kernel reads (struct sock_filter).

    pid: of the program as it sees itself; 0 where it has a pid namespace of its own. machine: as `uname -m` prints it; this
    machine's without it. Raises LookupError for a machine whose table is not here.
    """
    table = ARCHITECTURES[machine or os.uname().machine]
    instructions = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, table.audit), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    if table.starts:
        instructions += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for number in table.starts:
        instructions += _if_equal(number, _KILL)
    instructions += [(_EQUAL, 0, 4, table.clone), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_ALL_BITS, 1, 0, _CLONE_THREAD)]
    instructions += [(_RETURN, 0, 0, _KILL), (_RETURN, 0, 0, _ALLOW)]
    for number in _MISSING:
        instructions += _if_equal(number, _ERROR | _ENOSYS)
    for number in sorted(table.denied.values()):
        instructions += _if_equal(number, _ERROR | _EPERM)
    if pid:
        for number in table.to_itself:
            instructions += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, pid)]
            instructions += [(_RETURN, 0, 0, _ERROR | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    instructions.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def _if_equal(number: int, answer: int) -> list[tuple[int, int, int, int]]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
