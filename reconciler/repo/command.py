"""Running git for one repository: the one place that starts it, through GitPython.

Of GitPython we take the process runner. Its object model would be a second, slower reader of what git itself tells in
one command, and is not safe to share between threads; a `GitCommand` therefore belongs to the one thread of its
`Repository`, and each call is a process of its own, so answers cannot be mixed up.

The child never sees what a surrounding git hook or alias left in the environment about *its* repository, runs none of
the user's hooks, follows no replacement objects (content must match its id), asks nobody on a terminal, and answers
in English. `GIT_OBJECT_DIRECTORY` stays: in a pre-receive hook that is where the pushed commits are.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import IO, BinaryIO

import git
from git.exc import CommandError

from reconciler.repo.credentials import Access
from reconciler.repo.failures import InterruptedGitError, RepositoryError, explain

NETWORK_TIMEOUT = 600.0
"""Seconds after which a clone, fetch or push is given up. Git itself drops a connection that stalls for a minute."""

_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
)
# GitPython can add to a child's environment but take nothing away: `env -u` does (0.7 ms).
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
    """Lets another thread stop whatever git process one piece of work is running or is about to start."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.asked = False

    def watch(self, process: subprocess.Popen[bytes] | None) -> None:
        with self._lock:
            self._process = process
            if self.asked:
                self._stop()

    def ask(self) -> None:
        with self._lock:
            self.asked = True
            self._stop()

    def _stop(self) -> None:
        """SIGTERM, on which git removes its locks and temporary files; to its children, too (ssh, git-remote-https)."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)


@dataclass(slots=True)
class GitCommand:
    """git, with the arguments that every command on one repository has. For use by one thread."""

    folder: Path
    """Where git runs: the top of the work tree, or the Git folder of a bare repository."""
    git_dir: Path | None = None
    """None lets git look for it, which also makes it check whose it is."""
    access: Access = field(default_factory=lambda: Access(""))
    place: str = ""
    """The repository's name in messages; the folder unless given."""
    interruption: Interruption = field(default_factory=Interruption)

    def __post_init__(self) -> None:
        self.place = self.place or str(self.folder)

    @property
    def mirror(self) -> Path | None:
        """The folder, if it is the mirror of a repository elsewhere; None while that is still being cloned."""
        return self.git_dir if self.access.url else None

    def ask(
        self,
        *arguments: str,
        stdin: BinaryIO | None = None,
        environment: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> bytes:
        """What git wrote to stdout. Raises RepositoryError when it fails."""
        with self.stream(*arguments, stdin=stdin, environment=environment, timeout=timeout) as stdout:
            return stdout.read()

    def asks(self, *arguments: str) -> bytes | None:
        """As `ask`, for commands that mean "no" by leaving with 1 and saying nothing: None then."""
        try:
            return self.ask(*arguments)
        except _SilentNoError:
            return None

    @contextmanager
    def stream(
        self,
        *arguments: str,
        stdin: BinaryIO | None = None,
        environment: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> Iterator[IO[bytes]]:
        """git's stdout while it runs. The error, if any, is raised at the end; a body that raises stops git."""
        running = self._start(arguments, stdin, environment or {})
        process = running.proc
        assert process is not None  # noqa: S101 - these three for mypy: GitPython opens both pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        said: list[bytes] = []
        # Someone must empty stderr while stdout is read, or git waits for ever on a full pipe.
        listener = Thread(target=lambda stderr: said.append(stderr.read()), args=(process.stderr,), daemon=True)
        listener.start()
        alarm = Timer(timeout, self.interruption.ask) if timeout else None
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
        self._judge(process.returncode, b"".join(said), arguments[0])

    def _start(self, arguments: tuple[str, ...], stdin: BinaryIO | None, environment: dict[str, str]) -> git.Git.AutoInterrupt:
        git_dir = (f"--git-dir={self.git_dir}",) if self.git_dir else ()
        executable = git.Git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        try:
            return git.Git(self.folder).execute(
                [*_WITHOUT_FOREIGN, executable, *git_dir, *_OPTIONS, *self.access.options, *arguments],
                istream=stdin,
                as_process=True,
                env={**_ENVIRONMENT, **self.access.environment, **environment},
                start_new_session=True,  # no terminal to ask on, no Ctrl-C in the middle of a write
            )
        except (CommandError, OSError) as failure:
            # Neither the command line nor the environment may travel on in a cause.
            raise RepositoryError(f"{self.place}: git could not be started: {type(failure).__name__}") from None

    def _judge(self, status: int, said: bytes, command: str) -> None:
        if status == 0:
            return
        if status < 0 or self.interruption.asked:
            raise InterruptedGitError(f"{self.place}: git {command} was stopped before it was done", remedy="Try again.")
        text = said.decode(errors="replace").strip()
        if status == 1 and not text:
            raise _SilentNoError(f"{self.place}: git {command} said no")
        raise explain(text, self.place, self.access.secrets, self.mirror)


class _SilentNoError(RepositoryError):
    """Exit status 1 without a word: an answer, to whoever expects it."""
