"""The first moments of a jailed process: it takes away from itself what the program must not have, then becomes the program.

    python -I -S -c "…; main()" REQUEST STATUS

Two file descriptors: a request (made in `request.py`, written by `marshal`: both ends are one Python), and a pipe that says why
the program did not begin; nothing is written there if it did. Only the standard library is imported, and as little of it as
possible: each run pays for it. `dataclasses`, `typing`, `json` and `contextlib` alone would double its time.
"""

from __future__ import annotations

import marshal
import os
import resource
import sys

from reconciler.jail import kernel, landlock, namespaces
from reconciler.jail.seccomp import seccomp_filter

TYPE_CHECKING = False
if TYPE_CHECKING:  # What is imported here is not imported when the launcher starts.
    from typing import Any

FILES = "/files"
"""Where the program finds its files, in a jail with a file system of its own. It begins there."""
_OPEN_FILES = 1024


def main() -> None:
    """Does not return."""
    status = int(sys.argv[2])
    try:
        with os.fdopen(int(sys.argv[1]), "rb") as stream:
            request = marshal.load(stream)  # noqa: S302 - this process' parent wrote it
        os.set_inheritable(status, False)
        kernel.end_with_parent(request["parent"])
        _limit(request)
        _MEANS[request["means"]](request, status)
    except (OSError, LookupError, ValueError) as error:
        os.write(status, f"{type(error).__name__}: {error}"[:2000].encode("utf-8", "replace"))
    os._exit(1)


def _limit(request: dict[str, Any]) -> None:
    """What the kernel bounds. RLIMIT_DATA counts memory that may be written; RLIMIT_AS would count what Go only reserves. It is
    above the limit, because Go maps more than it uses: `process.py` looks at what is used.
    """
    for kind, most in (
        (resource.RLIMIT_DATA, request["memory"] * 5 // 4),
        (resource.RLIMIT_CPU, request["cpuSeconds"]),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


def _bubblewrap(request: dict[str, Any], status: int) -> None:
    rules, end = os.pipe()
    os.write(end, seccomp_filter(0))  # It is much smaller than a pipe.
    os.close(end)
    os.set_inheritable(rules, True)
    os.set_inheritable(status, True)
    nobody = str(namespaces.NOBODY)
    words = [request["bubblewrap"], "--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--uid", nobody, "--gid", nobody, "--hostname", "jail", "--die-with-parent"]
    words += ["--cap-drop", "ALL", "--seccomp", str(rules), "--json-status-fd", str(status)]
    for source, place in request["places"]:
        words += ["--ro-bind", source, place]
    words += ["--remount-ro", "/", "--chdir", FILES, "--", request["program"], *request["arguments"]]
    os.execve(words[0], words, request["environment"])  # noqa: S606 - no shell is wanted


def _namespaces(request: dict[str, Any], status: int) -> None:
    namespaces.enter()
    child = os.fork()
    if child == 0:
        kernel.end_with_parent(0)
        _inside(request, status)
    os.close(status)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def _inside(request: dict[str, Any], status: int) -> None:
    try:
        namespaces.build_root(request["root"], request["places"], os.uname().machine)
        os.chdir(FILES)
        _become(request, seccomp_filter(0))
    except (OSError, LookupError) as error:
        os.write(status, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
    os._exit(1)


def _landlock(request: dict[str, Any], _: int) -> None:
    os.chdir(request["folder"])
    kernel.give_up_privileges()
    readable = [source for source, _ in request["places"] if source != request["program"]]
    landlock.restrict_files(readable, [request["program"], *request["interpreters"]])
    _become(request, seccomp_filter(os.getpid()))


def _nothing(request: dict[str, Any], _: int) -> None:
    """The filter too, where there can be one: it is not the isolation that was waived, but better than nothing."""
    os.chdir(request["folder"])
    kernel.give_up_privileges()
    try:  # noqa: SIM105 - see the top
        kernel.load_filter(seccomp_filter(os.getpid()))
    except (OSError, LookupError):
        pass
    _execute(request)


def _become(request: dict[str, Any], rules: bytes) -> None:
    kernel.give_up_privileges()
    kernel.load_filter(rules)
    _execute(request)


def _execute(request: dict[str, Any]) -> None:
    os.execve(request["program"], [request["program"], *request["arguments"]], request["environment"])  # noqa: S606


_MEANS = {"bubblewrap": _bubblewrap, "namespaces": _namespaces, "landlock": _landlock, "none": _nothing}
