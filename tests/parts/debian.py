"""Programs of the tests that Debian packages: installed where they are missing and this process may do so."""

import os
import shutil
import subprocess

from tests.parts.build import BuildError, alone, cache, say


def chromium() -> str:
    """The browser of the tests; Playwright's own builds come from a host of their own. Raises BuildError."""
    return _program(("chromium", "chromium-browser", "google-chrome"), "chromium", "the tests of pages")


def bubblewrap() -> str:
    """What isolates helm and kustomize where it is there. Raises BuildError."""
    return _program(("bwrap",), "bubblewrap", "the tests of the jail")


def zsh() -> str:
    """For the tests of completion, as `fish`. Raises BuildError."""
    return _program(("zsh",), "zsh", "the tests of completion")


def fish() -> str:
    return _program(("fish",), "fish", "the tests of completion")


def _program(names: tuple[str, ...], package: str, needed_by: str) -> str:
    """The path of the first of these programs that is there. Raises BuildError."""
    found = _found(names)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with alone(cache() / "packages"):
            found = _found(names)
            if found is None:
                _install(package)
                found = _found(names)
    if found is None:
        raise BuildError(f"{names[0]} is missing, and {needed_by} need it: install the package `{package}`")
    return found


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _install(package: str) -> None:
    say(f"Installing {package} (the first time about a minute) ...")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", package]):
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, text=True, **quiet)
        if done.returncode:
            raise BuildError(f"`{' '.join(command)}` failed: {done.stderr[-500:]}")
