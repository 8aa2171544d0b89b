"""What a hostile program cannot do, by each means of isolation."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from reconciler.jail.failures import InputError, JailError, Limit, LimitError, ProgramError
from reconciler.jail.isolation import Means
from reconciler.jail.jail import run
from tests.e2e.jail.harness import ISOLATED, LIMITS, SECRET, Canaries, isolation, python, run_python

by_each = pytest.mark.parametrize("means", ISOLATED)

TRY = """
import json, os, socket, sys
def attempt(name, work):
    try:
        results[name] = repr(work())
    except Exception as error:
        results[name] = type(error).__name__
results = {}
"""
DONE = "\nprint(json.dumps(results))"


async def results_of(means: Means, code: str, *arguments: str, files: dict[str, bytes] | None = None) -> dict[str, str]:
    output = await run_python(means, TRY + code + DONE, *arguments, files=files)
    results: dict[str, str] = json.loads(output.stdout)
    return results


@by_each
async def test_it_reads_its_files(means: Means) -> None:
    output = await run_python(means, "print(open('b/c.txt').read(), open('a').read())", files={"a": b"1", "b/c.txt": b"2"})
    assert output.stdout == b"2 1\n"


@by_each
async def test_it_reads_standard_input_and_its_environment(means: Means) -> None:
    code = "import os, sys; print(sys.stdin.read(), os.environ['MINE'], *os.environ)"
    output = await run(python(code, environment={"MINE": "yes"}), {}, limits=LIMITS, isolation=isolation(means), stdin=b"words")
    words, value, *names = output.stdout.decode().split()
    assert (words, value) == ("words", "yes")
    # Python adds LC_CTYPE, and bubblewrap PWD.
    assert set(names) - {"LC_CTYPE", "PWD"} == {"GOMEMLIMIT", "HOME", "MINE"}


@by_each
async def test_it_sees_no_environment_no_home_and_no_other_file(means: Means, around: Canaries) -> None:
    code = """
attempt("environment", lambda: os.environ["CANARY"])
attempt("home", lambda: open(os.path.expanduser("~/.secret")).read())
for path in sys.argv[1:]:
    attempt(path, lambda: open(path).read())
attempt("list", lambda: os.listdir(os.path.dirname(sys.argv[1])))
attempt("parent", lambda: open(f"/proc/{os.getppid()}/environ").read())
attempt("up", lambda: os.listdir("../.."))
results["up"] = results["up"].replace("'", '"')
"""
    outside = [str(around.file), str(around.home / ".secret"), "/etc/passwd", "/proc/1/environ", f"/proc/{os.getpid()}/environ"]
    results = await results_of(means, code, *outside)
    assert results.pop("environment") == "KeyError"
    up = results.pop("up")
    assert up == "PermissionError" if means is Means.LANDLOCK else not {"home", "proc", "tmp", "var"} & set(json.loads(up))
    assert set(results.values()) <= {"FileNotFoundError", "PermissionError"}, results
    assert SECRET not in str(results)


@by_each
async def test_it_reaches_no_network(means: Means, around: Canaries) -> None:
    code = """
tcp, udp = int(sys.argv[1]), int(sys.argv[2])
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", tcp), 2))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", udp)))
attempt("unix", lambda: socket.socket(socket.AF_UNIX).connect("\\0reconciler-canary"))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
import ctypes
attempt("uring", lambda: ctypes.CDLL(None).syscall(425, 1, 0))
"""
    listener = socket.socket(socket.AF_UNIX)
    with listener:
        listener.bind("\0reconciler-canary")
        listener.listen()
        ports = [str(around.address(one)[1]) for one in (around.tcp, around.udp)]
        results = await results_of(means, code, *ports)
    assert results.pop("uring") == "-1"
    assert set(results.values()) == {"PermissionError"}, results


@by_each
async def test_a_listener_would_notice(means: Means, around: Canaries) -> None:
    """The test above can fail."""
    with socket.create_connection(around.address(around.tcp), 2):
        assert not around.nobody_came()


@by_each
async def test_it_writes_nothing(means: Means, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    outside.chmod(0o644)
    code = """
outside = sys.argv[1]
attempt("input", lambda: open("a", "w"))
attempt("beside", lambda: open("new", "w"))
attempt("folder", lambda: os.mkdir("folder"))
attempt("tmp", lambda: open("/tmp/new-of-jail", "w"))
attempt("shm", lambda: open("/dev/shm/new-of-jail", "w"))
attempt("root", lambda: open("/new-of-jail", "w"))
attempt("outside", lambda: open(outside, "a"))
attempt("mode", lambda: os.chmod(outside, 0o777))
attempt("mode of input", lambda: os.chmod("a", 0o777))
attempt("times", lambda: os.utime(outside, (0, 0)))
attempt("remove", lambda: os.remove(outside))
attempt("remove input", lambda: os.remove("a"))
attempt("link", lambda: os.symlink("/etc/passwd", "link"))
attempt("truncate", lambda: os.truncate(outside, 0))
"""
    results = await results_of(means, code, str(outside))
    assert set(results.values()) <= {"OSError", "PermissionError", "FileNotFoundError"}, results
    assert outside.read_text() == "as it was"
    assert outside.stat().st_mode & 0o777 == 0o644
    assert outside.stat().st_mtime > 0


STARTS = {
    "fork": "import os; os.fork()",
    "posix_spawn": "import os, sys; os.posix_spawn(sys.executable, [sys.executable, '-c', ''], {})",
    "subprocess": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
}


@by_each
@pytest.mark.parametrize("code", STARTS.values(), ids=STARTS)
async def test_it_starts_no_process(means: Means, code: str) -> None:
    with pytest.raises(LimitError, match="tried to start another process") as raised:
        await run_python(means, code)
    assert raised.value.limit is Limit.PROCESSES


@by_each
async def test_it_does_nothing_to_other_processes(means: Means) -> None:
    code = """
import signal, resource, ctypes
other = int(sys.argv[1])
attempt("kill", lambda: os.kill(other, 0))
attempt("group", lambda: os.killpg(os.getpgid(0), 0))
attempt("limit", lambda: resource.prlimit(other, resource.RLIMIT_NOFILE))
attempt("session", lambda: os.setsid())
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, other, 5))
attempt("namespace", lambda: ctypes.CDLL(None, use_errno=True).unshare(0x10000000) and ctypes.get_errno() and 1 / 0)
attempt("ptrace", lambda: ctypes.CDLL(None).ptrace(16, other, 0, 0) == -1 and 1 / 0)
"""
    results = await results_of(means, code, str(os.getpid()))
    assert results.pop("ptrace") == "ZeroDivisionError"
    assert set(results.values()) <= {"PermissionError", "ProcessLookupError", "ZeroDivisionError"}, results


@by_each
async def test_it_is_not_privileged(means: Means) -> None:
    code = """
import ctypes
library = ctypes.CDLL(None)
attempt("bound", lambda: [one for one in range(41) if library.prctl(23, one) == 1])
attempt("nice", lambda: os.nice(-5))
attempt("new privileges", lambda: library.prctl(39, 0, 0, 0, 0))
attempt("host name", lambda: os.uname().nodename)
"""
    results = await results_of(means, code)
    assert results.pop("new privileges") == "1"
    assert results.pop("nice") == "PermissionError"
    if means is Means.LANDLOCK:
        assert results["bound"] == "[]" or os.geteuid() != 0
    if means is Means.BUBBLEWRAP:
        assert results["host name"] == "'jail'"


@by_each
async def test_threads_are_its_own_matter(means: Means) -> None:
    code = "import threading; t = [threading.Thread(target=print, args=('x',)) for _ in range(5)]; [o.start() for o in t]"
    output = await run_python(means, code)
    assert output.stdout == b"x\n" * 5


@by_each
async def test_a_folder_of_the_disk_is_read_in_place(means: Means, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_text("content")
    program = python("print(open('sub/a').read())")
    output = await run(program, tmp_path, limits=LIMITS, isolation=isolation(means))
    assert output.stdout == b"content\n"
    (tmp_path / "sub" / "link").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="sub/link: is a link"):
        await run(program, tmp_path, limits=LIMITS, isolation=isolation(means))


@by_each
async def test_an_error_of_the_program_is_told_without_paths_of_this_machine(means: Means) -> None:
    code = "import os, sys; sys.stderr.write(f'\\x1b[31mbad {os.getcwd()}/a.yaml in {os.getcwd()}: \\a\\n'); sys.exit(7)"
    with pytest.raises(ProgramError) as raised:
        await run_python(means, code)
    assert raised.value.code == 7
    assert raised.value.stderr == " [31mbad a.yaml in :  "
    assert "reconciler-jail-" not in str(raised.value)


@by_each
async def test_a_signal_is_an_exit_code(means: Means) -> None:
    code = "import ctypes; ctypes.string_at(0)"
    with pytest.raises(ProgramError) as raised:
        await run_python(means, code)
    assert raised.value.code == 139


@by_each
async def test_a_program_that_is_none_is_refused(means: Means, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho x\n")
    script.chmod(0o755)
    for path in (script, tmp_path / "missing"):
        program = python("")
        program = type(program)(path)
        with pytest.raises(JailError, match="cannot be run"):
            await run(program, {}, limits=LIMITS, isolation=isolation(means))
