"""The filter, run by an interpreter of its instructions: each system call gets the answer that the module promises."""

from __future__ import annotations

import struct

import pytest

from reconciler.jail.seccomp import ARCHITECTURES, seccomp_filter

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
PID = 4711
THREAD = 0x50F00
each = pytest.mark.parametrize("machine", ARCHITECTURES)


def answer(machine: str, number: int, argument: int = 0, *, pid: int = PID, audit: int | None = None) -> int:
    filter_ = seccomp_filter(pid, machine)
    code = [struct.unpack_from("=HBBI", filter_, at) for at in range(0, len(filter_), 8)]
    data = struct.pack("<IIQQ", number, ARCHITECTURES[machine].audit if audit is None else audit, 0, argument)
    accumulator = at = 0
    while True:
        operation, true, false, value = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif operation == 0x06:
            return value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[operation]
            at += true if holds else false


@each
def test_what_is_denied(machine: str) -> None:
    for name, number in ARCHITECTURES[machine].denied.items():
        assert answer(machine, number) == EPERM, name
    assert {"socket", "ptrace", "mount", "kill"} <= ARCHITECTURES[machine].denied.keys()


@each
def test_processes(machine: str) -> None:
    table = ARCHITECTURES[machine]
    assert answer(machine, table.clone, THREAD) == ALLOW
    assert answer(machine, table.clone, 17) == KILL
    assert answer(machine, table.clone, 0x4111) == KILL  # CLONE_VM | CLONE_VFORK: how Go begins a process
    assert [answer(machine, number) for number in table.starts] == [KILL] * len(table.starts)
    assert [answer(machine, number) for number in (425, 426, 427, 435)] == [ENOSYS] * 4


@each
def test_calls_to_itself(machine: str) -> None:
    for number in ARCHITECTURES[machine].to_itself:
        assert [answer(machine, number, target) for target in (0, PID, PID + 1)] == [ALLOW, ALLOW, EPERM]
        assert answer(machine, number, PID + 1, pid=0) == ALLOW


@each
def test_other_tables_of_calls_are_closed(machine: str) -> None:
    assert answer(machine, 0, audit=0x40000003) == KILL
    if machine == "x86_64":
        assert answer(machine, 0x40000000 + 41) == KILL


def test_what_go_needs_is_allowed() -> None:
    for number in (0, 1, 3, 9, 10, 11, 13, 14, 24, 35, 39, 59, 60, 202, 228, 231, 233, 257, 262, 281, 291, 293, 318):
        assert answer("x86_64", number) == ALLOW


def test_a_machine_that_is_not_known() -> None:
    with pytest.raises(LookupError):
        seccomp_filter(0, "mips")
