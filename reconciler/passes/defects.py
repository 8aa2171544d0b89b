"""Exceptions that nobody expected: an error in this program. They stop one revision or one member, never the process.

The reference is the same for the same place in the code, so that a log names each defect once and reports can be compared.
"""

from __future__ import annotations

import hashlib
import traceback
from pathlib import PurePath

REMEDY = "This is an error in the reconciler. Report it with the reference."


def reference_of(error: BaseException) -> str:
    """Eight characters that stand for the type of the exception and the place where it was raised."""
    return hashlib.sha256(f"{type(error).__name__} {_place_of(error)}".encode()).hexdigest()[:8]


def describe(error: BaseException) -> str:
    """A sentence with the type, the place and the reference. It leaves out the text of the exception, which may hold values of
    Secrets."""
    return f"internal error {reference_of(error)}: {type(error).__name__} at {_place_of(error)}"


def _place_of(error: BaseException) -> str:
    """`folder/file.py:line` of the innermost frame; empty where the exception was never raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{'/'.join(PurePath(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else ""
