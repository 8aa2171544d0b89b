"""The real kubectl, for what is compared with it and for what it starts."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from tests.support.program import Ran, clean_environment

KUBECTL = Path(sysconfig.get_path("scripts")) / "kubectl"


def kubectl(*arguments: str, kubeconfig: Path | None = None, home: Path, stdin: str = "") -> Ran:
    """home: where it may keep what it discovered. kubeconfig: of the server to ask; None: it needs none."""
    names_server = ("--kubeconfig", str(kubeconfig)) if kubeconfig is not None else ()
    done = subprocess.run(
        [str(KUBECTL), *arguments, *names_server],
        input=stdin,
        env=clean_environment(HOME=str(home), KUBECONFIG=str(home / "none")),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
