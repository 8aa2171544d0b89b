"""Small Git repositories for tests: real git, the same commit ids every time, none of the machine's settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ISOLATION = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
"""For the environment of any test in which the program runs git, too."""

FIRST_COMMIT_TIME = 1_750_000_000
"""Seconds since 1970; each further commit of a repository is a minute later."""


class GitRepo:
    """A repository under construction, with `main` checked out."""

    def __init__(self, path: Path, *, object_format: str = "sha1") -> None:
        """A new, empty repository at `path`."""
        self.path = path
        self._commits = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--template=", "--initial-branch=main", f"--object-format={object_format}")
        self.git("config", "gc.auto", "0")  # nothing moves in the background of a test

    def git(self, *arguments: str) -> str:
        """What git says, without the line break at its end."""
        return run_git(self.path, *arguments, when=FIRST_COMMIT_TIME + 60 * self._commits)

    def write(self, files: dict[str, str | bytes]) -> GitRepo:
        for path, content in files.items():
            file = self.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def remove(self, *paths: str) -> GitRepo:
        for path in paths:
            (self.path / path).unlink()
        return self

    def commit(self, message: str = "Change") -> str:
        """Everything in the work tree; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        self._commits += 1
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, at: str = "HEAD") -> GitRepo:
        """A new branch, not checked out."""
        self.git("branch", name, at)
        return self

    def bare_clone(self, path: Path | None = None) -> Path:
        """A bare copy of all branches, beside this one unless told otherwise."""
        target = path or self.path.with_name(f"{self.path.name}.git")
        run_git(self.path, "clone", "--quiet", "--bare", "--template=", str(self.path), str(target))
        return target


def run_git(folder: Path, *arguments: str, when: int = FIRST_COMMIT_TIME) -> str:
    """git in a folder, isolated; raises with what it said when it fails."""
    date = f"{when} +0000"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= ISOLATION | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
