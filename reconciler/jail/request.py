"""What the launcher is told: where everything is, for one means of isolation."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

from reconciler.jail.failures import JailError
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.launcher import FILES
from reconciler.jail.libraries import interpreter_of, libraries
from reconciler.jail.program import Limits, Program

_HOME = "/nonexistent"
_OF_ITS_OWN = (Means.BUBBLEWRAP, Means.NAMESPACES)
"""Means by which the program has a file system of its own."""
ROOT = Path(__file__).parents[2]
LAUNCH = f"import sys; sys.path.append({str(ROOT)!r}); from reconciler.jail.launcher import main; main()"


def launcher_command(request: int, status: int) -> tuple[str, ...]:
    """The words that start the launcher. request, status: its file descriptors."""
    return (sys.executable, "-I", "-S", "-c", LAUNCH, str(request), str(status))


def request_for(program: Program, isolation: Isolation, private: Path, folder: Path, limits: Limits) -> dict[str, Any]:
    """The request, as JSON. private: the folder of this run. folder: with its files. Raises JailError without the program."""
    path = Path(os.path.realpath(program.path))
    try:
        interpreter = interpreter_of(path)
    except (OSError, ValueError) as error:
        message = f"{program.path} cannot be run: {error.strerror if isinstance(error, OSError) else error}"
        raise JailError(message, remedy="Name the program itself, not a script that starts it.") from None
    own = isolation.means in _OF_ITS_OWN
    inside = f"/program/{program.path.name}" if own else str(path)
    # Folders before what is inside them.
    shared = sorted({*program.reads, *(libraries() if interpreter else ())}, key=lambda one: (len(one.parts), str(one)))
    return {
        "means": isolation.means.value,
        "bubblewrap": str(isolation.bubblewrap or ""),
        "program": inside,
        "arguments": list(program.arguments),
        "environment": {"HOME": _HOME, "GOMEMLIMIT": str(limits.memory * 3 // 4), **program.environment},
        "places": [
            *((str(one), str(one)) for one in shared),
            (str(path), inside),
            (str(folder), FILES if own else str(folder)),
        ],
        "interpreters": [interpreter] if interpreter else [],
        "folder": str(folder),
        "root": str(private / "root"),
        "memory": limits.memory,
        "cpuSeconds": math.ceil(limits.seconds) * (os.cpu_count() or 1),
        "parent": os.getpid(),
    }
