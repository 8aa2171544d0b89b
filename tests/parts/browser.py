"""The browser of the tests: Chromium as Debian packages it, because Playwright's own builds come from a host of their own."""

import os
import shutil
import subprocess

from tests.parts.build import BuildError, alone, cache, say

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The path of the program; installed where it is missing and this process may do so. Raises BuildError."""
    found = _found()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with alone(cache() / "chromium"):
            found = _found() or _installed()
    if found is None:
        raise BuildError("Chromium is missing, and the tests of pages need it: install the package `chromium`")
    return found


def _found() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _installed() -> str | None:
    say("Installing Chromium (the first time about a minute) ...")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, text=True, **quiet)
        if done.returncode:
            raise BuildError(f"`{' '.join(command)}` failed: {done.stderr[-500:]}")
    return _found()
