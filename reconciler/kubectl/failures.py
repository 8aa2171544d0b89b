"""The errors of this room, and the sentence that matters in what kubectl says."""

from __future__ import annotations

import re

from reconciler.errors import ReconcilerError


class KubectlError(ReconcilerError):
    """kubectl is missing, cannot be run, or cannot be given the credential of a member."""


def said(err: str) -> str:
    """What kubectl wrote to stderr, on one line, without warnings of its libraries. Empty where it wrote nothing."""
    lines = [line.strip() for line in err.splitlines() if line.strip() and not _OF_A_LIBRARY.match(line)]
    return "; ".join(dict.fromkeys(line.removeprefix("error: ").removesuffix(_FOR_ITS_USER) for line in lines))


_FOR_ITS_USER = " - did you specify the right host or port?"
"""A remedy for somebody who wrote the address for kubectl; here it is that of a member."""


_OF_A_LIBRARY = re.compile(r"[EWI]\d{4} \d\d:\d\d:\d\d")
"""The start of a line in the form of klog."""
