"""The errors of this room, and the sentence that matters in what kubectl says."""

from __future__ import annotations

import re

from reconciler.errors import ReconcilerError


class KubectlError(ReconcilerError):
    """kubectl is missing, cannot be run, or cannot be given the credential of a member."""


def said(err: str) -> str:
    """What kubectl wrote to stderr, on one line, without warnings of its libraries. Empty where it wrote nothing."""
    lines = [line.strip() for line in err.splitlines() if line.strip() and not _OF_A_LIBRARY.match(line)]
    return "; ".join(dict.fromkeys(line.removeprefix("error: ") for line in lines))


_OF_A_LIBRARY = re.compile(r"[EWI]\d{4} \d\d:\d\d:\d\d")
"""The start of a line in the form of klog."""
