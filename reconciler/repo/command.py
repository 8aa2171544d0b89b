"""Runs git for one repository, through GitPython. No other module starts git.

Only the process runner of GitPython is used. Its object model would be a second, slower way to read what one git command
prints, and is not thread-safe. A `GitCommand` belongs to the one thread of its `Repository`, and each call is a separate
process, so results cannot be mixed up.

The git process does not get the environment variables that a surrounding git hook or alias has set for *its* repository. It
runs no hooks of the user, follows no replacement objects (content must match its id), never prompts on a terminal, and prints
English messages. `GIT_OBJECT_DIRECTORY` stays set: in a pre-receive hook the pushed commits are there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import IO, BinaryIO, TypeVar

import git
from git.exc import CommandError

from reconciler.repo.credentials import Access
from reconciler.repo.failures import InterruptedGitError, RepositoryError, explain
from reconciler.repo.remote_access import RemoteCredentials

T = TypeVar("T")

REMOTE = "origin"
"""The name of the remote of a local repository and of a mirror."""
NETWORK_TIMEOUT = 600.0
"""Time-out of a clone, fetch or push, in seconds. Git itself drops a connection that stalls for a minute."""

_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
)
# GitPython can add variables to the environment of a process, but not remove them. `env -u` does (0.7 ms).
_WITHOUT_FOREIGN = ("env", *(word for name in _FOREIGN for word in ("-u", name)))
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    "core.filesRefLockTimeout": "1000",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "advice.pushUpdateRejected": "false",
}
_OPTIONS = ("--no-replace-objects", *(word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")))
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "GIT_OPTIONAL_LOCKS": "0"}


class Interruption:
    """Lets another thread stop the git process of one operation, also if the process has not started yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.interrupted = False

    def watch(self, process: subprocess.Popen[bytes] | None) -> None:
        with self._lock:
            self._process = process
            if self.interrupted:
                self._stop()

    def interrupt(self) -> None:
        with self._lock:
            self.interrupted = True
            self._stop()

    def _stop(self) -> None:
        """Sends SIGTERM to git and its children (ssh, git-remote-https). Git then removes its locks and temporary files."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)


@dataclass(slots=True)
class GitCommand:
    """git with the arguments that all commands on one repository share. Not thread-safe."""

    folder: Path
    """Where git runs: the top of the work tree, or the Git folder of a bare repository."""
    git_dir: Path | None = None
    """None: git searches for it, and checks its owner."""
    access: Access = field(default_factory=lambda: Access(""))
    place: str = ""
    """The name of the repository in messages; by default the folder."""
    interruption: Interruption = field(default_factory=Interruption)
    credentials: RemoteCredentials | None = None
    """The folder with the credentials of the remote; None: those of the URL and of the machine."""
    settings: tuple[tuple[str, str], ...] = ()
    """More of git's configuration, for these commands only."""
    is_partial: bool | None = None
    """As `partial.is_partial` found; None: nobody asked yet."""

    def __post_init__(self) -> None:
        self.place = self.place or str(self.folder)

    @property
    def mirror(self) -> Path | None:
        """The folder if it is a mirror; None for a local repository, and while a mirror is being cloned."""
        return self.git_dir if self.access.url else None

    def run(
        self,
        *arguments: str,
        stdin: BinaryIO | None = None,
        environment: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> bytes:
        """Runs a git command and returns its stdout. Raises RepositoryError if it fails."""
        with self.stream(*arguments, stdin=stdin, environment=environment, timeout=timeout) as stdout:
            return stdout.read()

    def try_run(self, *arguments: str) -> bytes | None:
        """As `run`, but None if the command exits with 1 and prints no error, which means "no" or "none" for some commands."""
        try:
            return self.run(*arguments)
        except _NegativeResultError:
            return None

    def ask_remote(self, *arguments: str, stdin: BinaryIO | None = None) -> bytes:
        """As `run`, for a command that talks to the remote. Raises RepositoryError, UnreachableError."""
        if self.credentials is None:
            return self.run(*arguments, stdin=stdin, timeout=NETWORK_TIMEOUT)
        url = self.access.url
        if not url:
            of_push = ("--push",) if arguments[0] == "push" else ()
            url = self.run("remote", "get-url", *of_push, REMOTE).decode("utf-8", "surrogateescape").strip()
        with self.credentials.access(url) as access:
            # A local repository stays one: the URL is what makes a mirror.
            one = replace(self, access=replace(access, url=self.access.url))
            return one.run(*arguments, stdin=stdin, timeout=NETWORK_TIMEOUT)

    @contextmanager
    def stream(
        self,
        *arguments: str,
        stdin: BinaryIO | None = None,
        environment: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> Iterator[IO[bytes]]:
        """Yields git's stdout while it runs. An error is raised at the end. If the body of the `with` raises, git is stopped."""
        running = self._start(arguments, stdin, environment or {})
        process = running.proc
        assert process is not None  # noqa: S101 - these three for mypy: GitPython opens both pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        messages: list[bytes] = []
        # stderr must be read at the same time as stdout, or git waits forever on a full pipe.
        listener = Thread(target=lambda stderr: messages.append(stderr.read()), args=(process.stderr,), daemon=True)
        listener.start()
        alarm = Timer(timeout, self.interruption.interrupt) if timeout else None
        try:
            self.interruption.watch(process)
            if alarm:
                alarm.start()
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            process.wait()
            self.interruption.watch(None)
            if alarm:
                alarm.cancel()
            listener.join()
            process.stderr.close()
        self._check_exit(process.returncode, b"".join(messages), arguments[0])

    def _start(self, arguments: tuple[str, ...], stdin: BinaryIO | None, environment: dict[str, str]) -> git.Git.AutoInterrupt:
        git_dir = (f"--git-dir={self.git_dir}",) if self.git_dir else ()
        executable = git.Git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        settings = (word for key, value in self.settings for word in ("-c", f"{key}={value}"))
        try:
            return git.Git(self.folder).execute(
                [*_WITHOUT_FOREIGN, executable, *git_dir, *_OPTIONS, *settings, *self.access.options, *arguments],
                istream=stdin,
                as_process=True,
                env={**_ENVIRONMENT, **self.access.environment, **environment},
                start_new_session=True,  # no prompts on the terminal, no Ctrl-C in the middle of a write
            )
        except (CommandError, OSError) as failure:
            # The cause is not chained, because it contains the command line and the environment.
            raise RepositoryError(f"{self.place}: git could not be started: {type(failure).__name__}") from None

    def _check_exit(self, status: int, stderr: bytes, command: str) -> None:
        if status == 0:
            return
        if status < 0 or self.interruption.interrupted:
            raise InterruptedGitError(f"{self.place}: git {command} was stopped before it finished", remedy="Try again.")
        text = stderr.decode(errors="replace").strip()
        if status == 1 and not text:
            raise _NegativeResultError(f"{self.place}: git {command} exited with 1")
        raise explain(text, self.place, self.access.secrets, self.mirror)


async def in_thread(executor: ThreadPoolExecutor, interruption: Interruption, work: Callable[[], T]) -> T:
    """Runs the work in git's thread. Interrupts git if the caller is cancelled."""
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, work)
    except asyncio.CancelledError:
        interruption.interrupt()
        raise


class _NegativeResultError(RepositoryError):
    """Exit status 1 without an error message: for some commands a result (see `GitCommand.try_run`)."""
